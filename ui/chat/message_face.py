"""What happens when something is to be done with a message: editor, menus, sheets and undo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QModelIndex, QObject, QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from engine.contract.library import Preset
from engine.contract.messages import Message, Role
from engine.contract.model_cards import ModelState
from ui import text
from ui import text_message as words
from ui.chat import answer_details
from ui.chat.answer_details import AnswerDetails
from ui.chat.conversation_desk import ConversationDesk
from ui.chat.inline_editor import InlineEditor
from ui.chat.message_list_model import MessageListModel, MessageRole
from ui.chat.message_offers import MessageOffers
from ui.chat.message_reader import MessageReader
from ui.chat.message_view import MessageView
from ui.chat.variants import holding, variants
from ui.chat.why_sheet import WhySheet
from ui.current_settings import CurrentSettings
from ui.jobs import Jobs
from ui.model_status import ModelStatus
from ui.theme import Theme
from ui.widgets.popover import Popover
from ui.widgets.toast import Toast


@dataclass(frozen=True, slots=True)
class PageSources:
    """What the page asks of the window behind it.

    Attributes:
        presets: Those of the library, by name.
    """

    jobs: Jobs
    settings: CurrentSettings
    presets: Callable[[], tuple[Preset, ...]]


class MessageFace(QObject):
    """Carries out the actions of messages.

    Attributes:
        editor: The message being edited; None if none is.
        compare: Opens the choice of what to compare, for a question.
        look: Shows what was measured in an answer.
        popover: The details on screen; None before they were asked for.
    """

    def __init__(
        self,
        desk: ConversationDesk,
        models: ModelStatus,
        sources: PageSources,
        view: MessageView,
        reader: MessageReader,
        toast: Toast,
        theme: Theme,
    ) -> None:
        super().__init__(view)
        self._desk = desk
        self._models = models
        self._sources = sources
        self._view = view
        self._reader = reader
        self._toast = toast
        self._theme = theme
        self.editor: InlineEditor | None = None
        self.compare: Callable[[str], object] = lambda _question_id: None
        self.look: Callable[[str], object] = lambda _answer_id: None
        self.popover: Popover | None = None
        self._unsent: dict[str, str] = {}
        self._sheet: WhySheet | None = None
        self._acts: dict[str, Callable[[str, QRect], object]] = {
            "edit": lambda id_, _place: self.edit(id_),
            "regenerate": lambda id_, _place: desk.tree.regenerate(id_),
            "continue": lambda id_, _place: desk.tree.write_on(id_),
            "branch": lambda id_, _place: desk.tree.branch(id_),
            "compare": lambda id_, _place: self._compare(id_),
            "delete": lambda id_, _place: desk.tree.delete(id_),
            "older": lambda id_, _place: self._beside(id_, -1),
            "newer": lambda id_, _place: self._beside(id_, 1),
            "details": self.show_details,
            "why": lambda id_, _place: self.explain(id_),
            "measures": lambda id_, _place: self.look(id_),
            "more": self._open_menu,
        }
        reader.acted.connect(self._act)
        reader.fill_again = self._fill_again
        desk.shown.connect(self._leave)
        desk.tree.branched.connect(self._branched)
        desk.tree.removed.connect(self._removed)
        desk.tree.arrived.connect(view.go_to_message)

    def acts(self) -> dict[str, Callable[[], object]]:
        """What the menus do about the conversation on screen, by item key."""
        return {
            "edit_last": lambda: self._on_last(Role.USER, self.edit),
            "regenerate": lambda: self._on_last(Role.ASSISTANT, self._desk.tree.regenerate),
            "continue": lambda: self._on_last(Role.ASSISTANT, self._desk.tree.write_on),
            "why": lambda: self._on_last(Role.ASSISTANT, self.explain),
        }

    def states(self) -> dict[str, bool]:
        """Which of these can be done now."""
        answer = self._desk.tree.last_of(Role.ASSISTANT)
        question = self._desk.tree.last_of(Role.USER)
        is_free = not self._desk.is_answering()
        return {
            "edit_last": is_free and question is not None,
            "regenerate": is_free and answer is not None,
            "continue": is_free and answer is not None and bool(answer.text),
            "compare": is_free,
            "why": is_free and answer is not None,
        }

    # editing

    def edit(self, message_id: str) -> None:
        """The message is a field in its own place."""
        message = self._desk.tree.message(message_id)
        row = self._messages().row_of(message_id)
        if message is None or row < 0 or self._desk.is_answering():
            return
        self._leave()
        editor = InlineEditor(
            self._theme,
            message_id,
            message.text,
            is_answer=message.role is Role.ASSISTANT,
            parent=self._view.viewport(),
        )
        unsent = self._unsent.pop(message_id, "")
        if unsent:
            editor.edit.setPlainText(unsent)
        editor.saved.connect(self._save)
        editor.cancelled.connect(self._cancel)
        editor.grew.connect(self._refit)
        self.editor = editor
        self._view.stay()
        self._view.seat(editor, message_id)
        self._view.scrollTo(self._messages().index(row, 0))
        editor.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def unsent_words(self) -> str:
        """What is typed in the editor and differs from the message; empty if nothing."""
        editor = self.editor
        return editor.words() if editor is not None and editor.is_changed() else ""

    def _save(self, said: str) -> None:
        message_id = self.editor.message_id if self.editor is not None else ""
        self._close_editor()
        self._desk.tree.edit(message_id, said)

    def _cancel(self) -> None:
        self._close_editor()
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave(self) -> None:
        """Another conversation or message is looked at; what was typed waits for its return."""
        if self.editor is not None:
            unsent = self.unsent_words()
            if unsent:
                self._unsent[self.editor.message_id] = unsent
            self._close_editor()

    def _close_editor(self) -> None:
        editor, self.editor = self.editor, None
        if editor is not None:
            focus = QApplication.focusWidget()
            if focus is not None and editor.isAncestorOf(focus):
                # Hidden, it would hand the focus on to some control elsewhere.
                self._view.setFocus(Qt.FocusReason.OtherFocusReason)
            self._view.seat(None)
            editor.hide()
            editor.deleteLater()

    def _refit(self) -> None:
        if self.editor is not None:
            self._view.remeasure(self._messages().row_of(self.editor.message_id))

    # looking

    def show_details(self, message_id: str, place: QRect) -> None:
        """What was measured and set for the answer stands beside it."""
        message = self._desk.tree.message(message_id)
        if message is None:
            return
        name = self._models.name_of(message.stats.model) if message.stats is not None else ""
        details = AnswerDetails(message, name)
        popover = Popover(details, self._theme.px(answer_details.WIDTH_PX), self._window())
        popover.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        popover.destroyed.connect(self._forget_popover)
        self.popover = popover
        popover.open_at(self._place_of(message_id, place))

    def explain(self, message_id: str) -> None:
        """The exact prompt of the answer is on a sheet."""
        entry = self._desk.entry()
        if entry is None:
            return
        sheet = WhySheet(self._sources.jobs, self._theme, entry.id, message_id, self._window())
        sheet.destroyed.connect(self._forget_sheet)
        self._sheet = sheet
        sheet.open()

    def sheet(self) -> WhySheet | None:
        """The prompt on screen, if it is."""
        return self._sheet

    def forget(self) -> None:
        """No word of a message is in an editor, a popover or a sheet any more."""
        self._close_editor()
        self._unsent.clear()
        if self._sheet is not None:
            self._sheet.close()
        if self.popover is not None:
            self.popover.close()

    def _forget_sheet(self) -> None:
        self._sheet = None

    def _forget_popover(self) -> None:
        self.popover = None

    # menus

    def _open_menu(self, message_id: str, place: QRect) -> None:
        index = self._index(message_id)
        if not index.isValid():
            return
        menu = self._reader.menu(index, QPoint(-1, -1))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self._place_of(message_id, place).bottomLeft())

    def _fill_again(self, menu: QMenu, message_id: str) -> None:
        """A menu in the menu: as it is set, exact, freer, with a preset, by another model."""
        again = menu.addMenu(words.AGAIN_WITH)
        entry, presets = self._desk.entry(), self._sources.presets()
        held = holding(self._sources.settings.value.generation, entry, presets)
        regenerate = self._desk.tree.regenerate
        again.addAction(words.AGAIN_AS_IS, partial(regenerate, message_id))
        for number, variant in enumerate(variants(held, presets)[1:]):
            if number == 2:
                again.addSection(words.PRESETS)
            again.addAction(
                variant.name,
                partial(regenerate, message_id, variant.generation, variant.model_id),
            )
        loaded = self._models.loaded.id if self._models.loaded is not None else ""
        others = [card for card in self._models.cards if card.state is ModelState.READY]
        others = [card for card in others if card.id != loaded]
        if others:
            again.addSection(words.OTHER_MODELS)
        for card in others:
            again.addAction(card.name, partial(regenerate, message_id, None, card.id))

    # acting

    def _act(self, message_id: str, action: str, place: QRect) -> None:
        act = self._acts.get(action)
        if act is not None:
            act(message_id, place)

    def _on_last(self, role: Role, act: Callable[[str], object]) -> None:
        message = self._desk.tree.last_of(role)
        if message is not None and not self._desk.is_answering():
            act(message.id)

    def _beside(self, message_id: str, step: int) -> None:
        # The switch stays under the pointer, so that it can be pressed again.
        self._view.stay()
        self._desk.tree.show_beside(message_id, step)

    def _compare(self, message_id: str) -> None:
        message: Message | None = self._desk.tree.message(message_id)
        if message is not None:
            is_question = message.role is Role.USER
            self.compare(message_id if is_question else message.parent_id or "")

    def _branched(self, conversation_id: str) -> None:
        self._desk.show(conversation_id)
        self._toast.say(words.BRANCHED)

    def _removed(self, conversation_id: str, message_id: str) -> None:
        self._toast.say(
            words.DELETED,
            text.UNDO,
            lambda: self._desk.tree.restore(conversation_id, message_id),
        )

    # finding

    def _messages(self) -> MessageListModel:
        model = self._view.model()
        assert isinstance(model, MessageListModel)
        return model

    def _index(self, message_id: str) -> QModelIndex:
        return self._messages().index(self._messages().row_of(message_id), 0)

    def _window(self) -> QWidget:
        return self._view.window()

    def _place_of(self, message_id: str, place: QRect) -> QRect:
        """Where the action's sign is on the screen; for a key, where the message ends."""
        if not place.isNull():
            return place
        rect = self._view.visualRect(self._index(message_id))
        viewport = self._view.viewport()
        left, width = self._view.delegate.column(self._view.layout_width())
        bottom = min(rect.bottom(), viewport.height() - 40)
        return QRect(
            viewport.mapToGlobal(QPoint(round(left + width) - 28, bottom - 28)), place.size()
        )

    def offers(self, message_id: str) -> MessageOffers:
        """What can be done with a message now."""
        offers: MessageOffers = self._index(message_id).data(MessageRole.OFFERS)
        return offers
