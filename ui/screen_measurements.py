"""Invented measurements, shown in pictures of the pages and nowhere else."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Sequence
from dataclasses import replace

from engine.contract.signals import (
    Alternative,
    Confidence,
    ConfidencePart,
    LayerReading,
    Opening,
    Profile,
    Segment,
    SegmentKind,
    SentenceSources,
    TokenSignals,
    Trace,
    TurnSignals,
    Unavailable,
    View,
)

ANSWER = (
    "Sunlight meets air molecules that scatter short (blue) waves far more than long (red) ones. "
    "At noon the path through air is short, so scattered blue fills the sky. At sunset light "
    "crosses about 38 times more air; the blue is scattered out on the way and red is left."
)
LAYERS = 36
LENS_LAYERS = (9, 18, 27, 36)
SEGMENTS = (
    Segment(kind=SegmentKind.SYSTEM, start=0, end=24),
    Segment(
        kind=SegmentKind.DOCUMENT, start=24, end=300, label="Rayleigh scattering", source_id="f1"
    ),
    Segment(kind=SegmentKind.QUESTION, start=300, end=330),
    Segment(kind=SegmentKind.OWN, start=330),
)
_WORD = re.compile(r"\s?[\w']+|\s?[^\w\s]|\s+", re.UNICODE)
_RIVALS: dict[str, tuple[str, ...]] = {
    "38": ("40", "ten", "30", "a", "twelve", "35", "three", "many", "twice"),
    "crosses": ("travels", "passes", "goes", "must", "has", "takes", "comes", "moves", "meets"),
    "about": ("far", "roughly", "some", "much", "a", "up", "many", "more", "around"),
    "fills": (
        "dominates", "comes", "reaches", "covers", "is", "makes", "spreads", "paints", "lights",
    ),
}  # fmt: skip
_ELSE = ("the", "a", "and", "so", "in", "of", "is", "more", "light")
# Entropy in nats of words where the invented model hesitates.
_DOUBTFUL = {
    "38": 3.7, "crosses": 2.9, "about": 2.4, "times": 1.9, "fills": 2.3, "scattered": 1.4,
    "At": 1.6, "out": 1.5, "on": 2.1, "is": 0.9, ";": 1.7, "figures": 2.2, "Rayleigh": 1.1,
}  # fmt: skip


def cut(text: str) -> list[str]:
    """A text in pieces that look like tokens."""
    return _WORD.findall(text)


def tokens(text: str = ANSWER, seed: int = 7) -> tuple[TokenSignals, ...]:
    """Every token of a text, measured."""
    chance = random.Random(seed)
    return tuple(_token(index, piece, chance) for index, piece in enumerate(cut(text)))


def _token(index: int, piece: str, chance: random.Random) -> TokenSignals:
    word = piece.strip()
    entropy = _DOUBTFUL.get(word, abs(chance.gauss(0.35, 0.25)))
    entropy = max(0.02, entropy * chance.uniform(0.85, 1.12))
    alternatives = _alternatives(index, piece, entropy)
    chosen = next(one for one in alternatives if one.token_id == index * 100)
    first, second = alternatives[0].probability, alternatives[1].probability
    share = min(1.0, 0.5 + entropy / 8 + chance.uniform(-0.12, 0.12))
    commit = min((layer for layer in LENS_LAYERS if layer >= share * LAYERS), default=LAYERS)
    surprise = -math.log(max(chosen.probability, 1e-6))
    return TokenSignals(
        index=index,
        token_id=index * 100,
        text=piece,
        surprisal_nats=surprise,
        entropy_nats=entropy,
        varentropy_nats2=entropy * 0.7,
        rank=alternatives.index(chosen) + 1,
        margin_nats=math.log(first / max(second, 1e-6)),
        alternatives=alternatives,
        lens=_lens(alternatives, commit),
        commit_layer=31 if word == "38" else commit,
        state_norm=70 + 9 * math.sin(index / 5),
        drift_ratio=0.1 + 0.05 * math.cos(index / 3),
        shares=_shares(index, chance),
        sink_share=0.41,
        lookback_ratio=0.8,
        is_fork=entropy > 2.2,
        is_boundary=word == "At" and index > 3,
        cost_us=820.0,
    )


def _alternatives(index: int, piece: str, entropy: float) -> tuple[Alternative, ...]:
    word = piece.strip()
    space = " " if piece.startswith(" ") else ""
    rivals = _RIVALS.get(word, tuple(one for one in _ELSE if one != word)[:9])
    sharp = 5.5 / (0.5 + entropy)
    weights = [math.exp(-sharp * rank**0.75 * 0.35) for rank in range(10)]
    rest = max(0.0, min(0.45, (entropy - 1.5) * 0.16))
    total = sum(weights) / (1 - rest)
    texts = [piece, *(f"{space}{rival}" for rival in rivals)]
    return tuple(
        Alternative(token_id=index * 100 + rank, text=text, probability=weight / total)
        for rank, (text, weight) in enumerate(zip(texts, weights, strict=False))
    )


def _lens(alternatives: tuple[Alternative, ...], commit: int) -> tuple[LayerReading, ...]:
    readings = []
    for layer in LENS_LAYERS:
        is_settled = layer >= commit
        top = alternatives[:5] if is_settled else (alternatives[2], *alternatives[:4])
        distance = (LAYERS - layer) / LAYERS
        readings.append(
            LayerReading(
                layer=layer,
                top=top,
                entropy_nats=0.4 + 6 * distance,
                kl_nats=7 * distance,
            )
        )
    return tuple(readings)


def _shares(index: int, chance: random.Random) -> tuple[float, ...]:
    own = min(0.45, 0.02 + index * 0.006)
    system, question = 0.05, 0.22 * chance.uniform(0.8, 1.2)
    return (system, 1 - own - system - question, question, own)


def opening(*lacks: Unavailable, profile: Profile = Profile.LIVE) -> Opening:
    """What an invented model lets be measured."""
    return Opening(
        model_id="qwen3-8b",
        layers=LAYERS,
        profile=profile,
        lens_layers=LENS_LAYERS,
        attention_layers=(9, 18, 27, 36),
        segments=SEGMENTS,
        unavailable=lacks,
    )


def confidence() -> Confidence:
    """An invented one."""
    return Confidence(
        value=0.86,
        low=0.81,
        high=0.9,
        parts=(
            ConfidencePart(name="mean surprise", value=0.48, weight=1.3),
            ConfidencePart(name="highest entropy", value=3.7, weight=-0.8),
            ConfidencePart(name="forks", value=4.0, weight=-0.3),
        ),
        answers=400,
        measured_at_s=1_790_000_000.0,
    )


def turn(shown: Sequence[TokenSignals], *, is_calibrated: bool = True) -> TurnSignals:
    """What was measured over all of an answer."""
    mean = sum(token.entropy_nats for token in shown) / max(1, len(shown))
    return TurnSignals(
        tokens=len(shown),
        user_surprise_nats=3.1,
        user_tokens=22,
        entropy_mean_nats=mean,
        entropy_most_nats=max((token.entropy_nats for token in shown), default=None),
        forks=sum(token.is_fork for token in shown),
        boundaries=sum(token.is_boundary for token in shown),
        settled_early=31,
        late_revisions=5,
        lens_tokens=len(shown),
        sentences=_sentences(shown),
        measured_s=0.22,
        elapsed_s=5.4,
        confidence=confidence() if is_calibrated else None,
        confidence_reason="" if is_calibrated else "This model has not been checked yet.",
    )


def _sentences(shown: Sequence[TokenSignals]) -> tuple[SentenceSources, ...]:
    made, start = [], 0
    for place, token in enumerate(shown):
        if token.text.strip() in (".", "?") or place == len(shown) - 1:
            part = shown[start : place + 1]
            columns = zip(*(one.shares for one in part), strict=True)
            shares = tuple(sum(column) / len(part) for column in columns)
            drops = (None, 0.62, 0.31, None)
            made.append(
                SentenceSources(
                    start=shown[start].index,
                    end=token.index + 1,
                    shares=shares,
                    drops_nats=drops if start == 0 else (),
                )
            )
            start = place + 1
    return tuple(made)


def trace(message_id: str, text: str = ANSWER, *lacks: Unavailable) -> Trace:
    """All that is kept of an invented answer."""
    shown = tokens(text)
    return Trace(message_id=message_id, opening=opening(*lacks), tokens=shown, turn=turn(shown))


def unread(shown: Sequence[TokenSignals]) -> tuple[TokenSignals, ...]:
    """The same tokens, their lens not read yet but at every eighth."""
    return tuple(
        token if token.index % 8 == 0 else replace(token, lens=(), commit_layer=None)
        for token in shown
    )


NO_STREAM = Unavailable(
    view=View.STREAM,
    reason="This model gives out its words only, not how likely they were.",
)
