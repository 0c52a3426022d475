"""What was measured and set for one answer, as a small table."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLayout, QVBoxLayout, QWidget

from engine.contract.messages import Message
from ui import text_message as words
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

WIDTH_PX = 340


class AnswerDetails(QWidget):
    """Name and value of everything that is known; stands in a popover."""

    def __init__(self, message: Message, model_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(words.DETAILS)
        stats = message.stats
        self.lines = (
            words.detail_lines(stats, message.finish_reason, model_name)
            if stats is not None
            else []
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 12)
        column.setSpacing(10)
        column.addWidget(label(words.DETAILS, "strong"))
        if not self.lines:
            column.addWidget(label(words.NO_DETAILS, "muted", wraps=True))
            return
        table = QGridLayout()
        table.setHorizontalSpacing(16)
        table.setVerticalSpacing(5)
        table.setColumnStretch(1, 1)
        table.setSizeConstraint(QLayout.SizeConstraint.SetMinimumSize)
        for row, (name, value) in enumerate(self.lines):
            table.addWidget(label(name, "small"), row, 0, Qt.AlignmentFlag.AlignTop)
            told = label(value, wraps=True)
            told.setAlignment(Qt.AlignmentFlag.AlignRight)
            told.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            told.setAccessibleName(f"{name}: {value}")
            table.addWidget(told, row, 1)
        column.addLayout(table)
        self.copy = push_button(words.COPY_DETAILS, "quiet", self._copy)
        column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignRight)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(f"{n}: {v}" for n, v in self.lines))
        self.window().close()
