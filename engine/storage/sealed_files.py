"""Large things beside the database: each sealed under a key of its own that only the database has.

The database's own encryption wraps those keys, so a new vault key needs no file rewritten, and
deleting a row of `sealed_files` makes its file unreadable before the file itself is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO, cast

import zstandard

from engine.contract.errors import NotFoundError, VaultDamagedError
from engine.contract.ids import new_id
from engine.storage.database import Reader, Writer
from engine.storage.disk import disk_errors, new_file, private_folder, sweep_parts
from engine.storage.sealed_stream import CHUNK_BYTES, PieceReader, SealedReader, SealedWriter
from engine.storage.store import Store

# Weights and KV caches are as good as random; below this saving it is not worth the time.
_WORTH_IT_RATIO = 0.9
_LEVEL = 3
_COLUMNS = "id, kind, owner_id, key, raw_bytes, stored_bytes, digest, created_at_s"
_NAME = re.compile(r"[a-z]{1,16}_[0-9a-z]{8,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """What the database knows of one file.

    Attributes:
        owner_id: The thing it belongs to; it is erased together with that.
        digest: SHA-256 of the content.
    """

    id: str
    kind: str
    owner_id: str
    key: bytes = field(repr=False)
    raw_bytes: int
    stored_bytes: int
    digest: bytes
    created_at_s: float


class SealedFiles:
    """The folder of sealed files; without one, in a private session, they lie in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._in_memory: dict[str, bytes] = {}

    async def keep(
        self, store: Store, kind: str, owner_id: str, pieces: Iterable[bytes], now_s: float
    ) -> SealedFile:
        """The content of `pieces` is sealed on disk and its key in the database.

        Raises:
            VaultFullError: There is no room; nothing is left behind.
        """
        file = await asyncio.to_thread(self.write, kind, owner_id, pieces, now_s)
        try:
            await store.write(lambda writer: register(writer, file))
        except BaseException:
            self.unlink((file.id,))
            raise
        return file

    async def forget(self, store: Store, ids: Iterable[str]) -> None:
        """The keys are destroyed, then the files."""
        gone = tuple(ids)
        await store.write(lambda writer: unregister(writer, gone))
        await asyncio.to_thread(self.unlink, gone)

    def write(self, kind: str, owner_id: str, pieces: Iterable[bytes], now_s: float) -> SealedFile:
        """The content is on disk, sealed; nobody can read it until its key is registered."""
        id_, key, digest, raw_bytes = new_id("file"), os.urandom(32), hashlib.sha256(), 0
        source = iter(pieces)
        first = next(source, b"")
        packer = _packer(first)
        with disk_errors(), self._new(id_) as out:
            sealed = SealedWriter(out, key, {"form": "zstd" if packer else "raw"})
            piece: bytes | None = first
            while piece is not None:
                digest.update(piece)
                raw_bytes += len(piece)
                sealed.write(packer.compress(piece) if packer else piece)
                piece = next(source, None)
            if packer:
                sealed.write(packer.flush())
            sealed.finish()
            stored_bytes = out.tell()
        return SealedFile(
            id=id_,
            kind=kind,
            owner_id=owner_id,
            key=key,
            raw_bytes=raw_bytes,
            stored_bytes=stored_bytes,
            digest=digest.digest(),
            created_at_s=now_s,
        )

    def read(self, file: SealedFile) -> Iterator[bytes]:
        """The content, in pieces; that it is whole is known once the last one has come.

        Raises:
            VaultDamagedError: It is missing or not what was sealed.
        """
        digest, raw_bytes = hashlib.sha256(), 0
        with self.open(file.id) as source:
            sealed = SealedReader(source)
            sealed.unlock(file.key)
            for piece in _unpacked(sealed):
                digest.update(piece)
                raw_bytes += len(piece)
                yield piece
        if digest.digest() != file.digest or raw_bytes != file.raw_bytes:
            raise VaultDamagedError("A sealed file is not the one that was kept.")

    def open(self, id_: str) -> BinaryIO:
        """The sealed bytes themselves, as a backup takes them.

        Raises:
            VaultDamagedError: The file is missing.
        """
        if self._folder is None:
            return io.BytesIO(self._in_memory.get(id_, b""))
        with disk_errors():
            try:
                return self._path(id_).open("rb")
            except FileNotFoundError as error:
                raise missing() from error

    def paths(self) -> tuple[Path, ...]:
        """Where the files are that lie on disk."""
        if self._folder is None or not self._folder.is_dir():
            return ()
        return tuple(path for path in self._folder.iterdir() if is_name(path.name))

    def link(self, id_: str, folder: Path) -> None:
        """The sealed bytes are in `folder` too, and stay there when the file here is erased.

        Raises:
            VaultDamagedError: The file is missing.
        """
        try:
            os.link(self._path(id_), folder / id_)
        except FileNotFoundError as error:
            raise missing() from error
        except OSError:
            # Another disk, or one that knows no links.
            with self.open(id_) as source, (folder / id_).open("xb") as copy:
                shutil.copyfileobj(source, copy)

    def adopt(self, id_: str, pieces: Iterable[bytes]) -> None:
        """Bytes that are sealed already are the file `id_`; one that is there is replaced."""
        with disk_errors(), self._new(id_, may_replace=True) as out:
            for piece in pieces:
                out.write(piece)

    def unlink(self, ids: Iterable[str]) -> None:
        """The files are gone; one that was not there is no fault."""
        for id_ in ids:
            if self._folder is None:
                self._in_memory.pop(id_, None)
            else:
                with contextlib.suppress(FileNotFoundError), disk_errors():
                    self._path(id_).unlink(missing_ok=True)

    def sweep(self, reader: Reader) -> int:
        """Files without a key, left by a killed process, are gone; how many there were."""
        if self._folder is None or not self._folder.is_dir():
            return 0
        known = {id_ for (id_,) in reader.execute("SELECT id FROM sealed_files").fetchall()}
        orphans = [
            path.name
            for path in self._folder.iterdir()
            if _NAME.fullmatch(path.name) and path.name not in known
        ]
        self.unlink(orphans)
        return len(orphans) + sweep_parts(self._folder)

    @contextlib.contextmanager
    def _new(self, id_: str, *, may_replace: bool = False) -> Iterator[BinaryIO]:
        if self._folder is None:
            memory = io.BytesIO()
            yield memory
            self._in_memory[id_] = memory.getvalue()
            return
        private_folder(self._folder)
        with new_file(self._path(id_), may_replace=may_replace) as out:
            yield out

    def _path(self, id_: str) -> Path:
        if self._folder is None or not is_name(id_):
            raise VaultDamagedError("A sealed file has a name that is none.")
        return self._folder / id_


