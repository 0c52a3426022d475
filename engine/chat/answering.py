"""Writes one answer: the settings that hold, the prompt that fits, then the tokens as they come.

Runs on: io; counting and generating run on compute.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.chat.answer import Answer, Publish, finished, so_far, take
from engine.chat.attached import prompt_text, texts_of
from engine.chat.conversations import spoken
from engine.chat.effective import generation_of
from engine.chat.history import Budget, FittedPrompt, led
from engine.chat.measuring import Measuring, begin_measuring, review
from engine.chat.recipes import recipe_of
from engine.contract.events import HistoryCut, MessageAdded, TurnFinished
from engine.contract.introspection_events import SteeringChanged
from engine.contract.messages import Conversation, FinishReason, Message, Role
from engine.contract.settings import GenerationSettings, ModelSettings
from engine.contract.signals import TokenSignals
from engine.runtime.compute import Priority
from engine.storage.recipes import Recipe

if TYPE_CHECKING:
    from engine.chat.turn import Chat
    from engine.models.generator import Request, Step
    from engine.models.loaded import LoadedModel

_SEED_LIMIT = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is to be answered.

    Attributes:
        question_id: What the answer follows; None for an answer that begins a conversation.
        generation: None takes what holds for the conversation.
        continued: An answer whose text the new one begins with.
        lead: The very tokens of that text, as they were measured; empty takes them from the text.
        led_by: What stands before these tokens, if the answer that they are of was continued too.
        begun_at_s: When it was asked for, on the clock of `time.perf_counter`.
    """

    conversation_id: str
    question_id: str | None
    generation: GenerationSettings | None = None
    continued: Message | None = None
    lead: tuple[TokenSignals, ...] = ()
    led_by: Message | None = None
    begun_at_s: float = field(default_factory=time.perf_counter)


async def answer(chat: Chat, ask: Ask, publish: Publish) -> Message:
    """The answer, which has ended and is kept; one that is stopped is kept as far as it is.

    Raises:
        ModelNotLoadedError, PromptTooLongError: There is an empty answer that failed.
        StorageError: It could not be kept; it stays on screen and is tried again.
    """
    conversation = chat.conversations.get(ask.conversation_id)
    settings = await generation_of(chat, conversation, ask.generation)
    growing = _begin(chat, ask, settings)
    publish(MessageAdded(conversation_id=ask.conversation_id, message=growing.message))
    model_id, recipe, measuring = "", None, None
    reason = FinishReason.FAILED
    try:
        async with chat.models.using() as loaded:
            model_id = loaded.info.id
            if await chat.instruments.follow(chat.vault, loaded.key):
                publish(SteeringChanged(steering=()))
            messages = await said_before(chat, conversation, ask.question_id)
            fitted = await _fit(chat, messages, loaded, growing, ask)
            recipe = recipe_of(growing.message, loaded, settings, messages, fitted, ask.continued)
            _report_cut(fitted, ask.conversation_id, loaded, chat.settings.models, publish)
            measuring = await begin_measuring(chat, loaded, growing, messages, fitted, ask, publish)
            await _write(chat, loaded, fitted, growing, measuring, publish)
        reason = growing.end.reason if growing.end else FinishReason.STOP
    except asyncio.CancelledError:
        reason = FinishReason.STOPPED
        raise
    finally:
        final = finished(growing, reason, model_id)
        chat.conversations.update_message(ask.conversation_id, final)
        try:
            await _keep(chat, ask.conversation_id, final, recipe, publish)
        finally:
            if measuring is not None:
                review(chat, measuring, final, publish)
    return final


async def load_for(chat: Chat, model_id: str, publish: Publish) -> None:
    """The model answers; empty is whichever does."""
    loaded = chat.models.loaded
    if model_id and (loaded is None or loaded.info.id != model_id):
        await chat.models.load(model_id, publish)


def _begin(chat: Chat, ask: Ask, settings: GenerationSettings) -> Answer:
    seed = secrets.randbelow(_SEED_LIMIT) if settings.seed is None else settings.seed
    before = ask.continued
    text, reasoning = (before.text, before.reasoning) if before is not None else ("", "")
    message = chat.conversations.add_message(
        ask.conversation_id,
        Role.ASSISTANT,
        text,
        parent_id=ask.question_id,
        is_first=ask.question_id is None,
        reasoning=reasoning,
    )
    return Answer(
        message,
        ask.conversation_id,
        ask.begun_at_s,
        seed,
        settings,
        text=text,
        reasoning=reasoning,
    )


