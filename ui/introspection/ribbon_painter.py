"""Paints one line of the ribbon: grounds, text, marks, and the token that is picked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF, QTextCharFormat, QTextLayout, QTextLine

from engine.contract.signals import TokenSignals
from ui.introspection.measured import Measured
from ui.introspection.ribbon_lines import RETURN, RibbonLines
from ui.introspection.tint import strength
from ui.introspection.token_text import Piece
from ui.theme import Theme
from ui.widgets.tint import paint_tint

_KEPT_LINES = 300
_MARK_PX = 5.0


@dataclass(slots=True)
class _Line:
    layout: QTextLayout
    line: QTextLine
    span: tuple[int, int]
    rects: list[tuple[int, QRectF]]
    pale: list[QTextLayout.FormatRange]


class RibbonPainter:
    """Keeps lines that were drawn lately laid out."""

    def __init__(self, theme: Theme, lines: RibbonLines) -> None:
        self._theme = theme
        self._lines = lines
        self._line_px = 24.0
        self._kept: OrderedDict[int, _Line] = OrderedDict()
        self._measured = Measured()
        self._tint = ""
        self._pieces: Sequence[Piece] = ()

    def restyle(self, line_px: float) -> None:
        """Lines are so high from now on."""
        self._line_px = line_px
        self.forget()

    def forget(self) -> None:
        """Nothing that was laid out holds any more."""
        self._kept.clear()

    def look_at(self, measured: Measured, tint: str, pieces: Sequence[Piece]) -> None:
        """These are drawn, tinted so."""
        self._measured, self._tint, self._pieces = measured, tint, pieces

    def rect_in_line(self, index: int, piece: int) -> QRectF:
        """Where a piece is drawn, from the line's left end."""
        return next((r for p, r in self._laid_out(index).rects if p == piece), QRectF())

    def piece_at(self, index: int, x: float, *, is_exact: bool = False) -> int:
        """The piece at, or nearest to, a place in a line; -1 if there is none."""
        rects = self._laid_out(index).rects
        if is_exact:
            return next((p for p, r in rects if r.left() - 1 <= x <= r.right() + 2), -1)
        nearest = min(rects, key=lambda one: abs(one[1].center().x() - x), default=(-1, QRectF()))
        return nearest[0]

    def paint_line(self, painter: QPainter, index: int) -> None:
        """The line is drawn with its top left at the origin."""
        kept = self._laid_out(index)
        top = (self._line_px - kept.line.height()) / 2
        picked = self._measured.picked
        for piece, rect in kept.rects:
            self._paint_ground(painter, piece, rect)
        painter.setPen(self._theme.colors.ink)
        kept.layout.draw(painter, QPointF(0, top), kept.pale)
        for piece, rect in kept.rects:
            one = self._pieces[piece]
            if picked is not None and one.first <= picked <= one.last:
                self._paint_ring(painter, rect)
            self._paint_marks(painter, self._token(piece), rect)

    def _paint_ground(self, painter: QPainter, piece: int, rect: QRectF) -> None:
        one = self._pieces[piece]
        layers = self._measured.opening.layers if self._measured.opening else 0
        tokens = self._measured.tokens[one.first : one.last + 1]
        found = [strength(token, self._tint, layers) for token in tokens]
        known = [share for share in found if share is not None]
        painter.setPen(Qt.PenStyle.NoPen)
        colors = self._theme.colors
        if known:
            paint_tint(painter, rect, colors.signal, max(known))
        elif rect.width() > 2:
            # Not measured is drawn as such, and never as sure.
            painter.setPen(QPen(colors.faint, 1, Qt.PenStyle.DotLine))
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def _paint_ring(self, painter: QPainter, rect: QRectF) -> None:
        painter.setPen(QPen(self._theme.colors.accent, 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(rect.adjusted(-1.5, -1, 1.5, 1.5), 4, 4)

    def _paint_marks(self, painter: QPainter, token: TokenSignals, rect: QRectF) -> None:
        if token.is_fork:
            paint_mark(painter, "fork", QPointF(rect.left() + 3, rect.top()), self._theme)
        if token.is_boundary:
            paint_mark(
                painter, "boundary", QPointF(rect.left() - 1, rect.center().y()), self._theme
            )
        if token.is_repetition:
            paint_mark(painter, "loop", QPointF(rect.right() - 3, rect.top()), self._theme)

    def _token(self, piece: int) -> TokenSignals:
        return self._measured.tokens[self._pieces[piece].first]

    def _laid_out(self, index: int) -> _Line:
        span = self._lines.line(index)
        kept = self._kept.get(index)
        if kept is None or kept.span != span:
            layout, line = self._lines.lay_out(index)
            kept = _Line(layout, line, span, self._rects(index, span, line), self._pale(layout))
            self._kept[index] = kept
            if len(self._kept) > _KEPT_LINES:
                self._kept.popitem(last=False)
        self._kept.move_to_end(index)
        return kept

    def _pale(self, layout: QTextLayout) -> list[QTextLayout.FormatRange]:
        """The signs for a line's end are paler than words."""
        formats = []
        for place, letter in enumerate(layout.text()):
            if letter == RETURN:
                pale = QTextLayout.FormatRange()
                look = QTextCharFormat()
                look.setForeground(self._theme.colors.faint)
                pale.start, pale.length, pale.format = place, 1, look
                formats.append(pale)
        return formats

    def _rects(
        self, index: int, span: tuple[int, int], line: QTextLine
    ) -> list[tuple[int, QRectF]]:
        found = []
        height = min(self._line_px - 4, line.height() + 2)
        top = (self._line_px - height) / 2
        for piece in self._lines.pieces_in(index):
            start, end = self._lines.span(piece)
            start, end = max(start, span[0]), min(end, span[1])
            words = self._lines.text(start, end)
            inner = words.strip()
            # The space before a word belongs to its token, and is not drawn as doubtful; nor is
            # one that stayed behind at the end of the line above.
            if inner:
                start += len(words) - len(words.lstrip())
                end -= len(words) - len(words.rstrip())
            elif self._pieces[piece].text.strip():
                continue
            x1, x2 = _x(line, start - span[0]), _x(line, end - span[0])
            left, right = min(x1, x2), max(x1, x2)
            found.append((piece, QRectF(left - 1, top, max(1.0, right - left + 2), height)))
        return found


def _x(line: QTextLine, place: int) -> float:
    # The binding returns the position too, as it may have been moved to a character's border.
    x: Any = line.cursorToX(place)
    return float(x[0] if isinstance(x, tuple) else x)


def paint_mark(painter: QPainter, mark: str, at: QPointF, theme: Theme) -> None:
    """A small sign, each of another shape.

    Args:
        painter: Its pen and brush are changed.
        mark: "fork", "boundary" or "loop".
        at: Its middle.
        theme: Has the colours.
    """
    colors, half = theme.colors, _MARK_PX / 2
    painter.setPen(QPen(colors.canvas, 1))
    painter.setBrush(colors.signal)
    if mark == "fork":
        corners = (QPointF(-half - 1, -half), QPointF(half + 1, -half), QPointF(0, half + 1))
        painter.drawPolygon(QPolygonF([at + corner for corner in corners]))
    elif mark == "boundary":
        painter.setPen(QPen(colors.accent, 1.8))
        corner = at + QPointF(-half, -half)
        painter.drawPolyline([corner + QPointF(0, 5), corner, corner + QPointF(6, 0)])
    else:
        painter.setPen(QPen(colors.signal, 1.5))
        painter.setBrush(colors.canvas)
        painter.drawEllipse(at, half, half)
