"""A small window under a button that goes when one clicks elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget


class Popover(QWidget):
    """Holds one widget on a rounded ground."""

    def __init__(self, content: QWidget, width: int, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        # The window itself is clear, so that the ground's corners can be round.
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setFixedWidth(width)
        ground = QFrame()
        ground.setObjectName("Popover")
        inner = QVBoxLayout(ground)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(content)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(ground)

    def open_at(self, place: QRect) -> None:
        """It is on screen beside a place of it: above, or below where there is more room."""
        self.adjustSize()
        window = self.parentWidget()
        assert window is not None
        room = window.screen().availableGeometry().united(window.window().frameGeometry())
        x = max(room.left() + 8, min(place.right() - self.width(), room.right() - self.width() - 8))
        above = place.top() - self.height() - 6
        is_room_above = above > room.top() + 8
        y = above if is_room_above else min(place.bottom() + 6, room.bottom() - self.height() - 8)
        self.move(x, max(room.top() + 8, y))
        self.show()

    def open_under(self, anchor: QWidget) -> None:
        """It is on screen with its right edge under the anchor's, inside the screen."""
        self.adjustSize()
        place = anchor.mapToGlobal(QPoint(anchor.width() - self.width(), anchor.height() + 6))
        # A window may reach over the edge of its screen; then the window is what counts.
        room = anchor.screen().availableGeometry().united(anchor.window().frameGeometry())
        place.setX(max(room.left() + 8, min(place.x(), room.right() - self.width() - 8)))
        place.setY(min(place.y(), room.bottom() - self.height() - 8))
        self.move(place)
        self.show()
