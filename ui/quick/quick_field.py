"""The field of the quick panel: one line that grows."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from ui import text_quick as text
from ui.theme import Theme

_MOST_LINES = 6


class QuickField(QPlainTextEdit):
    """Return asks, Ctrl+Return continues in the window, Shift+Return breaks the line.

    Attributes:
        asked: Return was pressed.
        continued: Ctrl+Return was pressed.
        grew: It has another height.
    """

    asked = Signal()
    continued = Signal()
    grew = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("QuickField")
        self._theme = theme
        self.setAccessibleName(text.FIELD)
        self.setPlaceholderText(text.FIELD_HINT)
        self.setTabChangesFocus(True)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        self.textChanged.connect(self.fit)
        theme.changed.connect(self._restyle)
        self._restyle()

    def words(self) -> str:
        """What is typed, without blanks around it."""
        return self.toPlainText().strip()

    def set_words(self, words: str) -> None:
        """These are in it, the cursor after them."""
        self.setPlainText(words)
        self.moveCursor(self.textCursor().MoveOperation.End)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return does not break the line."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if held == Qt.KeyboardModifier.ControlModifier:
            self.continued.emit()
        elif held == Qt.KeyboardModifier.NoModifier:
            self.asked.emit()
        else:
            # Qt's own break on Shift+Return is no paragraph; ours is what is sent.
            self.insertPlainText("\n")

    def fit(self) -> None:
        """It is as high as its lines, up to six."""
        lines = min(_MOST_LINES, max(1, round(self.document().size().height())))
        height = lines * self.fontMetrics().lineSpacing() + 4
        if height != self.height():
            self.setFixedHeight(height)
            self.grew.emit()

    def _restyle(self) -> None:
        self.setFont(self._theme.font(18))
        self.fit()
