"""Commands to the trash: listing, bringing back, forgetting for good.

Runs on: io; the disk is the store's business, on threads of its own.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from engine.chat import forgetting, turn
from engine.chat.answer import Publish
from engine.contract import vault_commands as commands
from engine.contract.events import ConversationCreated, ConversationDeleted
from engine.contract.vault import TrashKind
from engine.contract.vault_events import TrashListed
from engine.storage import trash
from engine.storage.database import Writer

if TYPE_CHECKING:
    from engine.chat.turn import Chat


async def list_trash(
    chat: Chat,
    command: commands.ListTrash,  # noqa: ARG001 - every handler has the same shape
    publish: Publish,
) -> None:
    """What lies in the trash was told."""
    codec, days = chat.vault.codec, chat.settings.storage.trash_days
    items = await chat.vault.store.read(
        lambda reader: trash.list_trash(reader, codec, trash_days=days)
    )
    publish(TrashListed(items=items))


async def restore(chat: Chat, command: commands.RestoreFromTrash, publish: Publish) -> None:
    """The things are back where they were."""

    def write(writer: Writer) -> dict[str, TrashKind]:
        return trash.take_from_trash(writer, command.item_ids, time.time())

    back = await chat.vault.store.write(write)
    for item_id, kind in back.items():
        if kind is TrashKind.CONVERSATION:
            publish(ConversationCreated(conversation=await chat.keeping.restore(item_id)))
        elif kind is TrashKind.MESSAGE:
            publish(ConversationCreated(conversation=await chat.keeping.restore_message(item_id)))
    await list_trash(chat, commands.ListTrash(), publish)


async def forget(chat: Chat, command: commands.ForgetItems, publish: Publish) -> None:
    """The things are gone for good; no page, index or log holds them."""
    # An answer that ended later would be written once more.
    going = set(command.item_ids)
    for conversation in chat.conversations.list():
        if conversation.id in going or any(
            message.id in going for message in conversation.messages
        ):
            await turn.end_writing(chat, conversation.id)
    await forgetting.forget(chat.vault, command.item_ids)
    chat.traces.forget(command.item_ids)
    for conversation in chat.conversations.list():
        if conversation.id in command.item_ids:
            chat.conversations.delete(conversation.id)
            publish(ConversationDeleted(conversation_id=conversation.id))
    chat.conversations.forget(command.item_ids)
    for conversation in chat.conversations.forget_messages(command.item_ids):
        publish(ConversationCreated(conversation=conversation))
    await list_trash(chat, commands.ListTrash(), publish)
