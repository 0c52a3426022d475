"""Text units without words, for tests and benchmarks that are about vectors alone."""

from __future__ import annotations

from collections.abc import Sequence

from engine.storage.database import Writer


def put_owners(writer: Writer, ids: Sequence[str]) -> None:
    """A text unit of each of these names is in the vault, all in one document."""
    writer.execute(
        """INSERT OR IGNORE INTO documents (row, id, kind, title, source, body, content_hash,
        created_at_s, updated_at_s, raw_bytes)
        VALUES (1, 'doc-of-vectors', 'file', x'10', x'10', x'10', x'00', 1, 1, 0)"""
    )
    writer.executemany(
        """INSERT INTO text_units (id, document, place, content_hash, raw_bytes)
        VALUES (?, 1, 0, x'00', 0)""",
        [(id_,) for id_ in ids],
    )
