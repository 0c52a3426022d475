"""Every word of the steering bench."""

from __future__ import annotations

from collections.abc import Sequence

from engine.contract.calibration import Direction, Steering

MINUS = "\N{MINUS SIGN}"

TITLE = "Directions"
NOTE = (
    "A direction is the difference between the model's states at two kinds of text. Added while it "
    "writes, it pushes the answer that way."
)
EMPTY = "No direction is kept for this model yet. Make one from two kinds of text."
NO_MODEL = "No model is loaded. A direction belongs to the model that it was taken from."
OTHER_MODEL = "of another model"
PUSH_TITLE, PUSH_UNIT = "Push", "mean state lengths"
STRENGTH = "Strength"
CONTROL = "Random control of equal length"
CONTROL_NOTE = "What a random direction does as well is not the direction's doing."
APPLY, APPLY_ANEW, LET_GO = "Push", "Change the push", "Let go"
NOTHING_CHOSEN = "Choose a direction above."
DELETE = "Delete"
KEEP = "Cancel"

MAKE_TITLE = "New direction"
MAKE_OPEN = "Make a direction"
NAME, NAME_HINT = "Name", "calm"
POSITIVES, NEGATIVES = "With it, one text a line", "Without it, one text a line"
POSITIVES_HINT = "I am at ease.\nThere is time for this."
NEGATIVES_HINT = "I am on edge.\nThere is no time for this."
MAKE = "Make it"
MAKING = "Reading the texts"
NEEDS_NAME = "It needs a name."
NEEDS_TEXTS = "It needs at least two texts on either side."


def fault(name: str, positives: Sequence[str], negatives: Sequence[str]) -> str:
    """What is still missing, in plain words; empty if it can be made."""
    if not name.strip():
        return NEEDS_NAME
    if min(len(positives), len(negatives)) < 2 and len(positives) == len(negatives):
        return NEEDS_TEXTS
    if len(positives) != len(negatives):
        return (
            f"Both sides need as many texts: there are {len(positives)} with it and "
            f"{len(negatives)} without."
        )
    return ""


def facts(direction: Direction, *, is_other_model: bool) -> str:
    """What is known of a direction, in one line."""
    parts = [f"layer {direction.layer}", pairs(len(direction.positives))]
    if is_other_model:
        parts.append(OTHER_MODEL)
    return ", ".join(parts)


def pairs(count: int) -> str:
    """From how many pairs it was taken."""
    return "1 pair" if count == 1 else f"{count} pairs"


def worth(direction: Direction) -> str:
    """How well it tells held-out pairs apart, beside a random one."""
    if direction.auroc is None:
        return "Too few pairs to hold any out, so it was not tested."
    said = f"Tells held-out pairs apart: AUROC {direction.auroc:.2f}"
    if direction.random_auroc is None:
        return f"{said}."
    return f"{said}; a random direction {direction.random_auroc:.2f}."


def strength(value: float) -> str:
    """With its sign."""
    sign = MINUS if value < 0 else "+" if value > 0 else ""
    return f"{sign}{abs(value):.1f}"


def pushed(steering: Sequence[Steering]) -> str:
    """What the model is being pushed by, in one sentence; empty if it is left alone."""
    if not steering:
        return ""
    return f"The model is being pushed: {', '.join(_push(one) for one in steering)}."


def _push(one: Steering) -> str:
    name = f"a random direction instead of {one.name}" if one.is_control else one.name
    return f"{name} {strength(one.strength)} at layer {one.layer}"


def delete_question(name: str) -> str:
    """Asked before a direction is deleted."""
    return f"Delete “{name}”? Its texts go with it."


def deleted(name: str) -> str:
    """Said after it."""
    return f"“{name}” is deleted."
