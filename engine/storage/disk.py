"""Files of the vault's folder: written whole or not at all, for their owner only."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.contract.errors import StorageError, VaultFullError, VaultReadOnlyError

DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextlib.contextmanager
def disk_errors(
    message: str = "The vault's folder cannot be used.", kind: type[StorageError] = StorageError
) -> Iterator[None]:
    """What the disk refuses inside becomes an error that a user can act on.

    Args:
        message: The sentence for anything but a full or read-only disk.
        kind: Its class.

    Raises:
        VaultFullError: The disk is full.
        VaultReadOnlyError: It cannot be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise VaultFullError(
                "The disk is full. What was kept before is unharmed.",
                action="Make room on the disk, then try again.",
            ) from error
        if error.errno in _READ_ONLY:
            raise VaultReadOnlyError(
                "The folder or its disk cannot be written.", action="Mend its permissions."
            ) from error
        raise kind(message) from error


@contextlib.contextmanager
def new_file(path: Path, *, may_replace: bool = False) -> Iterator[BinaryIO]:
    """A file to be filled, which is at `path` only once all of it lies on the disk.

    Raises:
        OSError: It cannot be written, or is there already. Nothing is left behind.
    """
    part = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if may_replace:
            os.replace(part, path)
        else:
            # A link fails where a file is; a rename would replace it.
            try:
                os.link(part, path)
            except OSError as error:
                if error.errno in (errno.EEXIST, errno.ENOSPC):
                    raise
                # Some network and FAT disks know no links.
                if os.path.lexists(path):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from error
                os.replace(part, path)
        sync_folder(path.parent)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def sweep_parts(folder: Path) -> int:
    """What a killed process left half written in `folder` is gone; how many files that were."""
    parts = list(folder.glob(".*.part")) if folder.is_dir() else []
    for part in parts:
        with contextlib.suppress(OSError):
            part.unlink()
    return len(parts)


def private_folder(folder: Path) -> Path:
    """The folder is there, for its owner only.

    Raises:
        OSError: It cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def sync_folder(folder: Path) -> None:
    """New names in `folder` outlast a loss of power."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Some network disks cannot do that for a folder; the file itself is on the disk.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_bytes(folder: Path) -> int:
    """What this user may still write on the disk of `folder`."""
    return shutil.disk_usage(folder).free
