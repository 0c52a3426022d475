"""What may be asked of the vault. Texts that open it are never shown in a command's repr."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.contract.commands import Command
from engine.contract.vault import LockReason


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVault(Command):
    """Open the vault, or make it if there is none. Answered by VaultOpened or VaultStatusChanged.

    Attributes:
        passphrase: Empty uses the keychain.
        recovery_key: In place of the passphrase.
        is_private_allowed: Whether a session in memory is begun where nothing else is possible.
    """

    passphrase: str = field(default="", repr=False)
    recovery_key: str = field(default="", repr=False)
    is_private_allowed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LockVault(Command):
    """Close it and drop keys, caches and vectors. Answered by VaultStatusChanged."""

    reason: LockReason = LockReason.ASKED


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectVault(Command):
    """Answered by VaultInspected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassphrase(Command):
    """Set or change the passphrase; in a private session, keep the session from now on.

    Attributes:
        old: The one that holds now; empty if there is none.
        new: Empty goes back to the keychain alone.
    """

    old: str = field(default="", repr=False)
    new: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRecoveryKey(Command):
    """A new recovery key; the one before opens nothing any more. Answered by RecoveryKeyMade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateKey(Command):
    """Encrypt the whole database under a new key. Answered by VaultProgressed, VaultKeyRotated."""

    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackUpVault(Command):
    """Make a backup now. Answered by BackupMade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBackups(Command):
    """Answered by BackupsListed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportVault(Command):
    """Write everything into one sealed file. Answered by VaultExported.

    Attributes:
        path: Must not exist yet.
        passphrase: Seals the file; at least eight characters.
    """

    path: str
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRestore(Command):
    """Say what restoring would do; nothing is changed. Answered by RestorePlanned.

    Attributes:
        path: An export's path, or a backup's name as ListBackups gave it.
        passphrase: For an export, or a backup of another vault; empty for our own backups.
        recovery_key: In place of the passphrase.
    """

    path: str
    passphrase: str = field(default="", repr=False)
    recovery_key: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyRestore(Command):
    """Do what the plan said; a backup is made first. Answered by VaultRestored."""

    plan_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyVault(Command):
    """Check every page, index, sealed file and backup. Answered by VaultVerified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactVault(Command):
    """Retrain dictionaries, archive what is old, free pages. Answered by VaultCompacted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WipeVault(Command):
    """Forget everything: the keys first, then the files. Answered by VaultWiped.

    Attributes:
        confirmation: Must be "forget everything".
        are_backups_included: Backups that this vault's keys seal are unreadable either way.
    """

    confirmation: str
    are_backups_included: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTrash(Command):
    """Answered by TrashListed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreFromTrash(Command):
    """Bring things back. Answered by TrashListed and by the things' own events."""

    item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetItems(Command):
    """Erase things for good, so that no page, index or log holds them. Answered by TrashListed.

    Attributes:
        item_ids: Things in the trash, or conversations by their identifiers.
    """

    item_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDraft(Command):
    """Remember what is typed and not sent yet; an empty text forgets it."""

    conversation_id: str
    text: str
