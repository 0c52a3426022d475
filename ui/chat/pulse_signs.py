"""Words and small gauges in one line, as many as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.theme import Theme

_GAUGE_PX, _GAUGE_HIGH_PX = 54, 7
_INNER_PX = 8  # between a word and its gauge
_GAP_PX = 16  # between parts


@dataclass(frozen=True, slots=True, kw_only=True)
class PulsePart:
    """One thing that is said.

    Attributes:
        words: What stands there.
        gauge: How full the bar behind it is, 0 to 1; None for no bar.
        role: The bar's colour: "accent" or "signal".
        brief: Fewer words, where there is no room for all; empty for none fewer.
        rank: The part of the lowest rank goes first where there is no room.
        help: The same at length.
        is_last: Whether it stands at the right end.
    """

    words: str
    gauge: float | None = None
    role: str = "accent"
    brief: str = ""
    rank: int = 0
    help: str = ""
    is_last: bool = False


class PulseSigns(QWidget):
    """Draws parts from left to right; what has no room is left out, never cut in a figure."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._parts: tuple[PulsePart, ...] = ()
        self._placed: list[tuple[QRectF, PulsePart, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self._place)

    def show_parts(self, parts: Sequence[PulsePart]) -> None:
        """These are said from now on."""
        if tuple(parts) != self._parts:
            self._parts = tuple(parts)
            said = ". ".join(part.help or part.words for part in self._parts)
            self.setAccessibleName(said)
            self._place()

    def shown(self) -> list[str]:
        """The words that had room."""
        return [words for _, _, words in self._placed]

    def sizeHint(self) -> QSize:
        """As wide as may be, one line high."""
        return QSize(200, self._theme.px(17))

    def minimumSizeHint(self) -> QSize:
        """Any width."""
        return QSize(1, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or fewer parts have room."""
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        """What is pointed at is said at length."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = event.pos().toPointF()
            helped = [part.help for rect, part, _ in self._placed if rect.contains(at)]
            QToolTip.showText(event.globalPos(), helped[0] if helped else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Words, then their bars."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font(12))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for rect, part, words in self._placed:
            painter.setPen(self._theme.colors.muted)
            painter.drawText(rect, flags, words)
            if part.gauge is not None:
                self._paint_gauge(painter, rect, part)
        painter.end()

    def _paint_gauge(self, painter: QPainter, rect: QRectF, part: PulsePart) -> None:
        colors = self._theme.colors
        high = float(self._theme.px(_GAUGE_HIGH_PX))
        wide = float(self._theme.px(_GAUGE_PX))
        bar = QRectF(rect.right() - wide, rect.center().y() - high / 2, wide, high)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.hover)
        painter.drawRoundedRect(bar, high / 2, high / 2)
        share = max(0.0, min(1.0, part.gauge or 0.0))
        if share > 0:
            bar.setWidth(max(high, wide * share))
            painter.setBrush(colors.signal if part.role == "signal" else colors.accent)
            painter.drawRoundedRect(bar, high / 2, high / 2)

    def _place(self) -> None:
        chosen = self._choose()
        self._placed = []
        x, right = 0.0, float(self.width())
        for part, words in chosen:
            width = self._width_of(part, words)
            if part.is_last:
                right -= width
                self._placed.append((QRectF(right, 0, width, self.height()), part, words))
                right -= _GAP_PX
            else:
                self._placed.append((QRectF(x, 0, width, self.height()), part, words))
                x += width + _GAP_PX
        self.update()

    def _choose(self) -> list[tuple[PulsePart, str]]:
        """The parts that have room: first words are made fewer, then parts go, lowest first."""
        chosen = {part: part.words for part in self._parts}
        for part in sorted(self._parts, key=lambda one: one.rank):
            if self._total(chosen) > self.width() and part.brief:
                chosen[part] = part.brief
        for part in sorted(self._parts, key=lambda one: one.rank):
            if self._total(chosen) > self.width() and len(chosen) > 1:
                del chosen[part]
        return [(part, chosen[part]) for part in self._parts if part in chosen]

    def _total(self, chosen: dict[PulsePart, str]) -> float:
        widths = [self._width_of(part, words) for part, words in chosen.items()]
        return sum(widths) + _GAP_PX * max(0, len(widths) - 1)

    def _width_of(self, part: PulsePart, words: str) -> float:
        width = QFontMetricsF(self._theme.font(12)).horizontalAdvance(words) + 1
        if part.gauge is not None:
            width += _INNER_PX + self._theme.px(_GAUGE_PX)
        return width
