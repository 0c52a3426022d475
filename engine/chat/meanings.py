"""Draws an answer several times over, and measures how far the meanings part.

Runs on: io; drawing runs on compute behind everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.answering import limit_tokens_of, said_before
from engine.chat.conversations import message_in
from engine.chat.effective import generation_of
from engine.chat.history import prompt_of
from engine.chat.instruments import until_lock
from engine.contract.errors import BadRequestError, PromptTooLongError
from engine.contract.introspection_commands import MeasureMeanings
from engine.contract.introspection_events import MeaningsProgressed
from engine.contract.messages import Conversation, Message, Role
from engine.contract.settings import GenerationSettings
from engine.contract.signals import SemanticEntropy
from engine.introspection.semantic_entropy import semantic_entropy
from engine.runtime.compute import Priority

if TYPE_CHECKING:
    from engine.chat.turn import Chat
    from engine.models.loaded import LoadedModel

_FEWEST, _MOST = 2, 64
# Beyond the length of the answer itself, which others may need to say the same.
_ROOM_TOKENS = 16
# What a meaning can be told from; more would be waited for long.
_MOST_TOKENS = 96
# As in the source: temperature 1, and the nucleus of 0.9.
_DRAWN = GenerationSettings(temperature=1.0, top_p=0.9, system_prompt="")
# A user who asks meanwhile waits for one step at most: 0.15 s on two cores with the starter model.
_TOKENS_AT_ONCE = 32
_CACHE_BYTES = 256_000_000


async def measure(chat: Chat, command: MeasureMeanings, publish: Publish) -> SemanticEntropy:
    """The answers were drawn and compared; what came of it is kept with the answer's trace.

    Raises:
        BadRequestError: It is no answer, another model wrote it, or the number is out of range.
        NotFoundError: It is not there.
        ModelNotLoadedError, PromptTooLongError.
    """
    if not _FEWEST <= command.samples <= _MOST:
        raise BadRequestError(f"samples must be from {_FEWEST} to {_MOST}.")
    conversation = chat.conversations.get(command.conversation_id)
    message = message_in(conversation, command.message_id)
    if message.role is not Role.ASSISTANT:
        raise BadRequestError("Only an answer can be drawn again.")
    with until_lock(chat):
        async with chat.models.using() as loaded:
            texts = await _drawn(chat, loaded, conversation, message, command.samples, publish)
        found = semantic_entropy(texts)
        await _keep(chat, conversation.id, message.id, found)
    return found


async def _drawn(
    chat: Chat,
    loaded: LoadedModel,
    conversation: Conversation,
    message: Message,
    samples: int,
    publish: Publish,
) -> list[str]:
    prompt = await _prompt(chat, loaded, conversation, message)
    limit = limit_tokens_of(loaded, chat.settings.models)
    asked = len(loaded.tokenizer.encode(message.text, with_special=False)) + _ROOM_TOKENS
    wanted = min(asked, _MOST_TOKENS, limit - len(prompt))
    if wanted < 1:
        raise PromptTooLongError("There is no room in the context for another answer.")
    texts: list[str] = []

    def start() -> Iterator[str | None]:
        return _samples(loaded, prompt, limit, wanted, samples)

    async for text in chat.compute.stream(start, priority=Priority.BACKGROUND):
        if text is not None:
            texts.append(text)
            publish(
                MeaningsProgressed(
                    conversation_id=conversation.id,
                    message_id=message.id,
                    done=len(texts),
                    total=samples,
                )
            )
    return texts


async def _prompt(
    chat: Chat, loaded: LoadedModel, conversation: Conversation, message: Message
) -> tuple[int, ...]:
    """What the answer was asked for with, as far as it can be made again."""
    messages = await said_before(chat, conversation, message.parent_id)
    recipe = await chat.keeping.recipe(message.id)
    if recipe is None:
        system = (await generation_of(chat, conversation)).system_prompt
    elif recipe.model_key != loaded.key:
        raise BadRequestError(
            "Another model wrote this answer.", action="Load that model, then try again."
        )
    else:
        system = recipe.system_prompt
        messages = messages[-recipe.messages :] if recipe.messages else ()
    tokens, _ = await chat.compute.call(
        lambda: prompt_of(loaded.tokenizer, system, messages), priority=Priority.INTERACTIVE
    )
    return tuple(tokens)


def _samples(
    loaded: LoadedModel, prompt: tuple[int, ...], limit: int, wanted: int, samples: int
) -> Iterator[str | None]:
    """Each answer, after None for each step before it. Runs on: compute."""
    from engine.models.generator import Request, generate
    from engine.models.prompt_cache import PromptCache

    # A cache of its own, so that no conversation is pushed out of the real one.
    cache = PromptCache(_CACHE_BYTES)
    for seed in range(samples):
        request = Request(
            prompt=prompt,
            settings=replace(_DRAWN, max_tokens=wanted),
            seed=seed,
            limit_tokens=limit,
            most_at_once=_TOKENS_AT_ONCE,
        )
        text = ""
        for step in generate(loaded, request, cache):
            pieces = getattr(step, "pieces", ()) or ()
            text += "".join(piece.text for piece in pieces if not piece.is_reasoning)
            yield None
        yield text.strip()


async def _keep(chat: Chat, conversation_id: str, message_id: str, found: SemanticEntropy) -> None:
    trace = await chat.traces.load(conversation_id, message_id)
    if trace is not None and trace.turn is not None:
        kept = replace(trace, turn=replace(trace.turn, semantic_entropy=found))
        await chat.traces.keep(conversation_id, kept)
