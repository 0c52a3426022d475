"""The entropy of every token as a line; the picked one is marked."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.introspection import stream_words as words
from ui.introspection.measured import Measured
from ui.theme import Theme

_HEIGHT_PX = 96
_AXIS_PX = 18  # right of the line, for the figures
_TOP_PX, _BOTTOM_PX = 8, 8
_LEAST_TOP_NATS = 4
_LINE_PX = 1.6
_STEP_PX = 6.0  # between tokens of a short answer


class EntropyLine(QWidget):
    """Shows the whole answer; where many tokens share a pixel, their highest counts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._measured = Measured()
        self._revision = -1
        self._stride = 1
        self._highest: list[float] = []  # of each group of `_stride` tokens
        self._taken = 0
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(words.ENTROPY)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """As high as the figures beside it need."""
        return QSize(200, self._theme.px(_HEIGHT_PX))

    def minimumSizeHint(self) -> QSize:
        """The same height, and any width."""
        return QSize(80, self.sizeHint().height())

    def show_measured(self, measured: Measured) -> None:
        """What is known is on screen."""
        is_same = measured is self._measured and measured.revision == self._revision
        # Seeking in a replay takes tokens away.
        if not is_same or self._taken > len(measured.tokens):
            self._measured, self._revision = measured, measured.revision
            self._begin()
        self._take()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The tokens share another width."""
        super().resizeEvent(event)
        self._begin()
        self._take()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The token under the pointer is looked at."""
        self._measured.hover(self._place_at(event.position().x()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The token is pinned."""
        self._measured.pick(self._place_at(event.position().x()), is_pinned=True)

    def leaveEvent(self, event: QEvent) -> None:
        """The end is followed again, unless a token is pinned."""
        del event
        self._measured.hover(None)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Three levels, the line with its ground, and the mark of the picked token."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = self._top_nats()
        self._paint_levels(painter, top)
        points = [
            QPointF(self._x_of(group), self._y_of(value, top))
            for group, value in enumerate(self._highest)
        ]
        if points:
            self._paint_line(painter, points)
        if self._measured.picked is not None and self._measured.tokens:
            self._paint_marker(painter, top)
        painter.end()

    def _paint_levels(self, painter: QPainter, top: float) -> None:
        colors = self._theme.colors
        painter.setFont(self._theme.font(10.5))
        half = self._theme.px(8)
        for nats in (0.0, top / 2, top):
            y = round(self._y_of(nats, top)) + 0.5
            painter.setPen(QPen(colors.line, 1))
            painter.drawLine(QPointF(0, y), QPointF(self._right(), y))
            painter.setPen(colors.faint)
            place = QRectF(self._right(), y - half, self._axis(), 2 * half)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(place, flags, f"{nats:g}")

    def _paint_line(self, painter: QPainter, points: list[QPointF]) -> None:
        colors = self._theme.colors
        floor = self._y_of(0, 1)
        ground = QColor(colors.signal)
        ground.setAlphaF(0.07)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        ends = [QPointF(points[0].x(), floor), *points, QPointF(points[-1].x(), floor)]
        painter.drawPolygon(QPolygonF(ends))
        pen = QPen(colors.signal, _LINE_PX)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        if len(points) == 1:
            painter.drawPoint(points[0])
        else:
            painter.drawPolyline(points)

    def _paint_marker(self, painter: QPainter, top: float) -> None:
        colors = self._theme.colors
        place = self._measured.looked_at_place()
        at = QPointF(
            self._x_of(place // self._stride),
            self._y_of(self._measured.tokens[place].entropy_nats, top),
        )
        painter.setPen(QPen(colors.accent, 1.4))
        painter.drawLine(QPointF(at.x(), self._y_of(0, 1)), at)
        painter.setBrush(colors.canvas)
        painter.setPen(QPen(colors.accent, 2))
        painter.drawEllipse(at, 4, 4)

    def _begin(self) -> None:
        self._highest.clear()
        self._taken = 0
        self._stride = 1

    def _take(self) -> None:
        """Tokens that came since are in; only when they no longer fit are all looked at again."""
        tokens = self._measured.tokens
        stride = max(1, math.ceil(len(tokens) / max(40.0, self._right())))
        if stride > self._stride:
            # A little more than is needed, so that this is seldom.
            self._begin()
            self._stride = stride + stride // 4
        for place in range(self._taken, len(tokens)):
            value = tokens[place].entropy_nats
            if place % self._stride == 0:
                self._highest.append(value)
            else:
                self._highest[-1] = max(self._highest[-1], value)
        self._taken = len(tokens)

    def _top_nats(self) -> float:
        highest = max(self._highest, default=0.0)
        return float(max(_LEAST_TOP_NATS, 2 * math.ceil(highest / 2)))

    def _axis(self) -> float:
        return float(self._theme.px(_AXIS_PX))

    def _right(self) -> float:
        return max(1.0, self.width() - self._axis() - 4)

    def _step(self) -> float:
        groups = max(1, len(self._highest) - 1)
        return min(float(self._theme.px(_STEP_PX)), self._right() / groups)

    def _x_of(self, group: int) -> float:
        return group * self._step()

    def _y_of(self, nats: float, top: float) -> float:
        above = self._theme.px(_TOP_PX)
        room = self.height() - above - self._theme.px(_BOTTOM_PX)
        return above + room * (1 - min(1.0, nats / top))

    def _place_at(self, x: float) -> int | None:
        if not self._measured.tokens:
            return None
        group = round(x / max(0.01, self._step()))
        return max(0, min(group * self._stride, len(self._measured.tokens) - 1))
