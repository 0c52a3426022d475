"""The second screen: what opens the vault, when it locks, and whether anything may go out."""

from __future__ import annotations

from PySide6.QtCore import Qt

from ui import text_welcome as words
from ui.settings.settings_form import make_rows
from ui.vault.parts import VaultParts
from ui.vault.passphrase_sheet import PassphraseSheet
from ui.welcome.step import Step
from ui.widgets.buttons import push_button
from ui.widgets.labels import label


class PrivacyStep(Step):
    """Keychain or passphrase, automatic lock, offline.

    Attributes:
        set_button: Asks for a passphrase.
        rows: Setting name to its row.
    """

    def __init__(self, parts: VaultParts) -> None:
        super().__init__(words.PRIVACY_HEADING, words.PRIVACY_WHY)
        self._parts = parts
        self._who = label("", "strong", wraps=True)
        self._note = label("", "small", wraps=True)
        self.set_button = push_button(words.SET_PASSPHRASE, "plain", self._ask)
        self.body.addWidget(self._who)
        self.body.addWidget(self._note)
        self.body.addWidget(self.set_button)
        self.body.setAlignment(self.set_button, Qt.AlignmentFlag.AlignLeft)
        self.rows = make_rows("storage", parts.settings, parts.theme, ("lock_after_min",))
        self.rows |= make_rows("network", parts.settings, parts.theme, ("is_offline",))
        for row in self.rows.values():
            self.body.addWidget(row)
        parts.desk.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """The words fit how the vault is opened now."""
        desk = self._parts.desk
        has_passphrase = desk.status is not None and desk.status.has_passphrase
        if has_passphrase:
            who, note = words.PASSPHRASE_SET, words.PASSPHRASE_NOTE
        elif desk.is_private:
            who, note = words.NO_KEYCHAIN, words.PASSPHRASE_NOTE
        else:
            who, note = words.KEYCHAIN, words.KEYCHAIN_NOTE
        self._who.setText(who)
        self._note.setText(note)
        self.set_button.setVisible(not has_passphrase)

    def _ask(self) -> None:
        PassphraseSheet(self._parts, self.window()).open()
