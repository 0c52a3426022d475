"""Save and load conversations and their messages, compressed and searchable.

Every function takes the connection it works on, so that several make one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from typing import Any

from engine.contract.attachments import Attachment, AttachmentKind
from engine.contract.library import NO_OVERRIDES, SamplingOverrides
from engine.contract.messages import (
    AnswerStats,
    Conversation,
    FinishReason,
    Message,
    Role,
    TitleSource,
)
from engine.storage import archives
from engine.storage.attachments import link_files
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.full_text import index_words, query_for_all
from engine.storage.library import sampling_from
from engine.storage.past import keep_past

TITLE, PROMPT, MESSAGE, REASONING, STATS = "title", "prompt", "message", "reasoning", "stats"
SAMPLING, ATTACHMENTS = "sampling", "attachments"


def save_conversation(writer: Writer, codec: Codec, conversation: Conversation) -> int:
    """The conversation's own line is kept, its messages left alone.

    Returns:
        Its row.
    """
    prompt, sampling = conversation.system_prompt, conversation.sampling
    rows = writer.execute(
        """INSERT INTO conversations (id, title, system_prompt, created_at_s, updated_at_s,
            leaf_id, folder_id, is_pinned, is_archived, title_source, preset_id, sampling)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET title = excluded.title,
            system_prompt = excluded.system_prompt, updated_at_s = excluded.updated_at_s,
            leaf_id = excluded.leaf_id, folder_id = excluded.folder_id,
            is_pinned = excluded.is_pinned, is_archived = excluded.is_archived,
            title_source = excluded.title_source, preset_id = excluded.preset_id,
            sampling = excluded.sampling
        RETURNING row""",
        (
            conversation.id,
            codec.pack(TITLE, conversation.title),
            None if prompt is None else codec.pack(PROMPT, prompt),
            conversation.created_at_s,
            conversation.updated_at_s,
            conversation.leaf_id,
            conversation.folder_id,
            conversation.is_pinned,
            conversation.is_archived,
            conversation.title_source.value,
            conversation.preset_id,
            None
            if sampling == NO_OVERRIDES
            else codec.pack(SAMPLING, json.dumps(asdict(sampling))),
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
            finish_reason, created_at_s, updated_at_s, raw_bytes, attachments)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET text = excluded.text, reasoning = excluded.reasoning,
            stats = excluded.stats, finish_reason = excluded.finish_reason,
            updated_at_s = excluded.updated_at_s, raw_bytes = excluded.raw_bytes,
            attachments = excluded.attachments,
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
            _packed_attachments(codec, message.attachments),
        ),
    ).fetchall()
    link_files(writer, codec, message.attachments, message.id, now_s)
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
        f"""SELECT row, id, title, system_prompt, created_at_s, updated_at_s, leaf_id, folder_id,
            is_pinned, is_archived, title_source, preset_id, sampling FROM conversations c
        WHERE deleted_at_s IS NULL{wanted} ORDER BY updated_at_s DESC""",
        only,
    ).fetchall()
    return tuple(_conversation(codec, row, messages.get(row[0], ())) for row in rows)


def _conversation(codec: Codec, row: tuple[Any, ...], messages: Iterable[Message]) -> Conversation:
    _, id_, title, prompt, created, updated, leaf, folder, pinned, archived, *rest = row
    source, preset, sampling = rest
    return Conversation(
        id=id_,
        title=codec.unpack(title),
        system_prompt=None if prompt is None else codec.unpack(prompt),
        created_at_s=created,
        updated_at_s=updated,
        messages=tuple(messages),
        leaf_id=leaf,
        folder_id=folder,
        is_pinned=bool(pinned),
        is_archived=bool(archived),
        title_source=_title_source(source),
        preset_id=preset,
        sampling=_sampling(codec, sampling),
    )


def _title_source(word: str) -> TitleSource:
    try:
        return TitleSource(word)
    except ValueError:
        # A backup from elsewhere may say anything; a title by hand is never replaced.
        return TitleSource.USER


def _sampling(codec: Codec, packed: bytes | None) -> SamplingOverrides:
    facts = {} if packed is None else json.loads(codec.unpack(packed))
    return sampling_from(facts if isinstance(facts, dict) else {})


def _messages(
    reader: Reader, codec: Codec, wanted: str, only: tuple[str, ...]
) -> Iterator[tuple[int, Message]]:
    rows = reader.execute(
        f"""SELECT m.conversation, m.id, m.parent_id, m.role, m.text, m.reasoning, m.stats,
            m.finish_reason, m.created_at_s, m.attachments, m.archive, m.archive_place
        FROM messages m JOIN conversations c ON c.row = m.conversation
        WHERE m.deleted_at_s IS NULL AND c.deleted_at_s IS NULL{wanted} ORDER BY m.row""",
        only,
    ).fetchall()
    old_turns = archives.ArchiveReader(reader)
    for conversation, id_, parent, role, text, reasoning, stats, reason, created, *more in rows:
        attachments, archive, place = more
        packed = text if archive is None else old_turns.item(archive, place)
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
                attachments=_attachments(codec, attachments) if attachments else (),
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


def _packed_attachments(codec: Codec, attachments: tuple[Attachment, ...]) -> bytes | None:
    if not attachments:
        return None
    cards = [{**asdict(card), "kind": card.kind.value} for card in attachments]
    return codec.pack(ATTACHMENTS, json.dumps(cards))


def _attachments(codec: Codec, packed: bytes) -> tuple[Attachment, ...]:
    known = Attachment.__dataclass_fields__
    return tuple(
        Attachment(
            **{name: value for name, value in card.items() if name in known and name != "kind"},
            kind=AttachmentKind(card["kind"]),
        )
        for card in json.loads(codec.unpack(packed))
    )


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
