"""Two fields of texts from which a direction is taken."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from engine.contract.introspection_commands import MakeDirection
from ui import text_steering as words
from ui.introspection.measuring_errand import MeasuringErrand
from ui.jobs import Jobs
from ui.theme import Theme
from ui.widgets.labels import label

_FIELD_PX = 84  # four lines


class DirectionMaker(QWidget):
    """A name and two kinds of text, one a line; says what is missing before it can be made.

    Attributes:
        made: It was made.
        name: Its name.
        positives: Texts with the thing.
        negatives: Texts without it.
        fault: What is missing.
        errand: Has it made.
    """

    made = Signal()

    def __init__(self, jobs: Jobs, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = QLineEdit()
        self.name.setPlaceholderText(words.NAME_HINT)
        self.name.setAccessibleName(words.NAME)
        self.name.setMaxLength(60)
        self.positives = _field(theme, words.POSITIVES, words.POSITIVES_HINT)
        self.negatives = _field(theme, words.NEGATIVES, words.NEGATIVES_HINT)
        self.fault = label("", "small", wraps=True)
        self.errand = MeasuringErrand(jobs, words.MAKE, words.MAKING)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for said, widget in (
            (words.NAME, self.name),
            (words.POSITIVES, self.positives),
            (words.NEGATIVES, self.negatives),
        ):
            column.addWidget(label(said, "small"))
            column.addWidget(widget)
        column.addWidget(self.fault)
        column.addWidget(self.errand)
        self.name.textChanged.connect(self._check)
        self.positives.textChanged.connect(self._check)
        self.negatives.textChanged.connect(self._check)
        self.errand.wanted.connect(self._make)
        self.errand.ended.connect(self._ended)
        self._check()

    def texts(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Those with the thing and those without it; empty lines are none."""
        return _lines(self.positives), _lines(self.negatives)

    def forget(self) -> None:
        """Nothing that was typed is left."""
        for field in (self.name, self.positives, self.negatives):
            field.clear()

    def _check(self) -> None:
        missing = words.fault(self.name.text(), *self.texts())
        self.fault.setText(missing)
        self.fault.setVisible(bool(missing))
        self.errand.button.setEnabled(not missing)

    def _make(self) -> None:
        positives, negatives = self.texts()
        self.errand.run(
            MakeDirection(name=self.name.text().strip(), positives=positives, negatives=negatives)
        )

    def _ended(self) -> None:
        # After a fault the texts stay, to be mended.
        if self.errand.is_done:
            self.forget()
            self.made.emit()


def _field(theme: Theme, name: str, hint: str) -> QPlainTextEdit:
    field = QPlainTextEdit()
    field.setProperty("kind", "field")
    field.setPlaceholderText(hint)
    field.setAccessibleName(name)
    field.setTabChangesFocus(True)
    field.setFixedHeight(theme.px(_FIELD_PX))
    return field


def _lines(field: QPlainTextEdit) -> tuple[str, ...]:
    lines = (line.strip() for line in field.toPlainText().splitlines())
    return tuple(line for line in lines if line)
