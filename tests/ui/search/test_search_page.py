from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.contract import chat_commands, commands
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed
from engine.contract.library import Folder
from engine.contract.library_commands import SearchFilters, SearchMessages
from engine.contract.library_events import MessagesFound
from engine.contract.messages import Role
from ui import screen_content as content
from ui import text_search as words
from ui.search.results_model import ResultRole


@pytest.fixture
def page(window, engine, qtbot):
    long = [content.answer(f"a{n}", f"filler {n}\n\n" * 8) for n in range(40)]
    for conversation in (
        content.conversation(
            "c1", "Boats", content.user("u1", "name my red dinghy"), *long, days_ago=1
        ),
        content.conversation(
            "c2", "Dinghy repair", content.answer("a2", "glue the dinghy"), days_ago=2
        ),
        content.conversation("c3", "Bread", content.user("u3", "sourdough")),
    ):
        engine.conversations[conversation.id] = conversation
    window.session.jobs.submit(commands.ListConversations())
    qtbot.waitUntil(lambda: window.sidebar.model.found == 3)
    window.session.desk.show("c3")
    window.activateWindow()
    window.actions_by_key["search"].trigger()
    return window.search.page


def rows(page):
    model = page.model
    return [
        (model.index(row, 0).data(ResultRole.IS_HEAD), model.index(row, 0).data())
        for row in range(model.rowCount())
    ]


def look_for(page, qtbot, typed):
    QTest.keyClicks(page.field, typed)
    qtbot.waitUntil(lambda: not page.desk.is_searching)


@pytest.mark.feature("search.everything")
def test_search_shows_what_holds_the_words_by_conversation(page, window, qtbot):
    """Search goes through every title and message and shows the places by conversation."""
    assert page.isVisible()
    look_for(page, qtbot, "dinghy")

    assert [said for is_head, said in rows(page) if is_head] == ["Boats", "Dinghy repair"]
    assert page.said.text() == words.found(3, 3, 2)
    assert window.top_bar.title.text() == words.SEARCH


@pytest.mark.feature("search.jump")
def test_a_hit_leads_to_its_message_and_esc_leads_back_all_the_way(page, window, qtbot):
    """A result opens at its message, marked; Esc leads back to the results, then to the start."""
    look_for(page, qtbot, "dinghy")
    QTest.keyClick(page.field, Qt.Key.Key_Return)

    assert window.session.desk.current_id == "c1"
    assert not page.isVisible()
    view = window.page.view
    assert view.visualRect(window.page.messages.index(0, 0)).bottom() > 0
    assert not view.is_at_end()
    view.grab()
    layout = view.delegate.layout_of(window.page.messages.index(0, 0), view.layout_width())
    assert [span[:2] for _, part in layout.placed for span in part.found] == [(12, 18)]
    assert window.search.find_bar.back.isVisible()

    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert page.isVisible()
    assert page.field.text() == "dinghy"
    QTest.keyClick(page.list, Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert window.session.desk.current_id == "c3"


def test_only_the_latest_question_is_answered(page, engine, qtbot):
    look_for(page, qtbot, "bread")
    stale = MessagesFound(job_id="job_old", query="boats", hits=(), total=0, elapsed_ms=1.0)
    engine.publish(stale)
    look_for(page, qtbot, " x")

    assert page.desk.found.query == "bread x"
    assert len(engine.sent(SearchMessages)) < len("bread x") + 1


@pytest.mark.feature("search.filters")
def test_chips_say_where_is_searched(page, engine, window, qtbot):
    """Search can be narrowed to who wrote it, when, a folder, the archive, files, or a model."""
    engine.library.add(Folder(id="f1", name="Work & play", created_at_s=1.0))
    qtbot.waitUntil(lambda: bool(window.session.library.folders))
    look_for(page, qtbot, "dinghy")
    chips = page.chips.chips

    chips["who"].choose(1)
    chips["folder"].choose(1)
    chips["where"].choose(1)
    chips["when"].choose(2)
    chips["model"].choose(1)
    page.chips.files.click()
    qtbot.waitUntil(lambda: not page.desk.is_searching)
    asked = engine.sent(SearchMessages)[-1].filters
    assert asked.role is Role.USER
    assert asked.folder_id == "f1"
    assert asked.is_archived is False
    assert asked.after_s is not None
    assert asked.model_id == "fake-1m"
    assert asked.has_attachment is True
    assert chips["folder"].text() == "Work && play"
    assert words.NOTHING in page.nothing._sentence.text()

    page.chips.clear.click()
    qtbot.waitUntil(lambda: not page.desk.is_searching)
    assert engine.sent(SearchMessages)[-1].filters == SearchFilters()
    assert page.model.conversations == 2


def test_more_than_a_few_hits_of_a_conversation_are_shown_when_asked_for(page, qtbot):
    look_for(page, qtbot, "filler")
    assert rows(page)[-1] == (False, words.more_hits(37))

    page.list.open(page.model.index(len(rows(page)) - 1, 0))
    assert len(rows(page)) == 41


def test_a_message_of_a_version_not_shown_is_brought_on_screen(page, window, engine, qtbot):
    look_for(page, qtbot, "dinghy")
    hit = page.model.index(1, 0).data(ResultRole.HIT)
    window.search._jump(
        type(hit)(**{n: getattr(hit, n) for n in hit.__slots__} | {"message_id": "elsewhere"})
    )

    asked = engine.sent(chat_commands.ShowVersion)
    assert [command.message_id for command in asked] == ["elsewhere"]


def test_an_error_is_said_on_the_page(page):
    page.desk.type("dinghy")
    page.desk.ask_now()
    report = ErrorReport(kind="storage", message="The index cannot be read.", action="Rebuild it.")
    page.desk._take(CommandFailed(job_id=page.desk._job_id, error=report))

    assert page.nothing._sentence.text() == report.message


def test_locking_leaves_no_query_behind(page, window, qtbot):
    look_for(page, qtbot, "dinghy")
    window.search.forget()

    assert page.field.text() == ""
    assert not page.field.isUndoAvailable()
    assert page.model.rowCount() == 0
    assert page.desk.found is None
