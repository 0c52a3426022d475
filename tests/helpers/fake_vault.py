"""The vault behind a FakeEngine: its states, its passphrase and its long work, without a disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from engine.contract import commands, events
from engine.contract import vault_commands as orders
from engine.contract import vault_events as told
from engine.contract.errors import ErrorReport
from engine.contract.settings import Settings
from engine.contract.vault import (
    BackupCard,
    Damage,
    RestoreCount,
    StorageUse,
    TrashItem,
    TrashKind,
    VaultState,
    VaultStatus,
)

RECOVERY_KEY = "BCDF-GHJK-LMNP-QRST-VWXZ"
WRONG_KEY = ErrorReport(kind="wrong_key", message="That does not open the vault.")
_LOCKED = ErrorReport(kind="vault_locked", message="The vault is locked.")
_DAY_S = 86_400
_NEEDS_OPEN_VAULT = (
    commands.CreateConversation,
    commands.RenameConversation,
    commands.DeleteConversation,
    commands.RestoreConversation,
    commands.ListConversations,
    commands.SendMessage,
    orders.InspectVault,
    orders.SetPassphrase,
    orders.MakeRecoveryKey,
    orders.RotateKey,
    orders.BackUpVault,
    orders.ExportVault,
    orders.VerifyVault,
    orders.CompactVault,
    orders.ListTrash,
    orders.RestoreFromTrash,
    orders.ForgetItems,
    orders.KeepDraft,
)


def backup(number: int, *, days_ago: float = 0.0, is_verified: bool = True) -> BackupCard:
    return BackupCard(
        name=f"backup-{number}.sealed",
        made_at_s=time.time() - days_ago * _DAY_S,
        size_bytes=12_000_000,
        reason="daily",
        is_verified=is_verified,
    )


def trash_item(number: int, title: str, kind: TrashKind = TrashKind.CONVERSATION) -> TrashItem:
    now_s = time.time()
    return TrashItem(
        id=f"gone_{number}",
        kind=kind,
        title=title,
        deleted_at_s=now_s - number * _DAY_S,
        purge_at_s=now_s + (30 - number) * _DAY_S,
        size_bytes=12_000,
    )


class FakeVault:
    """Answers the vault's commands.

    Attributes:
        status: How it stands.
        refused: If set, opening leads to this state and this error.
        passphrase: What opens it; empty means the keychain does.
        settings: What is told when it opens.
        stages: What long work reports, one after the other.
        hold: While it is cleared, long work waits after its first stage.
        fail_next: If set, the next vault command but OpenVault fails with it.
        damages: What a check finds.
    """

    def __init__(self, publish: Callable[[events.Event], None]) -> None:
        self._publish = publish
        self.status = VaultStatus(state=VaultState.LOCKED, has_keychain_key=True)
        self.refused: tuple[VaultStatus, ErrorReport] | None = None
        self.passphrase = ""
        self.settings: Settings | None = None
        self.drafts: dict[str, str] = {}
        self.backups = [backup(1), backup(2, days_ago=1)]
        self.trash = [trash_item(0, "Letter to the landlord"), trash_item(4, "Tax question")]
        self.uses = (
            StorageUse(kind="conversations", items=12, raw_bytes=400_000, stored_bytes=80_000),
        )
        self.stages = ("Working",)
        self.hold = threading.Event()
        self.hold.set()
        self.fail_next: ErrorReport | None = None
        self.damages: tuple[Damage, ...] = ()
        self.counts = (
            RestoreCount(kind="conversations", new=3, newer_in_backup=1, newer_here=2, same=40),
        )
        self._wrong = 0
        self._acts: dict[type, Callable[[str, Any], ErrorReport | None]] = {
            orders.LockVault: self._lock,
            orders.SetPassphrase: self._set_passphrase,
            orders.MakeRecoveryKey: self._make_recovery_key,
            orders.RotateKey: self._rotate,
            orders.WipeVault: self._wipe,
            orders.KeepDraft: self._keep_draft,
            orders.InspectVault: self._inspect,
            orders.BackUpVault: self._back_up,
            orders.ListBackups: self._list_backups,
            orders.ExportVault: self._export,
            orders.PlanRestore: self._plan,
            orders.ApplyRestore: self._restore,
            orders.VerifyVault: self._verify,
            orders.CompactVault: self._compact,
            orders.ListTrash: self._list_trash,
            orders.RestoreFromTrash: self._empty,
            orders.ForgetItems: self._empty,
        }

    @property
    def is_open(self) -> bool:
        return self.status.state in (VaultState.UNLOCKED, VaultState.PRIVATE)

    def lock_with(self, passphrase: str) -> None:
        """It is closed and opens with this passphrase only."""
        self.passphrase = passphrase
        self.status = VaultStatus(state=VaultState.LOCKED, has_passphrase=bool(passphrase))

    def tell(self, **changes) -> None:
        """It stands differently now, and says so."""
        self.status = replace(self.status, **changes)
        self._publish(told.VaultStatusChanged(status=self.status))

    def carry_out(self, job: str, command: commands.Command) -> ErrorReport | None:
        if isinstance(command, orders.OpenVault):
            return self._open(job, command)
        if isinstance(command, _NEEDS_OPEN_VAULT) and not self.is_open:
            return _LOCKED
        if type(command).__module__ == orders.__name__ and self.fail_next is not None:
            error, self.fail_next = self.fail_next, None
            return error
        act = self._acts.get(type(command))
        return act(job, command) if act is not None else None

    def _lock(self, job: str, command: orders.LockVault) -> None:
        self.status = replace(self.status, state=VaultState.LOCKED)
        locked = told.VaultStatusChanged(job_id=job, status=self.status, reason=command.reason)
        self._publish(locked)

    def _make_recovery_key(self, job: str, _command: orders.MakeRecoveryKey) -> None:
        self._publish(told.RecoveryKeyMade(job_id=job, recovery_key=RECOVERY_KEY))
        self.status = replace(self.status, has_recovery_key=True)
        self._publish(told.VaultStatusChanged(job_id=job, status=self.status))

    def _rotate(self, job: str, command: orders.RotateKey) -> ErrorReport | None:
        if command.passphrase != self.passphrase:
            return WRONG_KEY
        self._work(job)
        self._publish(told.VaultKeyRotated(job_id=job))
        return None

    def _wipe(self, job: str, _command: orders.WipeVault) -> None:
        self.passphrase, self.drafts, self.trash = "", {}, []
        self._publish(told.VaultWiped(job_id=job))
        self.status = VaultStatus(state=VaultState.LOCKED)
        self._publish(told.VaultStatusChanged(job_id=job, status=self.status))

    def _keep_draft(self, _job: str, command: orders.KeepDraft) -> None:
        self.drafts[command.conversation_id] = command.text

    def _back_up(self, job: str, _command: orders.BackUpVault) -> None:
        self.backups.insert(0, backup(len(self.backups) + 1))
        self._publish(told.BackupMade(job_id=job, backup=self.backups[0]))

    def _list_backups(self, job: str, _command: orders.ListBackups) -> None:
        self._publish(told.BackupsListed(job_id=job, backups=tuple(self.backups)))

    def _export(self, job: str, _command: orders.ExportVault) -> None:
        self._work(job)
        self._publish(told.VaultExported(job_id=job, size_bytes=3_000_000))

    def _plan(self, job: str, command: orders.PlanRestore) -> ErrorReport | None:
        if "/" in command.path and command.passphrase != "sealed with this":
            return WRONG_KEY
        planned = told.RestorePlanned(
            job_id=job, plan_id="plan_1", made_at_s=time.time(), counts=self.counts
        )
        self._publish(planned)
        return None

    def _restore(self, job: str, _command: orders.ApplyRestore) -> None:
        self._work(job)
        self._publish(told.VaultRestored(job_id=job, counts=self.counts))

    def _compact(self, job: str, _command: orders.CompactVault) -> None:
        self._work(job)
        compacted = told.VaultCompacted(job_id=job, before_bytes=9_000_000, after_bytes=5_000_000)
        self._publish(compacted)

    def _empty(self, job: str, command: orders.RestoreFromTrash | orders.ForgetItems) -> None:
        self.trash = [item for item in self.trash if item.id not in command.item_ids]
        self._list_trash(job)

    def _open(self, job: str, command: orders.OpenVault) -> ErrorReport | None:
        if self.is_open:
            self._publish(told.VaultStatusChanged(job_id=job, status=self.status))
            return None
        if self.refused is not None:
            self.status, error = self.refused
            self._publish(told.VaultStatusChanged(job_id=job, status=self.status))
            return error
        if not self._opens(command):
            self._wrong += 1
            self.status = replace(self.status, retry_after_s=float(self._wrong - 1))
            self._publish(told.VaultStatusChanged(job_id=job, status=self.status))
            return WRONG_KEY
        self._wrong = 0
        state = self.status.state
        opened = VaultState.PRIVATE if state is VaultState.PRIVATE else VaultState.UNLOCKED
        self.status = replace(self.status, state=opened, retry_after_s=0.0)
        if self.settings is not None:
            self._publish(events.SettingsChanged(job_id=job, settings=self.settings))
        drafts = tuple((id_, words) for id_, words in self.drafts.items() if words)
        self._publish(
            told.VaultOpened(
                job_id=job, status=self.status, is_new=False, open_ms=12.0, drafts=drafts
            )
        )
        return None

    def _opens(self, command: orders.OpenVault) -> bool:
        if command.recovery_key:
            return command.recovery_key.replace("-", "") == RECOVERY_KEY.replace("-", "")
        return command.passphrase == self.passphrase

    def _set_passphrase(self, job: str, command: orders.SetPassphrase) -> ErrorReport | None:
        if command.old != self.passphrase:
            return WRONG_KEY
        self.passphrase = command.new
        self.status = replace(
            self.status,
            state=VaultState.UNLOCKED,
            has_passphrase=bool(command.new),
            has_keychain_key=not command.new,
        )
        self._publish(told.VaultStatusChanged(job_id=job, status=self.status))
        return None

    def _work(self, job: str) -> None:
        for place, stage in enumerate(self.stages):
            ratio = (place + 1) / (len(self.stages) + 1)
            self._publish(told.VaultProgressed(job_id=job, stage=stage, share_ratio=ratio))
            self.hold.wait()

    def _list_trash(self, job: str, _command: commands.Command | None = None) -> None:
        self._publish(told.TrashListed(job_id=job, items=tuple(self.trash)))

    def _verify(self, job: str, _command: orders.VerifyVault) -> None:
        good = next((card for card in self.backups if card.is_verified), None)
        self._publish(
            told.VaultVerified(
                job_id=job,
                checked_pages=1200,
                checked_files=3,
                damages=self.damages,
                last_good_backup=good,
            )
        )

    def _inspect(self, job: str, _command: orders.InspectVault) -> None:
        self._publish(
            told.VaultInspected(
                job_id=job,
                status=self.status,
                uses=self.uses,
                database_bytes=120_000,
                sealed_bytes=0,
                backup_bytes=24_000_000,
                free_disk_bytes=80_000_000_000,
                dictionaries=1,
                last_verified_at_s=None,
                last_backup_at_s=self.backups[0].made_at_s if self.backups else None,
            )
        )
