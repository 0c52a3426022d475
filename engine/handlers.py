"""Commands that take a line or two: conversations, models, settings, inspection.

Runs on: io.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine import vault_handlers
from engine.chat.answer import Publish
from engine.contract import commands
from engine.contract.events import (
    ConversationChanged,
    ConversationCreated,
    ConversationDeleted,
    ConversationsListed,
    EngineInspected,
    ModelsListed,
    SettingsChanged,
)
from engine.models import memory
from engine.runtime import blas
from engine.runtime.compute import Priority

if TYPE_CHECKING:
    from engine.chat.turn import Chat


async def create_conversation(
    chat: Chat, command: commands.CreateConversation, publish: Publish
) -> None:
    """The conversation is there."""
    conversation = chat.conversations.create(
        command.conversation_id,
        command.title,
        command.system_prompt,
        is_temporary=command.is_temporary,
        preset_id=command.preset_id,
    )
    await chat.keeping.conversation(command.conversation_id)
    publish(ConversationCreated(conversation=conversation))


async def rename_conversation(
    chat: Chat, command: commands.RenameConversation, publish: Publish
) -> None:
    """The conversation has its new title."""
    conversation = chat.conversations.rename(command.conversation_id, command.title)
    await chat.keeping.conversation(command.conversation_id)
    publish(ConversationChanged(conversation=replace(conversation, messages=())))


async def delete_conversation(
    chat: Chat, command: commands.DeleteConversation, publish: Publish
) -> None:
    """The conversation is gone, and its answer with it, if one was being written."""
    chat.conversations.get(command.conversation_id)
    await chat.keeping.delete(command.conversation_id)
    chat.conversations.delete(command.conversation_id)
    if task := chat.writing.get(command.conversation_id):
        task.cancel()
    publish(ConversationDeleted(conversation_id=command.conversation_id))


async def restore_conversation(
    chat: Chat, command: commands.RestoreConversation, publish: Publish
) -> None:
    """The conversation is back, with all its messages."""
    publish(ConversationCreated(conversation=await chat.keeping.restore(command.conversation_id)))


async def list_conversations(
    chat: Chat,
    command: commands.ListConversations,  # noqa: ARG001 - every handler has the same shape
    publish: Publish,
) -> None:
    """All conversations were told."""
    publish(ConversationsListed(conversations=chat.conversations.list()))


async def list_models(
    chat: Chat,
    command: commands.ListModels,  # noqa: ARG001
    publish: Publish,
) -> None:
    """All models were told, with what the disk says of them now."""
    publish(ModelsListed(models=await chat.models.cards()))


async def fetch_model(chat: Chat, command: commands.FetchModel, publish: Publish) -> None:
    """The model is on this machine."""
    await chat.models.fetch(command.model_id, publish)


async def load_model(chat: Chat, command: commands.LoadModel, publish: Publish) -> None:
    """The model answers."""
    await chat.models.load(command.model_id, publish)


async def unload_model(
    chat: Chat,
    command: commands.UnloadModel,  # noqa: ARG001
    publish: Publish,
) -> None:
    """No model is loaded."""
    await chat.models.unload(publish)


async def change_settings(chat: Chat, command: commands.ChangeSettings, publish: Publish) -> None:
    """The settings hold from the next command on; private ones are in the vault."""
    if not chat.vault.is_closed:
        await vault_handlers.keep_settings(chat, command.settings)
    chat.settings = command.settings
    chat.models.settings = command.settings.models
    chat.models.set_offline(command.settings.network.is_offline)
    publish(SettingsChanged(settings=command.settings))


async def inspect_engine(
    chat: Chat,
    command: commands.InspectEngine,  # noqa: ARG001
    publish: Publish,
) -> None:
    """What runs underneath was told."""

    def inspect() -> EngineInspected:
        from engine.models import device

        facts = device.describe()
        loaded = chat.models.loaded
        return EngineInspected(
            device=facts.kind,
            device_name=facts.name,
            blas="Metal" if facts.kind == "gpu" else blas.preload(),
            compute_dtype=facts.compute_dtype,
            model=loaded.info if loaded else None,
            active_bytes=facts.active_bytes,
            cache_bytes=facts.cache_bytes,
            peak_bytes=facts.peak_bytes,
            limit_bytes=int(memory.machine_memory_bytes() * chat.settings.models.memory_share),
            prompt_cache_bytes=chat.models.cache().bytes if loaded else 0,
            conversations=len(chat.conversations),
        )

    publish(await chat.compute.call(inspect, priority=Priority.INTERACTIVE))
