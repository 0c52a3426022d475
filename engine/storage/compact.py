"""Gives space back: better dictionaries, old texts together in archives, free pages to the disk.

Each step is a handful of short transactions, so the vault can be used meanwhile, and stopping
between two of them loses nothing.

Runs on: io; training and packing on threads of their own, rows on the store's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import psutil  # type: ignore[import-untyped]

from engine.contract.errors import VaultFullError
from engine.storage import dictionaries
from engine.storage.backup import DATABASE, OpenVault
from engine.storage.codec import Codec
from engine.storage.cold_texts import COLD_KINDS, archive_cold
from engine.storage.database import Reader, Writer
from engine.storage.dictionaries import Dictionary, Sample
from engine.storage.disk import free_bytes
from engine.storage.erasure import INDEXES
from engine.storage.long_work import LongWork, Progress, conduct, tell_nobody

_log = logging.getLogger(__name__)

_ROWS = 200
# A file with less to give back is left alone: rewriting it costs more than the space is worth.
_LEAST_FREE_RATIO = 0.03
# Pages of a full-text index that one transaction writes, some 30 ms.
_MERGED_PAGES = 500
# VACUUM builds the whole file anew, in memory: sorting to disk would be in the clear. So much may
# be taken for it in any case, and of the memory that is free so large a part.
_LEAST_VACUUM_BYTES, _VACUUM_MEMORY_RATIO = 512 << 20, 0.25
# Samples enough for the largest dictionary; see dictionaries.py.
_MOST_SAMPLES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packed:
    """A column of texts of one kind.

    Attributes:
        kind: What the codec packs it as.
        owner: Expression for what a user would forget as one thing.
    """

    kind: str
    table: str
    column: str
    owner: str


_COLUMNS = (
    _Packed(kind="message", table="messages", column="text", owner="conversation"),
    _Packed(kind="reasoning", table="messages", column="reasoning", owner="conversation"),
    _Packed(kind="memory", table="memories", column="text", owner="id"),
    _Packed(kind="text_unit", table="text_units", column="text", owner="document"),
    _Packed(kind="record", table="records", column="body", owner="coalesce(parent_id, id)"),
)
# Columns whose blobs may need an old dictionary; none is removed that one of them needs.
_ALL_BLOBS = (
    ("conversations", "title"),
    ("conversations", "system_prompt"),
    ("conversations", "sampling"),
    ("messages", "text"),
    ("messages", "reasoning"),
    ("messages", "stats"),
    ("messages", "attachments"),
    ("past", "body"),
    ("drafts", "text"),
    ("settings", "value"),
    ("memories", "text"),
    ("memories", "body"),
    ("documents", "title"),
    ("documents", "source"),
    ("documents", "body"),
    ("text_units", "text"),
    ("traces", "body"),
    ("directions", "body"),
    ("directions", "vector"),
    ("records", "body"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compacted:
    """What came of it.

    Attributes:
        before_bytes: Size on disk, the log included.
        trained: Dictionaries that paid for themselves.
        archived: Texts that were put into archives.
    """

    before_bytes: int
    after_bytes: int
    trained: int
    archived: int


class Compaction:
    """Compacts one open vault."""

    def __init__(self, vault: OpenVault, clock: Callable[[], float] = time.time) -> None:
        self._vault = vault
        self._now_s = clock
        self._saved_bytes = 0

    async def run(self, progress: Progress = tell_nobody) -> Compacted:
        """All that pays is done.

        Raises:
            VaultFullError: There is no room to work in. Nothing is lost.
        """
        before = await self.size()
        trained = 0
        for number, column in enumerate(_COLUMNS):
            progress("Training dictionaries", 0.3 * number / len(_COLUMNS))
            trained += await self.train(column.kind)
        for number, column in enumerate(_COLUMNS):
            progress("Packing texts anew", 0.3 + 0.3 * number / len(_COLUMNS))
            if self._vault.codec.dictionaries.newest(column.kind) is not None:
                await self._repack(column)
        await self._drop_unneeded()
        progress("Archiving what is old", 0.6)
        archived = await self.archive()
        progress("Merging what search reads", 0.75)
        await self._merge_indexes()
        progress("Freeing space", 0.8)
        await self.free_pages()
        progress("Freeing space", 1.0)
        after = await self.size()
        return Compacted(before_bytes=before, after_bytes=after, trained=trained, archived=archived)

    async def size(self) -> int:
        """What the database takes on disk, its log included."""
        folder = self._vault.folder
        if folder is None or self._vault.store.is_in_memory:
            return await self._vault.store.read(_pages_bytes)
        paths = (folder / DATABASE, folder / f"{DATABASE}-wal")
        return sum(path.stat().st_size for path in paths if path.exists())

    async def train(self, kind: str) -> bool:
        """Whether a new dictionary for this kind pays for itself; then it is in use."""
        column = next(column for column in _COLUMNS if column.kind == kind)
        codec = self._vault.codec
        samples, raw_bytes = await self._vault.store.read(
            lambda reader: _samples(reader, codec, column)
        )
        if not dictionaries.is_enough(len(samples), raw_bytes):
            return False
        now_s = self._now_s()

        def work(_work: LongWork) -> Dictionary | None:
            return dictionaries.train(
                kind, samples, codec.dictionaries, raw_bytes=raw_bytes, now_s=now_s
            )

        trained = await conduct(work)
        if trained is None:
            return False
        await self._vault.store.write(lambda writer: dictionaries.save(writer, trained))
        codec.dictionaries.add(trained)
        return True

    async def _repack(self, column: _Packed) -> None:
        """Every text of the column is as small as today's dictionary makes it."""
        codec = self._vault.codec
        after: int | None = 0
        while after is not None:
            after, saved = await self._vault.store.write(
                partial(_repack_some, codec=codec, column=column, after=after)
            )
            self._saved_bytes += saved

    async def _drop_unneeded(self) -> None:
        """Dictionaries that no row needs are gone; the newest of a kind stays."""
        codec = self._vault.codec
        needed = await self._vault.store.read(lambda reader: _needed(reader, codec))
        everything = await self._vault.store.read(dictionaries.load)
        for dictionary in everything:
            newest = codec.dictionaries.newest(dictionary.kind)
            if dictionary.id not in needed and newest is not None and newest.id != dictionary.id:
                await self._vault.store.write(partial(dictionaries.remove, number=dictionary.id))

    async def archive(self) -> int:
        """Texts that lie still for long are in archives; how many went there."""
        count = 0
        for kind in COLD_KINDS:
            done = await archive_cold(self._vault, kind, self._now_s)
            count += done.texts
            self._saved_bytes += done.saved_bytes
        return count

    async def _merge_indexes(self) -> None:
        """Each full-text index is in as few parts as it can be, which is also its smallest."""
        for index in INDEXES:
            # The first, with a minus, starts a merge of everything; the others go on with it.
            pages = -_MERGED_PAGES
            while await self._vault.store.write(partial(_merge_some, index=index, pages=pages)):
                pages = _MERGED_PAGES

    async def free_pages(self) -> None:
        """Pages that nothing uses are given back to the disk, if that is worth the writing.

        Raises:
            VaultFullError: There is no room to write the file anew.
        """
        store, folder = self._vault.store, self._vault.folder
        await store.checkpoint()
        if folder is None or store.is_in_memory:
            return
        free, pages, size = await store.read(_free_pages)
        # What became smaller leaves gaps in pages that are in use; only rewriting closes them.
        if free * size + self._saved_bytes < _LEAST_FREE_RATIO * pages * size:
            return
        whole = (pages - free) * size
        if whole > _most_vacuum_bytes():
            # What is free is used again by what comes; only the file stays as large as it is.
            _log.info("the vault is not rewritten: its %d MB do not fit in memory", whole >> 20)
            return
        # The log takes the new pages before the file does.
        if free_bytes(folder) < 2 * whole:
            raise VaultFullError(
                "There is not enough room to compact the vault. Nothing was changed.",
                action="Make room on the disk, then try again.",
            )
        await store.maintain(lambda writer: writer.execute("VACUUM").fetchall())
        await store.checkpoint()
        self._saved_bytes = 0


