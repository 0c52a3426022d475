"""What of the database a restore merges: each table's columns, and how they are read and written.

A backup may come from anywhere, so every value read from one is checked before it is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from engine.contract.errors import NotFoundError, VaultDamagedError
from engine.storage.archives import ArchiveReader
from engine.storage.codec import Codec
from engine.storage.database import Reader

NUMBER, TEXT, BYTES = (int, float), (str,), (bytes,)
_NOTHING = (type(None),)
_AT_ONCE = 200

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One table of things that are merged by their identifiers.

    Attributes:
        label: Plain plural word.
        packed: Columns that the codec packs, with the kind it packs them as.
        plain: All others that are copied, with the types they may have.
        key: The column that tells which thing it is.
        parent: The column that refers to a row of conversations.
        message: The column that names the message it goes with, if it goes with one.
        index: Full-text index of the row, if it has one.
        words: What that index holds of the unpacked row; None for nothing.
        is_archived: Whether `text` may lie in an archive.
        has_past: Whether what a restore replaces becomes an earlier version.
        weight: How many times as long a row takes to open as a message does.
    """

    label: str
    table: str
    packed: dict[str, str]
    plain: dict[str, tuple[type, ...]]
    key: str = "id"
    parent: str = ""
    message: str = ""
    index: str = ""
    words: Callable[[Row], str | None] = field(default=lambda row: row["text"])
    is_archived: bool = False
    has_trash: bool = True
    has_past: bool = True
    weight: int = 1

    @property
    def copied(self) -> tuple[str, ...]:
        """The columns that go over, but for the parent."""
        return (*self.plain, *self.packed)


_TIMES: dict[str, tuple[type, ...]] = {
    "created_at_s": NUMBER,
    "updated_at_s": NUMBER,
    "deleted_at_s": NUMBER + _NOTHING,
}


def _message_words(row: Row) -> str | None:
    # An answer that was being written has no words in the index; see conversations.py.
    if row["role"] == "assistant" and row["finish_reason"] is None:
        return None
    return f"{row['text']}\n{row['reasoning'] or ''}"


CONVERSATIONS = Kind(
    label="conversations",
    table="conversations",
    packed={"title": "title", "system_prompt": "prompt", "sampling": "sampling"},
    plain={
        "id": TEXT,
        "leaf_id": TEXT + _NOTHING,
        "folder_id": TEXT,
        "is_pinned": NUMBER,
        "is_archived": NUMBER,
        "title_source": TEXT,
        "preset_id": TEXT,
        **_TIMES,
    },
)
MESSAGES = Kind(
    label="messages",
    table="messages",
    packed={
        "text": "message",
        "reasoning": "reasoning",
        "stats": "stats",
        "attachments": "attachments",
    },
    plain={
        "id": TEXT,
        "parent_id": TEXT + _NOTHING,
        "role": TEXT,
        "finish_reason": TEXT + _NOTHING,
        "deleted_with": TEXT + _NOTHING,
        "raw_bytes": NUMBER,
        **_TIMES,
    },
    parent="conversation",
    index="messages_index",
    words=_message_words,
    is_archived=True,
)
TRACES = Kind(
    label="measurements",
    table="traces",
    packed={"body": "trace"},
    plain={
        "message_id": TEXT,
        "tokens": NUMBER,
        "raw_bytes": NUMBER,
        "created_at_s": NUMBER,
        "updated_at_s": NUMBER,
    },
    key="message_id",
    message="message_id",
    has_trash=False,
    has_past=False,
    weight=10,
)
DIRECTIONS = Kind(
    label="directions",
    table="directions",
    packed={"body": "direction", "vector": "direction_vector"},
    plain={"id": TEXT, "model_key": TEXT, "raw_bytes": NUMBER, **_TIMES},
    has_past=False,
)
MEMORIES = Kind(
    label="memories",
    table="memories",
    packed={"text": "memory", "body": "memory_body"},
    plain={"id": TEXT, "source_id": TEXT + _NOTHING, "raw_bytes": NUMBER, **_TIMES},
    index="memories_index",
)
DOCUMENTS = Kind(
    label="documents",
    table="documents",
    packed={"title": "document_title", "source": "document_source", "body": "document_body"},
    plain={"id": TEXT, "kind": TEXT, "content_hash": BYTES, "raw_bytes": NUMBER, **_TIMES},
)
RECORDS = Kind(
    label="records",
    table="records",
    packed={"body": "record"},
    plain={"id": TEXT, "kind": TEXT, "parent_id": TEXT + _NOTHING, "raw_bytes": NUMBER, **_TIMES},
)
DRAFTS = Kind(
    label="drafts",
    table="drafts",
    packed={"text": "draft"},
    plain={"conversation_id": TEXT, "updated_at_s": NUMBER},
    key="conversation_id",
    has_trash=False,
)
SETTINGS = Kind(
    label="settings",
    table="settings",
    packed={"value": "setting"},
    plain={"name": TEXT, "updated_at_s": NUMBER},
    key="name",
    has_trash=False,
)
# Traces after the messages they go with.
KINDS = (
    *(CONVERSATIONS, MESSAGES, TRACES, MEMORIES, DOCUMENTS, DIRECTIONS, RECORDS),
    *(DRAFTS, SETTINGS),
)
UNITS = Kind(
    label="text units",
    table="text_units",
    packed={"text": "text_unit"},
    plain={"id": TEXT, "place": NUMBER, "content_hash": BYTES, "raw_bytes": NUMBER},
    parent="document",
    index="text_units_index",
    is_archived=True,
    has_trash=False,
)


