"""Looks at everything that is kept, and names what is not whole: a whole look, or in slices.

Runs on: io; pages and files are read on threads of their own, rows on a reader's.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from engine.contract.errors import StorageError, VaultDamagedError
from engine.contract.vault import BackupCard, Damage
from engine.storage import dictionaries, embeddings
from engine.storage.archives import Archive
from engine.storage.backup import DATABASE, Backups, OpenVault
from engine.storage.codec import Codec
from engine.storage.database import Reader, open_keyed
from engine.storage.erasure import INDEXES
from engine.storage.keys import Purpose
from engine.storage.long_work import LongWork, Progress, conduct, tell_nobody
from engine.storage.merge_kinds import KINDS, UNITS, Shelf
from engine.storage.sealed_files import SealedFile, SealedFiles, every
from engine.storage.sql_errors import in_plain_words

IN_DATABASE, IN_INDEX, IN_FILE, IN_BACKUP = (
    "database",
    "full-text index",
    "sealed file",
    "backup",
)
# Rows of one slice: some 20 ms, after which others get their turn.
_ROWS = 500
# A checkpoint may write a page while it is read; a page that is really bad stays bad.
_LOOKS = 3

# What an index must hold; the words after `WHERE` are those of conversations.py.
_INDEXED = {
    "messages_index": "SELECT row FROM messages",
    "memories_index": "SELECT row FROM memories",
    "text_units_index": "SELECT row FROM text_units",
}
# What must be found, lest searching misses it.
_MUST_BE_FOUND = {
    "messages_index": "SELECT row FROM messages WHERE raw_bytes > 0"
    " AND (role != 'assistant' OR finish_reason IS NOT NULL)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One part of a look that is done.

    Attributes:
        stage: What was looked at.
        share_ratio: How far the whole look is.
        pages: Pages of the database that were checked in it.
        files: Sealed files and backups that were.
        damages: What was found in it.
    """

    stage: str
    share_ratio: float
    pages: int = 0
    files: int = 0
    damages: tuple[Damage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a whole look found."""

    checked_pages: int
    checked_files: int
    damages: tuple[Damage, ...]
    last_good_backup: BackupCard | None


class Verification:
    """Looks at one open vault."""

    def __init__(self, vault: OpenVault, backups: Backups, files: SealedFiles) -> None:
        self._vault = vault
        self._backups = backups
        self._files = files

    async def run(self, progress: Progress = tell_nobody) -> Report:
        """Everything was looked at; may be cancelled between two slices."""
        pages = files = 0
        damages: list[Damage] = []
        async for part in self.slices():
            progress(part.stage, part.share_ratio)
            pages, files = pages + part.pages, files + part.files
            damages += part.damages
        bad = {damage.detail for damage in damages if damage.where == IN_BACKUP}
        good = [
            card for card in self._backups.cards() if not any(card.name in text for text in bad)
        ]
        return Report(
            checked_pages=pages,
            checked_files=files,
            damages=tuple(damages),
            last_good_backup=good[0] if good else None,
        )

    async def slices(self) -> AsyncIterator[Slice]:
        """The look, part by part; idle time may stop after each, or leave the rest undone."""
        yield await self._pages()
        yield await self._structure()
        yield await self._indexes()
        async for part in self._texts():
            yield part
        known = await self._vault.store.read(every)
        cards = self._backups.cards()
        total = max(len(known) + len(cards), 1)
        for number, file in enumerate(known):
            yield await self._file(file, 0.7 + 0.3 * (number + 1) / total)
        for number, card in enumerate(cards):
            yield await self._backup(card, 0.7 + 0.3 * (len(known) + number + 1) / total)

    async def _pages(self) -> Slice:
        """Every page's own seal; the log's pages are in the main file first."""
        stage = "Checking pages"
        await self._vault.store.checkpoint()
        if self._vault.store.is_in_memory or self._vault.folder is None:
            return Slice(stage=stage, share_ratio=0.3)
        path, key = self._vault.folder / DATABASE, self._vault.subkey(Purpose.DATABASE)

        def look(_work: LongWork) -> tuple[int, set[str]]:
            with in_plain_words():
                connection = open_keyed(path, key, is_read_only=True)
                try:
                    rows = connection.execute("PRAGMA cipher_integrity_check").fetchall()
                    (count,) = connection.execute("PRAGMA page_count").fetchone()
                finally:
                    connection.close()
            return int(count), {str(text) for (text,) in rows}

        try:
            pages, bad = await conduct(look)
            for _ in range(_LOOKS - 1):
                if bad:
                    bad &= (await conduct(look))[1]
        except VaultDamagedError as error:
            return Slice(
                stage=stage, share_ratio=0.3, damages=(_damage(IN_DATABASE, error.message),)
            )
        finally:
            key.wipe()
        damages: tuple[Damage, ...] = ()
        if bad:
            are = "page is" if len(bad) == 1 else "pages are"
            damages = (_damage(IN_DATABASE, f"{len(bad)} {are} not what was written."),)
        return Slice(stage=stage, share_ratio=0.3, pages=pages, damages=damages)

    async def _structure(self) -> Slice:
        def look(reader: Reader) -> list[str]:
            found = [
                str(text)
                for (text,) in reader.execute("PRAGMA integrity_check(20)").fetchall()
                if text != "ok"
            ]
            loose = reader.execute("PRAGMA foreign_key_check").fetchall()
            if loose:
                found.append(f"{len(loose)} rows refer to others that are not there.")
            if vectors := embeddings.without_owner(reader):
                found.append(f"{vectors} vectors belong to nothing.")
            return found

        return await self._asked(
            "Checking tables", 0.4, IN_DATABASE, lambda: self._vault.store.read(look)
        )

    async def _indexes(self) -> Slice:
        async def look() -> list[str]:
            store, found = self._vault.store, []
            for index in INDEXES:
                try:
                    # An insert by its form; it changes nothing.
                    await store.maintain(
                        lambda w, index=index: w.execute(  # type: ignore[misc]
                            f"INSERT INTO {index}({index}) VALUES ('integrity-check')"
                        )
                    )
                except VaultDamagedError:
                    found.append(f"The {_plain(index)} index is not whole.")
            return found + await store.read(_compared)

        return await self._asked("Checking search", 0.5, IN_INDEX, look)

    async def _asked(
        self, stage: str, share_ratio: float, where: str, look: Callable[[], Any]
    ) -> Slice:
        """What one question found; that it cannot be answered is a finding too."""
        try:
            found: list[str] = await look()
        except VaultDamagedError as error:
            found = [error.message]
        damages = tuple(_damage(where, text) for text in found)
        return Slice(stage=stage, share_ratio=share_ratio, damages=damages)

    async def _texts(self) -> AsyncIterator[Slice]:
        """Every packed text and every archive unpacks; a slice is some hundred rows."""
        codec = self._vault.codec
        places = [*((kind.table, kind) for kind in (*KINDS, UNITS)), ("past", None)]
        for number, (table, kind) in enumerate(places):
            after: Any = 0 if table not in ("drafts", "settings") else ""
            share = 0.5 + 0.2 * (number + 1) / (len(places) + 1)
            while after is not None:
                part = await self._part(table, kind, codec, after)
                after, bad = part
                words = f"{bad} texts in {_plain(table)} do not open."
                damages = (_damage(IN_DATABASE, words),) if bad else ()
                yield Slice(stage="Opening texts", share_ratio=share, damages=damages)
        found = await self._vault.store.read(_archives)
        yield Slice(
            stage="Opening archives",
            share_ratio=0.7,
            damages=tuple(_damage(IN_DATABASE, text) for text in found),
        )

    async def _part(self, table: str, kind: Any, codec: Codec, after: Any) -> tuple[Any, int]:
        def look(reader: Reader) -> tuple[Any, int]:
            if kind is None:
                found = reader.execute(
                    "SELECT row, body FROM past WHERE row > ? ORDER BY row LIMIT ?", (after, _ROWS)
                ).fetchall()
                bad = sum(not _opens(codec, body) for _, body in found)
                return (found[-1][0] if len(found) == _ROWS else None), bad
            order = kind.key if table in ("drafts", "settings") else "row"
            shelf, bad, most = Shelf(reader, codec), 0, max(1, _ROWS // kind.weight)
            rows = list(shelf.rows(kind, f" WHERE {order} > ?", (after,), limit=most))
            for row in rows:
                try:
                    shelf.unpacked(kind, row)
                except VaultDamagedError:
                    bad += 1
            return (rows[-1][order] if len(rows) == most else None), bad

        try:
            return await self._vault.store.read(look)
        except VaultDamagedError:
            # A bad page under the rows; how many they are cannot be known.
            return None, 1

    async def _file(self, file: SealedFile, share_ratio: float) -> Slice:
        def look(work: LongWork) -> None:
            for _ in self._files.read(file):
                work.step("Checking files", share_ratio)

        damages: tuple[Damage, ...] = ()
        try:
            await conduct(look)
        except StorageError as error:
            owner = f"One of kind {file.kind}, made for {file.owner_id}: {error.message}"
            damages = (_damage(IN_FILE, owner),)
        return Slice(stage="Checking files", share_ratio=share_ratio, files=1, damages=damages)

    async def _backup(self, card: BackupCard, share_ratio: float) -> Slice:
        damages: tuple[Damage, ...] = ()
        try:
            await self._backups.check(card.name)
        except StorageError as error:
            damages = (_damage(IN_BACKUP, f"{card.name}: {error.message}"),)
        return Slice(stage="Opening backups", share_ratio=share_ratio, files=1, damages=damages)


def _compared(reader: Reader) -> list[str]:
    """Rows against their index, both ways."""
    found: list[str] = []
    for index, rows in _INDEXED.items():
        lost = reader.execute(
            f"SELECT count(*) FROM {index}_docsize WHERE id NOT IN ({rows})"
        ).fetchone()
        if lost and lost[0]:
            found.append(f"The {_plain(index)} index knows {lost[0]} rows that are not there.")
        must = _MUST_BE_FOUND.get(index)
        if must is None:
            continue
        missing = reader.execute(
            f"SELECT count(*) FROM ({must}) WHERE row NOT IN (SELECT id FROM {index}_docsize)"
        ).fetchone()
        if missing and missing[0]:
            found.append(f"Searching does not find {missing[0]} rows of {_plain(index)}.")
    return found


def _archives(reader: Reader) -> list[str]:
    found: list[str] = []
    with contextlib.suppress(VaultDamagedError):
        dictionaries.load(reader)
        rows = reader.execute("SELECT row FROM archives").fetchall()
        for (row,) in rows:
            packed = reader.execute("SELECT bytes FROM archives WHERE row = ?", (row,)).fetchone()
            try:
                for _ in Archive(bytes(packed[0]) if packed else b"").items():
                    pass
            except VaultDamagedError:
                found.append("An archive of old texts does not open.")
        return found
    return ["A compression dictionary does not open."]


def _opens(codec: Codec, blob: bytes) -> bool:
    try:
        codec.unpack_bytes(blob)
    except VaultDamagedError:
        return False
    return True


def _damage(where: str, detail: str) -> Damage:
    return Damage(where=where, detail=detail)


def _plain(table: str) -> str:
    return table.removesuffix("_index").replace("_", " ")
