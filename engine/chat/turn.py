"""One user message to one finished answer: the main walk.

Runs on: io; counting and generating run on compute.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.chat.active_model import ActiveModel
from engine.chat.answer import Answer, Publish, finished, so_far, take
from engine.chat.conversations import Conversations, spoken
from engine.chat.history import Budget, FittedPrompt, History
from engine.chat.housekeeping import Housekeeping
from engine.chat.keeping import Keeping
from engine.chat.safekeeping import Safekeeping
from engine.chat.vectors import Vectors
from engine.contract.commands import SendMessage, StopGeneration
from engine.contract.errors import BadRequestError, StorageError
from engine.contract.events import (
    ConversationChanged,
    HistoryCut,
    MessageAdded,
    TurnFinished,
)
from engine.contract.messages import Conversation, FinishReason, Message, Role
from engine.contract.settings import GenerationSettings, ModelSettings, Settings
from engine.runtime.compute import Compute, Priority
from engine.storage.vault import Vault

if TYPE_CHECKING:
    from engine.models.generator import Request, Step
    from engine.models.loaded import LoadedModel

_SEED_LIMIT = 2**32


@dataclass
class Chat:
    """What a turn needs, and the answers that are being written.

    Attributes:
        handed_over: Private settings that lay in the settings file until now; the vault takes them.
        startup_passphrase: What automation gave for the first opening.
    """

    compute: Compute
    models: ActiveModel
    conversations: Conversations
    keeping: Keeping
    vault: Vault
    safekeeping: Safekeeping
    vectors: Vectors
    settings: Settings
    housekeeping: Housekeeping = field(default_factory=Housekeeping)
    handed_over: dict[str, Any] = field(default_factory=dict)
    startup_passphrase: str = field(default="", repr=False)
    history: History = field(default_factory=History)
    writing: dict[str, asyncio.Task[object]] = field(default_factory=dict)
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
    if not command.text.strip():
        raise BadRequestError("There is nothing to send yet.", action="Write something first.")
    chat.conversations.get(command.conversation_id)
    # A second message in the same conversation waits until the first is answered.
    async with chat.queues[command.conversation_id]:
        task = asyncio.current_task()
        if task is not None:
            chat.writing[command.conversation_id] = task
        try:
            await _answer(chat, command, publish)
        finally:
            chat.writing.pop(command.conversation_id, None)


async def stop(chat: Chat, command: StopGeneration, publish: Publish) -> None:  # noqa: ARG001
    """The answer being written in this conversation ends within one step."""
    task = chat.writing.get(command.conversation_id)
    if task is not None:
        task.cancel()


async def _answer(chat: Chat, command: SendMessage, publish: Publish) -> None:
    begun_at_s = time.perf_counter()
    generation = command.generation or chat.settings.generation
    conversation = await _say(chat, command, publish)
    seed = secrets.randbelow(_SEED_LIMIT) if generation.seed is None else generation.seed
    message = chat.conversations.add_message(command.conversation_id, Role.ASSISTANT)
    publish(MessageAdded(conversation_id=command.conversation_id, message=message))
    answer = Answer(message, command.conversation_id, begun_at_s, seed)
    model_id = ""
    reason = FinishReason.FAILED
    try:
        async with chat.models.using() as loaded:
            model_id = loaded.info.id
            fitted = await _fit(chat, conversation, loaded, generation)
            _report_cut(fitted, command.conversation_id, loaded, chat.settings.models, publish)
            await _write(chat, loaded, fitted, generation, answer, publish)
        reason = answer.end.reason if answer.end else FinishReason.STOP
    except asyncio.CancelledError:
        reason = FinishReason.STOPPED
        raise
    finally:
        final = finished(answer, reason, model_id)
        chat.conversations.update_message(command.conversation_id, final)
        await _keep(chat, command.conversation_id, final, publish)


async def _keep(chat: Chat, conversation_id: str, final: Message, publish: Publish) -> None:
    """The finished answer is on disk and then told; told all the same if the disk refuses it.

    Raises:
        StorageError: It could not be kept; it stays on screen and is tried again.
    """
    try:
        # A user who stops an answer wants it kept, so what stops the turn must not stop this.
        await asyncio.shield(_keep_final(chat, conversation_id, final))
    finally:
        publish(TurnFinished(conversation_id=conversation_id, message=final))


async def _keep_final(chat: Chat, conversation_id: str, final: Message) -> None:
    await chat.keeping.partial_done()
    await chat.keeping.message(conversation_id, final)


async def _say(chat: Chat, command: SendMessage, publish: Publish) -> Conversation:
    """The user's message is in the conversation."""
    before = chat.conversations.get(command.conversation_id)
    said = chat.conversations.add_message(command.conversation_id, Role.USER, command.text)
    try:
        await chat.keeping.message(command.conversation_id, said)
    except StorageError:
        # A question that is not kept is not asked: it goes back into the composer.
        chat.conversations.put(before)
        chat.keeping.forget_unsaved(said.id)
        raise
    publish(MessageAdded(conversation_id=command.conversation_id, message=said))
    after = chat.conversations.get(command.conversation_id)
    if after.title != before.title:
        publish(ConversationChanged(conversation=replace(after, messages=())))
    return after


