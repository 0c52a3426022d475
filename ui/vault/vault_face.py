"""Everything of the vault that the main window shows and does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from engine.contract.errors import ErrorReport
from engine.contract.events import Event
from engine.contract.vault_commands import BackUpVault, ListBackups
from engine.contract.vault_events import BackupMade, BackupsListed
from ui import text_lock
from ui import text_vault as text
from ui.vault.auto_lock import AutoLock
from ui.vault.backups_page import BackupsPage
from ui.vault.curtain import Curtain
from ui.vault.errand import Errand
from ui.vault.export_sheet import ExportSheet
from ui.vault.parts import VaultParts
from ui.vault.passphrase_sheet import PassphraseSheet
from ui.vault.privacy_page import PrivacyPage
from ui.vault.private_banner import PrivateBanner
from ui.vault.restore_sheet import RestoreSheet
from ui.vault.storage_page import StoragePage
from ui.vault.trash_window import TrashWindow
from ui.vault.vault_page import VaultPage


class VaultFace(QObject):
    """Puts the curtain before the content and gives the menu something to do.

    Attributes:
        backed_up: Words about a backup that the menu asked for.
        failed: ErrorReport of the same.
        curtain: The window's content, or the lock screen.
        banner: Says that a private session keeps nothing.
        auto_lock: Locks by itself.
    """

    backed_up = Signal(str)
    failed = Signal(object)

    def __init__(
        self, parts: VaultParts, content: QWidget, is_busy: Callable[[], bool], window: QWidget
    ) -> None:
        super().__init__(window)
        self._parts = parts
        self._window = window
        self.curtain = Curtain(content, parts.desk, parts.theme)
        self.banner = PrivateBanner(parts.desk, parts.theme)
        self.auto_lock = AutoLock(parts.desk, parts.settings, is_busy, self)
        self._backing_up = Errand(parts.jobs, self)
        self._backing_up.answered.connect(self._take_backup)
        self._backing_up.failed.connect(self.failed)
        self._looking = Errand(parts.jobs, self)
        self._looking.answered.connect(self._restore_latest)
        self._looking.failed.connect(self._no_backups)
        self.banner.keep_wanted.connect(self.set_passphrase)
        self.curtain.lock_screen.restore_wanted.connect(self._find_backup)
        self.curtain.lock_screen.quit_wanted.connect(QApplication.quit)

    def lock_now(self) -> None:
        """The content is covered and the vault is being locked."""
        self._parts.desk.lock()

    def back_up_now(self) -> None:
        """A backup is being made."""
        self._backing_up.run(BackUpVault())

    def export(self) -> None:
        """Place and passphrase of an export are asked for."""
        ExportSheet(self._parts, self._window).open()

    def set_passphrase(self) -> None:
        """A passphrase is asked for."""
        PassphraseSheet(self._parts, self._window).open()

    def pages(self) -> list[VaultPage]:
        """New pages for the settings window."""
        return [PrivacyPage(self._parts), StoragePage(self._parts), BackupsPage(self._parts)]

    def trash_window(self) -> TrashWindow:
        """A new window that shows the trash."""
        return TrashWindow(self._parts, self._window)

    def _take_backup(self, event: Event) -> None:
        if isinstance(event, BackupMade):
            self.backed_up.emit(text.backup_made(event.backup))

    def _find_backup(self) -> None:
        self._looking.run(ListBackups())

    def _restore_latest(self, event: Event) -> None:
        """The latest backup that was found whole is offered, with its plan first."""
        if not isinstance(event, BackupsListed):
            return
        good = next((card for card in event.backups if card.is_verified), None)
        if good is None:
            self.curtain.lock_screen.note(text_lock.NO_GOOD_BACKUP)
            return
        sheet = RestoreSheet(self._parts, good.name, self._window)
        sheet.errand.finished.connect(lambda _command: self._open_when(sheet))
        sheet.open()

    def _open_when(self, sheet: RestoreSheet) -> None:
        if sheet.is_done and not self._parts.desk.is_open:
            self._parts.desk.open()

    def _no_backups(self, error: ErrorReport) -> None:
        self.curtain.lock_screen.note(f"{error.message} {error.action}".strip())
