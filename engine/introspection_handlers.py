"""Commands to the instruments: how much is measured, what was, other tokens, sources, steering.

Runs on: io; measuring runs on compute, at the lowest priority but for answers themselves.
"""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.chat.answer import Publish
from engine.chat.answering import Ask, answer, said_before
from engine.chat.continuing import begun_with
from engine.chat.conversations import message_in
from engine.chat.instruments import until_lock
from engine.chat.leading import lead_of
from engine.chat.prompts_again import prompt_again
from engine.chat.turn import in_turn
from engine.contract import introspection_commands as commands
from engine.contract.calibration import Direction
from engine.contract.errors import BadRequestError, NotFoundError
from engine.contract.ids import new_id
from engine.contract.introspection_events import (
    DirectionsListed,
    InstrumentsTuned,
    SourcesConfirmed,
    SteeringChanged,
    TraceLoaded,
)
from engine.contract.messages import Conversation, Message, Role
from engine.contract.signals import SentenceSources, Trace
from engine.runtime.compute import Priority
from engine.storage import directions as shelf

if TYPE_CHECKING:
    from engine.chat.turn import Chat
    from engine.introspection.directions import Found
    from engine.models.loaded import LoadedModel


async def set_instruments(chat: Chat, command: commands.SetInstruments, publish: Publish) -> None:
    """The answers that begin from now on are measured so far."""
    chat.instruments.profile = command.profile
    publish(InstrumentsTuned(profile=command.profile))


async def load_trace(chat: Chat, command: commands.LoadTrace, publish: Publish) -> None:
    """What is kept of the answer was told."""
    trace = await chat.traces.load(command.conversation_id, command.message_id)
    publish(
        TraceLoaded(
            conversation_id=command.conversation_id, message_id=command.message_id, trace=trace
        )
    )


async def branch_at_token(chat: Chat, command: commands.BranchAtToken, publish: Publish) -> None:
    """There is another version of the answer, with the other token at that place."""
    async with in_turn(chat, command.conversation_id):
        conversation = chat.conversations.get(command.conversation_id)
        former = message_in(conversation, command.message_id)
        trace = await _trace_of(chat, conversation.id, former)
        recipe = await chat.keeping.recipe(former.id)
        continued_id = recipe.continued_id if recipe is not None else ""
        led_by = begun_with(conversation, continued_id)
        if continued_id and led_by is None:
            raise BadRequestError("The answer that this one goes on with is not there any more.")
        async with chat.models.using() as loaded:
            _check_model(trace, loaded)
            lead = lead_of(trace, command.index, command.token_id)
            text, reasoning = await chat.compute.call(
                lambda: _written(loaded, [one.token_id for one in lead], led_by),
                priority=Priority.INTERACTIVE,
            )
        ask = Ask(
            conversation_id=conversation.id,
            question_id=former.parent_id,
            continued=replace(former, id=continued_id, text=text, reasoning=reasoning),
            lead=lead,
            led_by=led_by,
        )
        await answer(chat, ask, publish)


def _written(loaded: LoadedModel, tokens: list[int], led_by: Message | None) -> tuple[str, str]:
    """Text and reasoning that these tokens of an answer are, with what stands before them."""
    from engine.models.answer_text import AnswerText

    tokenizer = loaded.tokenizer
    said, thought = (led_by.text, led_by.reasoning) if led_by is not None else ("", "")
    text = AnswerText(
        tokenizer.detokenizer(),
        stop=(),
        think_start=tokenizer.think_start,
        think_end=tokenizer.think_end,
        starts_in_reasoning=bool(thought and not said),
    )
    pieces = [piece for token in tokens for piece in text.add(token)] + list(text.finish())
    said += "".join(piece.text for piece in pieces if not piece.is_reasoning)
    thought += "".join(piece.text for piece in pieces if piece.is_reasoning)
    return said, thought


def _check_model(trace: Trace, loaded: LoadedModel) -> None:
    """Raise if the answer's tokens are not those of this model.

    Raises:
        BadRequestError: They are another's.
    """
    if trace.opening.model_id != loaded.info.id:
        raise BadRequestError(
            "Another model wrote this answer.", action="Load that model, then try again."
        )


async def confirm_sources(chat: Chat, command: commands.ConfirmSources, publish: Publish) -> None:
    """Every source was left out once; what that does to each sentence is told and kept."""
    conversation = chat.conversations.get(command.conversation_id)
    message = message_in(conversation, command.message_id)
    trace = await _trace_of(chat, conversation.id, message)
    messages = await said_before(chat, conversation, message.parent_id)
    with until_lock(chat):
        sentences = await _confirmed(chat, trace, message, conversation, messages)
    publish(
        SourcesConfirmed(
            conversation_id=conversation.id, message_id=message.id, sentences=sentences
        )
    )
    if trace.turn is not None:
        kept = replace(trace, turn=replace(trace.turn, sentences=sentences))
        await chat.traces.keep(conversation.id, kept)


async def _confirmed(
    chat: Chat,
    trace: Trace,
    message: Message,
    conversation: Conversation,
    messages: tuple[Message, ...],
) -> tuple[SentenceSources, ...]:
    async with chat.models.using() as loaded:
        _check_model(trace, loaded)
        if trace.opening.steering:
            raise BadRequestError(
                "This answer was pushed by a direction, so leaving a source out would not tell "
                "what that source did."
            )
        prompt = await prompt_again(chat, loaded, trace, message, conversation, messages)
        return await _left_out(chat, loaded, trace, prompt)