def _most_vacuum_bytes() -> int:
    available = int(psutil.virtual_memory().available)
    return max(_LEAST_VACUUM_BYTES, int(_VACUUM_MEMORY_RATIO * available))


def _merge_some(writer: Writer, index: str, pages: int) -> bool:
    """Whether there is more to merge; see "The 'merge' Command" of FTS5."""
    before = _changes(writer)
    writer.execute(f"INSERT INTO {index}({index}, rank) VALUES ('merge', ?)", (pages,))
    return _changes(writer) - before >= 2


def _changes(reader: Reader) -> int:
    (count,) = reader.execute("SELECT total_changes()").fetchone() or (0,)
    return int(count)


def _pages_bytes(reader: Reader) -> int:
    _, pages, size = _free_pages(reader)
    return pages * size


def _free_pages(reader: Reader) -> tuple[int, int, int]:
    free, pages, size = (
        int((reader.execute(f"PRAGMA {name}").fetchone() or (0,))[0])
        for name in ("freelist_count", "page_count", "page_size")
    )
    return free, pages, size


def _samples(reader: Reader, codec: Codec, column: _Packed) -> tuple[list[Sample], int]:
    """The latest texts of the column, oldest first, and how much text there is in all."""
    rows = reader.execute(
        f"SELECT {column.owner}, {column.column} FROM {column.table}"
        f" WHERE {column.column} IS NOT NULL ORDER BY row DESC LIMIT ?",
        (_MOST_SAMPLES,),
    )
    samples: list[Sample] = []
    while portion := rows.fetchmany(_ROWS):
        for owner, blob in portion:
            text = codec.unpack_bytes(blob).decode("utf-8", "replace")
            samples.append(Sample(str(owner), text))
    samples.reverse()
    (count,) = reader.execute(
        f"SELECT count(*) FROM {column.table} WHERE {column.column} IS NOT NULL"
    ).fetchone() or (0,)
    taken = sum(len(sample.text) for sample in samples)
    return samples, int(taken * count / len(samples)) if samples else 0


def _repack_some(
    writer: Writer, codec: Codec, column: _Packed, after: int | None
) -> tuple[int | None, int]:
    """Where to go on, and how many bytes were saved."""
    saved = 0
    rows = writer.execute(
        f"SELECT row, {column.column} FROM {column.table}"
        f" WHERE row > ? AND {column.column} IS NOT NULL ORDER BY row LIMIT ?",
        (after, _ROWS),
    ).fetchall()
    for row, blob in rows:
        smaller = codec.repack(column.kind, blob)
        if smaller is not None:
            saved += len(blob) - len(smaller)
            writer.execute(
                f"UPDATE {column.table} SET {column.column} = ? WHERE row = ?", (smaller, row)
            )
    return (rows[-1][0] if len(rows) == _ROWS else None), saved


def _needed(reader: Reader, codec: Codec) -> set[int]:
    needed: set[int] = set()
    for table, column in _ALL_BLOBS:
        rows = reader.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")
        while portion := rows.fetchmany(_ROWS):
            needed |= {
                number for (blob,) in portion if (number := codec.dictionary_of(blob)) is not None
            }
    return needed
