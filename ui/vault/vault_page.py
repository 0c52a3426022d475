"""What the pages of the vault share: a heading, parts, search, and looking again when shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui import text_vault as text
from ui.settings.settings_form import SettingRow
from ui.vault.page_part import PagePart
from ui.vault.parts import VaultParts
from ui.widgets.labels import label


class VaultPage(QWidget):
    """One page of the settings window.

    Attributes:
        section: Its name for programs.
        title: Its name in the navigation.
    """

    def __init__(self, parts: VaultParts, section: str, title: str) -> None:
        super().__init__()
        self.parts = parts
        self.section = section
        self.title = title
        self._sections: tuple[PagePart, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 12)
        self._column.setSpacing(0)
        self._column.addWidget(label(title, "heading"))
        self._column.addWidget(label(text.PAGE_NOTES[section], "muted", wraps=True))
        parts.desk.changed.connect(self.refresh)

    @property
    def rows(self) -> dict[str, SettingRow]:
        """Setting name to its row, of all parts."""
        return {name: row for part in self._sections for name, row in part.rows.items()}

    def fill(self, sections: Sequence[PagePart]) -> None:
        """These parts stand under each other."""
        self._sections = tuple(sections)
        for part in sections:
            self._column.addWidget(part)

    def search(self, query: str) -> int:
        """Only what matches is shown; returns how many rows or parts do."""
        folded = query.strip().casefold()
        found = sum(part.search(folded) for part in self._sections)
        self.setVisible(found > 0)
        return found

    def refresh(self) -> None:
        """Words and buttons fit how the vault stands."""

    def look(self) -> None:
        """The engine is asked for what the page shows."""

    def showEvent(self, event: QShowEvent) -> None:
        """What is shown is of now."""
        super().showEvent(event)
        if self.parts.desk.is_open:
            self.look()
