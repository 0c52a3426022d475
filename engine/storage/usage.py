"""What each kind of thing takes: as plain content, and packed in the vault.

SQLCipher's SQLite cannot tell pages by table (no dbstat), so packed content is counted, and the
size of the whole database is told beside it.
"""

from __future__ import annotations

from engine.contract.vault import StorageUse
from engine.storage.database import Reader
from engine.storage.erasure import INDEXES

# A text's share of its archive.
_SHARE = "CAST(length(a.bytes) AS REAL) * {row}.raw_bytes / max(a.raw_bytes, 1)"
_MESSAGES_ARCHIVED = f"""(SELECT total({_SHARE.format(row="m")})
    FROM messages m JOIN archives a ON a.row = m.archive)"""


def _over_indexes(what: str, table: str) -> str:
    parts = " + ".join(f"(SELECT {what} FROM {index}_{table})" for index in INDEXES)
    return f"SELECT {parts}"


_UNIT_STORED = f"total(coalesce(length(u.text), {_SHARE.format(row='u')}))"


def _of_units(what: str, compared: str) -> str:
    return f"""SELECT {what} FROM text_units u JOIN documents d ON d.row = u.document
        LEFT JOIN archives a ON a.row = u.archive WHERE d.kind {compared} 'page'"""


# Kind, number of things, plain bytes, packed bytes.
_USES: tuple[tuple[str, str, str, str], ...] = (
    (
        "conversations",
        "SELECT count(*) FROM conversations",
        "SELECT total(raw_bytes) FROM messages",
        "SELECT total(length(text)) + total(length(reasoning)) + total(length(stats)) + "
        + _MESSAGES_ARCHIVED
        + " FROM messages",
    ),
    (
        "memories",
        "SELECT count(*) FROM memories",
        "SELECT total(raw_bytes) FROM memories",
        "SELECT total(length(text)) + total(length(body)) FROM memories",
    ),
    (
        "documents",
        "SELECT count(*) FROM documents WHERE kind != 'page'",
        _of_units("total(u.raw_bytes)", "!="),
        _of_units(_UNIT_STORED, "!="),
    ),
    (
        "web pages",
        "SELECT count(*) FROM documents WHERE kind = 'page'",
        _of_units("total(u.raw_bytes)", "="),
        _of_units(_UNIT_STORED, "="),
    ),
    (
        "vectors",
        "SELECT count(*) FROM embeddings",
        "SELECT total(dims * 4) FROM embeddings e JOIN embedding_models m ON m.row = e.model",
        "SELECT total(length(numbers)) FROM embeddings",
    ),
    (
        "full-text index",
        _over_indexes("count(*)", "docsize"),
        "SELECT 0",
        _over_indexes("total(length(block))", "data"),
    ),
    (
        "measurements",
        "SELECT count(*) FROM traces",
        "SELECT total(raw_bytes) FROM traces",
        "SELECT total(length(body)) FROM traces",
    ),
    (
        "directions",
        "SELECT count(*) FROM directions",
        "SELECT total(raw_bytes) FROM directions",
        "SELECT total(length(body)) + total(length(vector)) FROM directions",
    ),
    (
        "other records",
        "SELECT count(*) FROM records",
        "SELECT total(raw_bytes) FROM records",
        "SELECT total(length(body)) FROM records",
    ),
    (
        "sealed files",
        "SELECT count(*) FROM sealed_files",
        "SELECT total(raw_bytes) FROM sealed_files",
        "SELECT total(stored_bytes) FROM sealed_files",
    ),
)


def uses(reader: Reader) -> tuple[StorageUse, ...]:
    """Every kind, in the order in which a person looks for them."""

    def number(question: str) -> int:
        found = reader.execute(question).fetchone()
        return int(found[0] or 0) if found else 0

    return tuple(
        StorageUse(
            kind=kind,
            items=number(count),
            raw_bytes=number(raw),
            stored_bytes=number(stored),
        )
        for kind, count, raw, stored in _USES
    )


def dictionaries(reader: Reader) -> int:
    """How many compression dictionaries were trained."""
    found = reader.execute("SELECT count(*) FROM dictionaries").fetchone()
    return int(found[0]) if found else 0
