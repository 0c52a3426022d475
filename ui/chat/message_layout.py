"""One message laid out: its parts, where they are, and what is under a point of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from engine.contract.messages import Message
from ui import text_message
from ui.chat.code_part import CodePart
from ui.chat.message_offers import (
    NOTHING,
    MessageOffers,
    paint_ring,
    paint_row,
    paint_switch,
    row_spots,
    switch_spots,
)
from ui.chat.message_parts import DocumentPart, Spot
from ui.chat.text_style import TextStyle


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A place in a message's text: part and position in it; they sort as they read."""

    part: int
    position: int


Selection = tuple[TextPlace, TextPlace]
_LEAD = 34.0  # height of the line that tells from where on the model sees the conversation


@dataclass(frozen=True, slots=True)
class MessageLook:
    """What a message's layout depends on besides its text.

    Attributes:
        notice: Said above the answer; empty if nothing.
        is_unfolded: Whether the reasoning is shown.
        is_in_full: Whether long words of the user are shown to their end.
        is_first_seen: Whether the next prompt begins with it, as older ones do not fit.
    """

    notice: str = ""
    is_unfolded: bool = False
    is_in_full: bool = False
    is_first_seen: bool = False


def paint_line(painter: QPainter, rect: QRectF, words: str, font: QFont, color: QColor) -> None:
    """The words are drawn in one line, shortened if need be."""
    painter.setFont(font)
    painter.setPen(color)
    elided = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)


class MessageLayout:
    """What user's and assistant's messages have in common.

    Attributes:
        height: In px, at the width last set.
        placed: The selectable parts and where they are.
        offers: What can be done with the message now.
        pointed: What is under the pointer; None if nothing that can be clicked.
        found_key: What the marks of a search in it were made of; None if there are none.
        ringed: What the keyboard has reached in it; None if nothing.
    """

    RING_TOP = -3.0  # where the ring of the keyboard begins, from the message's own top

    def __init__(self, message: Message, style: TextStyle, look: MessageLook) -> None:
        self.message = message
        self.style = style
        self.look = look
        self.width = 0.0
        self.height = 0.0
        self.placed: list[tuple[QPointF, DocumentPart]] = []
        self.found_key: object = None
        self.offers: MessageOffers = NOTHING
        self.pointed: Spot | None = None
        self.ringed: Spot | None = None
        self.is_active = False

    @property
    def lead(self) -> float:
        """Height of what stands above the message and is not part of it."""
        return _LEAD if self.look.is_first_seen else 0.0

    def set_width(self, width: float) -> None:
        """Everything is in its place for a column of this width."""
        if width != self.width:
            self.width = width
            self._place()

    def advance(self) -> bool:
        """More of a long message is in its place; False if all of it was."""
        return False

    def take_formulas(self) -> bool:
        """Formulas that are drawn by now are shown; whether there were any."""
        return False

    def paint(
        self, painter: QPainter, clip: QRectF, *, is_active: bool, selection: Selection | None
    ) -> None:
        """The message is drawn; its actions only while it is active (hovered or focused)."""
        self.is_active = is_active
        if self.look.is_first_seen:
            self._paint_lead(painter)
        self._paint_frame(painter)
        for index, (origin, part) in enumerate(self.placed):
            inner = clip.translated(-origin)
            if inner.bottom() < 0 or inner.top() > part.height:
                continue
            painter.save()
            painter.translate(origin)
            part.paint(painter, inner, self._span(index, part, selection))
            painter.restore()
        paint_switch(painter, self.offers, self.style, self._switch_end())
        if is_active:
            paint_row(painter, self._row_spots(), self.style, self.pointed)
        if self.ringed is not None:
            paint_ring(painter, self.ringed.rect, self.style)

    def spots(self) -> list[Spot]:
        """What can be clicked."""
        spots = self._row_spots() + switch_spots(self.offers, self.style, self._switch_end())
        for origin, part in self.placed:
            if isinstance(part, CodePart):
                spot = part.spot()
                rect = spot.rect.translated(origin)
                spots.append(Spot(rect, spot.action, spot.argument, spot.name))
        return spots + self._more_spots()

    def spot_at(self, point: QPointF) -> Spot | None:
        """What a click at this point would do."""
        return next((spot for spot in self.spots() if spot.rect.contains(point)), None)

    def place_at(self, point: QPointF) -> TextPlace | None:
        """The place in the text nearest to the point; None if there is no text."""
        nearest = None
        for index, (origin, _) in enumerate(self.placed):
            if nearest is None or point.y() >= origin.y():
                nearest = index
        if nearest is None:
            return None
        origin, part = self.placed[nearest]
        position = part.position_at(point - origin)
        return TextPlace(nearest, position if position >= 0 else part.length())

    def is_over_text(self, point: QPointF) -> bool:
        """Whether there is text under the point."""
        return any(
            QRectF(origin.x(), origin.y(), self.width - origin.x(), part.height).contains(point)
            for origin, part in self.placed
        )

    def link_at(self, point: QPointF) -> str:
        """Where the link under the point leads; empty if there is none."""
        for origin, part in self.placed:
            if 0 <= point.y() - origin.y() <= part.height:
                return part.link_at(point - origin)
        return ""

    def whole(self) -> Selection | None:
        """A selection of all its text."""
        if not self.placed:
            return None
        last = len(self.placed) - 1
        return TextPlace(0, 0), TextPlace(last, self.placed[last][1].length())

    def selected_text(self, selection: Selection) -> str:
        """The plain text of a selection."""
        spans = [
            (part, self._span(index, part, selection))
            for index, (_, part) in enumerate(self.placed)
        ]
        return "\n\n".join(part.text_between(*span) for part, span in spans if span)

    def codes(self) -> list[str]:
        """The blocks of code in it."""
        return [part.code for _, part in self.placed if isinstance(part, CodePart)]

    def _span(
        self, index: int, part: DocumentPart, selection: Selection | None
    ) -> tuple[int, int] | None:
        if selection is None:
            return None
        first, last = sorted(selection, key=lambda place: (place.part, place.position))
        if not first.part <= index <= last.part:
            return None
        start = first.position if index == first.part else 0
        end = last.position if index == last.part else part.length()
        return (start, end) if start < end else None

    def _place(self) -> None:
        raise NotImplementedError

    def _paint_frame(self, painter: QPainter) -> None:
        raise NotImplementedError

    def _row_spots(self) -> list[Spot]:
        return row_spots(self.offers, self._row_end())

    def _paint_lead(self, painter: QPainter) -> None:
        """A dashed line; what is above it will not be seen by the model."""
        style = self.style
        width = QFontMetricsF(style.small).horizontalAdvance(text_message.SEEN_FROM_HERE)
        width = min(width, self.width - 40)
        middle = QRectF((self.width - width) / 2, 6, width, _LEAD - 8)
        paint_line(painter, middle, text_message.SEEN_FROM_HERE, style.small, style.colors.signal)
        painter.setPen(QPen(style.colors.signal, 1, Qt.PenStyle.DashLine))
        y = round(middle.center().y()) + 0.5
        painter.drawLine(QPointF(0, y), QPointF(middle.left() - 10, y))
        painter.drawLine(QPointF(middle.right() + 10, y), QPointF(self.width, y))

    def _row_end(self) -> QPointF:
        """Where the row of actions ends: its right end, at half its height."""
        raise NotImplementedError

    def _switch_end(self) -> QPointF:
        """Where the switch between versions ends, likewise."""
        raise NotImplementedError

    def _more_spots(self) -> list[Spot]:
        return []
