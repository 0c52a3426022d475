"""Invented measurements, shown in pictures of the pages and nowhere else."""

from __future__ import annotations

import math
import random
import re

from engine.contract.calibration import (
    Baseline,
    CalibrationReport,
    Direction,
    FeatureWeight,
    Interval,
    ReliabilityBin,
    RiskPoint,
)
from engine.contract.signals import (
    Alternative,
    Confidence,
    ConfidencePart,
    LayerReading,
    MeaningCluster,
    Opening,
    Profile,
    Segment,
    SegmentKind,
    SemanticEntropy,
    SentenceSources,
    TokenSignals,
    Trace,
    TurnSignals,
    Unavailable,
    View,
)

_LAYERS = 36
_LENS = (5, 9, 14, 18, 23, 27, 32, 36)
_MADE_AT_S = 1_764_547_200.0
_KEY = "qwen3-8b:4bit"
_SEGMENTS = (
    Segment(kind=SegmentKind.FRAME, start=0, end=4),
    Segment(kind=SegmentKind.SYSTEM, start=4, end=60),
    Segment(
        kind=SegmentKind.DOCUMENT, start=60, end=900, label="Rayleigh notes.md", source_id="att_1"
    ),
    Segment(kind=SegmentKind.HISTORY, start=900, end=1200, source_id="u1"),
    Segment(kind=SegmentKind.QUESTION, start=1200, end=1240, source_id="u1"),
    Segment(kind=SegmentKind.OWN, start=1240),
)
_GUESSES = (" the", " a", " of", " light", " more", " is", " in", " red", " air", " blue")


def opening(profile: Profile = Profile.FULL, *, lacks: tuple[Unavailable, ...] = ()) -> Opening:
    """What is measured in the answer of the pictures."""
    return Opening(
        model_id="qwen3-8b",
        layers=_LAYERS,
        profile=profile,
        lens_layers=_LENS,
        attention_layers=(9, 18, 27, 36),
        segments=_SEGMENTS,
        unavailable=lacks,
    )


def no_attention() -> tuple[Unavailable, ...]:
    """What a model of another kind lacks."""
    reason = "This model mixes attention with other layers, so its attention cannot be read."
    return (Unavailable(view=View.ATTENTION, reason=reason),)


def tokens(answer: str, *, unread_from: int | None = None) -> tuple[TokenSignals, ...]:
    """Signals for each word of an answer.

    Args:
        unread_from: From this token on the lens has not been read; None reads all.
    """
    draw = random.Random(7)  # pictures must come out the same
    pieces = re.findall(r"\s*\S+", answer)
    made = []
    for index, text in enumerate(pieces):
        is_read = unread_from is None or index < unread_from
        made.append(_token(index, text, draw, is_read=is_read))
    return tuple(made)


def _token(index: int, text: str, draw: random.Random, *, is_read: bool) -> TokenSignals:
    entropy = min(4.2, draw.expovariate(1.1))
    top = math.exp(-entropy * 0.7)
    commit = draw.choice((14, 18, 18, 23, 23, 27, 27, 32, 36))
    others = draw.sample(_GUESSES, 5)
    alternatives = (
        Alternative(token_id=index, text=text, probability=top),
        *(
            Alternative(token_id=90 + n, text=word, probability=(1 - top) * 0.45**n / 2)
            for n, word in enumerate(others, 1)
        ),
    )
    lens = _lens(text, top, commit, others, draw) if is_read else ()
    document = 0.3 + 0.25 * math.sin(index / 5)
    own = 0.12 + 0.002 * index
    rest = 1 - document - own
    return TokenSignals(
        index=index,
        token_id=index,
        text=text,
        surprisal_nats=-math.log(top),
        entropy_nats=entropy,
        varentropy_nats2=entropy * 0.6,
        rank=1,
        margin_nats=2.2 - entropy * 0.4,
        alternatives=alternatives,
        lens=lens,
        commit_layer=commit if is_read else None,
        state_norm=40 + draw.random() * 6,
        drift_ratio=0.3 + draw.random() * 0.2,
        shares=(0.02, rest * 0.12, document, rest * 0.2, rest * 0.68 - 0.02, own),
        sink_share=0.34 + draw.random() * 0.04,
        lookback_ratio=0.8 - 0.002 * index,
        is_fork=entropy > 2.4,
        is_boundary=entropy > 3.2,
        cost_us=420.0,
    )


def _lens(
    text: str, final: float, commit: int, others: list[str], draw: random.Random
) -> tuple[LayerReading, ...]:
    made = []
    for layer in _LENS:
        is_settled = layer >= commit
        depth = layer / _LAYERS
        certainty = (
            final * (0.4 + 0.6 * depth) if is_settled else 0.06 + 0.5 * depth * draw.random()
        )
        first = text if is_settled else others[layer % len(others)]
        rest = [word for word in others if word != first][:4]
        top = (
            Alternative(token_id=1, text=first, probability=certainty),
            *(
                Alternative(token_id=2 + n, text=word, probability=(1 - certainty) * 0.5**n / 2)
                for n, word in enumerate(rest, 1)
            ),
        )
        made.append(
            LayerReading(
                layer=layer,
                top=top,
                entropy_nats=6 * (1 - depth) + draw.random(),
                kl_nats=max(0.0, 5 * (1 - depth) ** 1.3),
            )
        )
    return tuple(made)


