"""One message laid out: its parts, where they are, and what is under a point of it."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from engine.contract.messages import Message
from ui import text
from ui.chat.answer_body import AnswerBody
from ui.chat.conversation_book import LiveAnswer
from ui.chat.markdown import SHOWN_CHARACTERS
from ui.chat.message_parts import CodePart, DocumentPart, PlainPart, Spot
from ui.chat.text_style import TextStyle

_LABEL = 16.0  # height of the line that says who speaks
_META = 18.0  # height of the line of measurements
_FOLDED_LINES = 12


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A place in a message's text: part and position in it; they sort as they read."""

    part: int
    position: int


Selection = tuple[TextPlace, TextPlace]


@dataclass(frozen=True, slots=True)
class MessageLook:
    """What a message's layout depends on besides its text.

    Attributes:
        notice: Said above the answer; empty if nothing.
        is_unfolded: Whether the reasoning is shown.
        is_in_full: Whether long words of the user are shown to their end.
    """

    notice: str = ""
    is_unfolded: bool = False
    is_in_full: bool = False


def _paint_line(
    painter: QPainter, rect: QRectF, words: str, font: QFont, color: QColor
) -> None:
    painter.setFont(font)
    painter.setPen(color)
    elided = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)


class MessageLayout:
    """What user's and assistant's messages have in common.

    Attributes:
        height: In px, at the width last set.
        placed: The selectable parts and where they are.
    """

    def __init__(self, message: Message, style: TextStyle, look: MessageLook) -> None:
        self.message = message
        self.style = style
        self.look = look
        self.width = 0.0
        self.height = 0.0
        self.placed: list[tuple[QPointF, DocumentPart]] = []

    def set_width(self, width: float) -> None:
        """Everything is in its place for a column of this width."""
        if width != self.width:
            self.width = width
            self._place()

    def paint(
        self, painter: QPainter, clip: QRectF, *, is_active: bool, selection: Selection | None
    ) -> None:
        """The message is drawn; its actions only while it is active (hovered or focused)."""
        self._paint_frame(painter)
        for index, (origin, part) in enumerate(self.placed):
            inner = clip.translated(-origin)
            if inner.bottom() < 0 or inner.top() > part.height:
                continue
            painter.save()
            painter.translate(origin)
            part.paint(painter, inner, self._span(index, part, selection))
            painter.restore()
        if is_active:
            rect = self._copy_rect()
            icon = QRectF(rect.center().x() - 8, rect.center().y() - 8, 16, 16)
            self.style.icons.paint(painter, "copy", icon, self.style.colors.muted)

    def spots(self) -> list[Spot]:
        """What can be clicked."""
        spots = [Spot(self._copy_rect(), "copy", 0, text.COPY_MESSAGE)]
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
        for index, (origin, part) in enumerate(self.placed):
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

    def _copy_rect(self) -> QRectF:
        raise NotImplementedError

    def _more_spots(self) -> list[Spot]:
        return []


class UserLayout(MessageLayout):
    """The user's words in a soft block to the right."""

    _TOP, _PAD_X, _PAD_Y, _BOTTOM = 24.0, 18.0, 8.0, 6.0

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
        self.placed = [(self._block.topLeft() + QPointF(self._PAD_X, self._PAD_Y), self._part)]
        self.height = self._TOP + height + self._BOTTOM

    def _paint_frame(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.style.colors.user_ground)
        painter.drawRoundedRect(self._block, 14, 14)
        for spot in self._more_spots():
            _paint_line(painter, spot.rect, spot.name, self.style.label, self.style.colors.accent)

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


