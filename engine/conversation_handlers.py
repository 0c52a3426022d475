"""Commands to a conversation as a whole: its place, its own settings, what is on screen, and why.

Runs on: io; prompts are rebuilt on compute.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.answering import said_before
from engine.chat.attaching import keep_unwritten
from engine.chat.continuing import begun_with
from engine.chat.conversations import message_in
from engine.chat.effective import generation_of, overridden, preset_of
from engine.chat.recipes import explain
from engine.contract import chat_commands as commands
from engine.contract.chat_events import AnswerExplained
from engine.contract.errors import BadRequestError, NotFoundError
from engine.contract.events import ConversationChanged
from engine.contract.messages import Role
from engine.contract.settings import GenerationSettings
from engine.contract.vault import Place
from engine.runtime.compute import Priority
from engine.tree_handlers import is_growing, show

if TYPE_CHECKING:
    from engine.chat.turn import Chat
    from engine.models.loaded import LoadedModel


async def organise(chat: Chat, command: commands.OrganiseConversation, publish: Publish) -> None:
    """The conversation has its place in the list."""
    named = {
        "folder_id": command.folder_id,
        "is_pinned": command.is_pinned,
        "is_archived": command.is_archived,
    }
    changed = {name: value for name, value in named.items() if value is not None}
    await show(chat, command.conversation_id, publish, **changed)


async def configure(chat: Chat, command: commands.ConfigureConversation, publish: Publish) -> None:
    """The next answer is drawn as the conversation says.

    Raises:
        BadRequestError: A value is out of its range.
        NotFoundError: The preset is not there.
    """
    overridden(GenerationSettings(), command.sampling)
    if command.preset_id and await preset_of(chat, command.preset_id) is None:
        raise NotFoundError("This preset is not there any more.", action="Choose another.")
    await show(
        chat,
        command.conversation_id,
        publish,
        preset_id=command.preset_id,
        system_prompt=command.system_prompt,
        sampling=command.sampling,
    )


async def keep(chat: Chat, command: commands.KeepConversation, publish: Publish) -> None:
    """The conversation is kept from now on, with all that was said in it."""
    await keep_unwritten(chat, chat.conversations.get(command.conversation_id))
    kept = await chat.keeping.keep_temporary(command.conversation_id)
    await chat.traces.write_held()
    publish(ConversationChanged(conversation=replace(kept, messages=())))


async def keep_place(chat: Chat, command: commands.KeepPlace, publish: Publish) -> None:  # noqa: ARG001
    """The next start shows what is on screen now."""
    await chat.keeping.place(
        Place(
            conversation_id=command.conversation_id,
            message_id=command.message_id,
            offset_px=command.offset_px,
        )
    )


async def explain_answer(chat: Chat, command: commands.ExplainAnswer, publish: Publish) -> None:
    """The prompt of the answer was told."""
    conversation = chat.conversations.get(command.conversation_id)
    message = message_in(conversation, command.message_id)
    if message.role is not Role.ASSISTANT:
        raise BadRequestError("Only an answer has a prompt.")
    if is_growing(message):
        raise BadRequestError("This answer is still being written.", action="Wait for its end.")
    recipe = await chat.keeping.recipe(message.id)
    settings = await generation_of(chat, conversation)
    messages = await said_before(chat, conversation, message.parent_id)
    continued_id = recipe.continued_id if recipe is not None else ""
    continued = begun_with(conversation, continued_id)
    trace = await chat.traces.load(conversation.id, message.id)
    own = [token.token_id for token in trace.tokens] if trace is not None else []

    def told(loaded: LoadedModel | None) -> AnswerExplained:
        return explain(
            conversation.id,
            message,
            recipe,
            messages,
            settings=settings,
            continued=continued,
            loaded=loaded,
            own=own,
        )

    if chat.models.loaded is None:
        publish(told(None))
        return
    async with chat.models.using() as loaded:
        publish(await chat.compute.call(lambda: told(loaded), priority=Priority.INTERACTIVE))
