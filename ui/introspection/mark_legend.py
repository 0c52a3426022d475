"""What the ribbon's signs mean, and the scale of its tint, in one line."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.introspection import stream_words as words
from ui.introspection.ribbon_painter import paint_mark
from ui.introspection.tint import SCALES, Scale
from ui.theme import Theme
from ui.widgets.tint import paint_tint

_GAP_PX = 14
_SAMPLE_PX = 16
_MARKS = (("fork", words.FORK), ("boundary", words.BOUNDARY), ("loop", words.LOOP))


class MarkLegend(QWidget):
    """Drawn small; at length it says the same as a tooltip and to a screen reader."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._scale = SCALES["entropy"]
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip("\n".join((words.FORK_MORE, words.BOUNDARY_MORE, words.LOOP_MORE)))
        theme.changed.connect(self.updateGeometry)
        self.show_scale(self._scale)

    def show_scale(self, scale: Scale) -> None:
        """The tint goes so far."""
        self._scale = scale
        self.setAccessibleName(words.scale(scale.pale, scale.strong, scale.unit))
        self.setAccessibleDescription(self.toolTip())
        self.update()

    def sizeHint(self) -> QSize:
        """One small line."""
        return QSize(200, self._theme.px(16))

    def minimumSizeHint(self) -> QSize:
        """One small line of any width."""
        return QSize(60, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """From the left the scale, then the signs that have room."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = self._theme.font(10.5)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        x = self._paint_scale(painter, metrics)
        for mark, word in _MARKS:
            needed = 13 + metrics.horizontalAdvance(word)
            if x + needed > self.width():
                break
            paint_mark(painter, mark, QPointF(x + 4, self.height() / 2), self._theme)
            x = self._word(painter, metrics, x + 13, word) + _GAP_PX
        painter.end()

    def _paint_scale(self, painter: QPainter, metrics: QFontMetricsF) -> float:
        x = self._word(painter, metrics, 0, self._scale.pale) + 5
        painter.setPen(Qt.PenStyle.NoPen)
        for share in (0.12, 0.5, 1.0):
            sample = QRectF(x, 1, _SAMPLE_PX, self.height() - 2)
            painter.setPen(Qt.PenStyle.NoPen)
            paint_tint(painter, sample, self._theme.colors.signal, share)
            x += _SAMPLE_PX + 2
        said = f"{self._scale.strong} {self._scale.unit}"
        return self._word(painter, metrics, x + 3, said) + _GAP_PX

    def _word(self, painter: QPainter, metrics: QFontMetricsF, x: float, word: str) -> float:
        painter.setPen(self._theme.colors.faint)
        room = QRectF(x, 0, self.width() - x, self.height())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, word)
        return x + metrics.horizontalAdvance(word)
