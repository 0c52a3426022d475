"""One of several words."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox

from ui.theme import Theme


class ChoiceBox(QComboBox):
    """One of several words, with an arrow in the theme's colour."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box, and the arrow over it."""
        # The style sheet cannot colour an icon, so the arrow is drawn over what it leaves empty.
        super().paintEvent(event)
        painter = QPainter(self)
        place = QRectF(self.width() - 24, self.height() / 2 - 8, 16, 16)
        self._theme.icons.paint(painter, "chevron-down", place, self._theme.colors.muted)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nothing changes."""
        # Scrolling the page must not change what is under the pointer by chance.
        event.ignore()
