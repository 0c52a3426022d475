"""What each of the first screens has: a heading, why, and its body."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.widgets.labels import label


class Step(QWidget):
    """One screen.

    Attributes:
        body: Where its fields stand.
    """

    def __init__(self, heading: str, why: str) -> None:
        super().__init__()
        self.heading = label(heading, "title", wraps=True)
        self.heading.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self.body = QVBoxLayout()
        self.body.setSpacing(10)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(label(why, "muted", wraps=True))
        column.addSpacing(8)
        column.addLayout(self.body)
        column.addStretch(1)

    def begin(self) -> None:
        """It came on screen."""

    def leave(self) -> None:
        """The user goes on."""
