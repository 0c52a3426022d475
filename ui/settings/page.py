"""What pages of the settings window are made of: blocks of words, rows and buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ui.settings.settings_form import SettingRow, show_matching
from ui.widgets.buttons import push_button
from ui.widgets.labels import label, set_style_property

RIGHT_PX = 44  # rows have their way back to the default there


class Block(QFrame):
    """A heading, words under it, settings, and what can be done.

    Attributes:
        body: Where rows and lists stand.
        rows: Setting name to its row.
        buttons: In the order they were added.
        foot: Buttons, and how the last act ended.
        column: All of it.
    """

    def __init__(self, title: str, words: str = "") -> None:
        super().__init__()
        self._title = title
        self._words = label(words, "small", wraps=True)
        self._words.setVisible(bool(words))
        self._said = label("", "small", wraps=True)
        self._said.hide()
        self.rows: dict[str, SettingRow] = {}
        self.buttons: list[QPushButton] = []
        self.body = QVBoxLayout()
        self.body.setSpacing(0)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 8, 0, 0)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        head = QVBoxLayout()
        head.setContentsMargins(0, 14, RIGHT_PX, 0)
        head.setSpacing(4)
        self.heading: QLabel = label(title, "strong")
        head.addWidget(self.heading)
        head.addWidget(self._words)
        self.foot = QVBoxLayout()
        self.foot.setContentsMargins(0, 0, RIGHT_PX, 0)
        self.foot.addLayout(self._row)
        self.foot.addWidget(self._said)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 6)
        self.column.setSpacing(0)
        self.column.addLayout(head)
        self.column.addLayout(self.body)
        self.column.addLayout(self.foot)

    def add_rows(self, rows: dict[str, SettingRow]) -> None:
        """Settings that belong here."""
        self.rows |= rows
        for row in rows.values():
            self.body.addWidget(row)

    def add_button(self, words: str, act: Callable[[], object], kind: str = "plain") -> QPushButton:
        """A button more, after those that are there."""
        button = push_button(words, kind, act)
        button.setAutoDefault(False)
        self._row.insertWidget(len(self.buttons), button)
        self.buttons.append(button)
        return button

    def say(self, words: str, *, is_error: bool = False) -> None:
        """How the last act ended; empty for nothing."""
        self._said.setText(words)
        self._said.setVisible(bool(words))
        set_style_property(self._said, "role", "error" if is_error else "small")
        self._said.setAccessibleName(words)

    def said(self) -> str:
        """How the last act ended."""
        return self._said.text()

    def search(self, folded: str) -> int:
        """It is shown if its words match, or with those of its rows that do; how many matched."""
        words = [self._title, self._words.text(), *(button.text() for button in self.buttons)]
        if folded in " ".join(words).casefold():
            for row in self.rows.values():
                row.show()
            self.show()
            return max(1, len(self.rows))
        found = show_matching(self.rows, folded)
        self.setVisible(found > 0)
        return found


class BlockPage(QWidget):
    """One page of the settings window, made of blocks.

    Attributes:
        section: Its name for programs.
        title: Its name in the navigation.
    """

    def __init__(self, section: str, title: str, note: str = "") -> None:
        super().__init__()
        self.section = section
        self.title = title
        self._blocks: tuple[Block, ...] = ()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 12)
        self.column.setSpacing(0)
        self.column.addWidget(label(title, "heading"))
        if note:
            self.column.addWidget(label(note, "muted", wraps=True))

    @property
    def rows(self) -> dict[str, SettingRow]:
        """Setting name to its row, of all blocks."""
        return {name: row for block in self._blocks for name, row in block.rows.items()}

    def fill(self, blocks: Sequence[Block]) -> None:
        """These stand under each other."""
        self._blocks = tuple(blocks)
        for block in blocks:
            self.column.addWidget(block)

    def search(self, query: str) -> int:
        """Only what matches is shown; returns how many rows or blocks do."""
        folded = query.strip().casefold()
        found = sum(block.search(folded) for block in self._blocks)
        self.setVisible(found > 0)
        return found
