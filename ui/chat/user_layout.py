"""The user's words laid out: a soft block to the right."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from engine.contract.messages import Message
from ui import text
from ui.chat.markdown import SHOWN_CHARACTERS
from ui.chat.message_layout import MessageLayout, MessageLook, paint_line
from ui.chat.message_parts import PlainPart, Spot
from ui.chat.text_style import TextStyle

_FOLDED_LINES = 12


class UserLayout(MessageLayout):
    """The user's words in a soft block to the right."""

    _TOP, _PAD_X, _PAD_Y, _BOTTOM = 24.0, 18.0, 8.0, 6.0
    _RISE = 2.0  # Qt puts what a line has too much above its letters

    def __init__(self, message: Message, style: TextStyle, look: MessageLook) -> None:
        super().__init__(message, style, look)
        lines = message.text.splitlines()
        cut = "\n".join(lines[:_FOLDED_LINES])[: _FOLDED_LINES * 90]
        self._is_long = len(cut) + 200 < len(message.text)
        is_whole = look.is_in_full or not self._is_long
        shown = message.text[:SHOWN_CHARACTERS] if is_whole else cut + "…"
        self._part = PlainPart(shown, style, is_user=True)
        self._block = QRectF()

    def _place(self) -> None:
        widest = self.width * 0.8 - 2 * self._PAD_X
        self._part.set_width(widest)
        needed = min(widest, self._part.natural_width() + 1)
        self._part.set_width(needed)
        more = 24.0 if self._is_long else 0.0
        if self._is_long:
            needed = max(needed, 120.0)
        width = needed + 2 * self._PAD_X
        height = self._part.height + 2 * self._PAD_Y + more
        self._block = QRectF(self.width - width, self._TOP, width, height)
        self.placed = [
            (self._block.topLeft() + QPointF(self._PAD_X, self._PAD_Y - self._RISE), self._part)
        ]
        self.height = self._TOP + height + self._BOTTOM

    def _paint_frame(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.style.colors.user_ground)
        painter.drawRoundedRect(self._block, 14, 14)
        for spot in self._more_spots():
            paint_line(painter, spot.rect, spot.name, self.style.label, self.style.colors.accent)

    def _copy_rect(self) -> QRectF:
        return QRectF(self._block.left() - 34, self._block.top() + 2, 28, 28)

    def _more_spots(self) -> list[Spot]:
        if not self._is_long:
            return []
        rect = QRectF(
            self._block.left() + self._PAD_X, self._block.bottom() - 30, self._block.width(), 24
        )
        name = text.SHOW_LESS if self.look.is_in_full else text.SHOW_ALL
        return [Spot(rect, "show_all", 0, name)]
