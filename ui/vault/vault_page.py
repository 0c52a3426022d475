"""What the pages of the vault share: a heading, parts, search, and looking again when shown."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent

from ui import text_vault as text
from ui.settings.page import BlockPage
from ui.vault.parts import VaultParts


class VaultPage(BlockPage):
    """One page of the settings window."""

    def __init__(self, parts: VaultParts, section: str, title: str) -> None:
        super().__init__(section, title, text.PAGE_NOTES[section])
        self.parts = parts
        parts.desk.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Words and buttons fit how the vault stands."""

    def look(self) -> None:
        """The engine is asked for what the page shows."""

    def showEvent(self, event: QShowEvent) -> None:
        """What is shown is of now."""
        super().showEvent(event)
        if self.parts.desk.is_open:
            self.look()
