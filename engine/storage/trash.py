"""What was deleted and can come back; it leaves for good after the days of the settings."""

from __future__ import annotations

from collections.abc import Iterable

from engine.contract.vault import TrashItem, TrashKind
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer

_DAY_S = 86_400.0
_TITLE_LETTERS = 80

# Table, the column that says what it is, and the size of its content.
_TABLES: dict[TrashKind, tuple[str, str, str]] = {
    TrashKind.CONVERSATION: (
        "conversations",
        "title",
        "(SELECT total(raw_bytes) FROM messages WHERE conversation = conversations.row)",
    ),
    TrashKind.MESSAGE: ("messages", "text", "raw_bytes"),
    TrashKind.MEMORY: ("memories", "text", "raw_bytes"),
    TrashKind.DOCUMENT: ("documents", "title", "raw_bytes"),
}


def put_into_trash(writer: Writer, kind: TrashKind, item_id: str, now_s: float) -> bool:
    """The thing is out of every list and can come back; whether it was there."""
    table = _TABLES[kind][0]
    cursor = writer.execute(
        f"UPDATE {table} SET deleted_at_s = ?, updated_at_s = ?"
        " WHERE id = ? AND deleted_at_s IS NULL",
        (now_s, now_s, item_id),
    )
    return bool(cursor.rowcount)


def take_from_trash(writer: Writer, item_ids: Iterable[str], now_s: float) -> dict[str, TrashKind]:
    """The things are back where they were; those that were, with their kinds."""
    back: dict[str, TrashKind] = {}
    for item_id in item_ids:
        for kind, (table, _, _) in _TABLES.items():
            cursor = writer.execute(
                f"UPDATE {table} SET deleted_at_s = NULL, updated_at_s = ?"
                " WHERE id = ? AND deleted_at_s IS NOT NULL",
                (now_s, item_id),
            )
            if cursor.rowcount:
                back[item_id] = kind
    return back


def list_trash(reader: Reader, codec: Codec, *, trash_days: int) -> tuple[TrashItem, ...]:
    """Everything in the trash, the latest first."""
    items: list[TrashItem] = []
    for kind, (table, words, size) in _TABLES.items():
        rows = reader.execute(
            f"SELECT id, {words}, deleted_at_s, {size} FROM {table} WHERE deleted_at_s IS NOT NULL"
        )
        items += [
            TrashItem(
                id=id_,
                kind=kind,
                title=_first_words(codec.unpack(text)) if text else "",
                deleted_at_s=deleted,
                purge_at_s=deleted + trash_days * _DAY_S,
                size_bytes=int(size_bytes or 0),
            )
            for id_, text, deleted, size_bytes in rows.fetchall()
        ]
    return tuple(sorted(items, key=lambda item: item.deleted_at_s, reverse=True))


def overdue(reader: Reader, *, trash_days: int, now_s: float) -> tuple[str, ...]:
    """Identifiers of things whose time in the trash is over."""
    before = now_s - trash_days * _DAY_S
    return tuple(
        id_
        for table, _, _ in _TABLES.values()
        for (id_,) in reader.execute(
            f"SELECT id FROM {table} WHERE deleted_at_s < ?", (before,)
        ).fetchall()
    )


def outdated(
    reader: Reader, *, conversation_days: int, page_days: int, now_s: float
) -> tuple[tuple[TrashKind, str], ...]:
    """What the settings do not keep any longer: kind and identifier; 0 days keeps for ever."""
    found: list[tuple[TrashKind, str]] = []
    for kind, days, where in (
        (TrashKind.CONVERSATION, conversation_days, "1"),
        (TrashKind.DOCUMENT, page_days, "kind = 'page'"),
    ):
        if days:
            rows = reader.execute(
                f"SELECT id FROM {_TABLES[kind][0]}"
                f" WHERE deleted_at_s IS NULL AND {where} AND updated_at_s < ?",
                (now_s - days * _DAY_S,),
            )
            found += [(kind, id_) for (id_,) in rows.fetchall()]
    return tuple(found)


def _first_words(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _TITLE_LETTERS else f"{line[:_TITLE_LETTERS].rstrip()}…"
