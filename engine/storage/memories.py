"""Save and load memories: what was learnt of the user, each with where it came from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.full_text import index_words
from engine.storage.past import keep_past


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One thing that is remembered.

    Attributes:
        source_id: The message or document it was drawn from; None if the user wrote it.
        facts: What else is known of it, as plain JSON values.
    """

    id: str
    text: str
    created_at_s: float
    source_id: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def save_memory(writer: Writer, codec: Codec, memory: Memory, now_s: float) -> None:
    """The memory is kept; what it said before is its past."""
    before = writer.execute("SELECT text FROM memories WHERE id = ?", (memory.id,)).fetchone()
    if before is not None and codec.unpack(before[0]) != memory.text:
        keep_past(writer, "memory", memory.id, before[0], now_s)
    rows = writer.execute(
        """INSERT INTO memories (id, text, body, source_id, created_at_s, updated_at_s, raw_bytes)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET text = excluded.text, body = excluded.body,
            source_id = excluded.source_id, updated_at_s = excluded.updated_at_s,
            raw_bytes = excluded.raw_bytes
        RETURNING row""",
        (
            memory.id,
            codec.pack("memory", memory.text),
            codec.pack("memory_body", json.dumps(memory.facts)),
            memory.source_id,
            memory.created_at_s,
            now_s,
            len(memory.text.encode()),
        ),
    ).fetchall()
    index_words(writer, "memories_index", int(rows[0][0]), memory.text)


def load_memories(reader: Reader, codec: Codec) -> tuple[Memory, ...]:
    """All that are not in the trash, the latest first."""
    rows = reader.execute(
        """SELECT id, text, body, source_id, created_at_s FROM memories
        WHERE deleted_at_s IS NULL ORDER BY created_at_s DESC, row DESC"""
    ).fetchall()
    return tuple(
        Memory(
            id=id_,
            text=codec.unpack(text),
            created_at_s=created,
            source_id=source,
            facts=json.loads(codec.unpack(body)),
        )
        for id_, text, body, source, created in rows
    )
