"""The third screen: a first question."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QPushButton

from ui import text
from ui import text_welcome as words
from ui.model_status import ModelStatus, Phase
from ui.welcome.step import Step
from ui.widgets.buttons import push_button
from ui.widgets.labels import label


class QuestionStep(Step):
    """A field, and three questions to take.

    Attributes:
        asked: Return in the field: go on.
        field: What is asked.
        examples: Buttons that fill the field.
    """

    asked = Signal()

    def __init__(self, models: ModelStatus) -> None:
        super().__init__(words.QUESTION_HEADING, words.QUESTION_WHY)
        self._models = models
        self.field = QLineEdit()
        self.field.setPlaceholderText(words.QUESTION_HINT)
        self.field.setAccessibleName(words.QUESTION_HEADING)
        self.field.returnPressed.connect(self.asked)
        self._waits = label(words.WAITS_FOR_MODEL, "small", wraps=True)
        self.body.addWidget(self.field)
        self.examples = [self._example(question) for question in text.EXAMPLES]
        for button in self.examples:
            self.body.addWidget(button)
        self.body.addWidget(self._waits)
        models.changed.connect(self._refresh)
        self._refresh()

    def take(self, question: str) -> None:
        """The question is in the field."""
        self.field.setText(question)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin(self) -> None:
        """Typing goes into the field."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def question(self) -> str:
        """What is to be asked; empty for nothing."""
        return self.field.text().strip()

    def forget(self) -> None:
        """Nothing is in the field."""
        self.field.clear()

    def _example(self, question: str) -> QPushButton:
        return push_button(question, "example", lambda: self.take(question))

    def _refresh(self) -> None:
        self._waits.setVisible(self._models.phase is not Phase.READY)
