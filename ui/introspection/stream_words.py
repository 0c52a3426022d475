"""Words of the Stream view, those for the eye and those for the ear."""

from __future__ import annotations

import math

from engine.contract.signals import TokenSignals
from ui.introspection.ribbon_lines import RETURN

ENTROPY = "Entropy of each token"
ANSWER = "The answer, token by token"
TOKEN = "The token"
RIBBON = "The answer by its tokens"
RIBBON_HELP = "Arrow keys walk from token to token, Return shows what else could have come."
TINT = "Tint by"
DOUBT_HERE = "In the chat too"
ALTERNATIVE = "Continue from an alternative"
ALTERNATIVE_BRIEF = "Alternatives"
WHILE_WRITTEN = "Possible when the answer is written."
CHOSEN = "what stands there"
FORK = "fork"
FORK_MORE = "Fork: the model hesitated between ways to go on."
BOUNDARY = "new part"
BOUNDARY_MORE = "New part: much more surprising than the tokens before it."
LOOP = "loop"
LOOP_MORE = "Loop: it goes on with what it said before."
UNREAD = "Layers not read"
BRANCHED = "Another version is being written."
NO_TOKEN = "Point at a token to see what else could have come."


def bare(text: str) -> str:
    """A token without the spaces round it; a line's end, or nothing but spaces, is seen."""
    inner = text.replace("\n", RETURN).replace("\t", "    ")
    return inner.strip(" ") or ("space" if inner else "nothing")


def quoted(text: str) -> str:
    """A token in quotes."""
    return f"“{bare(text)}”"


def scale(pale: str, strong: str, unit: str) -> str:
    """How far a tint goes, for a screen reader."""
    return f"The tint goes from {pale} to {strong} {unit}."


def marks(token: TokenSignals) -> str:
    """What its signs mean, one a line; empty if it has none."""
    said = [
        (token.is_fork, FORK_MORE),
        (token.is_boundary, BOUNDARY_MORE),
        (token.is_repetition, LOOP_MORE),
    ]
    return "\n".join(words for is_so, words in said if is_so)


def settled(token: TokenSignals, layers: int) -> str:
    """When the model had made up its mind."""
    if token.commit_layer is None or layers <= 0:
        return ""
    where = f"(layer {token.commit_layer} of {layers})"
    share = token.commit_layer / layers
    when = "early" if share <= 0.5 else "late" if share > 0.75 else ""
    return f"settled {when} {where}" if when else f"settled {where}"


def state(token: TokenSignals, layers: int) -> str:
    """What kind of token it is: fork, settled late (layer 31 of 36)."""
    parts = [
        FORK if token.is_fork else "",
        BOUNDARY if token.is_boundary else "",
        LOOP if token.is_repetition else "",
        settled(token, layers) or UNREAD.lower(),
    ]
    return ", ".join(part for part in parts if part)


def figures(token: TokenSignals) -> str:
    """The measures of one token in a line."""
    return (
        f"surprise {token.surprisal_nats:.2f} nats · entropy {token.entropy_nats:.2f} nats · "
        f"rank {token.rank:,}"
    )


def probability(value: float) -> str:
    """Two places; very small ones as such."""
    return f"{value:.2f}" if value >= 0.005 or value <= 0 else "<.01"


def chosen_probability(token: TokenSignals) -> float:
    """How likely the token was that stands there."""
    return math.exp(-token.surprisal_nats)


def spoken(token: TokenSignals, text: str, count: int, layers: int) -> str:
    """What a screen reader says of a token."""
    said = text.strip() or ("line end" if "\n" in text else "space")
    share = round(100 * chosen_probability(token))
    return (
        f"{said}, token {token.index + 1} of {count}, {state(token, layers)}, "
        f"probability {share} percent, entropy {token.entropy_nats:.1f} nats"
    )


def continue_with(text: str, value: float) -> str:
    """What the row of an alternative does, for a screen reader."""
    return f"Continue with {quoted(text)}, probability {probability(value)}"


def is_written(text: str, value: float) -> str:
    """The row of the token that stands there, for a screen reader."""
    return f"{quoted(text)}, {CHOSEN}, probability {probability(value)}"
