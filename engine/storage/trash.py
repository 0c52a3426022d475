"""What was deleted and can come back; it leaves for good after the days of the settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.contract.vault import TrashItem, TrashKind
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer

_DAY_S = 86_400.0
_TITLE_LETTERS = 80

# A message with what was measured in it.
_MEASURED = """SELECT total(m.raw_bytes + coalesce(t.raw_bytes, 0))
    FROM messages m LEFT JOIN traces t ON t.message_id = m.id WHERE"""
# Table, the column that says what it is, and the size of its content.
_TABLES: dict[TrashKind, tuple[str, str, str]] = {
    TrashKind.CONVERSATION: (
        "conversations",
        "title",
        f"({_MEASURED} m.conversation = conversations.row)",
    ),
    TrashKind.MESSAGE: (
        "messages",
        "text",
        f"({_MEASURED} m.row = messages.row OR m.deleted_with = messages.id)",
    ),
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


def put_messages_into_trash(writer: Writer, message_ids: Sequence[str], now_s: float) -> None:
    """They are one thing in the trash, named by the first; the others follow it on some path."""
    first, *others = message_ids
    writer.executemany(
        "UPDATE messages SET deleted_at_s = ?, updated_at_s = ?, deleted_with = ?"
        " WHERE id = ? AND deleted_at_s IS NULL",
        [(now_s, now_s, None, first), *((now_s, now_s, first, other) for other in others)],
    )


def take_from_trash(writer: Writer, item_ids: Iterable[str], now_s: float) -> dict[str, TrashKind]:
    """The things are back where they were; those that were, with their kinds."""
    back: dict[str, TrashKind] = {}
    for item_id in item_ids:
        for kind, (table, _, _) in _TABLES.items():
            if kind is TrashKind.MESSAGE:
                is_back = _take_message(writer, item_id, now_s)
            else:
                is_back = _take(writer, table, item_id, now_s)
            if is_back:
                back[item_id] = kind
    return back


def _take(writer: Writer, table: str, item_id: str, now_s: float) -> bool:
    cursor = writer.execute(
        f"UPDATE {table} SET deleted_at_s = NULL, updated_at_s = ?"
        " WHERE id = ? AND deleted_at_s IS NOT NULL",
        (now_s, item_id),
    )
    return bool(cursor.rowcount)


def _take_message(writer: Writer, message_id: str, now_s: float) -> bool:
    """It is back with what went with it, and with what it follows: else it had no place."""
    is_back = False
    at: str | None = message_id
    while at is not None:
        found = writer.execute(
            "SELECT coalesce(deleted_with, id) FROM messages"
            " WHERE id = ? AND deleted_at_s IS NOT NULL",
            (at,),
        ).fetchone()
        if found is None:
            break
        writer.execute(
            "UPDATE messages SET deleted_at_s = NULL, deleted_with = NULL, updated_at_s = ?"
            " WHERE (id = ? OR deleted_with = ?) AND deleted_at_s IS NOT NULL",
            (now_s, found[0], found[0]),
        )
        is_back = True
        above = writer.execute(
            "SELECT parent_id FROM messages WHERE id = ?", (found[0],)
        ).fetchone()
        at = above[0] if above is not None else None
    conversation_id = conversation_of(writer, message_id) if is_back else None
    if conversation_id is not None:
        _take(writer, "conversations", conversation_id, now_s)
    return is_back


def conversation_of(reader: Reader, message_id: str) -> str | None:
    """The conversation of the message; None if there is no such message."""
    found = reader.execute(
        """SELECT c.id FROM messages m JOIN conversations c ON c.row = m.conversation
        WHERE m.id = ?""",
        (message_id,),
    ).fetchone()
    return None if found is None else str(found[0])


def list_trash(reader: Reader, codec: Codec, *, trash_days: int) -> tuple[TrashItem, ...]:
    """Everything in the trash, the latest first."""
    items: list[TrashItem] = []
    for kind, (table, words, size) in _TABLES.items():
        # What went along with another message is no thing of its own here.
        alone = " AND deleted_with IS NULL" if kind is TrashKind.MESSAGE else ""
        rows = reader.execute(
            f"SELECT id, {words}, deleted_at_s, {size} FROM {table}"
            f" WHERE deleted_at_s IS NOT NULL{alone}"
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
