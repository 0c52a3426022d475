"""Answers to one question side by side, while they are written and after."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.contract.chat_events import AnswersCompared
from engine.contract.events import CommandFailed, CommandFinished, Event, MessageAdded
from engine.contract.messages import Role
from ui import text_message as words
from ui.chat.answer_column import AnswerColumn
from ui.chat.compare_sheet import Side
from ui.chat.conversation_entry import ConversationEntry
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

_REPAINT_MS = 33
_SHOWN_QUESTION = 300


class CompareView(QFrame):
    """One column a side; stands in the conversation's place until one is chosen or all are kept.

    Attributes:
        chosen: message identifier of the answer to go on with.
        left: All are kept, the last one on screen.
        stop_wanted: No more is to be written.
        conversation_id: Where it is compared; empty if nothing is.
        columns: From left to right.
    """

    chosen = Signal(str)
    left = Signal()
    stop_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(words.COMPARE_TITLE)
        self._theme = theme
        self.conversation_id = ""
        self._job_id = ""
        self._entry: ConversationEntry | None = None
        self.columns: list[AnswerColumn] = []
        self.is_over = False
        self._title: QLabel = label("", "strong", wraps=True)
        self.stop = push_button(words.COMPARE_STOP, "plain", self.stop_wanted.emit)
        self.keep_all = push_button(words.COMPARE_KEEP_ALL, "plain", self._leave)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(12)
        head.addWidget(self._title, 1)
        head.addWidget(self.stop)
        head.addWidget(self.keep_all)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(12)
        inner = QWidget()
        inner.setLayout(self._row)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inner)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 12)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(area, 1)
        self._repaint = QTimer(self)
        self._repaint.setSingleShot(True)
        self._repaint.setInterval(_REPAINT_MS)
        self._repaint.timeout.connect(self.refresh)

    def begin(
        self, entry: ConversationEntry, question: str, sides: tuple[Side, ...], job_id: str
    ) -> None:
        """Columns for these sides wait for the answers of a job."""
        self.forget()
        self.conversation_id, self._job_id, self._entry = entry.id, job_id, entry
        shown = " ".join(question.split())
        is_long = len(shown) > _SHOWN_QUESTION
        self._title.setText(shown[:_SHOWN_QUESTION] + "…" if is_long else shown)
        for side in sides:
            column = AnswerColumn(self._theme, side)
            column.chosen.connect(self._choose)
            self.columns.append(column)
            self._row.addWidget(column, 1)
        self._show_end()

    def take(self, event: Event) -> None:
        """Answers of the job take their columns in the order they are begun."""
        if not self._job_id or event.job_id != self._job_id:
            return
        match event:
            case MessageAdded() if event.message.role is Role.ASSISTANT:
                free = next((one for one in self.columns if not one.message_id), None)
                if free is not None:
                    free.message_id = event.message.id
                    self.refresh()
            case AnswersCompared():
                for column, message_id in zip(self.columns, event.message_ids, strict=False):
                    column.message_id = message_id
            case CommandFinished() | CommandFailed():
                self.is_over = True
                self.refresh()
                self._show_end()

    def grow(self) -> None:
        """The answer being written has more text; it is shown within a thirtieth of a second."""
        if not self._repaint.isActive():
            self._repaint.start()

    def refresh(self) -> None:
        """Every column shows its answer as it is by now."""
        entry = self._entry
        if entry is None:
            return
        for column in self.columns:
            message = entry.tree.get(column.message_id)
            if message is None:
                continue
            live = entry.live
            is_live = live is not None and live.message_id == message.id
            column.show_answer(message, live if is_live else None)

    def is_shown_in(self, conversation_id: str | None) -> bool:
        """Whether it stands in the place of this conversation."""
        return bool(self.conversation_id) and conversation_id == self.conversation_id

    def forget(self) -> None:
        """Nothing is compared, and no word is held any more."""
        self.conversation_id, self._job_id, self._entry = "", "", None
        self.is_over = False
        self._title.setText("")
        for column in self.columns:
            column.hide()
            self._row.removeWidget(column)
            column.deleteLater()
        self.columns = []

    def _show_end(self) -> None:
        self.stop.setVisible(not self.is_over)
        self.keep_all.setVisible(self.is_over)
        for column in self.columns:
            column.let_choose(self.is_over)

    def _choose(self, message_id: str) -> None:
        self.chosen.emit(message_id)

    def _leave(self) -> None:
        self.left.emit()
