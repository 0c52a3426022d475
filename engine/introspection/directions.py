"""Directions in hidden states from contrast pairs, and pushes along them.

Source: difference of means, as in arXiv:2312.06681 (CAA), at the last token of each text.
Deviation: the layer is the one that tells held-out pairs apart best, not one found by trial. How
well is measured on pairs that had no part in choosing it either.

Runs on: compute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from engine.contract.calibration import Steering
from engine.contract.errors import BadRequestError, UnsupportedModelError
from engine.introspection.probe import NetworkProbe
from engine.introspection.scoring import auroc
from engine.models.loaded import LoadedModel

LEAST_PAIRS = 2
# With fewer, leaving one pair out says nothing.
_LEAST_HELD_OUT = 4
# First and last layers hold words, not what they mean.
_EARLIEST_SHARE, _LATEST_SHARE = 0.25, 0.9
_MOST_TOKENS = 512

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Found:
    """A direction that was found.

    Attributes:
        layer: After which block, counted from 1.
        vector: Shape (D,), as long as states at that layer are on average.
        auroc: On pairs that were left out; None with too few.
        random_auroc: Of a random direction on the same texts.
        mean: Of the texts' projections on the direction at unit length.
        deviation: Their standard deviation.
    """

    layer: int
    vector: Floats
    auroc: float | None
    random_auroc: float | None
    mean: float
    deviation: float


def check_pairs(positives: Sequence[str], negatives: Sequence[str]) -> None:
    """Raise if they are not contrast pairs.

    Raises:
        BadRequestError: They are too few, or not pairs.
    """
    if len(positives) != len(negatives):
        raise BadRequestError(
            f"There are {len(positives)} texts with it and {len(negatives)} without.",
            action="Give as many of the one as of the other.",
        )
    if len(positives) < LEAST_PAIRS or not all(text.strip() for text in (*positives, *negatives)):
        raise BadRequestError(
            "A direction needs at least two pairs of texts.", action="Add another pair."
        )


def states_of(loaded: LoadedModel, probe: NetworkProbe, texts: Sequence[str]) -> Iterator[Floats]:
    """For each text what every block hands on at its last token, shape (layers, D).

    Raises:
        UnsupportedModelError: The model does not let its layers be watched.
    """
    if not probe.layers:
        raise UnsupportedModelError(
            "This model keeps its layers where they cannot be watched.",
            action="Choose another model for steering.",
        )
    for text in texts:
        ids = loaded.tokenizer.encode(text.strip(), with_special=False)[:_MOST_TOKENS] or [0]
        with probe.watching({}, frozenset(), True) as seen:
            mx.eval(loaded.network(mx.array([ids])))
        rows = [seen.states[index][-1].astype(mx.float32) for index in sorted(seen.states)]
        yield np.array(mx.stack(rows))


def find_direction(positives: Floats, negatives: Floats, layer: int = 0) -> Found:
    """The direction from the texts without the thing to those with it.

    Args:
        positives: States of the texts with it, shape (pairs, layers, D).
        negatives: Of the others, in the same order.
        layer: Counted from 1; 0 takes the one that tells the pairs apart best.
    """
    layers = positives.shape[1]
    if layer:
        chosen, score = layer, held_out_auroc(positives[:, layer - 1], negatives[:, layer - 1])
    else:
        chosen, score = _best_layer(positives, negatives, layers)
    with_it, without = positives[:, chosen - 1], negatives[:, chosen - 1]
    unit = _unit(with_it.mean(0) - without.mean(0))
    both = np.concatenate([with_it, without])
    projections = both @ unit
    random = random_unit(unit.shape[0], f"layer {chosen}")
    return Found(
        layer=chosen,
        vector=unit * float(np.linalg.norm(both, axis=1).mean()),
        auroc=score,
        random_auroc=_auroc_of(with_it @ random, without @ random) if score is not None else None,
        mean=float(projections.mean()),
        deviation=float(projections.std()) or 1.0,
    )


def held_out_auroc(positives: Floats, negatives: Floats) -> float | None:
    """How well directions from all other pairs tell a pair apart; None with too few pairs.

    Args:
        positives: Shape (pairs, D).
        negatives: The same.
    """
    pairs = len(positives)
    if pairs < _LEAST_HELD_OUT:
        return None
    return _auroc_of(*_folds(positives, negatives))


def _folds(positives: Floats, negatives: Floats) -> tuple[Floats, Floats]:
    """Each pair on the direction of all others, shape (pairs,) with the thing and without.

    Directions differ from fold to fold, so zero is the middle of the other pairs' projections,
    and their standard deviation is 1.
    """
    pairs = len(positives)
    differences = positives - negatives
    units = np.stack([_unit(one) for one in differences.sum(0) - differences])
    both = np.stack([units @ positives.T, units @ negatives.T])
    others = both[:, ~np.eye(pairs, dtype=bool)].reshape(2, pairs, pairs - 1)
    middle = others.mean((0, 2))
    spread = others.std((0, 2))
    spread[spread == 0] = 1
    own = np.arange(pairs)
    high, low = (both[:, own, own] - middle) / spread
    return high, low


def push_of(vector: Floats, steering: Steering) -> Floats:
    """What is added to the states, shape (D,).

    Args:
        vector: The direction, as long as states are on average.
        steering: How strongly; a control takes a random direction of the same length.
    """
    base = vector
    if steering.is_control:
        length = float(np.linalg.norm(vector))
        base = random_unit(len(vector), steering.direction_id) * length
    return (steering.strength * base).astype(np.float32)


def pushes_of(
    steering: Sequence[Steering], vectors: Mapping[str, Floats]
) -> tuple[dict[int, Floats], str]:
    """What is added at each block, from 0, and a key that tells these pushes from others."""
    pushes: dict[int, Floats] = {}
    for one in steering:
        push = push_of(vectors[one.direction_id], one)
        block = one.layer - 1
        pushes[block] = pushes[block] + push if block in pushes else push
    digest = hashlib.sha256()
    for block in sorted(pushes):
        digest.update(f"{block} ".encode() + pushes[block].tobytes())
    return pushes, digest.hexdigest()[:16] if pushes else ""


def random_unit(width: int, name: str) -> Floats:
    """A direction that only `name` decides, of length 1."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return _unit(np.random.default_rng(seed).standard_normal(width).astype(np.float32))


