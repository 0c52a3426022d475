"""What the instruments report."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contract.calibration import (
    CalibrationReport,
    Direction,
    InstrumentReport,
    Steering,
)
from engine.contract.events import Event
from engine.contract.signals import (
    LayerReading,
    Opening,
    Profile,
    SemanticEntropy,
    SentenceSources,
    TokenSignals,
    Trace,
    TurnSignals,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentsTuned(Event):
    """Answers are measured so far from now on."""

    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuringBegun(Event):
    """An answer is being measured; comes before its first TokenMeasured."""

    conversation_id: str
    message_id: str
    opening: Opening


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMeasured(Event):
    """One token was drawn and measured; comes just after the TextGenerated of the same token."""

    conversation_id: str
    message_id: str
    signals: TokenSignals


@dataclass(frozen=True, slots=True, kw_only=True)
class LensRead(Event):
    """The lens was read for tokens that had been drawn before: checked after writing.

    Attributes:
        readings: Index in the answer, its readings, and the commit layer.
    """

    conversation_id: str
    message_id: str
    readings: tuple[tuple[int, tuple[LayerReading, ...], int | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnMeasured(Event):
    """All of an answer has been measured; comes after TurnFinished."""

    conversation_id: str
    message_id: str
    signals: TurnSignals


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLoaded(Event):
    """What is kept of an answer; None if it was not measured, or its trace is gone."""

    conversation_id: str
    message_id: str
    trace: Trace | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesConfirmed(Event):
    """Every source was left out once."""

    conversation_id: str
    message_id: str
    sentences: tuple[SentenceSources, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningsProgressed(Event):
    """Another answer was drawn."""

    conversation_id: str
    message_id: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeaningsMeasured(Event):
    """The answers were drawn and compared."""

    conversation_id: str
    message_id: str
    semantic_entropy: SemanticEntropy


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationProgressed(Event):
    """Another question was answered.

    Attributes:
        right: How many of `done` were right.
        remaining_s: Estimate from the speed so far; None while there is none.
    """

    done: int
    total: int
    right: int
    remaining_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFinished(Event):
    """The calibrators are fitted and tested, one for each condition.

    Attributes:
        left_out: Why there is none for another condition that was asked for, in sentences.
    """

    reports: tuple[CalibrationReport, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationLoaded(Event):
    """What is known of the loaded model; empty means unmeasured."""

    reports: tuple[CalibrationReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentsProgressed(Event):
    """Another prompt was answered with and without instruments."""

    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentsChecked(Event):
    """Every claim about the instruments was tried."""

    report: InstrumentReport


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionsListed(Event):
    """The directions kept for the loaded model, and those of other models.

    Attributes:
        model_key: Of the loaded model; only directions of this key can push it. Empty if none
            is loaded.
    """

    directions: tuple[Direction, ...]
    model_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SteeringChanged(Event):
    """The next answers are pushed so; empty if not at all."""

    steering: tuple[Steering, ...]
