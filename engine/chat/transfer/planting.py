"""Makes a conversation of ours of one that was found: identifiers, order, times, titles.

The identifiers come from the source's own, so that taking the same file in again finds all of it
known. Ours from our own JSON are kept as they are.
"""

from __future__ import annotations

import heapq
import re
from dataclasses import dataclass
from hashlib import blake2b

from engine.chat.transfer.found import FoundConversation, FoundMessage
from engine.contract.ids import id_of
from engine.contract.messages import Conversation, Message, Role

OURS = "Shvayambhu"
_TITLE_LETTERS = 60
_MOST_TITLE_LETTERS = 200
_OWN_CONVERSATION = re.compile(r"conv_[0-9a-z]{18}")
_OWN_MESSAGE = re.compile(r"msg_[0-9a-z]{18}")


def conversation_id_of(source: str, found: FoundConversation) -> str:
    """The identifier it has here, whenever and wherever it is taken in."""
    if source == OURS and _OWN_CONVERSATION.fullmatch(found.source_id):
        return found.source_id
    digest = _digest(source, found.source_id)
    return id_of("conv", _microseconds(found.created_at_s), digest)


def plant(source: str, found: FoundConversation, otherwise_s: float) -> Conversation:
    """The conversation with its messages in the order they were made, parents first.

    Args:
        source: Who made the file.
        found: What was in it.
        otherwise_s: The time for what the source gives none.
    """
    conversation_id = conversation_id_of(source, found)
    times = [m.created_at_s for m in found.messages if m.created_at_s is not None]
    created_s = found.created_at_s or min(times, default=otherwise_s)
    names = _Names(source, conversation_id)
    messages: list[Message] = []
    known: dict[str, Message] = {}
    for one in _in_order(found.messages, created_s):
        parent = known.get(one.parent or "")
        # Never before what it follows, or a list by time would turn the two round.
        at_s = max(one.created_at_s or 0.0, parent.created_at_s if parent else created_s)
        message = Message(
            id=names.of(one, at_s),
            role=one.role,
            text=one.text,
            created_at_s=at_s,
            parent_id=parent.id if parent else None,
            reasoning=one.reasoning,
            finish_reason=one.finish_reason,
            stats=one.stats,
            attachments=one.attachments,
        )
        messages.append(message)
        known[one.source_id] = message
    leaf = known.get(found.leaf)
    last_s = max((message.created_at_s for message in messages), default=created_s)
    return Conversation(
        id=conversation_id,
        title=_title(found),
        created_at_s=created_s,
        updated_at_s=max(found.updated_at_s or last_s, created_s),
        system_prompt=found.system_prompt,
        messages=tuple(messages),
        leaf_id=leaf.id if leaf else None,
        is_pinned=found.is_pinned,
        is_archived=found.is_archived,
        title_source=found.title_source,
        preset_id=found.preset_id,
        sampling=found.sampling,
    )


def _in_order(messages: tuple[FoundMessage, ...], begin_s: float) -> list[FoundMessage]:
    """The earliest first, and each after its parent; what hangs in a circle is left out.

    One whose parent is not there is a first message.
    """
    first: dict[str, FoundMessage] = {}
    for message in messages:
        first.setdefault(message.source_id, message)
    followers: dict[str, list[tuple[int, FoundMessage]]] = {}
    ready: list[tuple[float, int, FoundMessage]] = []
    for number, message in enumerate(first.values()):
        if message.parent in first and message.parent is not None:
            followers.setdefault(message.parent, []).append((number, message))
        else:
            heapq.heappush(ready, (message.created_at_s or begin_s, number, message))
    order: list[FoundMessage] = []
    while ready:
        at_s, _, message = heapq.heappop(ready)
        order.append(message)
        for number, follower in followers.pop(message.source_id, ()):
            heapq.heappush(ready, (max(follower.created_at_s or at_s, at_s), number, follower))
    return order


@dataclass(slots=True)
class _Names:
    """Gives messages identifiers that sort in the order they are asked for."""

    source: str
    conversation_id: str
    last: int = 0

    def of(self, message: FoundMessage, at_s: float) -> str:
        if self.source == OURS and _OWN_MESSAGE.fullmatch(message.source_id):
            return message.source_id
        self.last = max(_microseconds(at_s), self.last + 1)
        return id_of("msg", self.last, _digest(self.conversation_id, message.source_id))


def _microseconds(at_s: float | None) -> int:
    return int((at_s or 0.0) * 1_000_000)


def _digest(*words: str) -> int:
    content = "\0".join(words).encode("utf-8", "replace")
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big")


def _title(found: FoundConversation) -> str:
    """Its own, in one line; else the first words of the user."""
    line = " ".join(found.title.split())
    if line:
        return line[:_MOST_TITLE_LETTERS]
    said = next((m.text for m in found.messages if m.role is Role.USER), "")
    words = " ".join(said[: 10 * _TITLE_LETTERS].split())
    if len(words) <= _TITLE_LETTERS:
        return words
    return words[:_TITLE_LETTERS].rsplit(" ", 1)[0] + "…"
