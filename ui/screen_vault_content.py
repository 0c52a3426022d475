"""Invented vaults, backups and deleted things, shown in pictures of the pages and nowhere else."""

from __future__ import annotations

import time
from dataclasses import replace

from engine.contract.commands import Command
from engine.contract.events import Event
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
from engine.contract.vault_commands import (
    InspectVault,
    ListBackups,
    ListTrash,
    MakeRecoveryKey,
    PlanRestore,
    VerifyVault,
)
from engine.contract.vault_events import (
    BackupsListed,
    RecoveryKeyMade,
    RestorePlanned,
    TrashListed,
    VaultInspected,
    VaultVerified,
)

_DAY_S = 86_400
WITH_ALL = VaultStatus(state=VaultState.UNLOCKED, has_passphrase=True, has_recovery_key=True)
LOCKED = replace(WITH_ALL, state=VaultState.LOCKED)
_USES = (
    StorageUse(kind="conversations", items=214, raw_bytes=6_840_000, stored_bytes=1_290_000),
    StorageUse(kind="documents", items=38, raw_bytes=22_100_000, stored_bytes=4_600_000),
    StorageUse(kind="memories", items=1284, raw_bytes=310_000, stored_bytes=96_000),
    StorageUse(kind="vectors", items=41_200, raw_bytes=63_283_200, stored_bytes=16_900_000),
    StorageUse(kind="full-text index", items=3, raw_bytes=0, stored_bytes=2_100_000),
)
_COUNTS = (
    RestoreCount(kind="conversations", new=12, newer_in_backup=2, newer_here=7, same=193),
    RestoreCount(kind="memories", new=40, newer_in_backup=0, newer_here=3, same=1241),
    RestoreCount(
        kind="documents", new=0, newer_in_backup=0, newer_here=0, same=37, in_trash_here=1
    ),
)


def backups() -> tuple[BackupCard, ...]:
    """Four backups, one of them not checked."""
    reasons = ("by hand", "daily", "daily", "before an update")
    return tuple(
        BackupCard(
            name=f"backup-{number}.sealed",
            made_at_s=time.time() - number * _DAY_S,
            size_bytes=31_000_000 - 400_000 * number,
            reason=reason,
            is_verified=number != 2,
        )
        for number, reason in enumerate(reasons)
    )


def trash(number: int = 9) -> tuple[TrashItem, ...]:
    """So many deleted things."""
    things = (
        ("Letter to the landlord", TrashKind.CONVERSATION),
        ("Prefers trains to planes", TrashKind.MEMORY),
        ("Tax question 2026", TrashKind.CONVERSATION),
        ("Handbook of the old coffee machine.pdf", TrashKind.DOCUMENT),
        ("And what about Mars?", TrashKind.MESSAGE),
    )
    now_s = time.time()
    return tuple(
        TrashItem(
            id=f"gone_{place}",
            kind=things[place % len(things)][1],
            title=things[place % len(things)][0],
            deleted_at_s=now_s - place * 3.2 * _DAY_S,
            purge_at_s=now_s + (30 - place * 3.2) * _DAY_S,
            size_bytes=14_000 * (place + 1),
        )
        for place in range(number)
    )


def damage() -> VaultVerified:
    """A check that found two things."""
    return VaultVerified(
        checked_pages=6201,
        checked_files=14,
        damages=(
            Damage(where="database", detail="Page 311 does not hold what was written."),
            Damage(where="backup", detail="The backup of two days ago cannot be opened."),
        ),
        last_good_backup=backups()[0],
    )


def answers(*others: tuple[type[Command], Event]) -> dict[type[Command], Event]:
    """What the vault answers to each command; `others` in place of the usual."""
    inspected = VaultInspected(
        status=WITH_ALL,
        uses=_USES,
        database_bytes=25_400_000,
        sealed_bytes=118_000_000,
        backup_bytes=122_000_000,
        free_disk_bytes=212_000_000_000,
        dictionaries=3,
        last_verified_at_s=time.time() - 5 * 3600,
        last_backup_at_s=time.time() - _DAY_S,
    )
    planned = RestorePlanned(plan_id="plan", made_at_s=time.time() - _DAY_S, counts=_COUNTS)
    key = RecoveryKeyMade(recovery_key="K7MPQ-2XRTV-9HDWN-4CJGB-6ZLFS-3YKEA-8UPMD-5TQRX")
    whole = VaultVerified(checked_pages=6201, checked_files=14, damages=(), last_good_backup=None)
    usual: dict[type[Command], Event] = {
        InspectVault: inspected,
        ListBackups: BackupsListed(backups=backups()),
        ListTrash: TrashListed(items=trash()),
        PlanRestore: planned,
        MakeRecoveryKey: key,
        VerifyVault: whole,
    }
    return usual | dict(others)
