"""A box to tick, with words beside it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui.theme import Theme

_BOX_PX = 18
_GAP_PX = 10


class CheckBox(QAbstractButton):
    """Drawn by hand, since a style sheet cannot colour a tick; its words wrap."""

    def __init__(self, theme: Theme, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setText(words)
        self.setAccessibleName(words)
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        """As many lines as the words need, at least 28 px."""
        room = QRect(0, 0, max(40, width - _BOX_PX - _GAP_PX - 4), 10_000)
        words = self._metrics().boundingRect(room, Qt.TextFlag.TextWordWrap, self.text())
        return int(max(28, words.height() + 8))

    def sizeHint(self) -> QSize:
        """One line."""
        metrics = self._metrics()
        width = metrics.horizontalAdvance(self.text()) + _BOX_PX + _GAP_PX + 8
        return QSize(min(width, 400), self.heightForWidth(min(width, 400)))

    def minimumSizeHint(self) -> QSize:
        """A few words wide."""
        return QSize(160, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Box, tick, words."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        box = QRectF(2, (28 - _BOX_PX) / 2, _BOX_PX, _BOX_PX)
        painter.setPen(QPen(colors.accent if self.isChecked() else colors.faint, 1.5))
        painter.setBrush(colors.accent if self.isChecked() else colors.surface)
        painter.drawRoundedRect(box, 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(colors.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), 6, 6)
        if self.isChecked():
            pen = QPen(colors.on_accent, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            points = ((4.5, 9.5), (7.5, 12.5), (13.5, 6))
            tick = QPolygonF([QPointF(x + box.left(), y + box.top()) for x, y in points])
            painter.drawPolyline(tick)
        painter.setFont(self._theme.font(13))
        painter.setPen(colors.ink if self.isEnabled() else colors.faint)
        words = self.rect().adjusted(_BOX_PX + _GAP_PX, 4, -2, 0)
        painter.drawText(words, Qt.TextFlag.TextWordWrap, self.text())
        painter.end()

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(self._theme.font(13))
