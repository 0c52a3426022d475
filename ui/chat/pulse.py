"""One line under the composer that says what the model is doing now."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui import text
from ui.chat.conversation_entry import LiveAnswer
from ui.model_status import ModelStatus, Phase
from ui.widgets.labels import label


class Pulse(QWidget):
    """Always there and always one line, so that nothing jumps when work begins."""

    def __init__(self, models: ModelStatus, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._left = label("", "small")
        self._right = label("", "small")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.addWidget(self._left)
        row.addStretch(1)
        row.addWidget(self._right)
        self.setFixedHeight(self._left.sizeHint().height() + 4)
        models.changed.connect(self._show_place)
        self._show_place()

    def show_state(self, live: LiveAnswer | None, *, is_waiting: bool) -> None:
        """What is happening in the conversation on screen."""
        if live is not None and live.tokens:
            words = text.writing(live.tokens, live.tokens_per_second())
        elif live is not None and live.prompt_tokens:
            words = text.reading(live.read_tokens, live.prompt_tokens, live.cached_tokens)
        elif is_waiting and self._models.phase is not Phase.READY:
            words = text.WAITING_FOR_MODEL
        elif is_waiting or live is not None:
            words = text.STARTING
        else:
            words = text.CAN_BE_WRONG
        if words != self._left.text():
            self._left.setText(words)

    def words(self) -> str:
        """What the line says of the answer."""
        return self._left.text()

    def _show_place(self) -> None:
        model = self._models.loaded
        self._right.setText(text.runs_on(model.device) if model is not None else "")
        self._right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
