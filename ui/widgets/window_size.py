"""A window's first size: as large as wished, and never larger than its screen."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

_SPARE_PX = 48  # for the frame and the desktop's own bars


def open_at(window: QWidget, width: int, height: int) -> None:
    """The window is this large, or as large as its screen allows."""
    room = window.screen().availableGeometry()
    window.resize(min(width, room.width() - _SPARE_PX), min(height, room.height() - _SPARE_PX))
