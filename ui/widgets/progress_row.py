"""One long task: what it is, how far it is, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from ui import text
from ui.widgets.buttons import push_button
from ui.widgets.labels import label


class ProgressRow(QFrame):
    """Shows a task that takes longer than a second.

    Attributes:
        cancelled: The user wants it to stop.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ProgressRow")
        self._title = label("", "strong", wraps=True)
        self._detail = label("", "small", wraps=True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._cancel = push_button(text.CANCEL, "quiet", self.cancelled.emit)
        words = QVBoxLayout()
        words.setSpacing(6)
        words.addWidget(self._title)
        words.addWidget(self._bar)
        words.addWidget(self._detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 8, 12)
        row.setSpacing(12)
        row.addLayout(words, 1)
        row.addWidget(self._cancel, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_progress(self, title: str, detail: str, ratio: float) -> None:
        """The task is this far, 0 to 1."""
        self._title.setText(title)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self._bar.setValue(round(ratio * 1000))
        self._bar.setAccessibleName(title)
        self.setAccessibleName(f"{title}, {detail}" if detail else title)
        self.show()

    def title(self) -> str:
        """What the row says the task is."""
        return self._title.text()