def _best_layer(positives: Floats, negatives: Floats, layers: int) -> tuple[int, float | None]:
    if len(positives) < _LEAST_HELD_OUT:
        return max(1, round(layers / 2)), None
    first, last = max(1, round(_EARLIEST_SHARE * layers)), max(1, round(_LATEST_SHARE * layers))
    among = range(first, last + 1)
    high, low = [], []
    for place in range(len(positives)):
        # The best of many layers looks good on noise too, so this pair has no say in which.
        rest = np.arange(len(positives)) != place
        layer = _best_of(positives[rest], negatives[rest], among) - 1
        folds = _folds(positives[:, layer], negatives[:, layer])
        high.append(folds[0][place])
        low.append(folds[1][place])
    return _best_of(positives, negatives, among), _auroc_of(np.array(high), np.array(low))


def _best_of(positives: Floats, negatives: Floats, among: Sequence[int]) -> int:
    """Of equally good layers the one nearest to the middle."""
    middle = positives.shape[1] / 2

    def rate(layer: int) -> tuple[float, float]:
        folds = _folds(positives[:, layer - 1], negatives[:, layer - 1])
        return _auroc_of(*folds) or 0.0, -abs(layer - middle)

    return max(among, key=rate)


def _auroc_of(high: NDArray[np.floating], low: NDArray[np.floating]) -> float | None:
    labels = np.array([1.0] * len(high) + [0.0] * len(low))
    return auroc(np.concatenate([high, low]).astype(np.float64), labels)


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector).astype(np.float32)
