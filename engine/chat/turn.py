"""One user message to one finished answer: the main walk, and who may write when.

Runs on: io; counting and generating run on compute, in answering.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.chat.active_model import ActiveModel
from engine.chat.answer import Publish
from engine.chat.answering import Ask, answer
from engine.chat.attaching import claim
from engine.chat.attachments import Attachments
from engine.chat.conversations import Conversations, message_in
from engine.chat.history import History
from engine.chat.housekeeping import Housekeeping
from engine.chat.instruments import Instruments
from engine.chat.keeping import Keeping
from engine.chat.safekeeping import Safekeeping
from engine.chat.traces import Traces
from engine.chat.transfer.importing import Plans
from engine.chat.vectors import Vectors
from engine.contract.commands import SendMessage, StopGeneration
from engine.contract.errors import BadRequestError, StorageError
from engine.contract.events import ConversationChanged, MessageAdded
from engine.contract.messages import Conversation, Message, Role
from engine.contract.settings import Settings
from engine.runtime.compute import Compute
from engine.storage.vault import Vault


@dataclass
class Chat:
    """What a turn needs, and the answers that are being written.

    Attributes:
        writing: Who writes in a conversation, by its identifier.
        waiting: These, and those who wait for their turn.
        beside: What goes on after its command has ended.
        handed_over: Private settings that lay in the settings file until now; the vault takes them.
        questions_path: Questions with known answers, which confidence is calibrated by.
        startup_passphrase: What automation gave for the first opening.
    """

    compute: Compute
    models: ActiveModel
    conversations: Conversations
    keeping: Keeping
    vault: Vault
    safekeeping: Safekeeping
    vectors: Vectors
    traces: Traces
    settings: Settings
    housekeeping: Housekeeping = field(default_factory=Housekeeping)
    imports: Plans = field(default_factory=Plans)
    handed_over: dict[str, Any] = field(default_factory=dict)
    questions_path: Path = field(default_factory=Path)
    startup_passphrase: str = field(default="", repr=False)
    history: History = field(default_factory=History)
    instruments: Instruments = field(default_factory=Instruments)
    attachments: Attachments = field(default_factory=Attachments)
    writing: dict[str, asyncio.Task[object]] = field(default_factory=dict)
    waiting: set[asyncio.Task[object]] = field(default_factory=set)
    beside: set[asyncio.Task[None]] = field(default_factory=set)
    queues: defaultdict[str, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    def take_startup_passphrase(self, recovery_key: str) -> str:
        """What automation gave for the first opening, once; nothing beside a recovery key."""
        given, self.startup_passphrase = self.startup_passphrase, ""
        return "" if recovery_key else given

    def drop_caches(self) -> None:
        """No text of a conversation is held any more, read or counted. Runs on: compute."""
        self.history = History()
        self.models.drop_cache()


async def run(chat: Chat, command: SendMessage, publish: Publish) -> None:
    """The message is answered, or its answer was stopped; what was written is kept.

    Raises:
        BadRequestError, NotFoundError, ModelNotLoadedError, PromptTooLongError.
    """
    if not command.text.strip() and not command.attachment_ids:
        raise BadRequestError("There is nothing to send yet.", action="Write something first.")
    async with in_turn(chat, command.conversation_id):
        begun_at_s = time.perf_counter()
        said = await say(chat, command, publish)
        ask = Ask(
            conversation_id=command.conversation_id,
            question_id=said.id,
            generation=command.generation,
            begun_at_s=begun_at_s,
        )
        await answer(chat, ask, publish)


@contextlib.asynccontextmanager
async def in_turn(chat: Chat, conversation_id: str) -> AsyncIterator[None]:
    """Nobody else writes in the conversation; who stops it stops this task.

    A second message in the same conversation waits until the first is answered.

    Raises:
        NotFoundError: It is not there, or is not any more when its turn comes.
    """
    chat.conversations.get(conversation_id)
    task = asyncio.current_task()
    assert task is not None
    chat.waiting.add(task)
    try:
        async with chat.queues[conversation_id]:
            chat.conversations.get(conversation_id)
            chat.writing[conversation_id] = task
            try:
                yield
            finally:
                chat.writing.pop(conversation_id, None)
    finally:
        chat.waiting.discard(task)


async def stop(chat: Chat, command: StopGeneration, publish: Publish) -> None:  # noqa: ARG001
    """The answer being written in this conversation ends within one step."""
    task = chat.writing.get(command.conversation_id)
    if task is not None:
        task.cancel()


async def end_writing(chat: Chat, conversation_id: str) -> None:
    """No answer is written in this conversation any more, and what there was of one is kept."""
    task = chat.writing.get(conversation_id)
    if task is not None and task is not asyncio.current_task():
        task.cancel()
        await asyncio.wait([task])


async def say(chat: Chat, command: SendMessage, publish: Publish) -> Message:
    """The user's message is in the conversation.

    Raises:
        NotFoundError: The message it is to follow, or a file, is not there.
        StorageError: It cannot be kept, so it was not said.
    """
    before = chat.conversations.get(command.conversation_id)
    if command.parent_id is not None:
        message_in(before, command.parent_id)
    files = await claim(chat, before, command.attachment_ids, command.text, command.generation)
    said = chat.conversations.add_message(
        command.conversation_id,
        Role.USER,
        command.text,
        parent_id=command.parent_id,
        attachments=files,
    )
    await keep_said(chat, before, said, publish)
    return said


async def keep_said(chat: Chat, before: Conversation, said: Message, publish: Publish) -> None:
    """The user's message is on disk, and then told.

    Raises:
        StorageError: It is not, and the conversation is as it was before.
    """
    try:
        await chat.keeping.message(before.id, said)
    except StorageError:
        # A question that is not kept is not asked: it goes back into the composer.
        chat.conversations.put(before)
        chat.keeping.forget_unsaved(said.id)
        raise
    chat.attachments.sent(said.attachments, is_temporary=before.is_temporary)
    publish(MessageAdded(conversation_id=before.id, message=said))
    after = chat.conversations.get(before.id)
    if after.title != before.title:
        publish(ConversationChanged(conversation=replace(after, messages=())))
