"""Every error a caller may meet.

EngineError                what can go wrong through no fault of ours; plain words, one action
├── BadRequestError        an argument or a setting that cannot be used
├── ModelError
│   ├── ModelNotFoundError
│   ├── ModelNotLoadedError
│   ├── ModelDamagedError  the file is not what it says it is
│   ├── UnsupportedModelError
│   ├── NotEnoughMemoryError
│   └── PromptTooLongError
├── DownloadError
│   ├── OfflineError       no connection, or the offline switch is on
│   ├── ChecksumError      the bytes that came are not the bytes that were promised
│   └── DiskFullError
├── StorageError           the vault
│   ├── VaultLockedError   it must be unlocked first
│   ├── WrongKeyError      passphrase or recovery key do not open it
│   ├── KeyMissingError    the keychain has no key for the vault that is there
│   ├── KeychainError      the keychain does not answer
│   ├── VaultDamagedError  the key is right and the file is not whole
│   ├── VaultNewerError    a newer version of the app wrote it
│   ├── VaultBusyError     another process has it open
│   ├── VaultReadOnlyError the disk or its folder cannot be written
│   ├── VaultFullError     the disk is full
│   └── BackupError        a backup or export cannot be read or written
├── TransferError          a file of conversations cannot be read or written
├── UnreadableFileError    a file to be attached, or of questions, that cannot be read
├── NotFoundError          a conversation or a message that is not there (any more)
└── Cancelled              the user stopped it; never shown as an error

Anything else that is raised is a bug of ours.
An error's text never holds a message, a key, or a path under the user's home.
"""

from __future__ import annotations

from dataclasses import dataclass


class EngineError(Exception):
    """Something in the world stands in the way.

    Attributes:
        kind: Stable word for programs, such as "model_not_found".
        message: One plain sentence: what happened and what is safe.
        action: What the user can do about it; may be empty.
    """

    kind = "engine"

    def __init__(self, message: str, *, action: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.action = action


class BadRequestError(EngineError):
    """An argument or a setting cannot be used. Nothing was changed."""

    kind = "bad_request"


class ModelError(EngineError):
    """A model cannot do what was asked."""

    kind = "model"


class ModelNotFoundError(ModelError):
    """No model of that name or at that path."""

    kind = "model_not_found"


class ModelNotLoadedError(ModelError):
    """No model is loaded, so nothing can be answered."""

    kind = "model_not_loaded"


class ModelDamagedError(ModelError):
    """The model's files are cut short or not what they say they are."""

    kind = "model_damaged"


class UnsupportedModelError(ModelError):
    """The model's architecture or format is not one the engine can run."""

    kind = "model_unsupported"


class NotEnoughMemoryError(ModelError):
    """The model would not fit. The one that was loaded before is still loaded."""

    kind = "not_enough_memory"


class PromptTooLongError(ModelError):
    """The last message alone is longer than the model's context. Nothing was sent."""

    kind = "prompt_too_long"


class DownloadError(EngineError):
    """A download did not finish. What had come is kept and will be resumed."""

    kind = "download"


class OfflineError(DownloadError):
    """There is no connection."""

    kind = "offline"


class ChecksumError(DownloadError):
    """The bytes that came are not those that were promised. They were thrown away."""

    kind = "checksum"


class DiskFullError(DownloadError):
    """The disk is full. Nothing that was there before is lost."""

    kind = "disk_full"


class StorageError(EngineError):
    """The vault cannot do what was asked."""

    kind = "storage"


class VaultLockedError(StorageError):
    """The vault is locked. Nothing was read or written."""

    kind = "vault_locked"


class WrongKeyError(StorageError):
    """Passphrase or recovery key do not open the vault. Nothing was changed."""

    kind = "wrong_key"


class KeyMissingError(StorageError):
    """The keychain has no key for the vault that is there. No new key was made."""

    kind = "key_missing"


class KeychainError(StorageError):
    """The keychain does not answer. Nothing was changed."""

    kind = "keychain_unreadable"


class VaultDamagedError(StorageError):
    """The key is right and the file is not whole. The file was left as it is."""

    kind = "vault_damaged"


class VaultNewerError(StorageError):
    """A newer version of the app wrote the vault. It was left untouched."""

    kind = "vault_newer"


class VaultBusyError(StorageError):
    """Another process has the vault open."""

    kind = "vault_busy"


class VaultReadOnlyError(StorageError):
    """The vault's folder or disk cannot be written."""

    kind = "vault_read_only"


class VaultFullError(StorageError):
    """The disk is full. What was kept before is unharmed."""

    kind = "vault_full"


class BackupError(StorageError):
    """A backup or an export cannot be written, or is not what it says it is."""

    kind = "backup"


class TransferError(EngineError):
    """A file of conversations cannot be read or written. No conversation was changed."""

    kind = "transfer"


class UnreadableFileError(EngineError):
    """A file that was given cannot be read. It was not taken in, and nothing else changed."""

    kind = "unreadable_file"


class NotFoundError(EngineError):
    """The conversation or message is not there."""

    kind = "not_found"


class Cancelled(EngineError):
    """The user stopped it. Never shown as an error."""

    kind = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReport:
    """An error as a value, so that it can cross threads and be drawn.

    Attributes:
        kind: `EngineError.kind`, or "bug" for a fault of ours.
        message: One plain sentence.
        action: What the user can do; may be empty.
    """

    kind: str
    message: str
    action: str = ""


def report_of(error: BaseException) -> ErrorReport:
    """The report a face shows for `error`; a bug's details stay in the log, never on screen."""
    if isinstance(error, EngineError):
        return ErrorReport(kind=error.kind, message=error.message, action=error.action)
    return ErrorReport(
        kind="bug",
        message=f"Something broke inside Shvayambhu ({type(error).__name__}).",
        action="Your conversations are unharmed. Try again; the log has the details.",
    )
