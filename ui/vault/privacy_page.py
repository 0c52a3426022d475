"""Who can open what the user wrote, when it locks, and the way to forget it all."""

from __future__ import annotations

from ui import text_vault as text
from ui.settings.settings_form import make_rows
from ui.vault.page_part import PagePart
from ui.vault.parts import VaultParts
from ui.vault.passphrase_sheet import PassphraseSheet
from ui.vault.recovery_sheet import RecoverySheet
from ui.vault.rotate_sheet import RotateSheet
from ui.vault.vault_page import VaultPage
from ui.vault.wipe_sheet import WipeSheet

_LOCK_NAMES = ("lock_after_min", "is_locked_on_sleep", "is_locked_with_screen")


class PrivacyPage(VaultPage):
    """Passphrase, recovery key, automatic lock, key, and the end of everything.

    Attributes:
        passphrase, recovery, locking, key, forget: Its parts.
    """

    def __init__(self, parts: VaultParts) -> None:
        super().__init__(parts, "privacy", text.PRIVACY)
        self.passphrase = PagePart(parts, text.PASSPHRASE)
        self.set_button = self.passphrase.add_button(text.SET_PASSPHRASE, self._set_passphrase)
        self.remove_button = self.passphrase.add_button(text.REMOVE, self._remove_passphrase)
        self.lock_button = self.passphrase.add_button(text.LOCK_NOW, lambda: parts.desk.lock())
        self.recovery = PagePart(parts, text.RECOVERY_KEY)
        self.recovery_button = self.recovery.add_button(
            text.MAKE_RECOVERY_KEY, lambda: RecoverySheet(parts, self.window()).open()
        )
        self.locking = PagePart(parts, text.LOCKING_SECTION)
        self.locking.add_rows(make_rows("storage", parts.settings, parts.theme, _LOCK_NAMES))
        self.key = PagePart(parts, text.KEY_SECTION, text.ROTATE_NOTE)
        self.rotate_button = self.key.add_button(
            f"{text.ROTATE}...", lambda: RotateSheet(parts, self.window()).open()
        )
        self.forget = PagePart(parts, text.FORGET_SECTION, text.WIPE_NOTE)
        self.wipe_button = self.forget.add_button(
            text.WIPE, lambda: WipeSheet(parts, self.window()).open(), "danger-quiet"
        )
        self.fill((self.passphrase, self.recovery, self.locking, self.key, self.forget))
        self.refresh()

    def refresh(self) -> None:
        """Words and buttons fit how the vault may be opened."""
        desk = self.parts.desk
        status = desk.status
        has_passphrase = status is not None and status.has_passphrase
        has_recovery = status is not None and status.has_recovery_key
        if desk.is_private:
            self.passphrase.tell(text.PASSPHRASE_PRIVATE)
        else:
            self.passphrase.tell(text.PASSPHRASE_SET if has_passphrase else text.PASSPHRASE_NONE)
        self.set_button.setText(f"{text.CHANGE}..." if has_passphrase else text.SET_PASSPHRASE)
        self.set_button.setEnabled(desk.is_open)
        self.remove_button.setVisible(has_passphrase)
        self.lock_button.setEnabled(desk.can_lock)
        self.recovery.tell(text.RECOVERY_MADE if has_recovery else text.RECOVERY_NONE)
        self.recovery_button.setText(
            text.MAKE_NEW_RECOVERY_KEY if has_recovery else text.MAKE_RECOVERY_KEY
        )
        for button in (self.recovery_button, self.rotate_button, self.wipe_button):
            button.setEnabled(desk.can_lock)

    def _set_passphrase(self) -> None:
        PassphraseSheet(self.parts, self.window()).open()

    def _remove_passphrase(self) -> None:
        PassphraseSheet(self.parts, self.window(), is_removal=True).open()