def system_prompt_of(conversation: Conversation, generation: GenerationSettings) -> str:
    """The conversation's own, or else the one of the settings."""
    own = conversation.system_prompt
    return (generation.system_prompt if own is None else own).strip()


def limit_tokens_of(loaded: LoadedModel, settings: ModelSettings) -> int:
    """How long prompt and answer may be together."""
    wanted = settings.max_context_tokens or loaded.info.context_tokens
    return min(wanted, loaded.info.context_tokens)


async def _fit(
    chat: Chat, conversation: Conversation, loaded: LoadedModel, generation: GenerationSettings
) -> FittedPrompt:
    limit = limit_tokens_of(loaded, chat.settings.models)
    budget = Budget.of(limit, generation.max_tokens)
    return await chat.compute.call(
        lambda: chat.history.fit(
            loaded.key,
            loaded.tokenizer,
            system_prompt_of(conversation, generation),
            spoken(conversation),
            budget,
        ),
        priority=Priority.CHAT,
    )


def _report_cut(
    fitted: FittedPrompt,
    conversation_id: str,
    loaded: LoadedModel,
    settings: ModelSettings,
    publish: Publish,
) -> None:
    if fitted.cut_ids:
        publish(
            HistoryCut(
                conversation_id=conversation_id,
                message_ids=fitted.cut_ids,
                tokens_cut=fitted.cut_tokens,
                context_tokens=limit_tokens_of(loaded, settings),
            )
        )


async def _write(
    chat: Chat,
    loaded: LoadedModel,
    fitted: FittedPrompt,
    generation: GenerationSettings,
    answer: Answer,
    publish: Publish,
) -> None:
    request = _request(loaded, fitted, generation, answer.seed, chat.settings.models)

    def start() -> Iterator[Step]:
        from engine.models.generator import generate

        return generate(loaded, request, chat.models.cache(), chat.models.drafter())

    async for step in chat.compute.stream(start, priority=Priority.CHAT):
        take(step, answer, request.limit_tokens, publish)
        chat.keeping.partial(answer.conversation_id, so_far(answer))


def _request(
    loaded: LoadedModel,
    fitted: FittedPrompt,
    generation: GenerationSettings,
    seed: int,
    settings: ModelSettings,
) -> Request:
    # These import mlx; the model is loaded by now, so they cost nothing here.
    from engine.models.generator import Request
    from engine.models.prompt_cache import CacheForm

    limit = limit_tokens_of(loaded, settings)
    return Request(
        prompt=fitted.tokens,
        settings=generation,
        seed=seed,
        limit_tokens=limit,
        form=CacheForm(
            bits=None if settings.kv_bits == "off" else int(settings.kv_bits),
            rolling_tokens=limit if settings.is_context_rolling else None,
        ),
    )
