"""The exact prompt that an answer was made from."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from engine.contract.chat_commands import ExplainAnswer
from engine.contract.chat_events import AnswerExplained
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, Event
from ui import text
from ui import text_message as words
from ui.jobs import Jobs
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label, set_style_property

_SIZE = (720, 560)


class WhySheet(QDialog):
    """Says whether the prompt shown is the one that was sent, and shows it to be read and copied.

    Attributes:
        verdict: The sentence about that.
        prompt: The text.
    """

    def __init__(
        self, jobs: Jobs, theme: Theme, conversation_id: str, message_id: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("Sheet")
        self.setWindowTitle(words.WHY)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.verdict = label(words.WHY_LOADING, "muted", wraps=True)
        self._figures = label("", "small")
        self.prompt = QPlainTextEdit()
        self.prompt.setProperty("kind", "field")
        self.prompt.setReadOnly(True)
        self.prompt.setFont(theme.mono())
        self.prompt.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.prompt.setTabChangesFocus(True)
        self.prompt.setAccessibleName(words.WHY_PROMPT)
        self.copy = push_button(words.WHY_COPY, "plain", self._copy)
        self.copy.setEnabled(False)
        self.leave = push_button(words.CLOSE, "primary", self.reject)
        self._arrange(parent)
        close = QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self)
        close.activated.connect(self.reject)
        jobs.bridge.event_received.connect(self._take)
        self._job = ""
        self._early: list[Event] = []
        self._job = jobs.submit(
            ExplainAnswer(conversation_id=conversation_id, message_id=message_id), has_asker=True
        )
        for event in self._early:
            self._take(event)

    def _arrange(self, parent: QWidget) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._figures, 1)
        foot.addWidget(self.copy)
        foot.addWidget(self.leave)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label(words.WHY, "heading"))
        column.addWidget(self.verdict)
        column.addWidget(self.prompt, 1)
        column.addLayout(foot)
        room = parent.window().size()
        self.resize(min(_SIZE[0], room.width() - 40), min(_SIZE[1], room.height() - 60))

    def _take(self, event: Event) -> None:
        if not self._job:
            self._early.append(event)  # it may be answered before its job is known
            return
        if event.job_id != self._job:
            return
        if isinstance(event, AnswerExplained):
            self._show(event)
        elif isinstance(event, CommandFailed):
            self._refuse(event.error)

    def _show(self, told: AnswerExplained) -> None:
        said = words.WHY_EXACT if told.is_exact else f"{words.WHY_NOT_EXACT} {told.notice}"
        self._say(said.strip(), "muted" if told.is_exact else "warn")
        self.prompt.setPlainText(told.prompt)
        self._figures.setText(words.explained(told.prompt_tokens, told.left_out))
        self.copy.setEnabled(True)

    def _refuse(self, error: ErrorReport) -> None:
        self._say(f"{error.message} {error.action}".strip(), "error")

    def _say(self, said: str, role: str) -> None:
        self.verdict.setText(said)
        set_style_property(self.verdict, "role", role)
        self.setAccessibleDescription(said)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.prompt.toPlainText())
        self.copy.setText(text.COPIED.rstrip("."))
