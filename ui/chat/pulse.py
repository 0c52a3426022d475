"""One line under the composer that says what the model is doing now."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui import text
from ui.chat.conversation_entry import LiveAnswer
from ui.chat.pulse_signs import PulsePart, PulseSigns
from ui.model_status import ModelStatus, Phase
from ui.theme import Theme
from ui.widgets.labels import label

_SIDE_PX = 12


class Pulse(QWidget):
    """Always there and always one line, so that nothing jumps when work begins.

    Attributes:
        signs: What is measured, while anything is.
    """

    def __init__(self, models: ModelStatus, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = models
        self._words = ""
        self._is_reading = False
        self._parts: tuple[PulsePart, ...] = ()
        self.signs = PulseSigns(theme)
        self.signs.hide()
        self._left = label("", "small")
        self._left.setMinimumWidth(1)
        self._right = label("", "small")
        row = QHBoxLayout(self)
        row.setContentsMargins(_SIDE_PX, 0, _SIDE_PX, 0)
        # It takes all of the line; the stretch behind it is for the words.
        row.addWidget(self.signs, 1000)
        row.addWidget(self._left)
        row.addStretch(1)
        row.addWidget(self._right)
        self._keep_height()
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
        self._is_reading = (is_waiting or live is not None) and (live is None or not live.tokens)
        if words != self._words:
            self._words = words
            self._left.setAccessibleName(words)
        self._fit()

    def show_signs(self, parts: Sequence[PulsePart]) -> None:
        """This is measured; while anything is, it stands in the place of the words."""
        self._parts = tuple(parts)
        self.signs.show_parts(self._parts)
        self._fit()

    def words(self) -> str:
        """What the line says of the answer."""
        return self._words

    def _show_place(self) -> None:
        model = self._models.loaded
        self._right.setText(text.runs_on(model.device) if model is not None else "")
        self._right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What the model does comes first; where it runs is said if there is room."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """It is as high as its words, whatever their size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._keep_height()
            self._fit()

    def _keep_height(self) -> None:
        self.setFixedHeight(self._right.sizeHint().height() + 4)

    def _fit(self) -> None:
        # Before the first word there is nothing to measure, and how far it is read is worth more.
        has_signs = bool(self._parts) and not self._is_reading
        self.signs.setVisible(has_signs)
        self._left.setVisible(not has_signs)
        margins = self.contentsRect().width() - 2 * _SIDE_PX
        metrics = self._left.fontMetrics()
        needed = metrics.horizontalAdvance(self._words)
        has_room = needed + self._right.sizeHint().width() + 2 * _SIDE_PX <= margins
        self._right.setVisible(has_room and bool(self._right.text()) and not has_signs)
        self._left.setText(metrics.elidedText(self._words, Qt.TextElideMode.ElideRight, margins))
