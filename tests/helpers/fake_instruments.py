"""The instruments behind a FakeEngine: they measure what it writes, with numbers a test knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.contract import events
from engine.contract import introspection_events as told
from engine.contract.introspection_commands import (
    BranchAtToken,
    ListDirections,
    LoadCalibration,
    LoadTrace,
    SetInstruments,
    Steer,
)
from engine.contract.messages import Conversation
from engine.contract.signals import (
    Alternative,
    Opening,
    Profile,
    Segment,
    SegmentKind,
    SentenceSources,
    TokenSignals,
    Trace,
    TurnSignals,
)

LAYERS = 12
SEGMENTS = (
    Segment(kind=SegmentKind.SYSTEM, start=0, end=8),
    Segment(kind=SegmentKind.DOCUMENT, start=8, end=40, label="notes"),
    Segment(kind=SegmentKind.QUESTION, start=40, end=50),
    Segment(kind=SegmentKind.OWN, start=50),
)
SHARES = (0.05, 0.61, 0.22, 0.12)
OPENING = Opening(
    model_id="fake-1m",
    layers=LAYERS,
    profile=Profile.LIVE,
    lens_layers=(4, 8, 12),
    attention_layers=(6, 12),
    segments=SEGMENTS,
)


def measured_token(index: int, text: str, **signals: Any) -> TokenSignals:
    """One token; every third is a fork, and its number is in its identifiers."""
    is_fork = index % 3 == 2
    values: dict[str, Any] = {
        "token_id": 100 * index,
        "surprisal_nats": 0.7,
        "entropy_nats": 2.6 if is_fork else 0.2,
        "varentropy_nats2": 0.4,
        "rank": 1,
        "margin_nats": 0.1 if is_fork else 3.0,
        "alternatives": (
            Alternative(token_id=100 * index, text=text, probability=0.5),
            Alternative(token_id=100 * index + 1, text=" other", probability=0.3),
            Alternative(token_id=100 * index + 2, text=" third", probability=0.1),
        ),
        "shares": SHARES,
        "is_fork": is_fork,
        "cost_us": 500.0,
    }
    return TokenSignals(index=index, text=text, **{**values, **signals})


def measured_turn(tokens: int, **signals: Any) -> TurnSignals:
    """All of an answer of so many tokens."""
    values: dict[str, Any] = {
        "tokens": tokens,
        "user_surprise_nats": 3.0,
        "user_tokens": 4,
        "entropy_mean_nats": 1.0,
        "sentences": (SentenceSources(start=0, end=tokens, shares=SHARES),),
        "measured_s": 0.1,
        "elapsed_s": 2.5,
        "confidence_reason": "Nobody has checked this model.",
    }
    return TurnSignals(**{**values, **signals})


class FakeInstruments:
    """Answers what may be asked of the instruments, and measures while they are on.

    Attributes:
        profile: What was asked last.
        traces: Message identifier to what is kept of it.
        opening: How every measured answer begins.
    """

    def __init__(
        self,
        conversations: dict[str, Conversation],
        publish: Callable[[events.Event], None],
        write: Callable[..., Any],
    ) -> None:
        self.profile = Profile.OFF
        self.traces: dict[str, Trace] = {}
        self.opening = OPENING
        self._conversations = conversations
        self._publish = publish
        self._write = write
        self._tokens: dict[str, list[TokenSignals]] = {}

    def carry_out(self, job: str, command: Any) -> None:
        match command:
            case SetInstruments():
                self.profile = command.profile
                self._publish(told.InstrumentsTuned(job_id=job, profile=command.profile))
            case LoadTrace():
                self._publish(
                    told.TraceLoaded(
                        job_id=job,
                        conversation_id=command.conversation_id,
                        message_id=command.message_id,
                        trace=self.traces.get(command.message_id),
                    )
                )
            case LoadCalibration():
                self._publish(told.CalibrationLoaded(job_id=job, reports=()))
            case ListDirections():
                self._publish(told.DirectionsListed(job_id=job, directions=()))
            case Steer():
                self._publish(told.SteeringChanged(job_id=job, steering=command.steering))
            case BranchAtToken():
                self._branch(job, command)

    def begin(self, job: str, to: str, message_id: str) -> None:
        if self.profile is Profile.OFF:
            return
        self._tokens[message_id] = []
        self._publish(
            told.MeasuringBegun(
                job_id=job, conversation_id=to, message_id=message_id, opening=self.opening
            )
        )

    def measure(self, job: str, to: str, message_id: str, text: str) -> None:
        tokens = self._tokens.get(message_id)
        if tokens is None:
            return
        tokens.append(measured_token(len(tokens), text))
        self._publish(
            told.TokenMeasured(
                job_id=job, conversation_id=to, message_id=message_id, signals=tokens[-1]
            )
        )

    def end(self, job: str, to: str, message_id: str) -> None:
        tokens = self._tokens.pop(message_id, None)
        if tokens is None:
            return
        turn = measured_turn(len(tokens))
        self.traces[message_id] = Trace(
            message_id=message_id, opening=self.opening, tokens=tuple(tokens), turn=turn
        )
        self._publish(
            told.TurnMeasured(job_id=job, conversation_id=to, message_id=message_id, signals=turn)
        )

    def _branch(self, job: str, command: BranchAtToken) -> None:
        kept = self._conversations[command.conversation_id]
        old = next(m for m in kept.messages if m.id == command.message_id)
        tokens = self.traces[command.message_id].tokens
        chosen = next(
            one for one in tokens[command.index].alternatives if one.token_id == command.token_id
        )
        before = "".join(token.text for token in tokens[: command.index])
        self._write(job, kept.id, old.parent_id, begun_with=before + chosen.text)
