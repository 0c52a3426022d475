"""One form row for each setting of a section, built from its description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from engine.contract.errors import BadRequestError
from engine.contract.settings import SettingDescription, describe
from ui import text
from ui.current_settings import CurrentSettings
from ui.settings.fields import MakeField
from ui.settings.setting_fields import is_wide, make_field
from ui.text_settings import limits
from ui.theme import Theme
from ui.widgets.buttons import IconButton
from ui.widgets.labels import label

Makers = Mapping[str, MakeField]
_NARROW_PX = 440
_FIELD_COLUMN_PX = 236


class SettingRow(QFrame):
    """Label, help, limits, field, and the way back to the default.

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
        make: MakeField | None = None,
    ) -> None:
        super().__init__()
        self.section, self.name = place
        self._default = default
        self._settings = settings
        self._theme = theme
        self._search_text = f"{description.title} {description.help} {self.name}".casefold()
        if make is not None:
            self.field = make(theme, self._change)
        else:
            self.field = make_field(description, default, theme, self._change)
        self.field.widget.setAccessibleName(description.title)
        self.field.widget.setAccessibleDescription(description.help)
        self.field.name(description.title, description.help)
        self.reset = IconButton(theme, "reset", f"{text.RESET}: {description.title}")
        self.reset.clicked.connect(lambda: self._change(self._default))
        keep = self.reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keep)
        self._fault = label("", "error", wraps=True)
        self._is_tall = make is None and is_wide(description, default)
        self._place = QWidget()
        self._side = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._arrange(description)
        settings.changed.connect(self.refresh)
        self.refresh()

    def matches(self, folded_query: str) -> bool:
        """Whether label, help or name hold the query."""
        return folded_query in self._search_text

    def refresh(self) -> None:
        """The field shows the value that holds."""
        value = getattr(getattr(self._settings.value, self.section), self.name)
        self.field.show(value)
        self.reset.setVisible(value != self._default)
        self._say("")

    def fault(self) -> str:
        """Why the last value was not taken; empty if it was."""
        return self._fault.text()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is no room beside the words, the field stands under them."""
        super().resizeEvent(event)
        is_narrow = self.width() < self._theme.px(_NARROW_PX)
        flow = QBoxLayout.Direction
        self._side.setDirection(flow.TopToBottom if is_narrow else flow.LeftToRight)
        self._place.setMinimumWidth(0 if is_narrow else self._theme.px(_FIELD_COLUMN_PX))

    def _change(self, value: Any) -> None:
        if isinstance(value, BadRequestError):
            self._say(value.message)
            return
        try:
            self._settings.change(self.section, self.name, value)
        except BadRequestError as error:
            self._say(error.message)
        else:
            self._say("")

    def _say(self, words: str) -> None:
        self._fault.setText(words)
        self._fault.setVisible(bool(words))

    def _arrange(self, description: SettingDescription) -> None:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(label(description.title, "strong", wraps=True))
        words.addWidget(label(description.help, "small", wraps=True))
        span = limits(description, self._default)
        if span:
            words.addWidget(label(span, "faint", wraps=True))
        words.addWidget(self._fault)
        self._side.setSpacing(10)
        self._side.addLayout(words, 1)
        if not self._is_tall:
            flag = Qt.AlignmentFlag
            # Fields of one page begin at one line, whatever their widths.
            inside = QHBoxLayout(self._place)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.addWidget(self.field.widget, 0, flag.AlignLeft)
            self._side.addWidget(self._place, 0, flag.AlignTop | flag.AlignLeft)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(self._side, 1)
        row.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 10)
        column.setSpacing(8)
        column.addLayout(row)
        if self._is_tall:
            inner = QHBoxLayout()
            inner.setContentsMargins(0, 0, 44, 0)
            inner.addWidget(self.field.widget)
            column.addLayout(inner)


def make_rows(
    section: str,
    settings: CurrentSettings,
    theme: Theme,
    names: Sequence[str] = (),
    makers: Makers | None = None,
) -> dict[str, SettingRow]:
    """Setting name to its row; those of `names`, or all of the section.

    Args:
        makers: Setting name to what makes its field, where the description alone does not tell.
    """
    part = getattr(settings.value, section)
    defaults = {field.name: field.default for field in fields(part)}
    special = makers or {}
    return {
        name: SettingRow(
            (section, name), description, defaults[name], settings, theme, special.get(name)
        )
        for name, description in describe(part)
        if not names or name in names
    }


def show_matching(rows: Mapping[str, SettingRow], folded_query: str) -> int:
    """Only rows that match are shown; returns how many."""
    matching = [row.matches(folded_query) for row in rows.values()]
    for row, matches in zip(rows.values(), matching, strict=True):
        row.setVisible(matches)
    return sum(matching)


class SettingsForm(QWidget):
    """All rows of one section.

    Attributes:
        title: What the navigation calls it.
        rows: Setting name to its row.
    """

    def __init__(
        self,
        section: str,
        settings: CurrentSettings,
        theme: Theme,
        names: Sequence[str] = (),
        makers: Makers | None = None,
    ) -> None:
        super().__init__()
        self.section = section
        self.title = text.SECTION_TITLES[section]
        self.rows = make_rows(section, settings, theme, names, makers)
        self._note = label(text.SECTION_NOTES[section], "muted", wraps=True)
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
        found = show_matching(self.rows, folded)
        self.setVisible(found > 0)
        return found
