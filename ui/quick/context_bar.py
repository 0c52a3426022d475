"""What may go with a question: a button for each source, and the text once it was looked at."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ui import text_quick as text
from ui.quick.context import Context, Source, has_selection, read
from ui.theme import Theme
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label

_SHOWN_LINES = 3


class ContextCard(QFrame):
    """The first lines of a text, where it comes from, how long it is, and a way to drop it.

    Attributes:
        remove: Drops it.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("QuickContext")
        self._theme = theme
        self._words = ""
        self._title = label("", "strong")
        self._size = label("", "small")
        self._preview = QLabel()
        self._preview.setTextFormat(Qt.TextFormat.PlainText)
        self._preview.setProperty("role", "muted")
        self.remove = IconButton(theme, "close", text.REMOVE_CONTEXT)
        self.remove.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._title)
        head.addWidget(self._size)
        head.addStretch(1)
        head.addWidget(self.remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 6, 8)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._preview)

    def show_context(self, context: Context, width: int) -> None:
        """It is on the card, in lines of this width."""
        self._title.setText(context.title)
        self._size.setText(context.size)
        # A thousand letters fill three lines of any width.
        lines = [line.expandtabs(4).rstrip() for line in context.words[:2000].splitlines()]
        filled = [line for line in lines if line]
        metrics = QFontMetrics(self._theme.font(13))
        room = width - 40
        shown = [
            metrics.elidedText(line, Qt.TextElideMode.ElideRight, room)
            for line in filled[:_SHOWN_LINES]
        ]
        if len(filled) > _SHOWN_LINES and not shown[-1].endswith("…"):
            shown[-1] = metrics.elidedText(f"{shown[-1]} …", Qt.TextElideMode.ElideRight, room)
        self._preview.setText("\n".join(shown))
        self.setAccessibleName(f"{context.title}, {context.size}")

    def shown(self) -> str:
        """What of the text can be seen."""
        return self._preview.text()


class ContextBar(QWidget):
    """Nothing is read before one of its buttons is pressed.

    Attributes:
        changed: Another text, or none, goes with the question.
        context: That text.
        card: Where it can be seen.
    """

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.context: Context | None = None
        self.card = ContextCard(theme)
        self.card.remove.clicked.connect(self.drop)
        self.card.hide()
        self.buttons: dict[Source, QPushButton] = {}
        self._said = label("", "small")
        row = QHBoxLayout()
        row.setSpacing(6)
        for source, words, help_ in (
            (Source.CLIPBOARD, text.ADD_CLIPBOARD, text.ADD_CLIPBOARD_HELP),
            (Source.SELECTION, text.ADD_SELECTION, text.ADD_SELECTION_HELP),
        ):
            button = push_button(f"+ {words}", "chip", partial(self.take, source))
            button.setToolTip(help_)
            button.setAccessibleName(help_)
            self.buttons[source] = button
            row.addWidget(button)
        self.buttons[Source.SELECTION].setVisible(has_selection())
        row.addWidget(self._said)
        self.row = row
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.card)
        column.addLayout(row)

    def take(self, source: Source) -> None:
        """The text there now is shown and goes with the next question."""
        context = read(source)
        if context is None:
            is_selection = source is Source.SELECTION
            self._said.setText(text.NO_SELECTION if is_selection else text.NO_CLIPBOARD)
            return
        self._said.clear()
        self.context = context
        self.card.show_context(context, self.width())
        self.card.show()
        self.changed.emit()

    def drop(self) -> None:
        """No text goes with the question, and none is held."""
        self._said.clear()
        self.context = None
        self.card.hide()
        self.changed.emit()

    def said(self) -> str:
        """Why there is no text."""
        return self._said.text()
