"""Forgetting everything: the keys first, for without them the rest is noise; then the files."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.storage.disk import disk_errors, sync_folder
from engine.storage.envelope import FILE_NAME as KEYS_NAME
from engine.storage.envelope import destroy_envelope

BACKUPS = "backups"
_MARK = "vault.wiping"
_WITH_BACKUPS = b"with backups"
# What this room makes in its folder; a folder that holds more is not emptied of it.
_OURS = ("vault.db*", ".vault.*", ".stage-*", ".*.part", "sealed", "scratch")


def is_wipe_due(folder: Path) -> bool:
    """Whether a wipe was cut short."""
    return (folder / _MARK).exists()


def begin_wipe(folder: Path, *, are_backups_included: bool) -> None:
    """From here on the vault is to be wiped: a kill leaves a mark, and the next start ends it.

    Raises:
        StorageError: The mark cannot be written.
    """
    with disk_errors():
        (folder / _MARK).write_bytes(_WITH_BACKUPS if are_backups_included else b"")
        sync_folder(folder)


def end_wipe(folder: Path) -> None:
    """Nothing of the vault is in `folder`, except its lock, and its backups if they may stay.

    Raises:
        StorageError: Something could not be removed; the keys are gone already.
    """
    destroy_envelope(folder / KEYS_NAME)
    with disk_errors():
        sync_folder(folder)
        mark = folder / _MARK
        backups = (BACKUPS,) if mark.read_bytes() == _WITH_BACKUPS else ()
        for pattern in (*_OURS, *backups):
            for path in folder.glob(pattern):
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink(missing_ok=True)
        mark.unlink()
        sync_folder(folder)
