"""One form row for each setting of a section, built from its description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from engine.contract.errors import BadRequestError
from engine.contract.settings import SettingDescription, describe
from ui import text
from ui.current_settings import CurrentSettings
from ui.settings.setting_fields import is_wide, make_field
from ui.theme import Theme
from ui.widgets.buttons import IconButton
from ui.widgets.labels import label


class SettingRow(QFrame):
    """Label, help, field, and the way back to the default.

    Attributes:
        field: Where the value is edited.
        reset: Gives the default back; there only while another value holds.
    """

    def __init__(
        self,
        place: tuple[str, str],
        description: SettingDescription,
        default: Any,
        settings: CurrentSettings,
        theme: Theme,
    ) -> None:
        super().__init__()
        self._section, self._name = place
        self._default = default
        self._settings = settings
        self._search_text = f"{description.title} {description.help} {self._name}".casefold()
        self.field = make_field(description, default, theme, self._change)
        self.field.widget.setAccessibleName(description.title)
        self.field.widget.setAccessibleDescription(description.help)
        self.reset = IconButton(theme, "reset", text.RESET)
        self.reset.clicked.connect(lambda: self._change(self._default))
        keep = self.reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keep)
        self._fault = label("", "error", wraps=True)
        self._arrange(description, is_wide(description, default))
        settings.changed.connect(self.refresh)
        self.refresh()

    def matches(self, folded_query: str) -> bool:
        """Whether label, help or name hold the query."""
        return folded_query in self._search_text

    def refresh(self) -> None:
        """The field shows the value that holds."""
        value = getattr(getattr(self._settings.value, self._section), self._name)
        self.field.show(value)
        self.reset.setVisible(value != self._default)
        self._say("")

    def fault(self) -> str:
        """Why the last value was not taken; empty if it was."""
        return self._fault.text()

    def _change(self, value: Any) -> None:
        try:
            self._settings.change(self._section, self._name, value)
        except BadRequestError as error:
            self._say(error.message)
        else:
            self._say("")

    def _say(self, words: str) -> None:
        self._fault.setText(words)
        self._fault.setVisible(bool(words))

    def _arrange(self, description: SettingDescription, is_tall: bool) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(description.title, "strong"))
        words.addWidget(label(description.help, "small", wraps=True))
        words.addWidget(self._fault)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(words, 1)
        if not is_tall:
            row.addWidget(self.field.widget, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 10)
        column.setSpacing(8)
        column.addLayout(row)
        if is_tall:
            inner = QHBoxLayout()
            inner.setContentsMargins(0, 0, 44, 0)
            inner.addWidget(self.field.widget)
            column.addLayout(inner)


def make_rows(
    section: str, settings: CurrentSettings, theme: Theme, names: Sequence[str] = ()
) -> dict[str, SettingRow]:
    """Setting name to its row; those of `names`, or all of the section."""
    part = getattr(settings.value, section)
    defaults = {field.name: field.default for field in fields(part)}
    return {
        name: SettingRow((section, name), description, defaults[name], settings, theme)
        for name, description in describe(part)
        if not names or name in names
    }


class SettingsForm(QWidget):
    """All rows of one section.

    Attributes:
        title: What the navigation calls it.
        rows: Setting name to its row.
    """

    def __init__(self, section: str, settings: CurrentSettings, theme: Theme) -> None:
        super().__init__()
        self.section = section
        self.title = text.SECTION_TITLES[section]
        self.rows = make_rows(section, settings, theme)
        self._note = label(text.SECTION_NOTES[section], "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(0)
        column.addWidget(label(self.title, "heading"))
        column.addWidget(self._note)
        column.addSpacing(6)
        self._note.setVisible(bool(text.SECTION_NOTES[section]))
        for row in self.rows.values():
            column.addWidget(row)

    def search(self, query: str) -> int:
        """Only rows that match are shown; returns how many."""
        folded = query.strip().casefold()
        found = 0
        for row in self.rows.values():
            matches = row.matches(folded)
            row.setVisible(matches)
            found += matches
        self.setVisible(found > 0)
        return found
