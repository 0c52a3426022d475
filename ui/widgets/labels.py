"""Labels by role, and changing a property that the style sheet looks at."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget


def label(words: str, role: str = "", *, wraps: bool = False) -> QLabel:
    """Plain text; `role` is one of window.qss, such as "muted", "heading" or "strong"."""
    made = QLabel(words)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wraps)
    if role:
        made.setProperty("role", role)
    return made


def set_style_property(widget: QWidget, name: str, value: object) -> None:
    """The widget is styled anew by a property."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
