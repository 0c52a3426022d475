"""What has come of a file so far, kept so that a download can go on where it broke off.

Beside the wanted file lie `NAME.part`, the bytes, and `NAME.part.json`, what they belong to.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from engine.contract.errors import DiskFullError, DownloadError

# Read between two turns of the event loop: 1 MiB hashes in 0.6 ms (one Linux core with SHA
# instructions, 2026-11-23), so nothing else on the loop waits long.
_SLICE_BYTES = 1 << 20
# A disk filled to the last byte hurts the whole machine.
_RESERVE_BYTES = 64 << 20
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_OURS_TO_WRITE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR})


class Digest(Protocol):
    """The part of a hashlib object that is used here."""

    def update(self, data: bytes, /) -> None:
        """Take in more bytes."""
        ...

    def hexdigest(self) -> str:
        """The digest so far, in hexadecimal."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOrigin:
    """What the bytes of a part belong to.

    Attributes:
        url: Address they came from.
        etag: The server's own name for this version; empty if it gave none it stands by.
        sha256: Digest of the whole file, if it was known; else empty.
    """

    url: str
    etag: str = ""
    sha256: str = ""

    def can_continue(self, earlier: PartOrigin) -> bool:
        """Whether bytes asked for now may follow those that came earlier.

        A known digest finds any mixture in the end, so a mirror or an index without ETags may
        go on too; without one only the server can tell, by the ETag.
        """
        if self.sha256 or earlier.sha256:
            return self.sha256 == earlier.sha256
        return self.url == earlier.url and bool(earlier.etag)


class PartFile:
    """The open, locked part of one download."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.length = 0
        self._origin_path = target.with_name(target.name + ".part.json")
        self._descriptor = -1
        self._digest: Digest = hashlib.sha256()

    def __enter__(self) -> PartFile:
        """Open and lock it.

        Raises:
            DownloadError: Another process is writing it, or the folder takes no files.
        """
        while self._descriptor < 0:
            descriptor = self._open()
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                os.close(descriptor)
                raise DownloadError(
                    "This file is being downloaded already.",
                    action="Wait until that is done, then try again.",
                ) from error
            # Between open and lock another process may have finished and renamed the part.
            if _is_same_file(descriptor, self.path):
                self._descriptor = descriptor
            else:
                os.close(descriptor)
        self.length = os.fstat(self._descriptor).st_size
        return self

    def _open(self) -> int:
        try:
            with disk_full_in_plain_words(0, self.target.parent):
                self.target.parent.mkdir(parents=True, exist_ok=True)
                return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            if error.errno not in _NOT_OURS_TO_WRITE:
                raise
            raise DownloadError(
                "The folder for downloads cannot be written to.",
                action="Check its permissions, or choose another place with --home.",
            ) from error

    def __exit__(self, *_: object) -> None:
        # Nothing worth keeping came: leave no trace.
        if self.length == 0 and _is_same_file(self._descriptor, self.path):
            self._remove()
        os.close(self._descriptor)
        self._descriptor = -1

    def read_origin(self) -> PartOrigin | None:
        """What the bytes belong to; None if there are none or nobody knows."""
        try:
            written = json.loads(self._origin_path.read_text(encoding="utf-8"))
            origin = PartOrigin(**written)
        except (OSError, ValueError, TypeError):
            return None
        return origin if self.length else None

    def write_origin(self, origin: PartOrigin) -> None:
        """Remember what the bytes belong to."""
        with disk_full_in_plain_words(0, self.target.parent):
            self._origin_path.write_text(json.dumps(asdict(origin)), encoding="utf-8")

    def start_over(self) -> None:
        """Throw away what has come."""
        os.ftruncate(self._descriptor, 0)
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self.length = 0
        self._digest = hashlib.sha256()
        self._origin_path.unlink(missing_ok=True)

    async def hash_kept_bytes(self) -> None:
        """Take what is on disk into the digest, and stand at its end."""
        self._digest = hashlib.sha256()
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        self.length = 0
        while block := os.read(self._descriptor, _SLICE_BYTES):
            self._digest.update(block)
            self.length += len(block)
            await asyncio.sleep(0)

    def append(self, chunk: bytes, *, total_bytes: int) -> None:
        """Write what came.

        Raises:
            DiskFullError: There is no room; what fitted is kept.
        """
        view = memoryview(chunk)
        with disk_full_in_plain_words(total_bytes - self.length, self.target.parent):
            while view:
                written = os.write(self._descriptor, view)
                self._digest.update(bytes(view[:written]))
                self.length += written
                view = view[written:]

    def sha256(self) -> str:
        """Digest of all that has come."""
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Remove the part and what is known of it."""
        self.start_over()
        self._remove()

    async def finish(self) -> None:
        """Put the whole file in its place: on disk first, then under its name, in one step."""
        # May take seconds on a slow disk, so not on the event loop.
        with disk_full_in_plain_words(0, self.target.parent):
            await asyncio.to_thread(os.fsync, self._descriptor)
        os.replace(self.path, self.target)
        self._origin_path.unlink(missing_ok=True)
        sync_folder(self.target.parent)

    def _remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self._origin_path.unlink(missing_ok=True)


def _is_same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def hash_file(path: Path, digest: Digest) -> str:
    """Hexadecimal digest of a file, without holding up the event loop.

    Args:
        path: The file.
        digest: A new hashlib object; it may have taken in a prefix already.
    """
    with path.open("rb") as file:
        while block := file.read(_SLICE_BYTES):
            digest.update(block)
            await asyncio.sleep(0)
    return digest.hexdigest()


def refuse_if_disk_full(folder: Path, needed_bytes: int) -> None:
    """Return if `needed_bytes` fit on the disk of `folder` with a little to spare.

    Raises:
        DiskFullError: They do not; the message has both numbers.
    """
    if needed_bytes and _free_bytes(folder) < needed_bytes + _RESERVE_BYTES:
        raise _disk_full(needed_bytes, folder)


@contextlib.contextmanager
def disk_full_in_plain_words(needed_bytes: int, folder: Path) -> Iterator[None]:
    """Turn the system's "no space" into a DiskFullError with the numbers."""
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK_FULL:
            raise
        if error.errno == errno.EFBIG:
            raise DiskFullError(
                "The disk takes no file of this length.",
                action="Choose another disk with --home; what had come is kept.",
            ) from error
        raise _disk_full(needed_bytes, folder) from error


def _disk_full(needed_bytes: int, folder: Path) -> DiskFullError:
    needs = f"{_in_words(needed_bytes)} more are needed and " if needed_bytes > 0 else ""
    return DiskFullError(
        f"The disk is full: {needs}{_in_words(_free_bytes(folder))} are free.",
        action="Free some space, then try again; what had come is kept.",
    )


def _free_bytes(folder: Path) -> int:
    """Room on the disk that `folder` is on, or will be on once it is made."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def _in_words(size_bytes: int) -> str:
    """Decimal units, as macOS shows them."""
    if size_bytes >= 10**9:
        return f"{size_bytes / 10**9:.1f} GB"
    return f"{size_bytes / 10**6:.0f} MB"
