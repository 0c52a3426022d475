"""On or off."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton

from ui import text
from ui.theme import Theme

_TRACK = (36, 20)


class Switch(QAbstractButton):
    """On or off, with a word beside it so that colour is not all."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self.updateGeometry)

    def sizeHint(self) -> QSize:
        """Track and word."""
        px = self._theme.px
        return QSize(px(96), max(28, px(28)))

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A track with a knob, and "On" or "Off"."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors, px = self._theme.colors, self._theme.px
        width, height = px(_TRACK[0]), px(_TRACK[1])
        track = QRectF(2, (self.height() - height) / 2, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.accent if self.isChecked() else colors.faint)
        painter.drawRoundedRect(track, height / 2, height / 2)
        knob = height - 4
        left = track.right() - knob - 2 if self.isChecked() else track.left() + 2
        painter.setBrush(colors.surface)
        painter.drawEllipse(QRectF(left, track.top() + 2, knob, knob))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.accent, 2))
            ring = track.adjusted(-1, -2.5, 1.5, 2.5)
            painter.drawRoundedRect(ring, ring.height() / 2, ring.height() / 2)
        painter.setPen(colors.muted)
        painter.setFont(self._theme.font(12))
        words = text.ON if self.isChecked() else text.OFF
        room = self.rect().adjusted(width + px(10), 0, 0, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()
