"""Writes everything into one sealed file."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtWidgets import QHBoxLayout, QWidget

from engine.contract.events import Event
from engine.contract.vault_commands import ExportVault
from engine.contract.vault_events import VaultExported
from ui import text_vault as text
from ui.vault.parts import VaultParts
from ui.vault.secret_field import NewPassphrase
from ui.vault.sheet import Sheet
from ui.widgets.buttons import push_button
from ui.widgets.file_choice import choose_new_file
from ui.widgets.labels import label


class ExportSheet(Sheet):
    """Asks where, and for the passphrase that seals the file.

    Attributes:
        choose: Asks for the place.
        new: The file's passphrase.
    """

    def __init__(self, parts: VaultParts, parent: QWidget) -> None:
        super().__init__(parts, text.EXPORT.rstrip("."), text.EXPORT_WHY, text.EXPORT_ACT, parent)
        self._path = ""
        self._size_bytes = 0
        self._place = label(text.NO_PLACE, "muted", wraps=True)
        self.choose = push_button(text.CHOOSE_PLACE, "plain", self._choose)
        self.choose.setAutoDefault(False)
        self.choose.setAccessibleName(f"{text.EXPORT_PLACE}: {text.CHOOSE_PLACE}")
        self.new = NewPassphrase(parts.theme)
        self.new.changed.connect(self.refresh)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._place, 1)
        row.addWidget(self.choose)
        self.body.addLayout(row)
        self.body.addWidget(self.new)
        self.refresh()
        self.choose.setFocus()

    def put_at(self, path: str) -> None:
        """The file goes here."""
        self._path = path
        self._place.setText(PurePath(path).name)
        self._place.setToolTip(path)
        self.refresh()
        self.new.setFocus()

    def is_ready(self) -> bool:
        """Whether place and passphrase are known."""
        return bool(self._path) and self.new.is_ready()

    def act(self) -> None:
        """The engine writes the file."""
        if self.is_ready():
            self.run(ExportVault(path=self._path, passphrase=self.new.words()))

    def can_be_stopped(self) -> bool:
        """A file half written is removed."""
        return True

    def take(self, event: Event) -> None:
        """Its size, for the last word."""
        if isinstance(event, VaultExported):
            self._size_bytes = event.size_bytes

    def done_words(self) -> str:
        """How large it is."""
        self.new.clear()
        return text.exported(self._size_bytes)

    def _choose(self) -> None:
        choose_new_file(self, text.EXPORT.rstrip("."), text.EXPORT_FILE, self.put_at)
