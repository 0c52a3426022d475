"""What a page says when it has nothing: one sentence, one action, some ways to begin."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label


class _Mark(QWidget):
    """Our mark, quiet, in the colour of the theme."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(QSize(44, 44))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the mark."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._theme.icons.paint(painter, "mark", self.rect().toRectF(), self._theme.colors.accent)
        painter.end()


class EmptyState(QWidget):
    """Fills the middle of an empty page.

    Attributes:
        chosen: One of the ways to begin was taken.
        acted: The one action was taken.
    """

    chosen = Signal(str)
    acted = Signal()

    def __init__(
        self, theme: Theme, sentence: str, beginnings: Sequence[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(5)
        column.addWidget(_Mark(theme), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(10)
        self._sentence = label(sentence, "heading", wraps=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._sentence)
        self._detail = label("", "muted", wraps=True)
        self._detail.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._detail.hide()
        column.addWidget(self._detail)
        column.addSpacing(6)
        self.action = push_button("", "primary", self.acted.emit)
        self.action.hide()
        column.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(14)
        self.beginnings = [self._beginning(words) for words in beginnings]
        for button in self.beginnings:
            button.setMinimumWidth(360)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(6)

    def _beginning(self, words: str) -> QPushButton:
        button = push_button(words, "example", lambda: self.chosen.emit(words))
        button.setAccessibleName(words)
        button.setToolTip(words)
        return button

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room, the ways to begin are shortened."""
        super().resizeEvent(event)
        for button in self.beginnings:
            around = button.sizeHint().width() - _width(button, button.text())
            room = self.contentsRect().width() - 48 - around
            words = button.accessibleName()
            elide = Qt.TextElideMode.ElideRight
            button.setText(button.fontMetrics().elidedText(words, elide, max(room, 40)))

    def be_brief(self, is_brief: bool) -> None:
        """The ways to begin leave their room to what the user has begun."""
        for button in self.beginnings:
            button.setVisible(not is_brief)

    def say(self, sentence: str, detail: str = "", action: str = "") -> None:
        """The sentence, what stands under it, and the action's words; empty for none."""
        self._sentence.setText(sentence)
        self._detail.setText(detail)
        self._detail.setVisible(bool(detail))
        self.action.setText(action)
        self.action.setVisible(bool(action))


def _width(button: QPushButton, words: str) -> int:
    return button.fontMetrics().horizontalAdvance(words)
