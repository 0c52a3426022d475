"""Commands to a conversation's tree: other versions, branches, deleting a part.

Runs on: io; answers are written on compute, in answering.py.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.answering import Ask, answer, load_for
from engine.chat.continuing import continuable
from engine.chat.conversations import message_in, question_of
from engine.chat.recipes import copied
from engine.chat.turn import end_writing, in_turn, keep_said
from engine.contract import chat_commands as commands
from engine.contract.chat_events import MessagesRemoved
from engine.contract.errors import BadRequestError, StorageError
from engine.contract.events import ConversationChanged, ConversationCreated
from engine.contract.ids import new_id
from engine.contract.message_tree import below, newest_leaf, path_to
from engine.contract.messages import Conversation, FinishReason, Message, Role, TitleSource

if TYPE_CHECKING:
    from engine.chat.turn import Chat


async def edit_message(chat: Chat, command: commands.EditMessage, publish: Publish) -> None:
    """There is another version of the message; a question's is answered."""
    if not command.text.strip():
        raise BadRequestError(
            "A message cannot be made empty.", action="Delete it, or write something."
        )
    async with in_turn(chat, command.conversation_id):
        before = chat.conversations.get(command.conversation_id)
        former = message_in(before, command.message_id)
        edited = chat.conversations.add_message(
            before.id,
            former.role,
            command.text,
            parent_id=former.parent_id,
            is_first=former.parent_id is None,
            finish_reason=FinishReason.STOP if former.role is Role.ASSISTANT else None,
            attachments=former.attachments,
        )
        await keep_said(chat, before, edited, publish)
        if edited.role is Role.USER:
            await answer(chat, Ask(conversation_id=before.id, question_id=edited.id), publish)


async def regenerate_answer(
    chat: Chat, command: commands.RegenerateAnswer, publish: Publish
) -> None:
    """There is another version of the answer, by the model that was asked for."""
    async with in_turn(chat, command.conversation_id):
        question = question_of(chat.conversations.get(command.conversation_id), command.message_id)
        await load_for(chat, command.model_id, publish)
        ask = Ask(
            conversation_id=command.conversation_id,
            question_id=question.id,
            generation=command.generation,
        )
        await answer(chat, ask, publish)


async def continue_answer(chat: Chat, command: commands.ContinueAnswer, publish: Publish) -> None:
    """There is another version of the answer, which begins with it and goes on."""
    async with in_turn(chat, command.conversation_id):
        conversation = chat.conversations.get(command.conversation_id)
        former = message_in(conversation, command.message_id)
        if former.role is not Role.ASSISTANT:
            raise BadRequestError("Only an answer can be continued.")
        ask = Ask(
            conversation_id=conversation.id,
            question_id=former.parent_id,
            continued=continuable(former),
        )
        await answer(chat, ask, publish)


async def show_version(chat: Chat, command: commands.ShowVersion, publish: Publish) -> None:
    """The path that is shown goes through the message."""
    conversation = chat.conversations.get(command.conversation_id)
    message_in(conversation, command.message_id)
    leaf_id = newest_leaf(conversation.messages, command.message_id)
    await show(chat, conversation.id, publish, leaf_id=leaf_id)


async def show(chat: Chat, conversation_id: str, publish: Publish, **fields: object) -> None:
    """The conversation has these fields, on disk as well, and that was told."""
    before = chat.conversations.get(conversation_id)
    changed = chat.conversations.change(conversation_id, **fields)
    try:
        await chat.keeping.conversation(conversation_id)
    except StorageError:
        former = {name: getattr(before, name) for name in fields}
        chat.conversations.change(conversation_id, **former)
        raise
    publish(ConversationChanged(conversation=replace(changed, messages=())))


async def branch_conversation(
    chat: Chat, command: commands.BranchConversation, publish: Publish
) -> None:
    """There is another conversation, with copies of what was said up to the message."""
    if chat.conversations.has(command.new_conversation_id):
        raise BadRequestError("This branch is there already.")
    whole = chat.conversations.get(command.conversation_id)
    message_in(whole, command.message_id)
    path = path_to(whole.messages, command.message_id)
    if any(is_growing(message) for message in path):
        raise BadRequestError("This answer is still being written.", action="Wait for its end.")
    ids = {message.id: new_id("msg") for message in path}
    copies = tuple(
        replace(message, id=ids[message.id], parent_id=ids.get(message.parent_id or ""))
        for message in path
    )
    recipes = [await chat.keeping.recipe(m.id) for m in path if m.role is Role.ASSISTANT]
    chat.conversations.create(command.new_conversation_id, is_temporary=whole.is_temporary)
    branch = chat.conversations.change(
        command.new_conversation_id,
        title=f"{whole.title} (branch)" if whole.title else "",
        title_source=TitleSource.USER if whole.title else TitleSource.FIRST_WORDS,
        system_prompt=whole.system_prompt,
        preset_id=whole.preset_id,
        sampling=whole.sampling,
        folder_id=whole.folder_id,
        messages=copies,
        leaf_id=copies[-1].id,
    )
    try:
        await chat.keeping.whole(branch, [copied(r, ids) for r in recipes if r is not None])
    except StorageError:
        chat.conversations.drop(branch.id)
        raise
    await chat.traces.copy(branch.id, ids)
    publish(ConversationCreated(conversation=branch))


async def delete_message(chat: Chat, command: commands.DeleteMessage, publish: Publish) -> None:
    """The message and what follows it are in the trash; an answer among them has ended."""
    before = chat.conversations.get(command.conversation_id)
    going = _going(before, command.message_id)
    if any(is_growing(m) for m in below(before.messages, command.message_id)):
        await end_writing(chat, before.id)
        before = chat.conversations.get(command.conversation_id)
        going = _going(before, command.message_id)
    after = chat.conversations.remove_messages(before.id, going)
    try:
        await chat.keeping.delete_messages(after, going)
    except StorageError:
        chat.conversations.bring_back(before, before.leaf_id or "")
        raise
    publish(
        MessagesRemoved(
            conversation_id=before.id,
            message_ids=going,
            leaf_id=after.leaf_id,
        )
    )


def is_growing(message: Message) -> bool:
    """Whether it is an answer that is being written."""
    return message.role is Role.ASSISTANT and message.finish_reason is None


def _going(conversation: Conversation, message_id: str) -> tuple[str, ...]:
    message_in(conversation, message_id)
    return tuple(message.id for message in below(conversation.messages, message_id))


async def restore_message(chat: Chat, command: commands.RestoreMessage, publish: Publish) -> None:
    """What was deleted with the message is back, and shown."""
    whole = await chat.keeping.restore_message(command.message_id, command.conversation_id)
    publish(ConversationCreated(conversation=whole))
