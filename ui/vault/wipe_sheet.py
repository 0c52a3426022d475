"""Forgets everything, after it was typed in words."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from engine.contract.vault_commands import WipeVault
from ui import text_vault as text
from ui.vault.parts import VaultParts
from ui.vault.sheet import Sheet
from ui.widgets.check_box import CheckBox
from ui.widgets.labels import label, set_style_property


class WipeSheet(Sheet):
    """Its button can be pressed only once "forget everything" is typed.

    Attributes:
        confirmation: Where it is typed.
        backups: Whether the backups' files are deleted too.
    """

    def __init__(self, parts: VaultParts, parent: QWidget) -> None:
        super().__init__(parts, text.WIPE_ACT, text.WIPE_WHY, text.WIPE_ACT, parent)
        set_style_property(self.action, "kind", "danger")
        self.backups = CheckBox(parts.theme, text.WIPE_BACKUPS)
        self.backups.setChecked(True)
        self.confirmation = QLineEdit()
        self.confirmation.setAccessibleName(text.WIPE_TYPE)
        self.confirmation.setPlaceholderText(text.WIPE_WORDS)
        self.confirmation.setFixedHeight(parts.theme.px(34))
        self.confirmation.textChanged.connect(self.refresh)
        self.body.addWidget(self.backups)
        self.body.addWidget(label(text.WIPE_BACKUPS_NOTE, "small", wraps=True))
        self.body.addSpacing(6)
        self.body.addWidget(label(text.WIPE_TYPE))
        self.body.addWidget(self.confirmation)
        self.refresh()
        self.confirmation.setFocus()

    def is_ready(self) -> bool:
        """Whether the words are typed."""
        return self.confirmation.text().strip().casefold() == text.WIPE_WORDS

    def act(self) -> None:
        """Keys first, then files."""
        if self.is_ready():
            self.run(
                WipeVault(
                    confirmation=text.WIPE_WORDS,
                    are_backups_included=self.backups.isChecked(),
                )
            )
