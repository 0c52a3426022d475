"""What can be done with an answer on the quick panel, and which keys do what."""

from __future__ import annotations

import sys

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui import text_quick as text
from ui.theme import Theme
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label

_AIR_PX = 8


class QuickFoot(QWidget):
    """One row under the answer.

    Attributes:
        copy: Puts the answer on the clipboard.
        read: Reads it aloud, or stops.
        new: Begins anew.
        on: Continues in the window.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.copy = IconButton(theme, "copy", text.COPY_ANSWER)
        self.read = IconButton(theme, "speak", text.READ_ANSWER)
        self.new = IconButton(theme, "plus", text.NEW_QUESTION)
        self.on = push_button(text.CONTINUE, "quiet", lambda: None)
        self._said = label("", "small")
        self._hints = label(
            text.HINTS_MAC if sys.platform == "darwin" else text.HINTS_OTHER, "faint"
        )
        self._hints.setMinimumWidth(1)
        self._has_hints = True
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for button in (self.copy, self.read, self.new):
            row.addWidget(button)
        row.addWidget(self._said)
        row.addStretch(1)
        row.addWidget(self._hints)
        row.addWidget(self.on)

    def show_state(self, *, has_answer: bool, has_talk: bool, can_read: bool) -> None:
        """Only what can be done is there."""
        self.copy.setVisible(has_answer)
        self.read.setVisible(has_answer and can_read)
        self.new.setVisible(has_talk)
        self.on.setVisible(has_talk)
        self._has_hints = not has_talk
        self._fit()

    def show_reading(self, *, is_reading: bool) -> None:
        """The button stops a voice that is heard."""
        self.read.icon_name = "stop" if is_reading else "speak"
        self.read.rename(text.STOP_READING if is_reading else text.READ_ANSWER)
        self.read.update()

    def say(self, words: str) -> None:
        """A short word, such as that something was copied."""
        self._said.setText(words)

    def said(self) -> str:
        """That word."""
        return self._said.text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Which keys do what is said if there is room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        words = self._said.sizeHint().width() if self._said.text() else 0
        room = self.width() - words - _AIR_PX
        self._hints.setVisible(self._has_hints and self._hints.sizeHint().width() <= room)
