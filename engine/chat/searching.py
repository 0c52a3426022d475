"""Finds words in titles and messages of all conversations that are kept.

Runs on: io; the search itself on a reader's thread.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from engine.contract.library_commands import SearchFilters, SearchMessages
from engine.contract.library_events import MessagesFound, SearchHit
from engine.contract.messages import Conversation, Message
from engine.storage.database import Reader
from engine.storage.search import FoundMessage, find_messages
from engine.storage.words import Query, marks_in

if TYPE_CHECKING:
    from engine.chat.turn import Chat

_MOST_HITS = 1_000
# Titles come first, and leave most of the room to messages.
_TITLE_SHARE = 5


async def search(chat: Chat, command: SearchMessages) -> MessagesFound:
    """The hits, titles first, then messages, the best first."""
    begun_s = time.perf_counter()
    query = Query.of(command.query)
    limit = min(max(command.limit, 1), _MOST_HITS)
    codec = chat.vault.codec
    # A tuple of frozen values, so a reader's thread may go through it.
    everything = chat.conversations.list()

    def find(reader: Reader) -> tuple[list[SearchHit], int]:
        shelf = {one.id: one for one in everything if not one.is_temporary}

        def at_hand(conversation_id: str, message_id: str) -> Message | None:
            conversation = shelf.get(conversation_id)
            messages = conversation.messages if conversation else ()
            return next((m for m in messages if m.id == message_id), None)

        titles = titles_with(shelf.values(), query, command.filters)
        found, count = find_messages(
            reader, codec, query, command.filters, limit=limit, at_hand=at_hand
        )
        room = max(limit // _TITLE_SHARE, limit - len(found))
        messages = [_hit(shelf, one) for one in found[: limit - min(len(titles), room)]]
        return [*titles[:room], *messages], len(titles) + count

    hits, total = await chat.vault.store.read(find)
    return MessagesFound(
        query=command.query,
        hits=tuple(hits),
        total=total,
        elapsed_ms=1000 * (time.perf_counter() - begun_s),
    )


def titles_with(
    conversations: Iterable[Conversation], query: Query, filters: SearchFilters
) -> list[SearchHit]:
    """Conversations whose title holds all that is looked for, the latest first."""
    pattern = query.pattern()
    is_about_messages = (filters.role, filters.has_attachment) != (None, None) or filters.model_id
    if pattern is None or is_about_messages:
        return []
    return [
        SearchHit(
            conversation_id=one.id,
            title=one.title,
            message_id="",
            role=None,
            created_at_s=one.updated_at_s,
            excerpt=one.title,
            marks=marks_in(pattern, one.title),
        )
        for one in conversations
        if _is_allowed(one, filters) and query.is_in(one.title)
    ]


def _is_allowed(conversation: Conversation, filters: SearchFilters) -> bool:
    wanted = (
        (conversation.folder_id, filters.folder_id or None),
        (conversation.is_pinned, filters.is_pinned),
        (conversation.is_archived, filters.is_archived),
    )
    after_s, before_s = filters.after_s, filters.before_s
    return (
        all(expected is None or value == expected for value, expected in wanted)
        and (after_s is None or conversation.updated_at_s >= after_s)
        and (before_s is None or conversation.updated_at_s < before_s)
    )


def _hit(shelf: Mapping[str, Conversation], found: FoundMessage) -> SearchHit:
    conversation = shelf.get(found.conversation_id)
    return SearchHit(
        conversation_id=found.conversation_id,
        title=conversation.title if conversation else "",
        message_id=found.message_id,
        role=found.role,
        created_at_s=found.created_at_s,
        excerpt=found.excerpt,
        marks=found.marks,
    )
