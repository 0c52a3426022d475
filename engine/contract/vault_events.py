"""What the vault reports."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.contract.events import Event
from engine.contract.vault import (
    BackupCard,
    Damage,
    LockReason,
    Place,
    RestoreCount,
    StorageUse,
    TrashItem,
    VaultStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultStatusChanged(Event):
    """The vault stands differently now. Faces clear what they show unless it is open or private.

    Attributes:
        reason: Why it was locked, if it was.
    """

    status: VaultStatus
    reason: LockReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultOpened(Event):
    """It is open, or a private session began; conversations and settings follow on request.

    Attributes:
        is_new: Whether it was made just now.
        open_ms: From the command to the open database.
        drafts: What was typed and not sent, by conversation.
        place: What was on screen last; None if nothing was.
    """

    status: VaultStatus
    is_new: bool
    open_ms: float
    drafts: tuple[tuple[str, str], ...] = ()
    place: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultProgressed(Event):
    """Long work on the vault goes on.

    Attributes:
        stage: Plain words, such as "Encrypting under the new key".
        share_ratio: From 0 to 1.
    """

    stage: str
    share_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultInspected(Event):
    """What the vault holds and takes.

    Attributes:
        database_bytes: Size on disk, write-ahead log included.
        dictionaries: Compression dictionaries trained so far.
        last_verified_at_s: None if it never was.
    """

    status: VaultStatus
    uses: tuple[StorageUse, ...]
    database_bytes: int
    sealed_bytes: int
    backup_bytes: int
    free_disk_bytes: int
    dictionaries: int
    last_verified_at_s: float | None
    last_backup_at_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryKeyMade(Event):
    """The key, to be printed or written down; it is shown once and kept nowhere."""

    recovery_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultKeyRotated(Event):
    """Everything is under a new key; backups made before still open under their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupMade(Event):
    """A backup was written, opened again and checked."""

    backup: BackupCard


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupsListed(Event):
    """All backups, latest first."""

    backups: tuple[BackupCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultExported(Event):
    """The export is complete and was opened again to check it."""

    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlanned(Event):
    """What ApplyRestore would do; holds until the vault is locked."""

    plan_id: str
    made_at_s: float
    counts: tuple[RestoreCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultRestored(Event):
    """The plan was carried out."""

    counts: tuple[RestoreCount, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultVerified(Event):
    """Everything was checked.

    Attributes:
        damages: Empty means whole.
        last_good_backup: The latest backup that opens; offered if something is damaged.
    """

    checked_pages: int
    checked_files: int
    damages: tuple[Damage, ...]
    last_good_backup: BackupCard | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultCompacted(Event):
    """Space was given back."""

    before_bytes: int
    after_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultWiped(Event):
    """Nothing is left: keys first, then files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashListed(Event):
    """What lies in the trash, latest first."""

    items: tuple[TrashItem, ...]
