"""What the files of a conversation and of its draft take of the context.

Runs on: io; counting runs on worker threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.attached import texts_of
from engine.chat.attaching import count
from engine.contract.library_events import AttachmentRead
from engine.contract.messages import Message

if TYPE_CHECKING:
    from engine.chat.turn import Chat
    from engine.models.loaded import LoadedModel


async def said_tokens(chat: Chat, loaded: LoadedModel, messages: Iterable[Message]) -> int:
    """Of the files that these messages brought."""
    with_files = [message for message in messages if message.attachments]
    texts = await texts_of(chat, with_files) if with_files else {}
    total = 0
    for message in with_files:
        for card in message.attachments:
            if card.id in texts:
                total += await count(chat, loaded, card, texts[card.id])
    return total


async def draft_tokens(
    chat: Chat, loaded: LoadedModel, attachment_ids: Sequence[str], publish: Publish
) -> int:
    """Of the files that wait for the next message; one whose cost was not known is told again.

    Raises:
        NotFoundError: One was not read, or was dropped.
    """
    total = 0
    for id_ in attachment_ids:
        file = chat.attachments.waiting(id_)
        tokens = await count(chat, loaded, file.card, file.text)
        if tokens != file.card.tokens:
            publish(AttachmentRead(attachment=chat.attachments.note_tokens(id_, tokens)))
        total += tokens
    return total
