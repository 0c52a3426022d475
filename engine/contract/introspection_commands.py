"""What may be asked of the instruments."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contract.calibration import Steering
from engine.contract.commands import Command
from engine.contract.signals import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInstruments(Command):
    """Measure the answers that begin from now on so far. Answered by InstrumentsTuned."""

    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTrace(Command):
    """Show what was measured in an answer. Answered by TraceLoaded."""

    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchAtToken(Command):
    """Write another version of an answer, with another token at one place.

    The version begins with the answer's tokens before that place and the chosen one; answered
    like RegenerateAnswer.

    Attributes:
        index: Place in the answer, from 0.
        token_id: The token that stands there instead.
    """

    conversation_id: str
    message_id: str
    index: int
    token_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSources(Command):
    """Leave each source out once and measure what that does. Answered by SourcesConfirmed."""

    conversation_id: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureMeanings(Command):
    """Draw the answer several times and see how far the meanings part.

    Answered by MeaningsProgressed and MeaningsMeasured.
    """

    conversation_id: str
    message_id: str
    samples: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrate(Command):
    """Have the loaded model answer questions with known answers, and fit its confidence to them.

    Answered by CalibrationProgressed and CalibrationFinished.

    Attributes:
        questions_path: JSON Lines of {"question", "answer", "passage"?}; empty takes those that
            come with the app.
        limit: At most so many questions; 0 takes all.
        condition: "closed", "open" or "both".
        is_kept: Whether the calibrator is used from now on.
    """

    questions_path: str = ""
    limit: int = 0
    condition: str = "both"
    is_kept: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadCalibration(Command):
    """Show what is known of the loaded model's confidence. Answered by CalibrationLoaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInstruments(Command):
    """Try whether the instruments are real, on the loaded model.

    Answered by InstrumentsProgressed and InstrumentsChecked.

    Attributes:
        prompts: How many prompts are answered with and without them.
    """

    prompts: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDirections(Command):
    """Show the directions that are kept. Answered by DirectionsListed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeDirection(Command):
    """Take a direction from contrast pairs. Answered by DirectionsListed.

    Attributes:
        positives: Texts with the thing; as many as there are negatives.
        layer: After which block; 0 takes the one that tells the pairs apart best.
    """

    name: str
    positives: tuple[str, ...]
    negatives: tuple[str, ...]
    layer: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteDirection(Command):
    """Forget a direction. Answered by DirectionsListed."""

    direction_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Steer(Command):
    """Push the model along these directions from the next answer on; none lets go of it.

    Answered by SteeringChanged.
    """

    steering: tuple[Steering, ...] = ()
