"""Backups, made by themselves or by hand; export, and bringing things back."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from engine.contract.events import Event
from engine.contract.vault import BackupCard
from engine.contract.vault_commands import BackUpVault, ListBackups
from engine.contract.vault_events import BackupMade, BackupsListed
from ui import text_vault as text
from ui.settings.settings_form import make_rows
from ui.vault.errand import Errand
from ui.vault.export_sheet import ExportSheet
from ui.vault.page_part import PagePart, margined
from ui.vault.parts import VaultParts
from ui.vault.restore_sheet import RestoreSheet
from ui.vault.vault_page import VaultPage
from ui.widgets.buttons import push_button
from ui.widgets.file_choice import choose_file
from ui.widgets.labels import label


class _BackupRow(QFrame):
    """When it was made, why, how large it is, and the way to bring it back."""

    restore_wanted = Signal(str)

    def __init__(self, card: BackupCard) -> None:
        super().__init__()
        self.setObjectName("BackupRow")
        when = text.moment(card.made_at_s)
        self.card = card
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(label(when[:1].upper() + when[1:]))
        is_good = card.is_verified
        words.addWidget(label(text.backup_line(card), "small" if is_good else "warn", wraps=True))
        self.restore = push_button(
            text.RESTORE, "quiet", lambda: self.restore_wanted.emit(card.name)
        )
        self.restore.setAutoDefault(False)
        self.restore.setAccessibleName(f"{text.RESTORE_ACT}: {when}, {text.backup_line(card)}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 6, 0, 6)
        row.addLayout(words, 1)
        row.addWidget(self.restore, 0, Qt.AlignmentFlag.AlignVCenter)


class BackupsPage(VaultPage):
    """The list of backups, and everything that goes in or out as a file.

    Attributes:
        backups, files: Its parts.
        cards: The rows of the list, latest first.
    """

    def __init__(self, parts: VaultParts) -> None:
        super().__init__(parts, "backups", text.BACKUPS)
        self._listing = Errand(parts.jobs, self)
        self.cards: list[_BackupRow] = []
        self.backups = PagePart(parts, text.BACKUP_LIST, text.BACK_UP_NOTE)
        self.backups.add_rows(make_rows("storage", parts.settings, parts.theme, ("backups_kept",)))
        self.now_button = self.backups.add_button(
            text.BACK_UP_NOW, lambda: self.backups.errand.run(BackUpVault())
        )
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._list.setContentsMargins(0, 4, 0, 4)
        holder = QWidget()
        holder.setLayout(self._list)
        self.backups.body.addLayout(margined(holder))
        self.files = PagePart(parts, text.EXPORT_SECTION, f"{text.EXPORT_NOTE} {text.RESTORE_SAFE}")
        self.export_button = self.files.add_button(
            text.EXPORT, lambda: ExportSheet(parts, self.window()).open()
        )
        self.restore_button = self.files.add_button(text.RESTORE_FILE, self._choose_file)
        self.restore_button.setToolTip(text.RESTORE_FILE_NOTE)
        self.fill((self.backups, self.files))
        self.backups.errand.answered.connect(self._take_result)
        self.backups.errand.changed.connect(self.refresh)
        parts.jobs.bridge.event_received.connect(self._take)
        self._show_backups(())
        self.refresh()

    def look(self) -> None:
        """The list is asked for."""
        self._listing.run(ListBackups())

    def refresh(self) -> None:
        """Buttons fit how the vault stands."""
        desk = self.parts.desk
        self.now_button.setEnabled(desk.can_lock and not self.backups.errand.is_running)
        self.export_button.setEnabled(desk.is_open)
        self.restore_button.setEnabled(desk.is_open)

    def restore_from(self, path: str) -> None:
        """A file's passphrase is asked for, then its plan is shown."""
        RestoreSheet(self.parts, path, self.window(), needs_secret=True).open()

    def _take(self, event: Event) -> None:
        if isinstance(event, BackupsListed):
            self._show_backups(event.backups)
        elif isinstance(event, BackupMade) and self.isVisible():
            self.look()

    def _take_result(self, event: Event) -> None:
        if isinstance(event, BackupMade):
            self.backups.say(text.backup_made(event.backup))

    def _show_backups(self, cards: tuple[BackupCard, ...]) -> None:
        while (item := self._list.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.cards = [_BackupRow(card) for card in cards]
        for row in self.cards:
            row.restore_wanted.connect(self._restore)
            self._list.addWidget(row)
        if not cards:
            self._list.addWidget(label(text.NO_BACKUPS, "muted"))

    def _restore(self, name: str) -> None:
        RestoreSheet(self.parts, name, self.window()).open()

    def _choose_file(self) -> None:
        choose_file(self.window(), text.RESTORE_FILE.rstrip("."), self.restore_from)
