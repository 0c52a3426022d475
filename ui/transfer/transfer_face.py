"""Export and import as the main window uses them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ui.session import Session
from ui.theme import Theme
from ui.transfer.export_sheet import ExportSheet
from ui.transfer.import_sheet import ImportSheet
from ui.vault.parts import VaultParts


class TransferFace(QObject):
    """Opens its sheets over the main window."""

    def __init__(self, session: Session, theme: Theme, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window
        self._parts = VaultParts(
            jobs=session.jobs, desk=session.vault, settings=session.settings, theme=theme
        )

    def acts(self) -> dict[str, Callable[[], object]]:
        """What menu items do."""
        return {
            "export_conversations": lambda: self.export(()),
            "import_conversations": self.import_,
        }

    def export(self, ids: Sequence[str]) -> ExportSheet:
        """Format and place are asked for; without identifiers all conversations are meant."""
        sheet = ExportSheet(self._parts, self._session.book, ids, self._window)
        sheet.open()
        return sheet

    def import_(self) -> ImportSheet:
        """A file or folder is asked for."""
        sheet = ImportSheet(self._parts, self._window)
        sheet.open()
        return sheet
