"""How well a model's confidence fits its answers, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A figure with the 95 % interval of its bootstrap."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliabilityBin:
    """Answers of like confidence.

    Attributes:
        confidence: Mean confidence in the bin.
        accuracy: Share of them that was right.
        count: How many they are.
    """

    confidence: float
    accuracy: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPoint:
    """If only the surest answers were given.

    Attributes:
        coverage_ratio: Share of questions answered.
        risk_ratio: Share of those answered wrong.
        low: Of the risk's 95 % interval.
        high: Of the same.
    """

    coverage_ratio: float
    risk_ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A simpler score on the same held-out answers, to be beaten.

    Attributes:
        name: Such as "length alone".
        auroc: How well it tells right from wrong; 0.5 is chance.
    """

    name: str
    auroc: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureWeight:
    """What the calibrator looks at.

    Attributes:
        weight: In log-odds for one standard deviation.
    """

    name: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationReport:
    """A calibrator, and what it is worth on questions it has not seen.

    Attributes:
        model_id: Whose answers.
        model_key: Weights, quantisation and adapter; another key is another calibration.
        temperature: At which they were drawn.
        condition: "closed" without the passage, "open" with it in context.
        method: "logistic" or "isotonic".
        data: Which questions, and their licence.
        trained: Answers the calibrator was fitted on.
        tested: Answers it was tested on, of other passages.
        accuracy: Share of tested answers that are right.
        auroc: How well confidence tells right from wrong; 0.5 is chance.
        ece: Expected calibration error, ten bins of equal count.
        ece_null: 95th percentile of the ECE that a perfectly calibrated model of the same
            confidences would show on so few answers.
        brier: Mean squared error of the confidence.
        shuffled_auroc: The same calibrator fitted on shuffled verdicts: a control, near 0.5.
        made_at_s: Seconds since the Unix epoch.
    """

    model_id: str
    model_key: str
    temperature: float
    condition: str
    method: str
    data: str
    trained: int
    tested: int
    accuracy: Interval
    auroc: Interval
    ece: Interval
    ece_null: float
    brier: float
    shuffled_auroc: float
    bins: tuple[ReliabilityBin, ...]
    risk: tuple[RiskPoint, ...]
    baselines: tuple[Baseline, ...]
    features: tuple[FeatureWeight, ...]
    made_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentCheck:
    """One claim about the instruments, tried.

    Attributes:
        name: Stable word, such as "identical_tokens".
        claim: What should be true, in one sentence.
        value: What was measured; None if the model does not offer what it takes.
        limit: What it is held against: not exceeded by a claim that holds, exceeded by the fault
            of a control.
        is_control: Whether it passes by catching a fault that was put in on purpose.
        detail: What it was measured on, or why it was left out.
    """

    name: str
    claim: str
    is_passed: bool
    value: float | None
    limit: float
    is_control: bool = False
    detail: str = ""

    @property
    def is_left_out(self) -> bool:
        """Whether it could not be tried; then it has not passed either."""
        return self.value is None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentReport:
    """Whether the instruments are real, on one model."""

    model_id: str
    architecture: str
    prompts: int
    checks: tuple[InstrumentCheck, ...]

    @property
    def is_passed(self) -> bool:
        """Whether every claim that could be tried held, and any could."""
        tried = [check for check in self.checks if not check.is_left_out]
        return bool(tried) and all(check.is_passed for check in tried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """A direction in a model's hidden states, from pairs of texts that differ in one thing.

    Attributes:
        layer: The block after which it was taken and is added, counted from 1.
        model_key: Whose states; it means nothing in another model.
        positives: Texts with the thing.
        negatives: Texts without it.
        auroc: How well it tells held-out pairs apart; None with too few pairs to hold any out.
        random_auroc: The same of a random direction of equal length.
        mean: Of the texts' projections on it, by which a projection is measured.
        deviation: Their standard deviation.
    """

    id: str
    name: str
    layer: int
    model_key: str
    positives: tuple[str, ...]
    negatives: tuple[str, ...]
    auroc: float | None
    random_auroc: float | None
    made_at_s: float
    mean: float = 0.0
    deviation: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """A direction that is being added to the model's states.

    Attributes:
        strength: In mean lengths of the hidden state at that layer; negative pushes away.
        is_control: A random direction of the same length is added instead.
    """

    direction_id: str
    name: str
    layer: int
    strength: float
    is_control: bool = False