def missing() -> VaultDamagedError:
    """The database has a key for a file that is not there."""
    return VaultDamagedError("A sealed file is missing.", action="Restore the last good backup.")


def is_name(id_: str) -> bool:
    """Whether this is an identifier of ours, and so cannot lead out of the folder."""
    return _NAME.fullmatch(id_) is not None


def register(writer: Writer, file: SealedFile) -> None:
    """The file's key is kept; from now on it belongs to the vault."""
    writer.execute(
        f"INSERT OR REPLACE INTO sealed_files ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            file.id,
            file.kind,
            file.owner_id,
            file.key,
            file.raw_bytes,
            file.stored_bytes,
            file.digest,
            file.created_at_s,
        ),
    )


def unregister(writer: Writer, ids: Iterable[str]) -> None:
    """The keys are erased, so what still lies on the disk is noise."""
    for id_ in ids:
        writer.execute("DELETE FROM sealed_files WHERE id = ?", (id_,))


def find(reader: Reader, id_: str) -> SealedFile:
    """What is known of one file.

    Raises:
        NotFoundError: There is no such file.
    """
    for file in every(reader, " WHERE id = ?", (id_,)):
        return file
    raise NotFoundError("That file is not there.")


def owned_by(reader: Reader, owner_id: str) -> tuple[SealedFile, ...]:
    """The files that belong to one thing."""
    return every(reader, " WHERE owner_id = ?", (owner_id,))


def every(reader: Reader, where: str = "", values: tuple[str, ...] = ()) -> tuple[SealedFile, ...]:
    """All files that the database knows, by their identifiers."""
    rows = reader.execute(f"SELECT {_COLUMNS} FROM sealed_files{where} ORDER BY id", values)
    names = _COLUMNS.split(", ")
    return tuple(SealedFile(**dict(zip(names, row, strict=True))) for row in rows.fetchall())


def _packer(first: bytes) -> zstandard.ZstdCompressionObj | None:
    """A compressor, if a look at the beginning says that it would help."""
    sample = first[:CHUNK_BYTES]
    if len(zstandard.ZstdCompressor(level=_LEVEL).compress(sample)) > _WORTH_IT_RATIO * len(sample):
        return None
    return zstandard.ZstdCompressor(level=_LEVEL).compressobj()


def _unpacked(sealed: SealedReader) -> Iterator[bytes]:
    if sealed.header.get("form") != "zstd":
        yield from sealed.pieces()
        return
    # A reader hands out bounded pieces, whatever the ratio.
    packed = _PieceFile(PieceReader(sealed.pieces()))
    try:
        with zstandard.ZstdDecompressor().stream_reader(cast("IO[bytes]", packed)) as reader:
            while piece := reader.read(CHUNK_BYTES):
                yield piece
    except zstandard.ZstdError as error:
        raise VaultDamagedError("A sealed file is not whole.") from error


class _PieceFile:
    """Pieces behind the one method that zstandard asks of a source."""

    def __init__(self, pieces: PieceReader) -> None:
        self._pieces = pieces

    def read(self, size: int = -1) -> bytes:
        return self._pieces.some(CHUNK_BYTES if size < 0 else size)