class Shelf:
    """One database's rows with their texts unpacked."""

    def __init__(self, reader: Reader, codec: Codec) -> None:
        self.reader = reader
        self.codec = codec
        self._archives = ArchiveReader(reader)

    def rows(
        self, kind: Kind, where: str = "", values: tuple[Any, ...] = (), *, limit: int = -1
    ) -> Iterator[Row]:
        """Each row as it lies there: packed columns as blobs; `row` too, if it has one."""
        columns = [*kind.copied]
        if kind.table not in ("drafts", "settings"):
            columns.append("row")
        if kind.parent:
            columns.append(kind.parent)
        if kind.is_archived:
            columns += ["archive", "archive_place"]
        order = "row" if "row" in columns else kind.key
        found = self.reader.execute(
            f"SELECT {', '.join(columns)} FROM {kind.table}{where} ORDER BY {order} LIMIT ?",
            (*values, limit),
        )
        while portion := found.fetchmany(_AT_ONCE):
            for values_ in portion:
                yield dict(zip(columns, values_, strict=True))

    def unpacked(self, kind: Kind, row: Row) -> Row:
        """The row with its texts; those that are no texts are bytes.

        Raises:
            VaultDamagedError: A value is not what its column holds.
        """
        for name, types in kind.plain.items():
            if not isinstance(row[name], types) or isinstance(row[name], bool):
                raise VaultDamagedError("A row of the backup is not whole.")
        content = {name: row[name] for name in kind.plain}
        for name in kind.packed:
            content[name] = self._text(kind, row, name)
        return content

    def _text(self, kind: Kind, row: Row, name: str) -> str | bytes | None:
        blob = row[name]
        if name == "text" and kind.is_archived and row["archive"] is not None:
            try:
                blob = self._archives.item(int(row["archive"]), int(row["archive_place"]))
            except (NotFoundError, ValueError, TypeError) as error:
                raise VaultDamagedError("A row of the backup is not whole.") from error
        if blob is None:
            return None
        if not isinstance(blob, bytes):
            raise VaultDamagedError("A row of the backup is not whole.")
        content = self.codec.unpack_bytes(blob)
        try:
            return content.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            return content
