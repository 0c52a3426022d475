"""One copy of a whole vault in one sealed file, made while it is in use, and read back."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from engine.contract.errors import BackupError, VaultDamagedError, VaultFullError
from engine.storage import backup_archive as archive
from engine.storage.backup_archive import ArchiveReader, ArchiveWriter, Manifest
from engine.storage.database import Reader, connect, open_keyed
from engine.storage.disk import disk_errors, free_bytes, new_file, private_folder, sweep_parts
from engine.storage.keys import Secret
from engine.storage.long_work import LongWork
from engine.storage.sealed_files import SealedFiles, every
from engine.storage.sealed_stream import CHUNK_BYTES, SealedReader, SealedWriter
from engine.storage.sql_errors import in_plain_words

_STAGE = ".stage-"
# Pages between two looks at the stop sign: 4 MB, some 40 ms.
_PAGES_AT_ONCE = 1000
# A little more than the sealed copy needs, for the other things on the disk.
_SPARE_BYTES = 4 << 20
_DATABASE = "vault.db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A vault that is to be copied.

    Attributes:
        database: Its file.
        key: Of the database.
        files: Its sealed files.
        scratch: A folder of the vault's own, for what is copied and not sealed yet; the copy of
            the database is encrypted there too.
    """

    database: Path
    key: Secret = field(repr=False)
    files: SealedFiles
    scratch: Path


def write_sealed(
    source: Source,
    target: Path,
    key: bytes | bytearray,
    header: dict[str, Any],
    now_s: float,
    work: LongWork,
) -> int:
    """`target` is a sealed copy of the vault, which was opened again and checked; its size.

    Args:
        source: The vault; it may be in use.
        target: Where the copy goes; nothing may be there.
        key: Seals the copy.
        header: What is readable without the key.
        now_s: The time that is written into it.
        work: Told how far it is.

    Raises:
        VaultFullError: There is no room. Nothing is left behind.
        VaultDamagedError: The vault itself is not whole, so no copy of it is kept.
        BackupError: The place cannot be used.
        Cancelled: It was stopped.
    """
    with disk_errors("The backup cannot be written there.", BackupError):
        if os.path.lexists(target):
            raise BackupError("There is a file of that name already.", action="Choose another.")
        _check_room(source, target)
        with staged(source.scratch) as stage:
            copy_key = Secret.random()
            try:
                _copy_database(source, stage / _DATABASE, copy_key, work.part(0.0, 0.4))
                names = _link_files(source, stage, copy_key)
                with new_file(target) as out:
                    sealed = SealedWriter(out, key, header)
                    _fill(sealed, stage, names, copy_key, now_s, work.part(0.4, 0.7))
                    size = out.tell()
                    (stage / _DATABASE).unlink()
                    out.flush()
                    out.seek(0)
                    # Only what was read back gets its name.
                    _prove(out, key, stage, work.part(0.7, 1.0))
            finally:
                copy_key.wipe()
    return size


def _check_room(source: Source, target: Path) -> None:
    database = sum(
        path.stat().st_size
        for path in (source.database, source.database.with_name(source.database.name + "-wal"))
        if path.exists()
    )
    sealed = sum(path.stat().st_size for path in source.files.paths())
    needed = {source.scratch: database, target.parent: database + sealed}
    if source.scratch.exists() and target.parent.exists():
        if source.scratch.stat().st_dev == target.parent.stat().st_dev:
            needed = {target.parent: 2 * database + sealed}
        for folder, count in needed.items():
            if free_bytes(folder) < count + _SPARE_BYTES:
                raise VaultFullError(
                    "There is not enough room for a backup. What was kept before is unharmed.",
                    action="Make room on the disk, then try again.",
                )


def _copy_database(source: Source, target: Path, key: Secret, work: LongWork) -> None:
    """One moment of the database, page by page, under `key`; writers go on meanwhile."""
    stage = "Copying"

    def tell(_status: int, remaining: int, total: int) -> None:
        work.step(stage, 0.8 * (1 - remaining / max(total, 1)))

    with in_plain_words(target.parent):
        live = connect(source.database, source.key, is_read_only=True)
        try:
            # One snapshot for all steps; without it every write would start the copy anew.
            live.execute("BEGIN")
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()
            copy = open_keyed(target, key, may_create=True)
            try:
                live.backup(copy, pages=_PAGES_AT_ONCE, progress=tell)
            finally:
                copy.close()
        finally:
            live.close()
    os.chmod(target, 0o600)
    check_database(target, key)
    work.step(stage, 1.0)


def check_database(path: Path, key: Secret) -> int:
    """Every page and every index is whole; the number of pages.

    Raises:
        VaultDamagedError: They are not.
    """
    with in_plain_words(path.parent):
        connection = open_keyed(path, key)
        try:
            # One file from here on: a copy has no log beside it.
            connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            bad_pages = connection.execute("PRAGMA cipher_integrity_check").fetchmany(1)
            bad_rows = connection.execute("PRAGMA integrity_check(1)").fetchall()
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
        finally:
            connection.close()
    if bad_pages or bad_rows != [("ok",)]:
        raise VaultDamagedError(
            "The vault's database is damaged, so it was not backed up.",
            action="Verify the vault; restore the last good backup.",
        )
    return int(pages)


