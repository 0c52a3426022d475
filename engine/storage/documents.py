"""Save and load documents (files, notes, web pages) and their text units.

A unit that says what another says already refers to it (see twins.py): letter for letter the same
it has no text of its own, in other words it has; both are found by search, and erasing one leaves
the other its words (see erasure.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from engine.storage import archives
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.duplicates import Floats
from engine.storage.full_text import index_words, query_for_all
from engine.storage.migrations.m0001_initial import OWNERS
from engine.storage.twins import find_twin

FILE, NOTE, PAGE = "file", "note", "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextUnit:
    """A part of a document that is searched and quoted as one."""

    id: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document and its units, in reading order.

    Attributes:
        kind: FILE, NOTE or PAGE.
        source: Where it came from: a file's path, an address; empty for a note.
        facts: What else is known of it, as plain JSON values.
    """

    id: str
    kind: str
    title: str
    source: str
    created_at_s: float
    units: tuple[TextUnit, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def save_document(
    writer: Writer,
    codec: Codec,
    document: Document,
    now_s: float,
    vectors: Mapping[str, Floats] | None = None,
) -> None:
    """The document is kept, in place of an earlier version of it.

    Args:
        vectors: Of units by identifier, of length 1, if they were made already; with them more
            units are known to say what others say. They are not saved here.
    """
    content = "\x00".join(unit.text for unit in document.units)
    rows = writer.execute(
        """INSERT INTO documents (id, kind, title, source, body, content_hash, created_at_s,
            updated_at_s, raw_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, title = excluded.title,
            source = excluded.source, body = excluded.body, content_hash = excluded.content_hash,
            updated_at_s = excluded.updated_at_s, raw_bytes = excluded.raw_bytes
        RETURNING row""",
        (
            document.id,
            document.kind,
            codec.pack("document_title", document.title),
            codec.pack("document_source", document.source),
            codec.pack("document_body", json.dumps(document.facts)),
            _digest(content),
            document.created_at_s,
            now_s,
            len(content.encode()),
        ),
    ).fetchall()
    row = int(rows[0][0])
    known = {id_ for (id_,) in _unit_ids(writer, row)}
    for place, unit in enumerate(document.units):
        if unit.id not in known:
            _add_unit(writer, codec, row, place, unit, (vectors or {}).get(unit.id))


def _unit_ids(reader: Reader, document_row: int) -> list[tuple[str]]:
    found = reader.execute("SELECT id FROM text_units WHERE document = ?", (document_row,))
    return [(str(id_),) for (id_,) in found.fetchall()]


def _add_unit(
    writer: Writer,
    codec: Codec,
    document_row: int,
    place: int,
    unit: TextUnit,
    vector: Floats | None,
) -> None:
    digest = _digest(unit.text)
    twin = find_twin(writer, codec, digest, unit.text, vector)
    rows = writer.execute(
        """INSERT INTO text_units (id, document, place, text, content_hash, same_as, raw_bytes)
        VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING row""",
        (
            unit.id,
            document_row,
            place,
            None if twin and twin.is_exact else codec.pack("text_unit", unit.text),
            digest,
            twin.row if twin else None,
            len(unit.text.encode()),
        ),
    ).fetchall()
    index_words(writer, "text_units_index", int(rows[0][0]), unit.text)


def load_document(reader: Reader, codec: Codec, document_id: str) -> Document | None:
    """The document with all its units; None if it is not there or in the trash."""
    found = reader.execute(
        """SELECT row, kind, title, source, body, created_at_s FROM documents
        WHERE id = ? AND deleted_at_s IS NULL""",
        (document_id,),
    ).fetchone()
    if found is None:
        return None
    row, kind, title, source, body, created = found
    return Document(
        id=document_id,
        kind=kind,
        title=codec.unpack(title),
        source=codec.unpack(source),
        created_at_s=created,
        units=_units(reader, codec, "u.document = ?", (row,)),
        facts=json.loads(codec.unpack(body)),
    )


def units_by_id(reader: Reader, codec: Codec, unit_ids: Iterable[str]) -> dict[str, TextUnit]:
    """Those of these units that are there, by identifier."""
    wanted = list(unit_ids)
    marks = ", ".join("?" * len(wanted))
    return {unit.id: unit for unit in _units(reader, codec, f"u.id IN ({marks})", wanted)}


def _units(reader: Reader, codec: Codec, where: str, values: Sequence[Any]) -> tuple[TextUnit, ...]:
    """A reference is followed to the row that holds the words."""
    rows = reader.execute(
        f"""SELECT u.id, w.text, w.archive, w.archive_place
        FROM text_units u JOIN text_units w ON w.row =
            CASE WHEN u.text IS NULL AND u.archive IS NULL THEN u.same_as ELSE u.row END
        WHERE {where} ORDER BY u.document, u.place""",
        values,
    ).fetchall()
    shelf = archives.ArchiveReader(reader)
    return tuple(
        TextUnit(
            id=id_, text=codec.unpack(shelf.item(archive, place) if packed is None else packed)
        )
        for id_, packed, archive, place in rows
    )


def units_to_embed(
    reader: Reader, codec: Codec, model: str, *, limit: int = 200
) -> tuple[TextUnit, ...]:
    """The next units that need a vector by this model; one that refers to another needs none."""
    return _units(
        reader,
        codec,
        f"""u.row IN (SELECT row FROM text_units WHERE same_as IS NULL AND row NOT IN (
            SELECT e.owner / {len(OWNERS)} FROM embeddings e
            JOIN embedding_models m ON m.row = e.model
            WHERE m.name = ? AND e.owner % {len(OWNERS)} = {OWNERS.index("text_units")})
            ORDER BY row LIMIT ?)""",
        (model, limit),
    )


def search_units(reader: Reader, words: str, *, limit: int = 50) -> tuple[str, ...]:
    """Units whose text holds all `words`, the best first."""
    query = query_for_all(words)
    if not query:
        return ()
    rows = reader.execute(
        """SELECT u.id FROM text_units_index i JOIN text_units u ON u.row = i.rowid
        JOIN documents d ON d.row = u.document
        WHERE text_units_index MATCH ? AND d.deleted_at_s IS NULL ORDER BY rank LIMIT ?""",
        (query, limit),
    )
    return tuple(id_ for (id_,) in rows.fetchall())


def _digest(text: str) -> bytes:
    """Short, for the texts themselves are compared: a million have 0.002 false matches in all."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).digest()
