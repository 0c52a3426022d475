"""Every key that does something, and changing it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui import text
from ui import text_shortcuts as words
from ui.actions import MenuItem
from ui.settings.settings_form import SettingRow
from ui.shortcuts.key_binder import KeyBinder
from ui.shortcuts.key_field import KeyField
from ui.shortcuts.key_map import acts
from ui.theme import Theme
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label


class KeyRow(QFrame):
    """One act: its words, its keys, and the way back to the usual ones.

    Attributes:
        field: Takes other keys.
        reset: There only while the keys are the user's own.
    """

    def __init__(self, item: MenuItem, keys: KeyBinder, theme: Theme) -> None:
        super().__init__()
        self.item = item
        self._keys = keys
        self.words = item.words.rstrip(".")
        self.field = KeyField(theme, words.of(self.words))
        self.field.chosen.connect(self._bind)
        self.reset = IconButton(theme, "reset", f"{text.RESET}: {self.words}")
        self.reset.clicked.connect(self._reset)
        keep = self.reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keep)
        self._fault = label("", "error", wraps=True)
        self._fault.hide()
        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(label(self.words, wraps=True), 1)
        line.addWidget(self.field, 0, Qt.AlignmentFlag.AlignRight)
        line.addWidget(self.reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(2)
        column.addLayout(line)
        column.addWidget(self._fault)
        self.refresh()

    def refresh(self) -> None:
        """The keys that hold are on the field."""
        held = self._keys.map()
        self.field.show_keys(held.keys_of(self.item))
        self.reset.setVisible(held.is_own(self.item))

    def fault(self) -> str:
        """Why the last keys were refused; empty if they were not."""
        return self._fault.text()

    def matches(self, folded: str) -> bool:
        """Whether its words or its keys hold the query."""
        return folded in f"{self.words} {self.field.words()}".casefold()

    def _bind(self, keys: QKeySequence | None) -> None:
        self._say(self._keys.bind(self.item, keys))

    def _reset(self) -> None:
        self._say(self._keys.reset(self.item))

    def _say(self, fault: str) -> None:
        self._fault.setText(fault)
        self._fault.setVisible(bool(fault))
        self.field.setAccessibleDescription(fault or self.field.words())


class ShortcutsPage(QWidget):
    """All acts by menu, and the keys that never change.

    Attributes:
        section: Its name for programs.
        title: Its name in the navigation.
        lines: Item key to its row.
        reset_all: Gives all the usual keys back.
    """

    def __init__(self, keys: KeyBinder, theme: Theme) -> None:
        super().__init__()
        self.section = "shortcuts"
        self.title = words.TITLE
        self._keys = keys
        self.lines = {item.key: KeyRow(item, keys, theme) for item in acts()}
        self._heads: dict[str, QWidget] = {}
        self.reset_all = push_button(words.RESET_ALL, "plain", keys.reset_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(0)
        column.addWidget(label(self.title, "heading"))
        column.addWidget(label(words.NOTE, "muted", wraps=True))
        for row in self.lines.values():
            menu = row.item.menu
            if menu not in self._heads:
                self._heads[menu] = _heading(menu.replace("&", ""))
                column.addWidget(self._heads[menu])
            column.addWidget(row)
        column.addSpacing(12)
        column.addWidget(self.reset_all, 0, Qt.AlignmentFlag.AlignLeft)
        self._fixed = _fixed_keys()
        column.addWidget(self._fixed)
        keys.changed.connect(self._refresh)
        self._refresh()

    @property
    def rows(self) -> Mapping[str, SettingRow]:
        """No setting has a row of its own here; one setting holds all the keys."""
        return {}

    def search(self, query: str) -> int:
        """Only acts that match are shown; returns how many."""
        folded = query.strip().casefold()
        if folded and folded in self.title.casefold():
            folded = ""
        found: dict[str, int] = {}
        for row in self.lines.values():
            matches = row.matches(folded)
            row.setVisible(matches)
            found[row.item.menu] = found.get(row.item.menu, 0) + matches
        for menu, head in self._heads.items():
            head.setVisible(found.get(menu, 0) > 0)
        self._fixed.setVisible(not folded)
        total = sum(found.values())
        self.setVisible(total > 0)
        return total

    def _refresh(self) -> None:
        for row in self.lines.values():
            row.refresh()
        self.reset_all.setEnabled(self._keys.has_own())


def _heading(words_: str) -> QWidget:
    head = label(words_, "section")
    head.setContentsMargins(0, 16, 0, 4)
    return head


def _fixed_keys() -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 44, 0)
    column.setSpacing(6)
    column.addWidget(_heading(words.FIXED))
    for keys, what in words.FIXED_LINES:
        line = QHBoxLayout()
        line.addWidget(label(what, "muted", wraps=True), 1)
        line.addWidget(label(keys, "strong"))
        column.addLayout(line)
    return made
