"""Pictures of sidebar, search, find, palette and transfer, with invented content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QApplication, QWidget

from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, ConversationCreated, MessageAdded
from engine.contract.library import Folder
from engine.contract.library_commands import PlanImport, SearchMessages
from engine.contract.library_events import (
    ImportPlanned,
    LibraryListed,
    MessagesFound,
    SearchHit,
)
from engine.contract.messages import Conversation, Role
from ui import screen_content as content
from ui.main_window import MainWindow
from ui.screen_stage import Stage, settle

Builder = Callable[[Stage], QWidget]
_FOLDERS = (
    Folder(id="f_boat", name="The boat", created_at_s=1.0),
    Folder(id="f_house", name="House & garden", created_at_s=2.0),
    Folder(id="f_work", name="Work", created_at_s=3.0),
)


def _organised() -> list[Conversation]:
    def made(id_: str, title: str, days: float, **more: object) -> Conversation:
        spoken = (content.user(f"u_{id_}", content.RED_QUESTION),)
        return replace(
            content.conversation(id_, title, *spoken, days_ago=days),
            **more,  # type: ignore[arg-type]
        )

    red = content.conversation(
        "conv_shown",
        "Why evening light is red",
        content.user("u1", content.RED_QUESTION),
        content.answer("a1", content.RED_ANSWER),
        content.user("u2", "And at sea, is the light of the evening any different?"),
        content.answer("a2", content.RED_ANSWER),
    )
    return [
        red,
        made("p1", "Recipes that always work", 4, is_pinned=True),
        made("b1", "Names for the dinghy", 2, folder_id="f_boat"),
        made("b2", "Sail maker: questions to ask", 9, folder_id="f_boat"),
        made("h1", "Roses and when to cut them", 5, folder_id="f_house"),
        made("o1", "Insurance letter", 40, is_archived=True),
        made("o2", "Old tax questions", 90, is_archived=True),
    ]


def _open(stage: Stage, width: int = 0) -> MainWindow:
    window = stage.open(*_organised(), width=width)
    stage.play(LibraryListed(folders=_FOLDERS, presets=(), prompts=()))
    window.sidebar.model.set_folder_open("f_boat", True)
    settle()
    return window


def _sidebar(stage: Stage) -> QWidget:
    return _open(stage)


def _sidebar_many(stage: Stage) -> QWidget:
    window = _open(stage)
    model, chosen = window.sidebar.model, window.sidebar.list.selectionModel()
    for id_ in ("b1", "b2", "past_1"):
        chosen.select(model.index_of(id_), chosen.SelectionFlag.Select)
    settle()
    return window


def _sidebar_menu(stage: Stage) -> QWidget:
    window = _open(stage)
    index = window.sidebar.model.index_of("b1")
    place = window.sidebar.list.visualRect(index).center()
    window.sidebar.list.menu_wanted.emit(index, window.sidebar.list.mapToGlobal(place))
    settle()
    return window


def _archive(stage: Stage) -> QWidget:
    window = _open(stage)
    window.sidebar.show_archive(True)
    settle()
    return window


def _temporary(stage: Stage) -> QWidget:
    window = _open(stage)
    window.new_temporary()
    id_ = window.session.desk.current_id or ""
    made = replace(content.conversation(id_, ""), is_temporary=True, messages=())
    stage.play(ConversationCreated(conversation=made))
    asked = content.user("t1", content.RED_QUESTION)
    answered = replace(content.answer("t2", content.RED_ANSWER), parent_id="t1")
    for message in (asked, answered):
        stage.play(MessageAdded(conversation_id=id_, message=message))
    settle()
    return window


def _temporary_empty(stage: Stage) -> QWidget:
    window = _open(stage, width=700)
    window.new_temporary()
    settle()
    return window


def _hit(id_: str, title: str, said: str, word: str, role: Role | None, days: float) -> SearchHit:
    at = said.lower().find(word)
    return SearchHit(
        conversation_id=id_,
        title=title,
        message_id="" if role is None else f"m_{id_}",
        role=role,
        created_at_s=content.conversation(id_, "", days_ago=days).updated_at_s,
        excerpt=said,
        marks=((at, at + len(word)),) if at >= 0 else (),
    )


def _found() -> MessagesFound:
    red, sea = "Why evening light is red", "Light over the sea"
    user, model = Role.USER, Role.ASSISTANT
    hits = (
        _hit("conv_shown", red, "Why evening light is red", "light", None, 0),
        _hit("conv_shown", red, content.RED_ANSWER.replace("\n", " "), "light", model, 0),
        _hit("conv_shown", red, "And at sea, is the light any different?", "light", user, 0),
        _hit("b1", sea, "Light over the sea", "light", None, 20),
        _hit("b1", sea, "Which light means that a ship is under sail?", "light", user, 20),
        _hit("b1", sea, "A sailing vessel shows sidelights and a stern light.", "light", model, 20),
        _hit("h1", "Roses and when to cut them", "They want much light.", "light", model, 400),
    )
    return MessagesFound(query="light", hits=hits, total=7, elapsed_ms=6.0)


def _search(stage: Stage, typed: str = "light", width: int = 0) -> MainWindow:
    window = _open(stage, width)
    stage.port.answer_with(SearchMessages, _found())
    window.actions_by_key["search"].trigger()
    window.search.page.field.setText(typed)
    if typed:
        window.search.page.desk.ask_now()
    settle(0.2)
    return window


def _search_filtered(stage: Stage) -> QWidget:
    window = _search(stage)
    window.search.page.chips.chips["who"].choose(2)
    window.search.page.chips.chips["folder"].choose(2)
    settle()
    return window


def _search_nothing(stage: Stage) -> QWidget:
    window = _search(stage, "")
    nothing = MessagesFound(query="zebra", hits=(), total=0, elapsed_ms=1.0)
    stage.port.answer_with(SearchMessages, nothing)
    window.search.page.field.setText("zebra")
    window.search.page.desk.ask_now()
    settle(0.2)
    return window


def _search_error(stage: Stage) -> QWidget:
    window = _search(stage)
    report = ErrorReport(
        kind="storage",
        message="The index of words cannot be read.",
        action="Check the vault in Settings, Storage.",
    )
    desk = window.search.page.desk
    desk.type("storm")
    stage.port._answers.pop(SearchMessages, None)
    desk.ask_now()
    stage.play(CommandFailed(job_id=stage.port.job_of(SearchMessages), error=report))
    return window


def _find(stage: Stage) -> QWidget:
    window = _open(stage)
    window.actions_by_key["find"].trigger()
    window.search.find_bar.field.setText("light")
    window.search.find_bar._look()
    window.search.find_bar.step(1)
    settle(0.2)
    return window


def _find_nothing(stage: Stage) -> QWidget:
    window = _open(stage, width=700)
    window.actions_by_key["find"].trigger()
    window.search.find_bar.field.setText("zebra")
    window.search.find_bar._look()
    settle(0.2)
    return window


def _jumped(stage: Stage) -> QWidget:
    window = _search(stage)
    hit = replace(_found().hits[1], message_id="a1")
    window.search.page.opened.emit(hit)
    settle(0.2)
    return window


def _palette(typed: str) -> Builder:
    def build(stage: Stage) -> QWidget:
        window = _open(stage)
        window.actions_by_key["palette"].trigger()
        window.palette_face.palette.field.setText(typed)
        settle()
        return window

    return build


def _export(stage: Stage) -> QWidget:
    window = _open(stage)
    window.transfer.export(("b1", "b2"))
    settle()
    return window


def _import(stage: Stage) -> QWidget:
    window = _open(stage)
    plan = ImportPlanned(
        plan_id="plan",
        source="ChatGPT",
        conversations=412,
        messages=9_830,
        known=12,
        notices=("31 pictures will not come over.", "2 conversations hold voice and no text."),
    )
    stage.port.answer_with(PlanImport, plan)
    window.transfer.import_().look_into("/invented/conversations.zip")
    settle(0.2)
    return window


def _dressed(build: Builder) -> Builder:
    """Whatever is modal from the picture before is gone first."""

    def built(stage: Stage) -> QWidget:
        sheet = QApplication.activeModalWidget()
        if sheet is not None:
            sheet.close()
        return build(stage)

    return built


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each page and state."""
    named: list[tuple[str, Builder]] = [
        ("sidebar", _sidebar),
        ("sidebar-many", _sidebar_many),
        ("sidebar-menu", _sidebar_menu),
        ("archive", _archive),
        ("temporary", _temporary),
        ("temporary-empty", _temporary_empty),
        ("search", _search),
        ("search-begin", lambda stage: _search(stage, "")),
        ("search-narrow", lambda stage: _search(stage, width=500)),
        ("search-filtered", _search_filtered),
        ("search-nothing", _search_nothing),
        ("search-error", _search_error),
        ("search-jumped", _jumped),
        ("find", _find),
        ("find-nothing", _find_nothing),
        ("palette", _palette("")),
        ("palette-typed", _palette("li")),
        ("palette-setting", _palette("appear")),
        ("export", _export),
        ("import", _import),
    ]
    return [(name, _dressed(build)) for name, build in named]
