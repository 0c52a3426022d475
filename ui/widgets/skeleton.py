"""Grey bars where rows will be, shown only if they take long."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from ui import text
from ui.theme import Theme

_DELAY_MS = 150  # what comes sooner needs no announcement
_WIDTHS = (0.72, 0.55, 0.8, 0.48, 0.66)


class Skeleton(QWidget):
    """Stands in for a list that is being fetched."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_due = False
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_DELAY_MS)
        self._delay.timeout.connect(self._appear)
        self.setAccessibleName(text.LOADING_CONVERSATIONS)

    def showEvent(self, event: QShowEvent) -> None:
        """The wait begins."""
        super().showEvent(event)
        if not self._is_due:
            self._delay.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Bars, once the wait was long enough."""
        del event
        if not self._is_due:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colors.hover)
        for row, share in enumerate(_WIDTHS):
            painter.drawRoundedRect(
                QRectF(20, 16 + 33 * row, (self.width() - 40) * share, 10), 5, 5
            )
        painter.end()

    def _appear(self) -> None:
        self._is_due = True
        self.update()
