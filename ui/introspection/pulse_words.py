"""Words of the line under the composer while answers are measured."""

from __future__ import annotations

from collections.abc import Sequence

from engine.contract.signals import Confidence, Segment, SegmentKind

CERTAINTY = "certainty"
UNMEASURED = "certainty unmeasured"
UNMEASURED_MORE = "How often this model is right was not checked, so no certainty is claimed."
PROBABILITY = "token probability"
SURPRISE = "surprise"
USER_SURPRISE = "surprise by you"
READING_MORE = (
    "Where its attention went, in parts of the context. It says where the model looked, not what "
    "it used."
)
COST_MORE = "The part of the answer's time that measuring took."
_LONGEST = 22

_NAMES = {
    SegmentKind.SYSTEM: "instructions",
    SegmentKind.MEMORY: "memory",
    SegmentKind.DOCUMENT: "document",
    SegmentKind.HISTORY: "earlier words",
    SegmentKind.QUESTION: "question",
    SegmentKind.FRAME: "frame",
    SegmentKind.OWN: "own words",
}


def percent(share: float) -> str:
    """A whole percent, set as on the rest of the screen."""
    return f"{round(100 * share)} %"


def certainty(held: Confidence) -> str:
    """A calibrated confidence at length."""
    return (
        f"Certainty {held.value:.2f}, from {held.low:.2f} to {held.high:.2f}: how often answers "
        f"like this one were right, by {held.answers:,} that were checked."
    )


def probability(mean: float) -> str:
    """What the gauge of uncalibrated answers shows."""
    return (
        f"Mean probability of the tokens so far: {mean:.2f}. It is not how likely they are right."
    )


def token_surprise(nats: float) -> str:
    """How surprising the last token was to the model."""
    return f"Surprise of the last token: {nats:.1f} nats."


def user_surprise(nats: float, tokens: int) -> str:
    """How surprising the user's words were to the model."""
    return f"Your words surprised the model by {nats:.1f} nats a token, over {tokens:,} tokens."


def segment(part: Segment) -> str:
    """What a part of the context is called."""
    name = part.label or _NAMES[part.kind]
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1].rstrip() + "…"


def reading(parts: Sequence[tuple[str, float]]) -> str:
    """The parts looked at most."""
    return "reading: " + ", ".join(f"{name} {percent(share)}" for name, share in parts)


def cost(share: float) -> str:
    """What the instruments take."""
    return f"instruments cost {percent(share)}"


def cost_brief(share: float) -> str:
    """The same in fewer words."""
    return f"cost {percent(share)}"
