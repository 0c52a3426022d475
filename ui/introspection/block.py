"""A titled part of a view: what is shown, in which unit, and whose word it is."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.introspection import words
from ui.theme import Theme
from ui.widgets.buttons import IconButton
from ui.widgets.labels import label


class Kind(Enum):
    """Whose word a block is."""

    MEASURED = "MEASURED"
    """Read from the running model."""
    ENGINE_READ = "ENGINE-READ REPORT"
    """Said by the engine of what it measured."""
    MODEL = "MODEL REPORT"
    """Said by the model of itself."""


class _Title(QLabel):
    """One line where there is room for it, else as many as it needs."""

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height())


class Block(QWidget):
    """A title with its unit at the left, the kind at the right, and room below.

    Attributes:
        asked: A name in the glossary that the user wants explained.
        column: Where its content goes, under the title.
        title: The label with title and unit.
        kind: The label at the right.
    """

    asked = Signal(str)

    def __init__(
        self,
        theme: Theme,
        title: str,
        unit: str = "",
        kind: Kind = Kind.MEASURED,
        term: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.term = term
        self.title = _Title()
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.title.setProperty("role", "block")
        self.kind = label(kind.value, "measured" if kind is Kind.MEASURED else "reported")
        self.what = IconButton(theme, "why", words.what_is(title), size=24)
        if not term:
            # Shown while it has no parent yet, it would be a window of its own for a moment.
            self.what.hide()
        self.what.clicked.connect(lambda: self.asked.emit(self.term))
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.title)
        head.addWidget(self.what)
        head.addStretch(1)
        head.addWidget(self.kind)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)
        self.column.addLayout(head)
        self.rename(title, unit)

    def rename(self, title: str, unit: str = "") -> None:
        """Another title stands above it, and the unit behind it."""
        self.title.setText(f"{title}, {unit}" if unit else title)
        self.what.rename(words.what_is(title))
        self.setAccessibleName(self.title.text())

    def say_kind(self, said: str) -> None:
        """Another word stands where the kind is, such as how it was confirmed."""
        self.kind.setText(said)
