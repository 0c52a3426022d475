"""Save and load conversations and their messages, compressed and searchable.

Every function takes the connection it works on, so that several make one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from engine.contract.messages import AnswerStats, Conversation, FinishReason, Message, Role
from engine.storage import archives
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.full_text import index_words, query_for_all
from engine.storage.past import keep_past

TITLE, PROMPT, MESSAGE, REASONING, STATS = "title", "prompt", "message", "reasoning", "stats"


def save_conversation(writer: Writer, codec: Codec, conversation: Conversation) -> int:
    """The conversation's own line is kept, its messages left alone.

    Returns:
        Its row.
    """
    prompt = conversation.system_prompt
    rows = writer.execute(
        """INSERT INTO conversations (id, title, system_prompt, created_at_s, updated_at_s)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET title = excluded.title,
            system_prompt = excluded.system_prompt, updated_at_s = excluded.updated_at_s
        RETURNING row""",
        (
            conversation.id,
            codec.pack(TITLE, conversation.title),
            None if prompt is None else codec.pack(PROMPT, prompt),
            conversation.created_at_s,
            conversation.updated_at_s,
        ),
    ).fetchall()
    return int(rows[0][0])


def save_message(
    writer: Writer, codec: Codec, conversation_row: int, message: Message, now_s: float
) -> None:
    """The message is kept; what it said before, if it was complete, goes to its past.

    Words are searchable once the message is complete, so that an answer being written does not
    rewrite the index every second.
    """
    packed = codec.pack(MESSAGE, message.text)
    _move_aside(writer, codec, message, now_s)
    rows = writer.execute(
        """INSERT INTO messages (id, conversation, parent_id, role, text, reasoning, stats,
            finish_reason, created_at_s, updated_at_s, raw_bytes)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET text = excluded.text, reasoning = excluded.reasoning,
            stats = excluded.stats, finish_reason = excluded.finish_reason,
            updated_at_s = excluded.updated_at_s, raw_bytes = excluded.raw_bytes,
            archive = NULL, archive_place = NULL
        RETURNING row""",
        (
            message.id,
            conversation_row,
            message.parent_id,
            message.role.value,
            packed,
            codec.pack(REASONING, message.reasoning) if message.reasoning else None,
            codec.pack(STATS, json.dumps(asdict(message.stats))) if message.stats else None,
            message.finish_reason.value if message.finish_reason else None,
            message.created_at_s,
            now_s,
            len(message.text.encode()) + len(message.reasoning.encode()),
        ),
    ).fetchall()
    if message.role is not Role.ASSISTANT or message.finish_reason is not None:
        index_words(
            writer, "messages_index", int(rows[0][0]), f"{message.text}\n{message.reasoning}"
        )


def _move_aside(writer: Writer, codec: Codec, message: Message, now_s: float) -> None:
    """What a complete message said before is in its past, and in no archive any more."""
    before = writer.execute(
        "SELECT text, finish_reason, archive, archive_place FROM messages WHERE id = ?",
        (message.id,),
    ).fetchone()
    if before is None or (message.role is Role.ASSISTANT and before[1] is None):
        return
    former, _, archive, place = before
    if archive is not None:
        former = archives.read_item(writer, archive, place)
        archives.erase(writer, archive, (place,))
    if codec.unpack(former) != message.text:
        keep_past(writer, "message", message.id, former, now_s)


def load_conversations(
    reader: Reader, codec: Codec, only: tuple[str, ...] = ()
) -> tuple[Conversation, ...]:
    """Conversations that are not in the trash, the latest first, with their messages.

    Args:
        only: Their identifiers; empty takes all.
    """
    wanted = f" AND c.id IN ({', '.join('?' * len(only))})" if only else ""
    messages: dict[int, list[Message]] = {}
    for conversation_row, message in _messages(reader, codec, wanted, only):
        messages.setdefault(conversation_row, []).append(message)
    rows = reader.execute(
        f"""SELECT row, id, title, system_prompt, created_at_s, updated_at_s FROM conversations c
        WHERE deleted_at_s IS NULL{wanted} ORDER BY updated_at_s DESC""",
        only,
    ).fetchall()
    return tuple(
        Conversation(
            id=id_,
            title=codec.unpack(title),
            system_prompt=None if prompt is None else codec.unpack(prompt),
            created_at_s=created,
            updated_at_s=updated,
            messages=tuple(messages.get(row, ())),
        )
        for row, id_, title, prompt, created, updated in rows
    )


def _messages(
    reader: Reader, codec: Codec, wanted: str, only: tuple[str, ...]
) -> Iterator[tuple[int, Message]]:
    rows = reader.execute(
        f"""SELECT m.conversation, m.id, m.parent_id, m.role, m.text, m.reasoning, m.stats,
            m.finish_reason, m.created_at_s, m.archive, m.archive_place
        FROM messages m JOIN conversations c ON c.row = m.conversation
        WHERE m.deleted_at_s IS NULL AND c.deleted_at_s IS NULL{wanted} ORDER BY m.row""",
        only,
    ).fetchall()
    old_turns = archives.ArchiveReader(reader)
    for conversation, id_, parent, role, text, reasoning, stats, reason, created, *place in rows:
        packed = text if place[0] is None else old_turns.item(*place)
        yield (
            conversation,
            Message(
                id=id_,
                parent_id=parent,
                role=Role(role),
                text=codec.unpack(packed),
                reasoning=codec.unpack(reasoning) if reasoning else "",
                created_at_s=created,
                finish_reason=_reason(role, reason),
                stats=_stats(codec, stats),
            ),
        )


def _reason(role: str, reason: str | None) -> FinishReason | None:
    """An answer without an end was being written when the app ended, in whatever way."""
    if reason is not None:
        return FinishReason(reason)
    return FinishReason.FAILED if role == Role.ASSISTANT.value else None


def _stats(codec: Codec, packed: bytes | None) -> AnswerStats | None:
    if packed is None:
        return None
    facts: dict[str, Any] = json.loads(codec.unpack(packed))
    # A field that a later version added is left out by an earlier one that is asked to read it.
    known = AnswerStats.__dataclass_fields__
    return AnswerStats(**{name: value for name, value in facts.items() if name in known})


def search_messages(reader: Reader, words: str, *, limit: int = 50) -> tuple[tuple[str, str], ...]:
    """Conversation and message identifiers whose text holds all `words`, the best first."""
    query = query_for_all(words)
    if not query:
        return ()
    rows = reader.execute(
        """SELECT c.id, m.id FROM messages_index i
        JOIN messages m ON m.row = i.rowid JOIN conversations c ON c.row = m.conversation
        WHERE messages_index MATCH ? AND m.deleted_at_s IS NULL AND c.deleted_at_s IS NULL
        ORDER BY rank LIMIT ?""",
        (query, limit),
    )
    return tuple((conversation, message) for conversation, message in rows.fetchall())
