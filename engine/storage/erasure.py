"""Erases things for good: no row, earlier version, index, archive, vector or file holds them.

`forget_items` works inside a transaction. Afterwards, outside of one, `finish` sees to it that no
page and no log holds what stood there; then the sealed files, whose keys are gone, are removed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.contract.vault import TrashKind
from engine.storage import archives, embeddings
from engine.storage.attachments import FILE, is_linked, linked_file
from engine.storage.codec import Codec
from engine.storage.database import Writer
from engine.storage.sealed_files import owned_by, unregister

INDEXES = ("messages_index", "memories_index", "text_units_index")


def forget_items(writer: Writer, codec: Codec, item_ids: Iterable[str]) -> tuple[str, ...]:
    """Each thing is erased, whether it was in the trash or not, and all that hangs on it.

    Returns:
        Sealed files without a key, to be unlinked once the transaction is on disk.
    """
    files: list[str] = []
    for item_id in item_ids:
        match kind_of(writer, item_id):
            case TrashKind.CONVERSATION:
                files += forget_conversation(writer, item_id)
            case TrashKind.MESSAGE:
                files += forget_message(writer, item_id)
            case TrashKind.MEMORY:
                files += forget_memory(writer, item_id)
            case TrashKind.DOCUMENT:
                files += forget_document(writer, codec, item_id)
    return tuple(files)


def kind_of(writer: Writer, item_id: str) -> TrashKind | None:
    """What this identifier names; None if nothing does."""
    for table, kind in (
        ("conversations", TrashKind.CONVERSATION),
        ("messages", TrashKind.MESSAGE),
        ("memories", TrashKind.MEMORY),
        ("documents", TrashKind.DOCUMENT),
    ):
        if writer.execute(f"SELECT 1 FROM {table} WHERE id = ?", (item_id,)).fetchone():
            return kind
    return None


def forget_conversation(writer: Writer, conversation_id: str) -> list[str]:
    """The conversation, its messages, its draft and all that was made of them are erased.

    Memories that were drawn from it are things of their own and stay; they name no source then.
    """
    files = _erase_messages(
        writer, "conversation = (SELECT row FROM conversations WHERE id = ?)", (conversation_id,)
    )
    writer.execute("DELETE FROM drafts WHERE conversation_id = ?", (conversation_id,))
    writer.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
    return files + _erase_belongings(writer, conversation_id)


def forget_message(writer: Writer, message_id: str) -> list[str]:
    """The message is erased, and what went to the trash with it.

    What answered it answers what it answered.
    """
    going = writer.execute(
        "SELECT id FROM messages WHERE id = ? OR deleted_with = ?", (message_id, message_id)
    ).fetchall()
    files: list[str] = []
    for (id_,) in going:
        writer.execute(
            """UPDATE messages SET parent_id = (SELECT parent_id FROM messages WHERE id = ?)
            WHERE parent_id = ?""",
            (id_, id_),
        )
        files += _erase_messages(writer, "id = ?", (id_,))
    return files


def forget_memory(writer: Writer, memory_id: str) -> list[str]:
    """The memory is erased."""
    for (row,) in writer.execute("SELECT row FROM memories WHERE id = ?", (memory_id,)).fetchall():
        writer.execute("DELETE FROM memories_index WHERE rowid = ?", (row,))
    files = _erase_belongings(writer, memory_id)
    writer.execute("DELETE FROM memories WHERE id = ?", (memory_id,))
    return files


def forget_document(writer: Writer, codec: Codec, document_id: str) -> list[str]:
    """The document and its text units are erased.

    A unit of another document that said the same by reference keeps its text: it gets a copy.
    """
    files = erase_units(
        writer, codec, "document = (SELECT row FROM documents WHERE id = ?)", (document_id,)
    )
    writer.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    return files + _erase_belongings(writer, document_id)


def erase_units(writer: Writer, codec: Codec, where: str, values: Sequence[Any]) -> list[str]:
    """The text units are erased; those that referred to them get their text.

    Args:
        where: Condition on text_units, in our own words.
        values: Its parameters.
    """
    rows = writer.execute(
        f"SELECT row, id, archive, archive_place FROM text_units WHERE {where}", values
    ).fetchall()
    going = {row for row, *_ in rows}
    for row, *_ in rows:
        _hand_over(writer, codec, row, going)
    files: list[str] = []
    for row, id_, *_ in rows:
        writer.execute("DELETE FROM text_units_index WHERE rowid = ?", (row,))
        writer.execute("UPDATE text_units SET same_as = NULL WHERE row = ?", (row,))
        files += _erase_belongings(writer, id_)
    writer.executemany("DELETE FROM text_units WHERE row = ?", [(row,) for row in going])
    _erase_archived(writer, [(archive, place) for *_, archive, place in rows])
    return files


def _hand_over(writer: Writer, codec: Codec, row: int, going: set[int]) -> None:
    """The first unit that stays and has `row`'s very text by reference has it now, and its vector.

    The others refer to that one. If there is none, those that say the same in other words stand
    alone: they have no vector any more, for that was of the text that goes.
    """
    heirs = [
        (heir, is_exact)
        for heir, is_exact in writer.execute(
            """SELECT row, text IS NULL AND archive IS NULL FROM text_units
            WHERE same_as = ? ORDER BY row""",
            (row,),
        ).fetchall()
        if heir not in going
    ]
    first = next((heir for heir, is_exact in heirs if is_exact), None)
    writer.executemany(
        "UPDATE text_units SET same_as = ? WHERE row = ?",
        [(None if heir == first else first, heir) for heir, _ in heirs],
    )
    if first is None:
        return
    text, archive, place = writer.execute(
        "SELECT text, archive, archive_place FROM text_units WHERE row = ?", (row,)
    ).fetchone() or (None, None, None)
    if archive is not None:
        text = codec.pack("text_unit", codec.unpack(archives.read_item(writer, archive, place)))
    writer.execute("UPDATE text_units SET text = ? WHERE row = ?", (text, first))
    embeddings.hand_over(writer, "text_units", row, first)


def _erase_messages(writer: Writer, where: str, values: Sequence[Any]) -> list[str]:
    rows = writer.execute(
        f"SELECT row, id, archive, archive_place FROM messages WHERE {where}", values
    ).fetchall()
    files: list[str] = []
    for row, id_, *_ in rows:
        writer.execute("DELETE FROM messages_index WHERE rowid = ?", (row,))
        files += _erase_belongings(writer, id_)
    writer.executemany("DELETE FROM messages WHERE row = ?", [(row,) for row, *_ in rows])
    _erase_archived(writer, [(archive, place) for *_, archive, place in rows])
    return files


def _erase_archived(writer: Writer, places: Iterable[tuple[int | None, int | None]]) -> None:
    by_archive: dict[int, set[int]] = {}
    for archive, place in places:
        if archive is not None and place is not None:
            by_archive.setdefault(archive, set()).add(place)
    for archive, erased in by_archive.items():
        archives.erase(writer, archive, erased)


def _erase_belongings(writer: Writer, owner_id: str) -> list[str]:
    """Earlier versions, vectors, records, and the keys of files that belong to this thing.

    Call it while the thing's row is there: its vectors are found by it, and SQLite gives the row
    to what comes next, which must not find them.
    """
    embeddings.remove(writer, [owner_id])
    writer.execute("DELETE FROM past WHERE item_id = ?", (owner_id,))
    writer.execute("UPDATE memories SET source_id = NULL WHERE source_id = ?", (owner_id,))
    files = [file.id for file in owned_by(writer, owner_id)]
    unregister(writer, files)
    records = writer.execute("SELECT id FROM records WHERE parent_id = ?", (owner_id,)).fetchall()
    for (record,) in records:
        writer.execute("DELETE FROM records WHERE id = ?", (record,))
        files += _erase_belongings(writer, record)
    return files + forget_files(writer, {linked_file(record) for (record,) in records})


def forget_files(writer: Writer, attachment_ids: Iterable[str]) -> list[str]:
    """Of these files that went with messages, those that no message has any more are erased."""
    files: list[str] = []
    for id_ in attachment_ids:
        row = writer.execute("SELECT 1 FROM records WHERE id = ? AND kind = ?", (id_, FILE))
        if row.fetchone() is not None and not is_linked(writer, id_):
            writer.execute("DELETE FROM records WHERE id = ?", (id_,))
            files += _erase_belongings(writer, id_)
    return files


def finish(writer: Writer) -> None:
    """No page, free or used, and no log holds what was erased before; call outside a transaction.

    A contentless index only notes that a row is void: its words go when its parts are merged.
    """
    for index in INDEXES:
        writer.execute(f"INSERT INTO {index}({index}) VALUES ('optimize')")
    writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
