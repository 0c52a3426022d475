"""The user's words laid out: a soft block to the right."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter

from engine.contract.messages import Message
from ui import text
from ui.chat.attached_part import AttachedPart
from ui.chat.markdown import SHOWN_CHARACTERS
from ui.chat.message_layout import MessageLayout, MessageLook, paint_line
from ui.chat.message_offers import SIDE, switch_width
from ui.chat.message_parts import PlainPart, Spot
from ui.chat.text_style import TextStyle

_FOLDED_LINES = 12


class UserLayout(MessageLayout):
    """The user's words in a soft block to the right."""

    _TOP, _PAD_X, _PAD_Y = 20.0, 18.0, 8.0
    RING_TOP = 10.0
    _RISE = 2.0  # Qt puts what a line has too much above its letters

    def __init__(self, message: Message, style: TextStyle, look: MessageLook) -> None:
        super().__init__(message, style, look)
        lines = message.text.splitlines()
        cut = "\n".join(lines[:_FOLDED_LINES])[: _FOLDED_LINES * 90]
        self._is_long = len(cut) + 200 < len(message.text)
        is_whole = look.is_in_full or not self._is_long
        shown = message.text[:SHOWN_CHARACTERS] if is_whole else cut + "…"
        self._part = PlainPart(shown, style, is_user=True)
        self._files = AttachedPart(message.attachments, style)
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
        top = self._TOP * self.style.air + self.lead
        self._files.place(QPointF(self.width, top), self.width * 0.9)
        top += self._files.height
        if not self.message.text:
            # Files can go without a word about them.
            self._block = QRectF(self.width, top, 0, 0)
            self.height = top + 2 + SIDE
            return
        self._block = QRectF(self.width - width, top, width, height)
        self.placed = [
            (self._block.topLeft() + QPointF(self._PAD_X, self._PAD_Y - self._RISE), self._part)
        ]
        self.height = self._block.bottom() + SIDE + 4

    def _paint_frame(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._files.paint(painter, self.pointed)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.style.colors.user_ground)
        painter.drawRoundedRect(self._block, 14, 14)
        for spot in self._more_spots():
            if spot.action == "file":
                continue
            paint_line(painter, spot.rect, spot.name, self.style.label, self.style.colors.accent)

    def _row_end(self) -> QPointF:
        switch = switch_width(self.offers, self.style)
        return self._switch_end() - QPointF(switch + 4 if switch else 0, 0)

    def _switch_end(self) -> QPointF:
        return QPointF(self.width, self._block.bottom() + 1 + SIDE / 2)

    def _more_spots(self) -> list[Spot]:
        if not self._is_long:
            return self._files.spots()
        rect = QRectF(
            self._block.left() + self._PAD_X, self._block.bottom() - 30, self._block.width(), 24
        )
        name = text.SHOW_LESS if self.look.is_in_full else text.SHOW_ALL
        return [*self._files.spots(), Spot(rect, "show_all", 0, name)]
