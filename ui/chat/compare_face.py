"""Starts comparisons and brings their choice back into the conversation."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from ui import text_message as words
from ui.chat.compare_sheet import CompareSheet, Side
from ui.chat.compare_view import CompareView
from ui.chat.conversation_desk import ConversationDesk
from ui.chat.message_face import PageSources
from ui.chat.variants import holding, variants
from ui.model_status import ModelStatus
from ui.theme import Theme
from ui.widgets.toast import Toast


class CompareFace(QObject):
    """Knows what is compared and whether its columns stand in the conversation's place.

    Attributes:
        changed: The columns came or went.
        asked: The draft was asked, so that it is one no longer.
        view: The columns.
        sheet: The choice on screen; None if it is not.
        draft: What is typed in the composer.
    """

    changed = Signal()
    asked = Signal()

    def __init__(
        self,
        desk: ConversationDesk,
        models: ModelStatus,
        sources: PageSources,
        toast: Toast,
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._page = parent
        self._desk = desk
        self._models = models
        self._sources = sources
        self._toast = toast
        self._theme = theme
        self.view = CompareView(theme)
        self.sheet: CompareSheet | None = None
        self.draft: Callable[[], str] = lambda: ""
        self.view.chosen.connect(self._choose)
        self.view.left.connect(self._leave)
        self.view.stop_wanted.connect(desk.stop)
        desk.grew.connect(self._grew)
        sources.jobs.bridge.event_received.connect(self.view.take)

    def is_shown(self) -> bool:
        """Whether the columns stand in the place of the conversation on screen."""
        return self.view.is_shown_in(self._desk.current_id)

    def open(self, question_id: str = "") -> None:
        """The choice of sides is on screen, for a question, the draft, or the last question."""
        draft = "" if question_id else self.draft().strip()
        if self._desk.is_answering():
            return
        if not question_id and not draft:
            question_id = self._last_question()
        if not question_id and not draft:
            self._toast.say(words.QUESTION_NEEDED)
            return
        presets = self._sources.presets()
        settings = self._sources.settings.value.generation
        held = holding(settings, self._desk.entry(), presets)
        sheet = CompareSheet(
            self._theme, self._models, variants(held, presets), self._page.window()
        )
        sheet.chosen.connect(lambda sides: self.begin(sides, question_id, draft))
        sheet.destroyed.connect(self._forget_sheet)
        self.sheet = sheet
        sheet.open()

    def begin(self, sides: tuple[Side, ...], question_id: str, draft: str) -> None:
        """The question is asked of all sides, one after another."""
        self._desk.begin_conversation()
        entry = self._desk.entry()
        if entry is None:
            return
        asked = entry.tree.get(question_id) if question_id else None
        contenders = tuple(side.contender for side in sides)
        job_id = self._desk.tree.compare(question_id, contenders, draft)
        if not job_id:
            return
        self.view.begin(entry, asked.text if asked is not None else draft, sides, job_id)
        if draft:
            self.asked.emit()
        self.changed.emit()

    def forget(self) -> None:
        """Nothing is compared any more."""
        self.view.forget()
        if self.sheet is not None:
            self.sheet.close()

    def _last_question(self) -> str:
        entry = self._desk.entry()
        path = entry.rows() if entry is not None else []
        asked = [message.id for message in path if message.role.value == "user"]
        return asked[-1] if asked else ""

    def _choose(self, message_id: str) -> None:
        self._leave()
        self._desk.tree.show(message_id)
        self._toast.say(words.COMPARE_CHOSEN)

    def _leave(self) -> None:
        self.view.forget()
        self.changed.emit()

    def _grew(self) -> None:
        if self.is_shown():
            self.view.grow()

    def _forget_sheet(self) -> None:
        self.sheet = None
