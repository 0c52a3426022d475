"""What lies inside a sealed backup: a manifest, the database, and the sealed files, one by one.

Every entry is a length and a name, a length and the content; an empty name ends it. The database
is under a key made for this one backup, and that key is in the manifest: whoever opens the backup
has it, and it opens nothing else.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.contract.errors import VaultDamagedError
from engine.storage.sealed_stream import CHUNK_BYTES, PieceReader, SealedReader, SealedWriter

MANIFEST, DATABASE, SEALED = "manifest", "database", "sealed/"

_NAME_LENGTH = struct.Struct(">H")
_SIZE = struct.Struct(">Q")
_NAME = re.compile(r"database|sealed/[a-z]{1,16}_[0-9a-z]{8,40}")
# Numbers and one key; a longer manifest is none of ours.
_LONGEST_MANIFEST_BYTES = 64 * 1024
_DAMAGED = "The backup is not whole."


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the backup is of.

    Attributes:
        database_key: Hexadecimal digits; the key of the database inside.
        schema: Its `user_version`.
        sealed_files: How many follow.
    """

    database_key: str = field(repr=False)
    schema: int
    made_at_s: float
    sealed_files: int


class ArchiveWriter:
    """Puts entries into a sealed stream, in the order in which they are read back."""

    def __init__(self, sealed: SealedWriter, manifest: Manifest) -> None:
        self._sealed = sealed
        text = json.dumps(asdict(manifest)).encode()
        self._begin(MANIFEST, len(text))
        sealed.write(text)

    def add(self, name: str, size: int, pieces: Iterable[bytes]) -> None:
        """One entry; `pieces` must be `size` bytes together.

        Raises:
            VaultDamagedError: They are not, so something else writes to that file.
        """
        self._begin(name, size)
        missing = size
        for piece in pieces:
            self._sealed.write(piece)
            missing -= len(piece)
        if missing:
            raise VaultDamagedError("A file changed while it was backed up.")

    def finish(self) -> None:
        """The archive has its end."""
        self._sealed.write(_NAME_LENGTH.pack(0))
        self._sealed.finish()

    def _begin(self, name: str, size: int) -> None:
        raw = name.encode()
        self._sealed.write(_NAME_LENGTH.pack(len(raw)) + raw + _SIZE.pack(size))


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the archive; its pieces must be read before the next entry is asked for."""

    name: str
    size: int
    pieces: Iterator[bytes]


class ArchiveReader:
    """Reads what ArchiveWriter wrote, one piece at a time; whatever the bytes, memory is bounded.

    Attributes:
        manifest: What the backup is of.
    """

    def __init__(self, sealed: SealedReader) -> None:
        """Reads the manifest.

        Raises:
            VaultDamagedError: These are no entries of ours.
        """
        self._source = PieceReader(sealed.pieces())
        name, size = self._head()
        if name != MANIFEST or size > _LONGEST_MANIFEST_BYTES:
            raise VaultDamagedError(_DAMAGED)
        self.manifest = _manifest(self._source.take(size))

    def entries(self) -> Iterator[Entry]:
        """The database first, then each sealed file; at the end all of it was there.

        Raises:
            VaultDamagedError: Something is missing, twice there, or too much.
        """
        seen: set[str] = set()
        while True:
            name, size = self._head()
            if not name:
                break
            # The database comes first, and nothing comes twice.
            if not _NAME.fullmatch(name) or name in seen or (name == DATABASE) == bool(seen):
                raise VaultDamagedError(_DAMAGED)
            seen.add(name)
            pieces = self._pieces(size)
            yield Entry(name, size, pieces)
            for _ in pieces:
                pass
        if self._source.some(1) or len(seen) != self.manifest.sealed_files + 1:
            raise VaultDamagedError(_DAMAGED)

    def _head(self) -> tuple[str, int]:
        (length,) = _NAME_LENGTH.unpack(self._exactly(_NAME_LENGTH.size))
        if not length:
            return "", 0
        name = self._exactly(length).decode("ascii", "replace")
        (size,) = _SIZE.unpack(self._exactly(_SIZE.size))
        return name, size

    def _pieces(self, size: int) -> Iterator[bytes]:
        missing = size
        while missing:
            piece = self._source.some(min(missing, CHUNK_BYTES))
            if not piece:
                raise VaultDamagedError(_DAMAGED)
            missing -= len(piece)
            yield piece

    def _exactly(self, count: int) -> bytes:
        taken = self._source.take(count)
        if len(taken) != count:
            raise VaultDamagedError(_DAMAGED)
        return taken


def _manifest(text: bytes) -> Manifest:
    try:
        said: Any = json.loads(text)
        key, files, schema = said["database_key"], said["sealed_files"], said["schema"]
        if not (isinstance(key, str) and len(bytes.fromhex(key)) == 32 and len(key) == 64):
            raise ValueError("not a key")
        if not (isinstance(files, int) and isinstance(schema, int) and files >= 0):
            raise ValueError("not a number")
        made_at_s = float(said["made_at_s"])
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise VaultDamagedError(_DAMAGED) from error
    return Manifest(database_key=key, schema=schema, made_at_s=made_at_s, sealed_files=files)
