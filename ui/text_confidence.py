"""Every word of confidence, calibration and meanings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from engine.contract.calibration import CalibrationReport, Interval, ReliabilityBin, RiskPoint
from engine.contract.introspection_events import CalibrationProgressed
from engine.contract.signals import Confidence, SemanticEntropy
from ui.text import duration

MINUS = "\N{MINUS SIGN}"

# this answer
TITLE = "Confidence in this answer"
UNMEASURED = "Unmeasured"
NOT_CALIBRATED = "This model has not yet answered questions whose answers are known."
NO_ANSWER = "No answer is looked at."
NOT_ENDED = "It is worked out when the answer is finished."
PARTS_TITLE, PARTS_UNIT = "What it is made of", "log-odds"
PARTS_NOTE = "To the right speaks for the answer being right, to the left against it."
CALIBRATE = "Measure on questions with known answers"
CALIBRATE_AGAIN = "Measure again"
CALIBRATING = "Answering questions whose answers are known"
CALIBRATE_NOTE = (
    "The model answers questions whose answers are known, and its confidence is fitted to how "
    "often it was right. That takes minutes to hours; it can be stopped."
)

# meanings
MEANINGS_TITLE, MEANINGS_UNIT = "What it would say again", "answers"
ASK_AGAIN = "Ask it eight times"
ASKING_AGAIN = "Drawing the answer again"
MEANINGS_NOTE = "The answer is drawn again and again; answers that say the same stand together."
SEMANTIC_ENTROPY = "Semantic entropy"

# the calibration
WORTH_TITLE = "How far that can be trusted"
CLOSED, OPEN = "Without the passage", "With the passage"
CONDITION = "Which questions"
RELIABILITY_TITLE, RELIABILITY_UNIT = "How often it was right", "share of answers"
RISK_TITLE, RISK_UNIT = "Answering only when sure", "share wrong"
AUROC_TITLE, AUROC_UNIT = "Telling right from wrong", "AUROC"
BRIER = "Brier score"
ACCURACY = "Right answers"
SAID, WAS_RIGHT = "confidence", "was right"
COVERAGE, RISK = "share of questions answered", "share wrong"
DIAGONAL = "perfectly calibrated"
CHANCE = "0.5 is chance"
THIS, SHUFFLED = "This confidence", "Fitted on shuffled verdicts (control)"
ECE = "Calibration error"

# What the engine's calibrator looks at.
FEATURES = {
    "entropy_mean": "mean entropy",
    "entropy_most": "highest entropy",
    "log_probability_mean": "mean log-probability",
    "log_probability_least": "lowest log-probability",
    "margin_first": "first margin",
    "margin_mean": "mean margin",
    "varentropy_mean": "mean varentropy",
    "length": "length in tokens",
    "forks": "share of forks",
    "drift_mean": "mean drift",
    "lookback_mean": "mean lookback ratio",
    "commit_layer_mean": "mean commit depth",
    "hidden_state": "hidden-state probe",
    "retrieval_agreement": "words from the passage",
}


def interval(value: Interval) -> str:
    """The 95 % interval in words."""
    return f"95 % interval {value.low:.2f} to {value.high:.2f}"


def with_interval(value: Interval) -> str:
    """A figure with its interval, short."""
    return f"{value.value:.2f} ({value.low:.2f} to {value.high:.2f})"


def rests_on(confidence: Confidence) -> str:
    """What a confidence was worked out from."""
    when = datetime.fromtimestamp(confidence.measured_at_s, UTC)
    return f"Fitted to {confidence.answers:,} answers that were checked on {day(when)}."


def day(when: datetime) -> str:
    """A day as it is written: 1 December 2026."""
    return f"{when.day} {when:%B %Y}"


def part(name: str, value: float) -> str:
    """One thing that a confidence is made of."""
    return f"{FEATURES.get(name, name.replace('_', ' '))} {value:.3g}"


def sentence(words: str) -> str:
    """A name as the beginning of a line."""
    return words[:1].upper() + words[1:]


def weight(value: float) -> str:
    """In log-odds, with its sign."""
    return f"{MINUS if value < 0 else '+'}{abs(value):.2f}"


def calibrating(progress: CalibrationProgressed) -> str:
    """How far calibrating is."""
    said = f"{progress.done:,} of {progress.total:,} answered, {progress.right:,} right"
    if progress.remaining_s is None:
        return said
    return f"{said}, {duration(progress.remaining_s)} left"


def drawn(done: int, total: int) -> str:
    """How many answers were drawn."""
    return f"{done} of {total} drawn"


def meanings(entropy: SemanticEntropy) -> str:
    """How far the answers part."""
    kinds = len(entropy.clusters)
    said = "One meaning" if kinds == 1 else f"{kinds} different meanings"
    return f"{said}. {entropy.method}"


def ece(report: CalibrationReport) -> str:
    """The calibration error beside what chance alone would show."""
    return (
        f"{report.ece.value:.2f} ({report.ece.low:.2f} to {report.ece.high:.2f}); a perfectly "
        f"calibrated model would show up to {report.ece_null:.2f} on so few answers."
    )


def data(report: CalibrationReport) -> str:
    """Which questions it rests on."""
    when = datetime.fromtimestamp(report.made_at_s, UTC)
    return (
        f"{report.data.rstrip('.')}. Fitted on {report.trained:,} answers, tested on "
        f"{report.tested:,} about other passages, at temperature {report.temperature:g}, on "
        f"{day(when)}."
    )


def reliability(bins: Sequence[ReliabilityBin]) -> str:
    """The diagram for a screen reader."""
    rows = (
        f"said {one.confidence:.2f}, right {one.accuracy:.2f}, {one.count} answers" for one in bins
    )
    return f"{RELIABILITY_TITLE}: {'; '.join(rows)}"


def risk(points: Sequence[RiskPoint]) -> str:
    """The curve for a screen reader, at its ends and its middle."""
    chosen = (
        [points[place] for place in sorted({0, len(points) // 2, len(points) - 1})]
        if (points)
        else []
    )
    rows = (
        f"{one.coverage_ratio:.0%} answered, {one.risk_ratio:.0%} wrong, {one.low:.0%} to "
        f"{one.high:.0%}"
        for one in chosen
    )
    return f"{RISK_TITLE}: {'; '.join(rows)}"


def all_answered(value: float) -> str:
    """The end of the risk curve."""
    return f"{value * 100:.0f} % if it answers all"
