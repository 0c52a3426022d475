"""How strongly a token is tinted, by what was measured at it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.contract.signals import TokenSignals

# Where a tint begins and where it is strongest. Entropy: below half a nat the likeliest token has
# about nine tenths; four nats are some fifty tokens alike. Surprise: one nat is a token of 0.37,
# seven one of 0.001. Margin: none is a draw, 1.5 nats make the first 4.5 times the second.
_ENTROPY = (0.5, 4.0)
_SURPRISAL = (1.0, 7.0)
_MARGIN = (1.5, 0.0)
_COMMIT = (0.5, 1.0)  # of the layers


@dataclass(frozen=True, slots=True)
class Scale:
    """What a tint shows.

    Attributes:
        unit: Of its figures.
        pale: Where it begins, in words.
        strong: Where it is strongest, in words.
    """

    unit: str
    pale: str
    strong: str


SCALES = {
    "entropy": Scale("nats", "0.5", "4 and more"),
    "surprisal": Scale("nats", "1", "7 and more"),
    "margin": Scale("nats", "1.5", "0"),
    "commit": Scale("of the layers", "half", "all"),
}


def strength(token: TokenSignals, tint: str, layers: int) -> float | None:
    """From 0, not tinted, to 1; None if it was not measured.

    Args:
        token: What was measured.
        tint: "entropy", "surprisal", "margin" or "commit".
        layers: Blocks of the model.
    """
    match tint:
        case "surprisal":
            return _share(token.surprisal_nats, *_SURPRISAL)
        case "margin":
            return _share(token.margin_nats, *_MARGIN)
        case "commit":
            if token.commit_layer is None or layers <= 0:
                return None
            return _share(token.commit_layer / layers, *_COMMIT)
    return _share(token.entropy_nats, *_ENTROPY)


def _share(value: float, pale: float, strong: float) -> float:
    return max(0.0, min(1.0, (value - pale) / (strong - pale)))