async def _left_out(
    chat: Chat, loaded: LoadedModel, trace: Trace, prompt: tuple[int, ...]
) -> tuple[SentenceSources, ...]:
    from engine.introspection.ablation import leave_out

    tokens = [token.token_id for token in trace.tokens]
    sentences = trace.turn.sentences if trace.turn is not None else ()
    found: tuple[SentenceSources, ...] = ()
    steps = chat.compute.stream(
        lambda: leave_out(loaded, prompt, tokens, trace.opening.segments, sentences, {}),
        priority=Priority.BACKGROUND,
    )
    async for step in steps:
        found = step if step is not None else found
    return found


async def _trace_of(chat: Chat, conversation_id: str, message: Message) -> Trace:
    if message.role is not Role.ASSISTANT:
        raise BadRequestError("Only an answer can be looked into.")
    trace = await chat.traces.load(conversation_id, message.id)
    if trace is None:
        raise NotFoundError(
            "This answer was not measured, or what was measured is not kept any more.",
            action="Have it written again with the panel open.",
        )
    return trace


# -- directions and steering ----------------------------------------------------------------------


async def list_directions(
    chat: Chat,
    command: commands.ListDirections,  # noqa: ARG001 - every handler has the same shape
    publish: Publish,
) -> None:
    """The directions were told."""
    await _tell_directions(chat, publish)


async def make_direction(chat: Chat, command: commands.MakeDirection, publish: Publish) -> None:
    """There is another direction, found in the loaded model."""
    from engine.introspection.directions import check_pairs

    if not command.name.strip():
        raise BadRequestError("A direction needs a name.", action="Give it one.")
    check_pairs(command.positives, command.negatives)
    with until_lock(chat):
        await _make(chat, command)
    await _look_again(chat)
    await _tell_directions(chat, publish)


async def _make(chat: Chat, command: commands.MakeDirection) -> None:
    async with chat.models.using() as loaded:
        found = await _found(chat, loaded, command)
        direction = Direction(
            id=new_id("dir"),
            name=command.name.strip(),
            layer=found.layer,
            model_key=loaded.key,
            positives=command.positives,
            negatives=command.negatives,
            auroc=found.auroc,
            random_auroc=found.random_auroc,
            made_at_s=time.time(),
            mean=found.mean,
            deviation=found.deviation,
        )
    codec = chat.vault.codec
    await chat.vault.store.write(
        lambda writer: shelf.save_direction(writer, codec, direction, found.vector, time.time())
    )


async def _found(chat: Chat, loaded: LoadedModel, command: commands.MakeDirection) -> Found:
    import numpy as np

    from engine.introspection.directions import find_direction, states_of

    probe = await chat.compute.call(chat.models.probe, priority=Priority.INTERACTIVE)
    if not 0 <= command.layer <= probe.layers:
        raise BadRequestError(
            f"This model has {probe.layers} layers.", action="Choose one of them."
        )
    texts = (*command.positives, *command.negatives)
    states = [
        one
        async for one in chat.compute.stream(
            lambda: states_of(loaded, probe, texts), priority=Priority.BACKGROUND
        )
    ]
    half = len(command.positives)
    # Beside the loop: with many pairs it takes seconds.
    return await asyncio.to_thread(
        find_direction, np.stack(states[:half]), np.stack(states[half:]), command.layer
    )


async def delete_direction(chat: Chat, command: commands.DeleteDirection, publish: Publish) -> None:
    """The direction is in the trash, and nothing is pushed by it any more."""
    now_s = time.time()
    await chat.vault.store.write(
        lambda writer: shelf.remove_direction(writer, command.direction_id, now_s)
    )
    before = chat.instruments.steering
    await _look_again(chat)
    if chat.instruments.steering != before:
        publish(SteeringChanged(steering=chat.instruments.steering))
    await _tell_directions(chat, publish)


async def steer(chat: Chat, command: commands.Steer, publish: Publish) -> None:
    """The next answers are pushed so."""
    await _look_again(chat)
    state = chat.instruments
    known = {one.id: one for one in await _directions(chat)}
    for one in command.steering:
        if not math.isfinite(one.strength):
            raise BadRequestError("The strength must be a number.", action="Set it anew.")
        if one.direction_id not in known:
            raise NotFoundError("This direction is not there any more.")
        if one.direction_id not in state.vectors:
            raise BadRequestError(
                "This direction belongs to another model.",
                action="Make it anew with the model that answers now.",
            )
    state.steering = tuple(
        replace(one, layer=known[one.direction_id].layer, name=known[one.direction_id].name)
        for one in command.steering
        if one.strength
    )
    publish(SteeringChanged(steering=state.steering))


async def _look_again(chat: Chat) -> None:
    """The directions in use are those that the vault holds now for the loaded model."""
    chat.instruments.model_key = ""
    loaded = chat.models.loaded
    if loaded is not None:
        await chat.instruments.follow(chat.vault, loaded.key)


async def _tell_directions(chat: Chat, publish: Publish) -> None:
    loaded = chat.models.loaded
    publish(
        DirectionsListed(
            directions=await _directions(chat), model_key="" if loaded is None else loaded.key
        )
    )


async def _directions(chat: Chat) -> tuple[Direction, ...]:
    codec = chat.vault.codec
    return await chat.vault.store.read(lambda reader: shelf.load_directions(reader, codec))
