"""What a screen reader says by itself, without the focus going there."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget

send = QAccessible.updateAccessibility


def announce(where: QWidget, words: str, *, is_urgent: bool = False) -> None:
    """The words are said: once what is being read has ended, or at once if urgent."""
    if not words:
        return
    event = QAccessibleAnnouncementEvent(where, words)
    if is_urgent:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    send(event)
