"""SQLCipher's errors in the words of the contract; the one place that knows both."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from sqlcipher3 import dbapi2 as sql  # type: ignore[import-untyped]

from engine.contract.errors import (
    StorageError,
    VaultBusyError,
    VaultDamagedError,
    VaultFullError,
    VaultLockedError,
    VaultReadOnlyError,
)
from engine.storage.disk import disk_errors

# Result codes of SQLite, https://www.sqlite.org/rescode.html
_BUSY, _LOCKED, _READ_ONLY, _IO_ERROR = 5, 6, 8, 10
_CORRUPT, _FULL, _CANNOT_OPEN, _NOT_A_DATABASE = 11, 13, 14, 26
# How much is tried to be written, to tell a full disk from a failing one.
_TRIED_BYTES = 256 << 10


def damaged() -> VaultDamagedError:
    """The database is not whole although its key is right."""
    return VaultDamagedError(
        "The vault's database is damaged. It was left as it is.",
        action="Restore the last good backup.",
    )


def locked() -> VaultLockedError:
    """Nothing can be read or written now."""
    return VaultLockedError("The vault is locked.", action="Unlock it first.")


def translated(error: sql.Error, folder: Path | None = None) -> StorageError | None:
    """The error a user can act on; None if the fault is ours, such as a statement with a typo.

    Args:
        error: What SQLCipher gave.
        folder: Where the database lies; SQLite calls a quota that is used up, or a file that may
            grow no more, a failing disk, so that is looked into there.
    """
    kind = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if kind in (_CORRUPT, _NOT_A_DATABASE):
        return damaged()
    if kind == _FULL:
        return _full()
    if kind == _IO_ERROR:
        return unfinished(folder)
    if kind in (_BUSY, _LOCKED):
        return VaultBusyError(
            "Another program holds the vault's database.",
            action="Close the other one, then try again.",
        )
    if kind in (_READ_ONLY, _CANNOT_OPEN):
        return VaultReadOnlyError(
            "The vault's folder or disk cannot be written.",
            action="Mend its permissions, then try again.",
        )
    return None


def unfinished(folder: Path | None) -> StorageError:
    """Something could not be written: for lack of room, or because the disk fails."""
    if folder is not None and _is_full(folder):
        return _full()
    return StorageError(
        "The disk failed to read or to write. What was kept before was left as it is.",
        action="Try again; if it stays so, restore the last good backup on another disk.",
    )


def _full() -> VaultFullError:
    return VaultFullError(
        "The disk is full. What was kept before is unharmed.",
        action="Make room on the disk, then try again.",
    )


def _is_full(folder: Path) -> bool:
    try:
        with disk_errors(), tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(_TRIED_BYTES))
            file.flush()
            # A limit on the length of a file is met only where the vault's own files end; what
            # lies before that place is a hole and takes no room.
            file.seek(max(path.stat().st_size for path in folder.iterdir() if path.is_file()))
            file.write(bytes(1))
            file.flush()
            os.fsync(file.fileno())
    except StorageError as error:
        return isinstance(error, VaultFullError)
    return False


@contextlib.contextmanager
def in_plain_words(folder: Path | None = None) -> Iterator[None]:
    """An error of SQLCipher inside becomes one of the contract.

    Raises:
        StorageError: One of its kinds.
    """
    try:
        yield
    except sql.Error as error:
        plain = translated(error, folder)
        if plain is None:
            raise
        raise plain from error
