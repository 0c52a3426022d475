"""Sets, changes or removes the passphrase."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from engine.contract.errors import ErrorReport
from engine.contract.vault_commands import SetPassphrase
from ui import text_vault as text
from ui.vault.parts import VaultParts
from ui.vault.secret_field import NewPassphrase, SecretField
from ui.vault.sheet import Sheet


class PassphraseSheet(Sheet):
    """Remembers nothing of what is typed once it is closed.

    Attributes:
        old: The passphrase that holds; hidden if there is none.
        new: The next one; hidden when the passphrase is removed.
    """

    def __init__(self, parts: VaultParts, parent: QWidget, *, is_removal: bool = False) -> None:
        status = parts.desk.status
        has_one = status is not None and status.has_passphrase
        self._is_removal = is_removal
        title = text.CHANGE_PASSPHRASE if has_one else text.SET_PASSPHRASE
        super().__init__(
            parts,
            text.REMOVE_PASSPHRASE if is_removal else title,
            text.PASSPHRASE_REMOVE_WHY if is_removal else text.PASSPHRASE_WHY,
            text.REMOVE if is_removal else title,
            parent,
        )
        self.old = SecretField(parts.theme, text.OLD_PASSPHRASE)
        self.new = NewPassphrase(parts.theme)
        self.old.setVisible(has_one)
        self.new.setVisible(not is_removal)
        self._needs_old = has_one
        self.body.addWidget(self.old)
        self.body.addWidget(self.new)
        self.old.changed.connect(self._typed)
        self.new.changed.connect(self._typed)
        self.refresh()
        (self.old if has_one else self.new).setFocus()

    def is_ready(self) -> bool:
        """Whether everything needed is typed."""
        has_old = bool(self.old.words()) or not self._needs_old
        return has_old and (self._is_removal or self.new.is_ready())

    def act(self) -> None:
        """The engine is asked to use the new one."""
        if self.is_ready():
            new = "" if self._is_removal else self.new.words()
            self.run(SetPassphrase(old=self.old.words(), new=new))

    def refuse(self, error: ErrorReport) -> None:
        """A wrong old passphrase is marked."""
        super().refuse(error)
        if error.kind == "wrong_key":
            self.old.mark(True)
            self.old.edit.selectAll()
            self.old.setFocus()

    def done_words(self) -> str:
        """That it holds."""
        self.old.clear()
        self.new.clear()
        if self._is_removal:
            return text.PASSPHRASE_REMOVED
        status = self.parts.desk.status
        has_recovery = status is not None and status.has_recovery_key
        return (
            text.PASSPHRASE_DONE
            if has_recovery
            else f"{text.PASSPHRASE_DONE} {text.PASSPHRASE_NEXT}"
        )

    def _typed(self) -> None:
        self.old.mark(False)
        self.refresh()
