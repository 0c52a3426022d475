"""A small window under a button that goes when one clicks elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget


class Popover(QFrame):
    """Holds one widget."""

    def __init__(self, content: QWidget, width: int, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("Popover")
        self._content = content
        self.setFixedWidth(width)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.addWidget(content)

    def open_under(self, anchor: QWidget) -> None:
        """It is on screen with its right edge under the anchor's, inside the screen."""
        self.adjustSize()
        place = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), anchor.height() + 6))
        screen = anchor.screen().availableGeometry()
        place.setX(max(screen.left() + 8, min(place.x(), screen.right() - self.width() - 8)))
        place.setY(min(place.y(), screen.bottom() - self.height() - 8))
        self.move(place)
        self.show()
