"""One direction that is kept, to choose or delete."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from engine.contract.calibration import Direction
from ui import text_steering as words
from ui.theme import Theme
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label, set_style_property


class DirectionRow(QFrame):
    """Its name, what is known of it, and a bin that asks before it acts.

    Attributes:
        delete_wanted: The user has confirmed.
        choice: Chosen or not; one of a group.
        bin: Asks.
        question: What is asked, with its two buttons.
    """

    delete_wanted = Signal(str)

    def __init__(
        self,
        theme: Theme,
        direction: Direction,
        parent: QWidget | None = None,
        *,
        is_other_model: bool,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("Card")
        self.direction = direction
        self.choice = QRadioButton(direction.name)
        self.choice.setEnabled(not is_other_model)
        self.choice.setCursor(Qt.CursorShape.PointingHandCursor)
        self.bin = IconButton(theme, "trash", f"{words.DELETE} {direction.name}")
        self.bin.clicked.connect(self._ask)
        head = QHBoxLayout()
        head.addWidget(self.choice, 1)
        head.addWidget(self.bin)
        self.facts = label(words.facts(direction, is_other_model=is_other_model), "small")
        self.worth = label(words.worth(direction), "small", wraps=True)
        self.question = QWidget()
        self.confirm = push_button(
            words.DELETE, "danger", lambda: self.delete_wanted.emit(direction.id)
        )
        self.keep = push_button(words.KEEP, "plain", self._keep)
        asked = QVBoxLayout(self.question)
        asked.setContentsMargins(0, 4, 0, 0)
        asked.addWidget(label(words.delete_question(direction.name), "", wraps=True))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.keep)
        buttons.addWidget(self.confirm)
        asked.addLayout(buttons)
        self.question.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 10)
        column.setSpacing(3)
        column.addLayout(head)
        for widget in (self.facts, self.worth, self.question):
            column.addWidget(widget)

    def show_pushed(self, *, is_pushed: bool) -> None:
        """The row says whether the model is being pushed by it."""
        set_style_property(self, "pushed", "true" if is_pushed else "false")

    def _ask(self) -> None:
        self.question.show()
        # Cancel has the focus, so that Return alone deletes nothing.
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def _keep(self) -> None:
        self.question.hide()
        self.bin.setFocus(Qt.FocusReason.OtherFocusReason)