def trace(message_id: str, answer: str, *, is_tried: bool = False, full: bool = True) -> Trace:
    """What is kept of an answer.

    Args:
        is_tried: Whether each source was left out.
        full: Whether its confidence and meanings are known.
    """
    made = tokens(answer)
    turn = TurnSignals(
        tokens=len(made),
        user_surprise_nats=3.4,
        user_tokens=18,
        entropy_mean_nats=sum(t.entropy_nats for t in made) / len(made),
        entropy_most_nats=max(t.entropy_nats for t in made),
        forks=sum(t.is_fork for t in made),
        settled_early=9,
        late_revisions=14,
        lens_tokens=len(made),
        sentences=_sentences(made, is_tried=is_tried),
        measured_s=0.24,
        elapsed_s=4.1,
        confidence=_confidence() if full else None,
        confidence_reason="" if full else "This model has not been measured yet.",
        semantic_entropy=_meanings() if full else None,
    )
    return Trace(message_id=message_id, opening=opening(), tokens=made, turn=turn)


def _sentences(made: tuple[TokenSignals, ...], *, is_tried: bool) -> tuple[SentenceSources, ...]:
    starts = [0, *(t.index + 1 for t in made if t.text.endswith(".") and t.index + 1 < len(made))]
    ends = [*starts[1:], len(made)]
    drops = (None, 0.02, 1.84, -0.05, None, None) if is_tried else ()
    return tuple(
        SentenceSources(
            start=start,
            end=end,
            shares=tuple(
                sum(t.shares[n] for t in made[start:end]) / (end - start)
                for n in range(len(_SEGMENTS))
            ),
            drops_nats=drops,
        )
        for start, end in zip(starts, ends, strict=True)
    )


def _confidence() -> Confidence:
    return Confidence(
        value=0.86,
        low=0.81,
        high=0.90,
        parts=(
            ConfidencePart(name="margin_mean", value=1.92, weight=0.84),
            ConfidencePart(name="entropy_mean", value=0.61, weight=0.46),
            ConfidencePart(name="hidden_state", value=0.71, weight=0.38),
            ConfidencePart(name="length", value=41.0, weight=-0.22),
            ConfidencePart(name="entropy_most", value=3.9, weight=-0.31),
        ),
        answers=2_000,
        measured_at_s=_MADE_AT_S,
    )


def _meanings() -> SemanticEntropy:
    return SemanticEntropy(
        entropy_nats=0.74,
        samples=8,
        clusters=(
            MeaningCluster(text="Blue light is scattered out of the long path.", count=6),
            MeaningCluster(text="Dust in the evening air absorbs blue light.", count=1),
            MeaningCluster(text="The sun itself is cooler in the evening.", count=1),
        ),
        method="8 answers at temperature 1. Two say the same if they are the same words.",
    )


def report(condition: str = "closed", auroc: float = 0.72) -> CalibrationReport:
    """What a calibration is worth."""
    bins = tuple(
        ReliabilityBin(
            confidence=0.05 + n / 10,
            accuracy=min(1.0, max(0.0, 0.05 + n / 10 + 0.05 * math.sin(n * 2))),
            count=(210, 160, 120, 90, 80, 70, 60, 70, 60, 80)[n],
        )
        for n in range(10)
    )
    risk = tuple(
        RiskPoint(
            coverage_ratio=n / 20,
            risk_ratio=0.16 + 0.5 * (n / 20) ** 1.6,
            low=0.16 + 0.5 * (n / 20) ** 1.6 - 0.12 / n**0.5,
            high=0.16 + 0.5 * (n / 20) ** 1.6 + 0.12 / n**0.5,
        )
        for n in range(1, 21)
    )
    return CalibrationReport(
        model_id="qwen3-8b",
        model_key=_KEY,
        temperature=0.0,
        condition=condition,
        method="logistic",
        data="SQuAD 1.1, development set, 1,000 questions (CC BY-SA 4.0)",
        trained=1_000,
        tested=1_000,
        accuracy=Interval(value=0.34, low=0.31, high=0.37),
        auroc=Interval(value=auroc, low=auroc - 0.03, high=auroc + 0.03),
        ece=Interval(value=0.04, low=0.03, high=0.06),
        ece_null=0.05,
        brier=0.18,
        shuffled_auroc=0.51,
        bins=bins,
        risk=risk,
        baselines=(
            Baseline(name="length alone", auroc=Interval(value=0.58, low=0.54, high=0.61)),
            Baseline(
                name="mean log-probability alone", auroc=Interval(value=0.69, low=0.66, high=0.72)
            ),
        ),
        features=(FeatureWeight(name="mean margin", weight=0.8),),
        made_at_s=_MADE_AT_S,
    )


def directions() -> tuple[Direction, ...]:
    """Those that are kept."""
    return (
        _direction("d1", "calm", 14, _KEY, 0.94),
        _direction("d2", "formal", 18, _KEY, 0.81),
        _direction("d3", "certain", 10, "other", None),
    )


def _direction(id_: str, name: str, layer: int, key: str, auroc: float | None) -> Direction:
    return Direction(
        id=id_,
        name=name,
        layer=layer,
        model_key=key,
        positives=("I am at ease.",) * 6,
        negatives=("I am on edge.",) * 6,
        auroc=auroc,
        random_auroc=None if auroc is None else 0.52,
        made_at_s=_MADE_AT_S,
    )


KEY = _KEY
