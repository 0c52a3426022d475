"""Plain charts: hairlines at three levels, one weight of line, labels instead of legends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.contract.calibration import Interval, ReliabilityBin, RiskPoint
from ui import text_confidence as words
from ui.theme import Theme

LINE_PX = 1.6
_BAND_ALPHA = 0.16
_LARGEST_DOT = 9.0
_SMALLEST_DOT = 2.5


class Chart(QWidget):
    """A field from 0 to 1 across and up, with its axes said in words."""

    across = ""
    """What goes from left to right."""
    up = ""
    """What goes from bottom to top."""
    height_px = 170

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.top = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """As high as it is meant to be."""
        return QSize(300, self.theme.px(self.height_px))

    def minimumSizeHint(self) -> QSize:
        """Narrower than that it cannot be read."""
        return QSize(180, self.theme.px(self.height_px))

    def field(self) -> QRectF:
        """Where values are drawn."""
        px = self.theme.px
        top, foot = px(20), px(34)
        side = px(30)
        return QRectF(2, top, self.width() - side - 2, self.height() - top - foot)

    def point(self, x: float, y: float) -> QPointF:
        """Where a value lies."""
        field = self.field()
        return QPointF(
            field.left() + x * field.width(), field.bottom() - y / self.top * field.height()
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Hairlines, words, and what a chart draws itself."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_grid(painter)
        self.paint_values(painter)
        painter.end()

    def paint_values(self, painter: QPainter) -> None:
        """What the chart is there for."""
        raise NotImplementedError

    def say_at(self, painter: QPainter, place: QPointF, said: str, role: str = "muted") -> None:
        """A label with its left end at a place, moved so that it stays inside."""
        painter.setFont(self.theme.font(11))
        painter.setPen(getattr(self.theme.colors, role))
        metrics = QFontMetricsF(painter.font())
        left = min(place.x(), self.field().right() - metrics.horizontalAdvance(said))
        painter.drawText(QPointF(max(2.0, left), place.y()), said)

    def _paint_grid(self, painter: QPainter) -> None:
        colors, field, px = self.theme.colors, self.field(), self.theme.px
        painter.setFont(self.theme.font(10.5))
        for level in (0.0, 0.5, 1.0):
            y = self.point(0, level * self.top).y()
            painter.setPen(QPen(colors.line, 1))
            painter.drawLine(QPointF(field.left(), y), QPointF(field.right(), y))
            painter.setPen(colors.faint)
            room = QRectF(field.right() + 6, y - px(8), px(26), px(16))
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, f"{level * self.top:g}")
        below = QRectF(field.left(), field.bottom() + 3, field.width(), px(15))
        for align, said in (
            (Qt.AlignmentFlag.AlignLeft, "0"),
            (Qt.AlignmentFlag.AlignHCenter, "0.5"),
            (Qt.AlignmentFlag.AlignRight, "1"),
        ):
            painter.drawText(below, align, said)
        painter.setPen(colors.muted)
        painter.setFont(self.theme.font(11))
        axis = QRectF(field.left(), below.bottom(), field.width(), px(16))
        painter.drawText(axis, Qt.AlignmentFlag.AlignRight, f"{self.across} →")
        painter.drawText(QRectF(field.left(), 0, field.width(), px(16)), 0, f"↑ {self.up}")


class ReliabilityChart(Chart):
    """How often answers of like confidence were right; a dot is as large as its answers are many.

    Attributes:
        bins: What is drawn.
    """

    across, up = words.SAID, words.WAS_RIGHT
    height_px = 210

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.bins: tuple[ReliabilityBin, ...] = ()

    def show_bins(self, bins: Sequence[ReliabilityBin]) -> None:
        """These are drawn; those without answers are not."""
        self.bins = tuple(one for one in bins if one.count)
        self.setAccessibleName(words.reliability(self.bins))
        self.update()

    def radius(self, one: ReliabilityBin) -> float:
        """Of a dot, px; its area goes with the count."""
        most = max(other.count for other in self.bins)
        return float(max(_SMALLEST_DOT, _LARGEST_DOT * (one.count / most) ** 0.5))

    def paint_values(self, painter: QPainter) -> None:
        """The diagonal, a line through the bins, the bins."""
        colors = self.theme.colors
        pen = QPen(colors.faint, 1, Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.drawLine(self.point(0, 0), self.point(1, 1))
        painter.setFont(self.theme.font(11))
        width = QFontMetricsF(painter.font()).horizontalAdvance(words.DIAGONAL)
        # Left of the upper end, where only answers would lie that are better than they say.
        place = self.point(0.93, 0.96) - QPointF(width, 0)
        self.say_at(painter, place, words.DIAGONAL, "faint")
        places = [self.point(one.confidence, one.accuracy) for one in self.bins]
        painter.setPen(QPen(colors.accent, LINE_PX))
        painter.drawPolyline(QPolygonF(places))
        painter.setPen(QPen(colors.canvas, 1.5))
        painter.setBrush(colors.accent)
        for place, one in zip(places, self.bins, strict=True):
            radius = self.radius(one)
            painter.drawEllipse(place, radius, radius)


class RiskChart(Chart):
    """How many of the answers given would be wrong if only the surest were given.

    Attributes:
        points: What is drawn, by coverage.
    """

    across, up = words.COVERAGE, words.RISK

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.points: tuple[RiskPoint, ...] = ()

    def show_points(self, points: Sequence[RiskPoint]) -> None:
        """These are drawn."""
        self.points = tuple(sorted(points, key=lambda point: point.coverage_ratio))
        highest = max((point.high for point in self.points), default=1.0)
        self.top = 1.0 if highest > 0.5 else 0.5
        self.setAccessibleName(words.risk(self.points))
        self.update()

    def paint_values(self, painter: QPainter) -> None:
        """The band of the interval, the line, its end."""
        if not self.points:
            return
        colors = self.theme.colors
        upper = [self.point(one.coverage_ratio, one.high) for one in self.points]
        lower = [self.point(one.coverage_ratio, one.low) for one in self.points]
        band = QColor(colors.signal)
        band.setAlphaF(_BAND_ALPHA)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(band)
        painter.drawPolygon(QPolygonF([*upper, *reversed(lower)]))
        painter.setPen(QPen(colors.signal, LINE_PX))
        line = [self.point(one.coverage_ratio, one.risk_ratio) for one in self.points]
        painter.drawPolyline(QPolygonF(line))
        last = self.points[-1]
        place = line[-1] + QPointF(-self.theme.px(110), -6)
        self.say_at(painter, place, words.all_answered(last.risk_ratio), "signal")


@dataclass(frozen=True, slots=True)
class Score:
    """One row of figures that are held against each other.

    Attributes:
        value: With its interval, or a bare number.
        role: Its colour, by role.
    """

    name: str
    value: Interval | float
    role: str = "faint"

    def middle(self) -> float:
        """The number itself."""
        return self.value.value if isinstance(self.value, Interval) else self.value

    def said(self) -> str:
        """As it is written."""
        if isinstance(self.value, Interval):
            return words.with_interval(self.value)
        return f"{self.value:.2f}"


class ScoreRows(QWidget):
    """AUROCs under each other, with their intervals and the line of chance.

    Attributes:
        scores: What is drawn.
    """

    row_px = 34
    low, high = 0.3, 1.0

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.scores: tuple[Score, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._grow)

    def show_scores(self, scores: Sequence[Score]) -> None:
        """These are drawn."""
        self.scores = tuple(scores)
        self.setAccessibleName("; ".join(f"{one.name} {one.said()}" for one in self.scores))
        self._grow()

    def x_of(self, value: float) -> float:
        """Where a value lies from left to right."""
        share = (min(self.high, max(self.low, value)) - self.low) / (self.high - self.low)
        return 4 + share * (self.width() - 8)

    def sizeHint(self) -> QSize:
        """As high as its rows, and a line for what chance is."""
        height = len(self.scores) * self._theme.px(self.row_px) + self._theme.px(16)
        return QSize(300, height)

    def minimumSizeHint(self) -> QSize:
        """The same height."""
        return QSize(180, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Words above, a hairline with whisker and dot below."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors, px = self._theme.colors, self._theme.px
        chance = self.x_of(0.5)
        for row, score in enumerate(self.scores):
            self._paint_row(painter, row * px(self.row_px), score)
        painter.setFont(self._theme.font(10.5))
        painter.setPen(colors.faint)
        foot = QPointF(chance - 4, self.height() - px(4))
        painter.drawText(foot, words.CHANCE)
        painter.end()

    def _paint_row(self, painter: QPainter, top: int, score: Score) -> None:
        colors, px = self._theme.colors, self._theme.px
        words_room = QRectF(0, top, self.width(), px(18))
        is_first = score is self.scores[0]
        painter.setFont(self._theme.font(12, 600 if is_first else 400))
        painter.setPen(colors.ink if is_first else colors.muted)
        painter.drawText(words_room, Qt.AlignmentFlag.AlignVCenter, score.name)
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(words_room, right, score.said())
        y = top + px(24)
        painter.setPen(QPen(colors.line, 1))
        painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        chance = self.x_of(0.5)
        painter.setPen(QPen(colors.faint, 1))
        painter.drawLine(QPointF(chance, y - 4), QPointF(chance, y + 4))
        color = getattr(colors, score.role)
        if isinstance(score.value, Interval):
            painter.setPen(QPen(color, LINE_PX * 1.6))
            ends = self.x_of(score.value.low), self.x_of(score.value.high)
            painter.drawLine(QPointF(ends[0], y), QPointF(ends[1], y))
        painter.setPen(QPen(colors.canvas, 1.5))
        painter.setBrush(color)
        painter.drawEllipse(QPointF(self.x_of(score.middle()), y), 4.5, 4.5)

    def _grow(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.update()


class IntervalBar(QWidget):
    """A probability on a line from 0 to 1, with its interval.

    Attributes:
        value: What is drawn; None for nothing.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.value: Interval | None = None
        self.setFixedHeight(18)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_value(self, value: Interval | None) -> None:
        """This is drawn."""
        self.value = value
        self.setAccessibleName("" if value is None else words.with_interval(value))
        self.setVisible(value is not None)
        self.update()

    def x_of(self, value: float) -> float:
        """Where a value lies from left to right."""
        return 6 + min(1.0, max(0.0, value)) * (self.width() - 12)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track, interval, dot."""
        del event
        if self.value is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colors, middle = self._theme.colors, self.height() / 2
        painter.setBrush(colors.hover)
        painter.drawRoundedRect(QRectF(2, middle - 4, self.width() - 4, 8), 4, 4)
        left, right = self.x_of(self.value.low), self.x_of(self.value.high)
        pale = QColor(colors.accent)
        pale.setAlphaF(0.4)
        painter.setBrush(pale)
        painter.drawRoundedRect(QRectF(left, middle - 4, max(2.0, right - left), 8), 4, 4)
        painter.setPen(QPen(colors.canvas, 2))
        painter.setBrush(colors.accent)
        painter.drawEllipse(QPointF(self.x_of(self.value.value), middle), 6.5, 6.5)
        painter.end()
