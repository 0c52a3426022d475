"""What the vault saves: texts, archives of old things, embeddings, and the whole store."""

from __future__ import annotations

import asyncio
import importlib
import lzma
import sqlite3
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zstandard

from engine.contract.ids import new_id
from engine.storage import archives, dictionaries, documents, embeddings
from engine.storage.backup import DATABASE
from engine.storage.codec import Codec
from engine.storage.cold_texts import ARCHIVE_AFTER_S
from engine.storage.compact import Compaction
from engine.storage.database import Writer, connect
from engine.storage.dictionaries import Dictionaries, Sample
from engine.storage.documents import Document, TextUnit
from engine.storage.keys import Purpose, Secret
from engine.storage.migrations.upgrade import upgrade
from engine.storage.store import Store
from tests.benchmarks import storage_texts as texts
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table
from tests.benchmarks.storage_texts import Corpus, Unit

SHARE = 6
_DIMS = 384
_KIND = "text_unit"
_NOW_S = 1_795_000_000.0
_READ_ITEMS = 50
_PPMD_ORDER, _PPMD_BYTES = 10, 64 << 20
_WANTED_SAVING, _WANTED_ARCHIVE = 0.75, 5.0


def run(ground: Ground) -> list[Table]:
    """Three tables."""
    tables = []
    for number, corpus in enumerate(texts.corpora()):
        ground.say(f"storage: texts of the {corpus.name}")
        tables.append(_texts_table(corpus, number))
        ground.say(f"storage: a whole store of the {corpus.name}")
        tables.append(_store_table(corpus, number, ground.scratch))
    ground.say("storage: archives")
    tables.append(_archives_table())
    return tables


def _dictionary(units: Sequence[Unit], raw_bytes: int) -> Dictionaries:
    samples = [Sample(unit.owner, unit.text) for unit in units]
    trained = dictionaries.train(_KIND, samples, Dictionaries(), raw_bytes=raw_bytes, now_s=_NOW_S)
    return Dictionaries([trained] if trained else [])


def _texts_table(corpus: Corpus, number: int) -> Table:
    seen, unseen = corpus.halves()
    contents = [unit.text.encode() for unit in unseen]
    raw = sum(map(len, contents))
    shelf = _dictionary(seen, sum(len(unit.text) for unit in corpus.units))
    codec = Codec(shelf)
    trained = shelf.newest(_KIND)
    contenders: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
        "ours": (lambda one: codec.pack(_KIND, one), codec.unpack_bytes),
        **_peers(),
    }
    rows, figures = [], {}
    for name, (pack, unpack) in contenders.items():
        begun = time.perf_counter()
        packed = [pack(one) for one in contents]
        halfway = time.perf_counter()
        if [unpack(one) for one in packed] != contents:
            raise ValueError(f"{name} does not give back what it was given")
        ended = time.perf_counter()
        ratio = raw / sum(map(len, packed))
        figures[name] = {
            "ratio": ratio,
            "pack_mb_s": raw / 1e6 / (halfway - begun),
            "unpack_mb_s": raw / 1e6 / (ended - halfway),
        }
        rows.append(
            [
                name,
                f"{ratio:.2f}",
                f"{1 - 1 / ratio:.0%}",
                f"{figures[name]['pack_mb_s']:,.0f}",
                f"{figures[name]['unpack_mb_s']:,.0f}",
            ]
        )
    size = len(trained.bytes) if trained else 0
    return Table(
        name=f"storage_texts_{number}",
        title=f"Text by text: {corpus.name}",
        columns=("", "ratio", "saved", "packs MB/s", "unpacks MB/s"),
        rows=rows,
        notes=[
            f"{len(contents)} text units of {raw / len(contents):,.0f} bytes from documents that "
            f"the dictionary ({size / 1024:,.0f} KiB, trained on {len(seen)} others) has not "
            "seen; its own bytes are counted with the whole store, not here.",
            "Ours includes header and checksum, seven bytes a text; the others have none.",
        ],
        figures={"contenders": figures, "dictionary_bytes": size},
    )


def _peers() -> dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]]:
    unfold = zstandard.ZstdDecompressor()
    found: dict[str, Any] = {
        f"zstd {level}, no dictionary": (
            zstandard.ZstdCompressor(level).compress,
            unfold.decompress,
        )
        for level in (3, 19)
    }
    found["zlib 6"] = (lambda one: zlib.compress(one, 6), zlib.decompress)
    try:
        frame = importlib.import_module("lz4.frame")
    except ImportError:
        return found
    found["lz4"] = (frame.compress, frame.decompress)
    return found