class AnswerLayout(MessageLayout):
    """The assistant's answer as a page without bubble."""

    _TOP, _GAP, _BOTTOM = 17.0, 7.0, 6.0

    def __init__(
        self, message: Message, style: TextStyle, look: MessageLook, live: LiveAnswer | None
    ) -> None:
        super().__init__(message, style, look)
        self.live = live
        self._body = AnswerBody("" if live else message.text, style)
        self._reasoning: PlainPart | None = None
        self._reasoned = ""
        self._fold = QRectF()
        self._status = QRectF()
        self._meta = QRectF()
        if live is not None:
            self._take_live(live)
        else:
            self._show_reasoning(message.reasoning)

    def grow(self, live: LiveAnswer) -> None:
        """What was written since is shown."""
        self._take_live(live)
        self._place()

    def finish(self, message: Message, look: MessageLook) -> None:
        """The answer has ended as `message`; what is rendered already stays."""
        self.message = message
        self.look = look
        self.live = None
        self._body.finish(message.text)
        self._show_reasoning(message.reasoning)
        self._place()

    def _take_live(self, live: LiveAnswer) -> None:
        self._body.grow("".join(live.pieces))
        self._show_reasoning("".join(live.reasoning))

    def _show_reasoning(self, reasoning: str) -> None:
        words = reasoning.strip()
        if words and self.look.is_unfolded:
            if self._reasoning is not None and words.startswith(self._reasoned):
                self._reasoning.append(words[len(self._reasoned) :])
            else:
                self._reasoning = PlainPart(words, self.style, is_user=True)
                self._reasoning.set_color(self.style.colors.muted)
        self._reasoned = words

    def _place(self) -> None:
        y = self._TOP + (28.0 if self.look.notice else 0.0) + _LABEL + self._GAP
        self.placed = []
        self._fold = QRectF()
        if self._reasoned:
            self._fold = QRectF(-4, y - 3, self.width * 0.6, 24)
            y += 26
            if self.look.is_unfolded and self._reasoning is not None:
                self._reasoning.set_width(self.width - 16)
                self.placed.append((QPointF(16, y), self._reasoning))
                y += self._reasoning.height + 14
        self._status = QRectF()
        if self.live is not None and not self._body.parts:
            self._status = QRectF(0, y, self.width, self.style.line_px)
            y += self.style.line_px
        y = self._place_body(y)
        self._meta = QRectF(0, y + 12, self.width - 40, _META)
        self.height = self._meta.bottom() + self._BOTTOM

    def _place_body(self, y: float) -> float:
        gap = self.style.paragraph_px
        self._body.set_width(self.width)
        for part in self._body.parts:
            around = 4.0 if isinstance(part, CodePart) else 0.0
            self.placed.append((QPointF(0, y + around), part))
            y += part.height + gap + 2 * around
        return y - (gap if self._body.parts else 0)

    def _paint_frame(self, painter: QPainter) -> None:
        colors, style = self.style.colors, self.style
        y = self._TOP
        if self.look.notice:
            _paint_line(painter, QRectF(0, y, self.width, 18), self.look.notice, style.small,
                        colors.warn)
            painter.fillRect(QRectF(0, y + 22, self.width, 1), colors.line)
            y += 28
        label = QRectF(0, y, self.width, _LABEL)
        _paint_line(painter, label, text.ASSISTANT, style.label, colors.faint)
        if self._reasoned:
            self._paint_fold(painter)
        if not self._status.isEmpty():
            _paint_line(painter, self._status, self._status_words(), style.words, colors.muted)
        words = text.meta_line(self.message.stats, self.message.finish_reason)
        if len(self.message.text) > SHOWN_CHARACTERS:
            words = f"{text.TRUNCATED} {words}"
        _paint_line(painter, self._meta, words, style.small, colors.muted)

    def _paint_fold(self, painter: QPainter) -> None:
        colors, style = self.style.colors, self.style
        name = "chevron-down" if self.look.is_unfolded else "chevron-right"
        icon = QRectF(self._fold.left(), self._fold.center().y() - 8, 16, 16)
        style.icons.paint(painter, name, icon, colors.muted)
        stats = self.message.stats
        title = text.thought_for(stats.reasoning_ms if stats else 0)
        if self.live is not None and not self.live.pieces:
            title = text.THINKING
        _paint_line(painter, self._fold.adjusted(20, 0, 0, 0), title, style.small, colors.muted)
        if self.look.is_unfolded and self._reasoning is not None:
            top = self._fold.bottom() + 5
            painter.setPen(QPen(Qt.PenStyle.NoPen))
            painter.fillRect(
                QRectF(3, top, 2, self._reasoning.height), colors.line_strong
            )

    def _status_words(self) -> str:
        live = self.live
        if live is None or not live.prompt_tokens:
            return text.STARTING
        return text.reading(live.read_tokens, live.prompt_tokens, live.cached_tokens)

    def _copy_rect(self) -> QRectF:
        return QRectF(self.width - 28, self._meta.center().y() - 14, 28, 28)

    def _more_spots(self) -> list[Spot]:
        if self._fold.isEmpty():
            return []
        name = text.HIDE_REASONING if self.look.is_unfolded else text.SHOW_REASONING
        return [Spot(self._fold, "fold", 0, name)]
