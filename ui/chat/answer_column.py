"""One answer of a comparison: who writes it, its text as it grows, and how to choose it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from engine.contract.messages import Message
from ui import text_message as words
from ui.chat.answer_layout import AnswerLayout
from ui.chat.compare_sheet import Side
from ui.chat.conversation_entry import LiveAnswer
from ui.chat.message_layout import MessageLook
from ui.chat.text_style import text_style
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

_SIDE_PX = 14
_NEAR_END_PX = 8


class _Canvas(QWidget):
    """Draws one answer as the conversation does, in the width of its column."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._revision = -1
        self._message: Message | None = None
        self._live: LiveAnswer | None = None
        self._layout: AnswerLayout | None = None

    def show_answer(self, message: Message, live: LiveAnswer | None) -> None:
        is_same = self._layout is not None and self._revision == self._theme.revision
        if is_same and self._layout is not None and self._layout.live is not None:
            if live is not None:
                self._layout.grow(live)
            else:
                self._layout.finish(message, self._layout.look)
        elif not is_same or message is not self._message:
            style = text_style(self._theme)
            self._layout = AnswerLayout(message, style, MessageLook(), live)
            self._revision = self._theme.revision
        self._message, self._live = message, live
        self._fit()

    def restyle(self) -> None:
        if self._message is not None:
            self.show_answer(self._message, self._live)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(240, self.minimumHeight())

    def _fit(self) -> None:
        if self._layout is None:
            return
        self._layout.set_width(max(120.0, self.width() - 2.0 * _SIDE_PX))
        while self._layout.advance():
            pass
        self.setMinimumHeight(round(self._layout.height) + 8)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._layout is None:
            return
        painter = QPainter(self)
        painter.translate(_SIDE_PX, 0)
        clip = QRectF(event.rect()).translated(-_SIDE_PX, 0)
        self._layout.paint(painter, clip, is_active=False, selection=None)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        point = event.position() - QPointF(_SIDE_PX, 0)
        spot = self._layout.spot_at(point) if self._layout is not None else None
        if self._layout is not None and spot is not None and spot.action == "copy_code":
            QGuiApplication.clipboard().setText(self._layout.codes()[spot.argument])


class AnswerColumn(QFrame):
    """One side of a comparison.

    Attributes:
        chosen: message identifier of its answer.
        message_id: Of the answer; empty before it was begun.
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, side: Side, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Card")
        self.message_id = ""
        self._canvas = _Canvas(theme)
        self._name = f"{side.model}, {side.settings}"
        self._state = label(words.COMPARE_WAITS, "small", wraps=True)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._canvas)
        for ground in (self._area.viewport(), self._canvas):
            ground.setAutoFillBackground(False)
        self._area.setAccessibleName(self._name)
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.choose = push_button(words.COMPARE_CHOOSE, "plain", self._choose)
        self.choose.setAccessibleName(f"{words.COMPARE_CHOOSE}: {self._name}")
        self.choose.setEnabled(False)
        foot = QHBoxLayout()
        foot.setContentsMargins(_SIDE_PX, 0, _SIDE_PX, 0)
        foot.addWidget(self._state, 1)
        foot.addWidget(self.choose)
        head = QVBoxLayout()
        head.setContentsMargins(_SIDE_PX, 0, _SIDE_PX, 0)
        head.setSpacing(1)
        head.addWidget(label(side.model, "strong", wraps=True))
        head.addWidget(label(side.settings, "small", wraps=True))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 10)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._area, 1)
        column.addLayout(foot)
        self.setMinimumWidth(theme.px(260))
        theme.changed.connect(self._canvas.restyle)

    def show_answer(self, message: Message, live: LiveAnswer | None) -> None:
        """The answer as it is by now; the view follows its end if it was there."""
        bar = self._area.verticalScrollBar()
        is_at_end = bar.value() >= bar.maximum() - _NEAR_END_PX
        self.message_id = message.id
        self._canvas.show_answer(message, live)
        self._state.setText("" if message.text or live else words.COMPARE_NO_ANSWER)
        spoken = "".join(live.pieces) if live is not None else message.text
        self._canvas.setAccessibleName(f"{self._name}: {spoken}")
        if live is not None and is_at_end:
            bar.setValue(bar.maximum())

    def let_choose(self, is_over: bool) -> None:
        """The button can be pressed once all sides have answered, if this one did."""
        self.choose.setEnabled(is_over and bool(self.message_id))
        if is_over and not self.message_id:
            self._state.setText(words.COMPARE_NO_ANSWER)

    def _choose(self) -> None:
        self.chosen.emit(self.message_id)
