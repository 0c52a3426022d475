"""Puts the whole vault under a new key."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.contract.errors import ErrorReport
from engine.contract.vault_commands import RotateKey
from ui import text_vault as text
from ui.vault.parts import VaultParts
from ui.vault.secret_field import SecretField
from ui.vault.sheet import Sheet


class RotateSheet(Sheet):
    """Asks for the passphrase, if there is one, and shows how far the work is.

    Attributes:
        passphrase: The one that holds; hidden if there is none.
    """

    def __init__(self, parts: VaultParts, parent: QWidget) -> None:
        super().__init__(parts, text.ROTATE_KEY, text.ROTATE_WHY, text.ROTATE, parent)
        status = parts.desk.status
        self._needs_words = status is not None and status.has_passphrase
        self.passphrase = SecretField(parts.theme, text.PASSPHRASE)
        self.passphrase.setVisible(self._needs_words)
        self.passphrase.changed.connect(self.refresh)
        self.body.addWidget(self.passphrase)
        self.refresh()
        (self.passphrase if self._needs_words else self.action).setFocus()

    def is_ready(self) -> bool:
        """Whether the passphrase is typed."""
        return bool(self.passphrase.words()) or not self._needs_words

    def act(self) -> None:
        """The work begins."""
        self.run(RotateKey(passphrase=self.passphrase.words()))

    def refuse(self, error: ErrorReport) -> None:
        """A wrong passphrase is marked."""
        super().refuse(error)
        self.passphrase.mark(error.kind == "wrong_key")

    def done_words(self) -> str:
        """That it has a new key."""
        self.passphrase.clear()
        return text.ROTATED