def _link_files(source: Source, stage: Path, key: Secret) -> list[str]:
    """The sealed files of that same moment, so that one that is erased now is not missing."""
    folder = private_folder(stage / "sealed")
    names: list[str] = []
    with in_plain_words(stage):
        copy = open_keyed(stage / _DATABASE, key)
        try:
            copy.execute("PRAGMA secure_delete = ON")
            for file in every(Reader(copy)):
                try:
                    source.files.link(file.id, folder)
                    names.append(file.id)
                except VaultDamagedError:
                    # Erased since then, or lost before: a key without a file helps nobody.
                    copy.execute("DELETE FROM sealed_files WHERE id = ?", (file.id,))
        finally:
            copy.close()
    return names


def _fill(
    sealed: SealedWriter, stage: Path, names: list[str], key: Secret, now_s: float, work: LongWork
) -> None:
    with in_plain_words(stage):
        copy = open_keyed(stage / _DATABASE, key)
        try:
            (schema,) = copy.execute("PRAGMA user_version").fetchone()
        finally:
            copy.close()
    manifest = Manifest(
        database_key=key.raw.hex(), schema=schema, made_at_s=now_s, sealed_files=len(names)
    )
    writer = ArchiveWriter(sealed, manifest)
    paths = [(archive.DATABASE, stage / _DATABASE)]
    paths += [(archive.SEALED + name, stage / "sealed" / name) for name in names]
    total = sum(path.stat().st_size for _, path in paths) or 1
    done = 0

    def pieces(file: BinaryIO) -> Iterator[bytes]:
        nonlocal done
        while piece := file.read(CHUNK_BYTES):
            done += len(piece)
            work.step("Sealing", done / total)
            yield piece

    for name, path in paths:
        with path.open("rb") as file:
            writer.add(name, path.stat().st_size, pieces(file))
    writer.finish()


def _prove(sealed: BinaryIO, key: bytes | bytearray, stage: Path, work: LongWork) -> None:
    """What was written opens and is whole.

    Raises:
        BackupError: It is not; the disk may be failing.
    """
    try:
        opened = unpack(sealed, key, stage / "proof", work, are_files_kept=False)
        check_database(opened.database, opened.key)
        opened.key.wipe()
    except VaultDamagedError as error:
        raise BackupError(
            "The backup was not whole when it was read back, so it was not kept.",
            action="Look after this disk, and try another.",
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """A backup's content in a folder of the vault's own.

    Attributes:
        database: Encrypted, under `key`.
        files: Its sealed files, still sealed.
    """

    folder: Path
    database: Path
    key: Secret = field(repr=False)
    manifest: Manifest
    files: SealedFiles


def unpack(
    sealed: BinaryIO,
    key: bytes | bytearray,
    folder: Path,
    work: LongWork,
    *,
    are_files_kept: bool = True,
) -> Unpacked:
    """The content of a sealed backup lies in `folder`, as encrypted as it was in the vault.

    Raises:
        VaultDamagedError: The backup is not whole.
        WrongKeyError: Another key sealed it.
        VaultFullError: There is no room for it.
    """
    total = max(sealed.seek(0, os.SEEK_END), 1)
    sealed.seek(0)
    stream = SealedReader(sealed)
    stream.unlock(key)
    reader = ArchiveReader(stream)
    private_folder(folder)
    files = SealedFiles(private_folder(folder / "sealed"))
    has_database = False
    for entry in reader.entries():
        # A length that lies must not fill the disk: no entry is larger than the file it is in.
        if entry.size > total or entry.size > free_bytes(folder):
            raise VaultFullError("There is not enough room to open the backup.")
        pieces = _told(entry.pieces, sealed, total, work)
        if entry.name == archive.DATABASE:
            has_database = True
            with new_file(folder / _DATABASE) as out:
                for piece in pieces:
                    out.write(piece)
        elif are_files_kept:
            files.adopt(entry.name.removeprefix(archive.SEALED), pieces)
        else:
            for _ in pieces:
                pass
    if not has_database:
        raise VaultDamagedError("The backup is not whole.")
    return Unpacked(
        folder=folder,
        database=folder / _DATABASE,
        key=Secret(bytes.fromhex(reader.manifest.database_key)),
        manifest=reader.manifest,
        files=files,
    )


def _told(pieces: Iterator[bytes], sealed: BinaryIO, total: int, work: LongWork) -> Iterator[bytes]:
    for piece in pieces:
        work.step("Reading it back", sealed.tell() / total)
        yield piece


@contextlib.contextmanager
def staged(scratch: Path) -> Iterator[Path]:
    """A folder for things on their way, gone afterwards."""
    stage = private_folder(scratch) / f"{_STAGE}{os.urandom(6).hex()}"
    stage.mkdir(mode=0o700)
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def sweep(scratch: Path) -> None:
    """What a killed process left half made in `scratch` is gone."""
    if scratch.is_dir():
        for stage in scratch.glob(f"{_STAGE}*"):
            shutil.rmtree(stage, ignore_errors=True)
        sweep_parts(scratch)
