"""Rows of a word, a bar and a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import Theme

_ROW_PX = 22
_BAR_PX = 8
_STACKED_PX = 16  # from the middle of a word to the middle of the bar below it
_GAP_PX = 10


@dataclass(frozen=True, slots=True)
class Bar:
    """One row.

    Attributes:
        ratio: Length of the bar, 0 to 1; from -1 where bars go both ways.
        figure: What stands behind it.
        role: The bar's colour, by role.
    """

    word: str
    ratio: float
    figure: str
    role: str = "faint"


class Bars(QWidget):
    """Draws its rows, as high as they are; a screen reader has them as one sentence each."""

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        is_code: bool = False,
        is_diverging: bool = False,
        is_stacked: bool = False,
    ) -> None:
        """Nothing is drawn yet.

        Args:
            theme: Colours and fonts.
            parent: Where it lies.
            is_code: Whether the words are tokens, set as code.
            is_diverging: Whether bars go from the middle to either side.
            is_stacked: Whether words stand above their bars, for such as need the width.
        """
        super().__init__(parent)
        self._theme = theme
        self._is_code = is_code
        self._is_diverging = is_diverging
        self._is_stacked = is_stacked
        self._bars: tuple[Bar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._grow)

    def show_bars(self, bars: Sequence[Bar]) -> None:
        """These are drawn."""
        if tuple(bars) != self._bars:
            self._bars = tuple(bars)
            self.setAccessibleName("; ".join(f"{bar.word} {bar.figure}" for bar in self._bars))
            self._grow()

    def bars(self) -> tuple[Bar, ...]:
        """What is drawn."""
        return self._bars

    def bar_rect(self, row: int) -> QRectF:
        """Where the bar of a row lies, within the widget; empty for a bar of no length."""
        track, middle = self._track(row), 0.0
        ratio = max(-1.0, min(1.0, self._bars[row].ratio))
        if self._is_diverging:
            middle = track.width() / 2
            half = abs(ratio) * middle
            left = track.left() + middle - (half if ratio < 0 else 0)
            return QRectF(left, track.top(), half, track.height())
        return QRectF(track.left(), track.top(), max(0.0, ratio) * track.width(), track.height())

    def sizeHint(self) -> QSize:
        """As high as its rows."""
        return QSize(240, len(self._bars) * self._row_px())

    def minimumSizeHint(self) -> QSize:
        """The same height, and room for a short word and a bar."""
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Word, track, bar, figure."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for row in range(len(self._bars)):
            self._paint_row(painter, row)
        painter.end()

    def _paint_row(self, painter: QPainter, row: int) -> None:
        colors, bar = self._theme.colors, self._bars[row]
        track, top = self._track(row), row * self._row_px()
        height = self._theme.px(_ROW_PX)
        painter.setFont(self._theme.mono(12) if self._is_code else self._theme.font(12))
        painter.setPen(colors.ink)
        width = self.width() if self._is_stacked else track.left() - _GAP_PX
        room = QRectF(0, top, width, height)
        metrics = QFontMetricsF(painter.font())
        shown = metrics.elidedText(bar.word, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.hover)
        painter.drawRoundedRect(track, _BAR_PX / 2, _BAR_PX / 2)
        painter.setBrush(getattr(colors, bar.role))
        filled = self.bar_rect(row)
        painter.drawRoundedRect(filled, min(4.0, filled.width() / 2), _BAR_PX / 2)
        if self._is_diverging:
            painter.setPen(colors.faint)
            middle = track.center().x()
            painter.drawLine(
                round(middle), round(track.top() - 3), round(middle), round(track.bottom() + 3)
            )
        painter.setFont(self._theme.font(12))
        painter.setPen(colors.muted)
        figures = QRectF(
            track.right() + _GAP_PX,
            track.center().y() - height / 2,
            self.width() - track.right() - _GAP_PX,
            height,
        )
        painter.drawText(
            figures, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, bar.figure
        )

    def _track(self, row: int) -> QRectF:
        px = self._theme.px
        font = self._theme.mono(12) if self._is_code else self._theme.font(12)
        metrics, figures = QFontMetricsF(font), QFontMetricsF(self._theme.font(12))
        widest = max((metrics.horizontalAdvance(bar.word) for bar in self._bars), default=0)
        words = min(widest + 2, self.width() * 0.46)
        figure = max((figures.horizontalAdvance(bar.figure) for bar in self._bars), default=0) + 2
        left = 0.0 if self._is_stacked else words + _GAP_PX
        foot = px(_STACKED_PX) if self._is_stacked else 0
        top = row * self._row_px() + foot + (px(_ROW_PX) - _BAR_PX) / 2
        return QRectF(left, top, max(20.0, self.width() - left - figure - _GAP_PX), _BAR_PX)

    def _row_px(self) -> int:
        px = self._theme.px
        return px(_ROW_PX) + (px(_STACKED_PX) + 4 if self._is_stacked else 0)

    def _grow(self) -> None:
        self.setFixedHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()