async def said_before(
    chat: Chat, conversation: Conversation, question_id: str | None
) -> tuple[Message, ...]:
    """What is said on the path that ends with the question, as the model is given it."""
    if not any(message.id == question_id for message in conversation.messages):
        return ()
    messages = spoken(conversation, question_id)
    if not any(message.attachments for message in messages):
        return messages
    texts = await texts_of(chat, messages)
    return tuple(
        replace(message, text=prompt_text(message, texts)) if message.attachments else message
        for message in messages
    )


async def _keep(
    chat: Chat, conversation_id: str, final: Message, recipe: Recipe | None, publish: Publish
) -> None:
    """The finished answer is on disk and then told; told all the same if the disk refuses it.

    Raises:
        StorageError: It could not be kept; it stays on screen and is tried again.
    """
    try:
        # A user who stops an answer wants it kept, so what stops the turn must not stop this.
        await asyncio.shield(_keep_final(chat, conversation_id, final, recipe))
    finally:
        publish(TurnFinished(conversation_id=conversation_id, message=final))


async def _keep_final(
    chat: Chat, conversation_id: str, final: Message, recipe: Recipe | None
) -> None:
    await chat.keeping.partial_done()
    await chat.keeping.message(conversation_id, final, recipe)


async def count_ahead(chat: Chat, loaded: LoadedModel, messages: Sequence[Message]) -> None:
    """The messages are counted, beside compute: ten thousand take a second the first time."""
    await asyncio.to_thread(chat.history.count_each, loaded.key, loaded.tokenizer, messages)


def limit_tokens_of(loaded: LoadedModel, settings: ModelSettings) -> int:
    """How long prompt and answer may be together."""
    wanted = settings.max_context_tokens or loaded.info.context_tokens
    return min(wanted, loaded.info.context_tokens)


async def _fit(
    chat: Chat,
    messages: Sequence[Message],
    loaded: LoadedModel,
    growing: Answer,
    ask: Ask,
) -> FittedPrompt:
    await count_ahead(chat, loaded, messages)
    limit = limit_tokens_of(loaded, chat.settings.models)
    budget = Budget.of(limit, growing.settings.max_tokens)
    system = growing.settings.system_prompt

    def fit() -> FittedPrompt:
        fitted = chat.history.fit(
            loaded.key, loaded.tokenizer, system, messages, budget, ask.continued
        )
        if not ask.lead:
            return fitted
        return led(fitted, loaded.tokenizer, system, messages, ask.lead, ask.led_by)

    return await chat.compute.call(fit, priority=Priority.CHAT)


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
    growing: Answer,
    measuring: Measuring | None,
    publish: Publish,
) -> None:
    request = _request(chat, loaded, fitted, growing)

    def start() -> Iterator[tuple[Step, TokenSignals | None]]:
        from engine.models.generator import generate

        cache, drafter = chat.models.cache(), chat.models.drafter()
        if measuring is None:
            return ((step, None) for step in generate(loaded, request, cache, drafter))
        steps = generate(loaded, request, cache, drafter, measuring.recorder)
        return measuring.paired(steps)

    async for step, signals in chat.compute.stream(start, priority=Priority.CHAT):
        take(step, growing, request.limit_tokens, publish)
        if measuring is not None and signals is not None:
            measuring.tell(signals, publish)
        chat.keeping.partial(growing.conversation_id, so_far(growing))


def _request(chat: Chat, loaded: LoadedModel, fitted: FittedPrompt, growing: Answer) -> Request:
    # These import mlx; the model is loaded by now, so they cost nothing here.
    from engine.introspection.directions import pushes_of
    from engine.models.generator import Request
    from engine.models.prompt_cache import CacheForm

    settings, state = chat.settings.models, chat.instruments
    pushes, key = pushes_of(state.steering_of(loaded.key), state.vectors)
    limit = limit_tokens_of(loaded, settings)
    return Request(
        prompt=fitted.tokens,
        settings=growing.settings,
        seed=growing.seed,
        limit_tokens=limit,
        form=CacheForm(
            bits=None if settings.kv_bits == "off" else int(settings.kv_bits),
            rolling_tokens=limit if settings.is_context_rolling else None,
        ),
        begins_in_reasoning=fitted.ends_in_reasoning,
        pushes=pushes,
        pushes_key=key,
    )
