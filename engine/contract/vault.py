"""What a face may know of the vault, as plain values. No key and no passphrase is ever in one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class VaultState(Enum):
    """Where the vault stands; each is a screen of its own."""

    UNLOCKED = "unlocked"
    LOCKED = "locked"
    """It is there and waits for its passphrase, or was locked by hand or by idleness."""
    PRIVATE = "private"
    """There is no keychain and no passphrase, so this session is in memory and nothing is kept."""
    KEY_MISSING = "key_missing"
    """It is there, and the keychain has no key for it; the recovery key or a backup opens it."""
    KEYCHAIN_UNREADABLE = "keychain_unreadable"
    """The keychain does not answer now. Nothing was changed; trying again may do."""
    DAMAGED = "damaged"
    """The key is right and the file is not whole; the last good backup is offered."""
    NEWER = "newer"
    """A newer version of the app wrote it; it was left untouched."""
    BUSY = "busy"
    """Another process of this user has it open."""


class LockReason(Enum):
    """Why the vault was locked."""

    ASKED = "asked"
    IDLE = "idle"
    SLEEP = "sleep"
    SCREEN_LOCKED = "screen_locked"


class TrashKind(Enum):
    """What may lie in the trash."""

    CONVERSATION = "conversation"
    MESSAGE = "message"
    MEMORY = "memory"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultStatus:
    """The state and how the vault may be opened.

    Attributes:
        has_passphrase: Whether a passphrase opens it.
        has_keychain_key: Whether this machine's keychain opens it.
        has_recovery_key: Whether a recovery key was made.
        retry_after_s: Seconds until the next passphrase is tried; grows with wrong ones.
        message: One plain sentence for states that need one; empty otherwise.
    """

    state: VaultState
    has_passphrase: bool = False
    has_keychain_key: bool = False
    has_recovery_key: bool = False
    retry_after_s: float = 0.0
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What was on screen when the window was last looked at.

    Attributes:
        message_id: The topmost message in view; empty at the end.
        offset_px: How far its top is above the view's.
    """

    conversation_id: str
    message_id: str = ""
    offset_px: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageUse:
    """What one kind of thing takes.

    Attributes:
        kind: Plain plural word, such as "conversations".
        items: How many there are.
        raw_bytes: Their content as it would lie in a plain file; vectors as float32.
        stored_bytes: What their packed content takes; SQLite's own pages are not counted here.
    """

    kind: str
    items: int
    raw_bytes: int
    stored_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCard:
    """One backup.

    Attributes:
        name: File name inside the backup folder.
        reason: "daily", "by hand", "before an update" or "before a restore".
        is_verified: Whether it was opened and checked after it was written.
    """

    name: str
    made_at_s: float
    size_bytes: int
    reason: str
    is_verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreCount:
    """What a restore would do with one kind of thing.

    Attributes:
        new: Not in the vault; would be added.
        newer_in_backup: Changed later in the backup; would replace, the present one kept as past.
        newer_here: Changed later here; would be left alone.
        same: Equal.
        in_trash_here: Deleted here after the backup; would stay deleted, in the trash.
    """

    kind: str
    new: int
    newer_in_backup: int
    newer_here: int
    same: int
    in_trash_here: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TrashItem:
    """Something deleted that can come back.

    Attributes:
        title: Its first words.
        purge_at_s: When it goes for good.
    """

    id: str
    kind: TrashKind
    title: str
    deleted_at_s: float
    purge_at_s: float
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One thing that verification found.

    Attributes:
        where: "database", "full-text index", "sealed file" or "backup".
        detail: One plain sentence.
    """

    where: str
    detail: str
