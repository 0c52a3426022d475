"""What is kept, for how long, how much room it takes, and whether it is whole."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.contract.events import Event
from engine.contract.vault import BackupCard
from engine.contract.vault_commands import CompactVault, InspectVault, VerifyVault
from engine.contract.vault_events import VaultCompacted, VaultInspected, VaultVerified
from ui import text_vault as text
from ui.settings.settings_form import make_rows
from ui.text_lock import SHIELD_PRIVATE
from ui.vault.errand import Errand
from ui.vault.page_part import PagePart, margined
from ui.vault.parts import VaultParts
from ui.vault.restore_sheet import RestoreSheet
from ui.vault.storage_table import StorageTable
from ui.vault.vault_page import VaultPage
from ui.widgets.labels import label

_RETENTION_NAMES = ("trash_days", "conversation_days", "page_days")


class StoragePage(VaultPage):
    """Room by kind, retention, checking and tidying.

    Attributes:
        use, retention, care: Its parts.
        table: Figures by kind.
    """

    def __init__(self, parts: VaultParts) -> None:
        super().__init__(parts, "storage", text.STORAGE)
        self._inspecting = Errand(parts.jobs, self)
        self._last_good: BackupCard | None = None
        self._verified: float | None = None
        self.use = PagePart(parts, text.USE_SECTION, text.STORAGE_UNREAD)
        self.table = StorageTable(parts.theme)
        self.table.hide()
        self.use.body.addLayout(margined(self.table))
        self.retention = PagePart(parts, text.RETENTION_SECTION)
        self.retention.add_rows(make_rows("storage", parts.settings, parts.theme, _RETENTION_NAMES))
        self.care = PagePart(parts, text.CHECK_SECTION)
        self.verify_button = self.care.add_button(
            text.VERIFY, lambda: self.care.errand.run(VerifyVault())
        )
        self.compact_button = self.care.add_button(
            text.COMPACT, lambda: self.care.errand.run(CompactVault())
        )
        self.restore_button = self.care.add_button(text.RESTORE_LAST, self._restore, "quiet")
        self.verify_button.setToolTip(text.VERIFY_NOTE)
        self.compact_button.setToolTip(text.COMPACT_NOTE)
        self._damages = QVBoxLayout()
        self._damages.setContentsMargins(0, 8, 0, 0)
        holder = QWidget()
        holder.setLayout(self._damages)
        self.care.body.addLayout(margined(holder))
        self.fill((self.use, self.retention, self.care))
        self.care.errand.answered.connect(self._take_result)
        self.care.errand.finished.connect(lambda _command: self.look())
        self.care.errand.changed.connect(self.refresh)
        parts.jobs.bridge.event_received.connect(self._take)
        self.refresh()

    def look(self) -> None:
        """Everything is measured anew."""
        self._inspecting.run(InspectVault())

    def refresh(self) -> None:
        """Words and buttons fit what is known."""
        can_work = self.parts.desk.is_open and not self.care.errand.is_running
        self.verify_button.setEnabled(can_work)
        self.compact_button.setEnabled(can_work)
        self.restore_button.setVisible(self._last_good is not None)
        self.care.tell(text.care_note(self._verified))

    def _take(self, event: Event) -> None:
        if not isinstance(event, VaultInspected):
            return
        self._verified = event.last_verified_at_s
        self.table.show_uses(event.uses)
        has_any = bool(self.table.lines)
        self.table.setVisible(has_any)
        if self.parts.desk.is_private:
            self.use.tell(SHIELD_PRIVATE)
        else:
            disk = text.storage_totals(
                event.database_bytes, event.sealed_bytes, event.backup_bytes, event.free_disk_bytes
            )
            trained = text.dictionaries(event.dictionaries)
            self.use.tell(f"{disk}\n{trained}" if has_any else f"{text.NOTHING_STORED}\n{disk}")
        self.refresh()

    def _take_result(self, event: Event) -> None:
        match event:
            case VaultVerified(damages=damages):
                self._show_damages([f"{damage.where}: {damage.detail}" for damage in damages])
                self._last_good = event.last_good_backup if damages else None
                if damages:
                    self.care.say(text.damages_found(len(damages)), is_error=True)
                else:
                    self.care.say(text.verified(event.checked_pages, event.checked_files))
            case VaultCompacted():
                self.care.say(text.compacted(event.before_bytes, event.after_bytes))
        self.refresh()

    def _show_damages(self, lines: list[str]) -> None:
        while (item := self._damages.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for line in lines:
            self._damages.addWidget(label(line[:1].upper() + line[1:], wraps=True))

    def _restore(self) -> None:
        if self._last_good is not None:
            RestoreSheet(self.parts, self._last_good.name, self.window()).open()