def _size(path: Path) -> int:
    return sum(one.stat().st_size for one in path.parent.glob(f"{path.name}*"))


def _store_table(corpus: Corpus, number: int, scratch: Path) -> Table:
    vectors = np.random.default_rng(0).normal(size=(len(corpus.units), _DIMS)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    raw = sum(len(unit.text.encode()) for unit in corpus.units)
    plain = _plain_store(scratch / f"plain{number}.db", corpus.units, vectors)
    twins = len(corpus.units) - len({unit.text for unit in corpus.units})
    folder = scratch / f"vault{number}"
    folder.mkdir()
    key = Secret.random()
    fresh, parts = _our_store(folder / DATABASE, key, corpus.units, vectors, raw)
    cold, cold_parts = asyncio.run(_a_month_later(folder, key))
    rows = [["plain SQLite", f"{plain / 1e6:,.2f}", f"{plain / raw:.2f}", ""]]
    for name, size, of_it in (
        ("the vault, all of it new", fresh, parts),
        ("the vault, compacted when all of it is old", cold, cold_parts),
    ):
        rows.append([name, f"{size / 1e6:,.2f}", f"{size / raw:.2f}", f"{1 - size / plain:.1%}"])
        rows += ([f"of it {part}", f"{one / 1e6:,.2f}", "", ""] for part, one in of_it.items())
    saving = 1 - cold / plain
    return Table(
        name=f"storage_store_{number}",
        title=f"The whole store: {corpus.name}",
        columns=("", "MB", "times the raw text", "saved"),
        rows=rows,
        notes=[
            f"{len(corpus.units)} text units, {raw / 1e6:,.2f} MB of text, a vector of {_DIMS} "
            f"numbers each. Wanted {_WANTED_SAVING:.0%}: "
            f"{'reached' if saving >= _WANTED_SAVING else 'not reached'}.",
            f"{twins} units say word for word what another says, which the vault keeps once.",
            "Plain: text, float32 vector and a full-text index with its own copy, in one "
            "unencrypted file. The vault: encrypted, its own schema, the dictionary within; the "
            "vectors are random, for their values change no size.",
        ],
        figures={
            "plain_bytes": plain,
            "fresh_bytes": fresh,
            "ours_bytes": cold,
            "raw_bytes": raw,
            "fresh_saving": 1 - fresh / plain,
            "saving": saving,
        },
    )


def _plain_store(path: Path, units: Sequence[Unit], vectors: np.ndarray) -> int:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE units (id TEXT PRIMARY KEY, owner TEXT, text TEXT, vector BLOB)")
    database.execute("CREATE VIRTUAL TABLE words USING fts5(text)")
    for place, (unit, vector) in enumerate(zip(units, vectors, strict=True)):
        row = (_id("unit", place), unit.owner, unit.text, vector.tobytes())
        database.execute("INSERT INTO units VALUES (?, ?, ?, ?)", row)
        database.execute("INSERT INTO words (text) VALUES (?)", (unit.text,))
    database.commit()
    database.execute("INSERT INTO words (words) VALUES ('optimize')")
    database.commit()
    database.execute("VACUUM")
    database.close()
    return _size(path)


def _our_store(
    path: Path, key: Secret, units: Sequence[Unit], vectors: np.ndarray, raw: int
) -> tuple[int, dict[str, int]]:
    shelf = _dictionary(units, raw)
    codec = Codec(shelf)
    connection = connect(path, key, may_create=True)
    writer = Writer(connection)
    upgrade(writer)
    if trained := shelf.newest(_KIND):
        dictionaries.save(writer, trained)
    by_owner: dict[str, list[TextUnit]] = {}
    ids = [new_id("unit") for _ in units]
    for unit_id, unit in zip(ids, units, strict=True):
        by_owner.setdefault(unit.owner, []).append(TextUnit(id=unit_id, text=unit.text))
    for owner, texts_of_it in by_owner.items():
        document = Document(
            id=new_id("doc"),
            kind=documents.PAGE,
            title=owner,
            source=owner,
            created_at_s=_NOW_S,
            units=tuple(texts_of_it),
        )
        documents.save_document(writer, codec, document, _NOW_S)
    embeddings.save(writer, "all-MiniLM-L6-v2", ids, vectors)
    writer.execute("INSERT INTO text_units_index (text_units_index) VALUES ('optimize')")
    connection.commit()
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    sizes = _sizes(connection)
    connection.close()
    return _size(path), sizes


@dataclass(frozen=True, slots=True)
class _OpenVault:
    """What `backup.OpenVault` asks for."""

    folder: Path | None
    store: Store
    codec: Codec
    key: Secret

    def subkey(self, purpose: Purpose) -> Secret:  # noqa: ARG002
        return self.key.copy()


async def _a_month_later(folder: Path, key: Secret) -> tuple[int, dict[str, int]]:
    """What housekeeping makes of the store once nobody has touched its documents for a month."""
    store = await Store.open(folder / DATABASE, key)
    try:
        shelf = Dictionaries(await store.read(dictionaries.load))
        vault = _OpenVault(folder, store, Codec(shelf), key)
        await Compaction(vault, lambda: _NOW_S + 2 * ARCHIVE_AFTER_S).run()
        sizes = await store.read(_sizes)
    finally:
        await store.close()
    return _size(folder / DATABASE), sizes


def _id(prefix: str, number: int) -> str:
    """As long as the app's own identifiers."""
    return f"{prefix}_{number:018x}"


def _sizes(connection: Any) -> dict[str, int]:
    """Bytes in texts, vectors and dictionaries; indexes and SQLite's own pages are the rest."""
    questions = {
        "texts": "SELECT total(length(text)) FROM text_units",
        "archived texts": "SELECT total(length(bytes)) FROM archives",
        "vectors": "SELECT sum(length(numbers)) FROM embeddings",
        "full-text index": "SELECT sum(length(block)) FROM text_units_index_data",
        "dictionaries": "SELECT coalesce(sum(length(bytes)), 0) FROM dictionaries",
    }
    return {name: int(connection.execute(text).fetchone()[0]) for name, text in questions.items()}


def _archives_table() -> Table:
    pages = [content for _, content in texts.pages()]
    turns = texts.turns()
    rows, figures = [], {}
    for name, items in (("raw pages", pages), ("old turns", turns), ("both", pages + turns)):
        if len(items) < _READ_ITEMS:
            continue
        figures[name] = _archived(items)
        found = figures[name]
        rows.append(
            [
                f"{name}, {found['raw_bytes'] / 1e6:,.1f} MB",
                *(f"{found[key]:.2f}" for key in ("ratio", "zlib", "zstd", "xz_solid")),
                f"{found['ppmd_solid']:.2f}" if "ppmd_solid" in found else "",
                f"{found['read_ms']:.1f}",
                f"{found['pack_s']:.1f}",
            ]
        )
    reached = [name for name, one in figures.items() if one["ratio"] >= _WANTED_ARCHIVE]
    return Table(
        name="storage_archives",
        title="Archives of what is seldom read",
        columns=(
            "",
            "ours",
            "zlib 6, each alone",
            "zstd 19, each alone",
            "xz, not readable one by one",
            "PPMd, not readable one by one",
            "reads one item, ms",
            "packs, s",
        ),
        rows=rows,
        notes=[
            f"Wanted {_WANTED_ARCHIVE:.0f} to 1, reached by: {', '.join(reached) or 'none'}.",
            "Raw pages: HTML of this machine's documentation. Old turns: SQuAD passages with "
            "their questions and answers, which stand in for a chat about texts."
            if turns
            else "Raw pages: HTML of this machine's documentation. No chats to measure are here.",
        ],
        figures=figures,
    )


def _ppmd(content: bytes) -> dict[str, float]:
    """What the best there is for plain words makes of it, if it is installed."""
    try:
        encoder = importlib.import_module("pyppmd").Ppmd7Encoder(_PPMD_ORDER, _PPMD_BYTES)
    except ImportError:
        return {}
    return {"ppmd_solid": len(content) / len(encoder.encode(content) + encoder.flush())}


def _archived(items: list[bytes]) -> dict[str, float]:
    raw = sum(map(len, items))
    begun = time.perf_counter()
    built = [archives.build(group) for group in archives.portions(items)]
    pack_s = time.perf_counter() - begun
    each = zstandard.ZstdCompressor(19)
    places = np.linspace(0, archives.Archive(built[0]).count - 1, _READ_ITEMS).astype(int).tolist()
    begun = time.perf_counter()
    for place in places:
        if archives.Archive(built[0]).item(place) != items[place]:
            raise ValueError("an archive does not give back what it was given")
    read_s = time.perf_counter() - begun
    return {
        "raw_bytes": raw,
        "ratio": raw / sum(map(len, built)),
        "zlib": raw / sum(len(zlib.compress(item, 6)) for item in items),
        "zstd": raw / sum(len(each.compress(item)) for item in items),
        "xz_solid": raw / len(lzma.compress(b"".join(items), preset=6)),
        **_ppmd(b"".join(items)),
        "read_ms": 1e3 * read_s / len(places),
        "pack_s": pack_s,
    }
