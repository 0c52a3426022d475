"""An answer is measured while it is written, and looked at once more when it has ended.

Runs on: io; measuring runs on compute.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.chat.answer import Answer, Publish
from engine.chat.calibrating import confidence_of
from engine.contract.calibration import Direction
from engine.contract.errors import EngineError, ModelNotLoadedError
from engine.contract.introspection_events import (
    LensRead,
    MeasuringBegun,
    TokenMeasured,
    TurnMeasured,
)
from engine.contract.messages import Message
from engine.contract.signals import (
    Opening,
    Profile,
    SegmentKind,
    TokenSignals,
    Trace,
    TurnSignals,
)
from engine.runtime.compute import Priority

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engine.chat.answering import Ask
    from engine.chat.history import FittedPrompt
    from engine.chat.turn import Chat
    from engine.introspection.readings import Reading
    from engine.introspection.recorder import Recorder, Watched
    from engine.models.generator import Step
    from engine.models.loaded import LoadedModel

_log = logging.getLogger(__name__)


@dataclass
class Measuring:
    """One answer being measured.

    Attributes:
        loaded: Whose answer it is.
        temperature: At which it is drawn.
        passages: Texts in the prompt that it may be answered from.
        lead: Tokens of an answer that this one begins with, as they were measured.
    """

    conversation_id: str
    message_id: str
    recorder: Recorder
    loaded: LoadedModel
    temperature: float
    passages: tuple[str, ...] = ()
    lead: tuple[TokenSignals, ...] = ()
    counted: int = 0
    _first_s: float = field(default_factory=time.perf_counter)
    _last_s: float = field(default_factory=time.perf_counter)

    def paired(self, steps: Iterator[Step]) -> Iterator[tuple[Step, TokenSignals | None]]:
        """Each step with what was measured of its token. Runs on: compute."""
        from engine.models.generator import TokenStep

        for step in steps:
            is_token = isinstance(step, TokenStep)
            yield step, self.recorder.take() if is_token else None

    def tell(self, signals: TokenSignals, publish: Publish) -> None:
        """What was measured of one token is on its way to the screen."""
        self._last_s = time.perf_counter()
        if not self.counted:
            self._first_s = self._last_s
        self.counted += 1
        publish(
            TokenMeasured(
                conversation_id=self.conversation_id,
                message_id=self.message_id,
                signals=self.placed(signals),
            )
        )

    def end(self) -> None:
        """What ended the answer is not counted to it. Runs on: compute."""
        self.recorder.end_at(self.counted)

    def placed(self, signals: TokenSignals) -> TokenSignals:
        """The signals at their place in the whole answer."""
        return replace(signals, index=signals.index + len(self.lead)) if self.lead else signals

    @property
    def elapsed_s(self) -> float:
        """From the first token to the last."""
        return self._last_s - self._first_s


async def begin_measuring(
    chat: Chat,
    loaded: LoadedModel,
    growing: Answer,
    messages: Sequence[Message],
    fitted: FittedPrompt,
    ask: Ask,
    publish: Publish,
) -> Measuring | None:
    """The instruments of this answer; None if they are off."""
    if chat.instruments.profile is Profile.OFF:
        return None
    kept = messages[len(fitted.cut_ids) :]
    recorder = await chat.compute.call(
        lambda: _recorder(chat, loaded, growing, kept, fitted), priority=Priority.CHAT
    )
    measuring = Measuring(
        growing.conversation_id,
        growing.message.id,
        recorder,
        loaded,
        growing.settings.temperature,
        _passages(loaded, fitted, recorder.opening),
        ask.lead,
    )
    publish(
        MeasuringBegun(
            conversation_id=growing.conversation_id,
            message_id=growing.message.id,
            opening=recorder.opening,
        )
    )
    for signals in ask.lead:
        publish(
            TokenMeasured(
                conversation_id=growing.conversation_id,
                message_id=growing.message.id,
                signals=signals,
            )
        )
    return measuring


def _recorder(
    chat: Chat,
    loaded: LoadedModel,
    growing: Answer,
    messages: Sequence[Message],
    fitted: FittedPrompt,
) -> Recorder:
    """Runs on: compute."""
    from engine.chat.segments import segments_of
    from engine.introspection.opening import opening_of
    from engine.introspection.recorder import Recorder

    state, probe = chat.instruments, chat.models.probe()
    segments = segments_of(
        loaded.tokenizer,
        fitted.tokens,
        growing.settings.system_prompt,
        messages,
        fitted.begun_tokens,
    )
    watched = [one for one in state.watched if one.model_key == loaded.key]
    opening = opening_of(
        probe,
        loaded.info.id,
        state.profile,
        chat.settings.introspection,
        segments,
        directions=[one.name for one in watched],
        steering=state.steering_of(loaded.key),
    )
    return Recorder(
        probe,
        opening,
        chat.models.text_of(),
        tuple(_watched(one, state.vectors[one.id]) for one in watched),
    )


def _passages(loaded: LoadedModel, fitted: FittedPrompt, opening: Opening) -> tuple[str, ...]:
    """The files in the prompt, in their frames."""
    return tuple(
        loaded.tokenizer.decode(fitted.tokens[part.start : part.end])
        for part in opening.segments
        if part.kind is SegmentKind.DOCUMENT
    )


def _watched(direction: Direction, vector: NDArray[np.float32]) -> Watched:
    from engine.introspection.recorder import Watched

    length = float((vector @ vector) ** 0.5) or 1.0
    return Watched(direction.layer, vector / length, direction.mean, direction.deviation)


def review(chat: Chat, measuring: Measuring, final: Message, publish: Publish) -> None:
    """The rest is read, rated and kept after the answer; nobody waits for it."""
    chat.instruments.go_on(_review(chat, measuring, final, publish))


async def _review(chat: Chat, measuring: Measuring, final: Message, publish: Publish) -> None:
    recorder = measuring.recorder
    try:
        await chat.compute.call(measuring.end, priority=Priority.BACKGROUND)
        await _read_rest(chat, measuring, publish)
        turn = await chat.compute.call(
            lambda: recorder.turn(measuring.elapsed_s, measuring.lead), priority=Priority.BACKGROUND
        )
        tokens = (*measuring.lead, *map(measuring.placed, recorder.tokens()))
        turn = await _rated(chat, measuring, turn, tokens, final.text)
        # Kept before it is told: who is told may ask for it at once.
        trace = Trace(message_id=final.id, opening=recorder.opening, tokens=tokens, turn=turn)
        await chat.traces.keep(measuring.conversation_id, trace)
        publish(
            TurnMeasured(
                conversation_id=measuring.conversation_id, message_id=final.id, signals=turn
            )
        )
    except EngineError as error:
        # The answer is kept; only what was measured of it is lost, and the log says so.
        _log.warning("what was measured of an answer is not kept: %s", error.kind)


async def _rated(
    chat: Chat,
    measuring: Measuring,
    turn: TurnSignals,
    tokens: Sequence[TokenSignals],
    text: str,
) -> TurnSignals:
    """The same with how likely the answer is right, if that was ever measured on this model."""
    confidence, reason = await confidence_of(
        chat,
        measuring.loaded,
        tokens,
        "open" if measuring.passages else "closed",
        opening=measuring.recorder.opening,
        temperature=measuring.temperature,
        text=text,
        passages=measuring.passages,
        states=measuring.recorder.answer_states(),
    )
    return replace(turn, confidence=confidence, confidence_reason=reason)


async def _read_rest(chat: Chat, measuring: Measuring, publish: Publish) -> None:
    """What the model is needed for, as long as it is there and nobody waits for it to go."""
    recorder = measuring.recorder
    try:
        async with chat.models.using() as loaded:
            if loaded is measuring.loaded:
                await _read_lens(chat, measuring, publish)
    except ModelNotLoadedError:
        _log.info("the model was unloaded before its answer was looked at again")
    finally:
        # What it left of the model must not be read once that has been unloaded.
        await asyncio.shield(
            chat.compute.call(recorder.forget_states, priority=Priority.BACKGROUND)
        )


async def _read_lens(chat: Chat, measuring: Measuring, publish: Publish) -> None:
    recorder = measuring.recorder
    for start in (recorder.read_question, recorder.read_lens):
        steps = chat.compute.stream(start, priority=Priority.BACKGROUND)
        async with contextlib.aclosing(steps):  # type: ignore[type-var]
            async for some in steps:
                if some:
                    publish(
                        LensRead(
                            conversation_id=measuring.conversation_id,
                            message_id=measuring.message_id,
                            readings=tuple(_moved(one, len(measuring.lead)) for one in some),
                        )
                    )
                if chat.models.is_wanted_free:
                    return


def _moved(reading: Reading, by: int) -> Reading:
    index, layers, commit = reading
    return index + by, layers, commit
