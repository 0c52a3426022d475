"""What rows of logits say: spread, likeliest tokens, rank, and distance from another row.

The processor's own code does it where there is a build for it, numpy elsewhere.

Runs on: compute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.runtime import blas

TOP = 10
# A logit of minus infinity, which some networks give to rows that are no tokens, counts as so far
# below the largest: its weight is 0, and 0 times this is 0.
_LOWEST = -1e10


@dataclass(frozen=True, slots=True)
class RowSummary:
    """What one row of logits says.

    Attributes:
        log_sum: Logarithm of the sum of the exponentials, so logit minus this is a log-probability.
        entropy_nats: -sum p log p.
        varentropy_nats2: sum p (log p + entropy)^2.
        rank: Place of the chosen token, from 1; 0 if none was named.
        ids: The likeliest tokens, likeliest first.
        logprobs: Theirs, in nats.
        kl_nats: KL(other || this); None without another row.
    """

    log_sum: float
    entropy_nats: float
    varentropy_nats2: float
    rank: int
    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    kl_nats: float | None = None


def summarise(
    logits: NDArray[np.float32],
    *,
    chosen: list[int] | None = None,
    finals: NDArray[np.float32] | None = None,
    ends: list[int] | None = None,
    top: int = TOP,
) -> list[RowSummary]:
    """What each row says.

    Args:
        logits: Shape (rows, V), float32.
        chosen: The token of each row whose rank is wanted.
        finals: Rows to compare with, shape (F, V).
        ends: Which of `finals` each row is compared with.
        top: How many of the likeliest tokens are named.
    """
    top = min(top, logits.shape[1])
    rows = np.ascontiguousarray(logits, np.float32)
    others = None if finals is None else np.ascontiguousarray(finals, np.float32)
    said = (_native if blas.can_pack() else _by_numpy)(rows, chosen, others, ends, top)
    return _with_distances(said, others, ends)


@dataclass(slots=True)
class _Said:
    """Arrays of what was found, a row each."""

    numbers: NDArray[np.float64]
    values: NDArray[np.float32]
    ids: NDArray[np.int32]
    ranks: NDArray[np.int32]


def _with_distances(
    said: _Said, finals: NDArray[np.float32] | None, ends: list[int] | None
) -> list[RowSummary]:
    entropies = {}
    if finals is not None and ends is not None:
        bare = (_native if blas.can_pack() else _by_numpy)(finals, None, None, None, 1)
        entropies = dict(enumerate(bare.numbers[:, 1]))
    found = []
    columns = (said.numbers.tolist(), said.values.tolist(), said.ids.tolist(), said.ranks.tolist())
    for row, (numbers, values, ids, rank) in enumerate(zip(*columns, strict=True)):
        log_sum, entropy, varentropy, crossed = numbers
        kl = None
        if ends is not None and ends[row] in entropies:
            # Rounding may bring equal distributions a little below zero.
            kl = max(0.0, -float(entropies[ends[row]]) - crossed)
        # What cannot come is no alternative.
        possible = [place for place, value in enumerate(values) if value > -math.inf]
        found.append(
            RowSummary(
                log_sum=log_sum,
                entropy_nats=max(0.0, entropy),
                varentropy_nats2=max(0.0, varentropy),
                rank=rank,
                ids=tuple(ids[place] for place in possible),
                logprobs=tuple(values[place] - log_sum for place in possible),
                kl_nats=kl,
            )
        )
    return found


def _native(
    logits: NDArray[np.float32],
    chosen: list[int] | None,
    finals: NDArray[np.float32] | None,
    ends: list[int] | None,
    top: int,
) -> _Said:
    rows, vocabulary = logits.shape
    said = _Said(
        numbers=np.empty((rows, 4), np.float64),
        values=np.empty((rows, top), np.float32),
        ids=np.empty((rows, top), np.int32),
        ranks=np.empty(rows, np.int32),
    )
    picked = None if chosen is None else np.array(chosen, np.int32)
    compared = None if ends is None or finals is None else np.array(ends, np.int32)
    blas.summarise(
        blas.Summary(
            logits=logits.ctypes.data,
            finals=None if finals is None else finals.ctypes.data,
            ends=None if compared is None else compared.ctypes.data,
            chosen=None if picked is None else picked.ctypes.data,
            numbers=said.numbers.ctypes.data,
            values=said.values.ctypes.data,
            ids=said.ids.ctypes.data,
            ranks=said.ranks.ctypes.data,
            vocabulary=vocabulary,
            count=top,
        ),
        rows,
    )
    return said


def _by_numpy(
    logits: NDArray[np.float32],
    chosen: list[int] | None,
    finals: NDArray[np.float32] | None,
    ends: list[int] | None,
    top: int,
) -> _Said:
    numbers = np.empty((len(logits), 4), np.float64)
    order = np.stack([_largest(row, top) for row in logits])
    for row, numbers_of_row in zip(logits.astype(np.float64), numbers, strict=True):
        shifted = np.maximum(row - row.max(), _LOWEST)
        weights = np.exp(shifted)
        total = weights.sum()
        mean = float(weights @ shifted) / total
        numbers_of_row[:3] = (
            row.max() + np.log(total),
            np.log(total) - mean,
            float(weights @ shifted**2) / total - mean**2,
        )
    numbers[:, 3] = 0.0
    if finals is not None and ends is not None:
        for place, end in enumerate(ends):
            if end >= 0:
                numbers[place, 3] = _mean_logprob(logits[place], finals[end], numbers[place, 0])
    ranks = np.zeros(len(logits), np.int32)
    if chosen is not None:
        for place, token in enumerate(chosen):
            ranks[place] = 1 + int((logits[place] > logits[place, token]).sum())
    return _Said(
        numbers=numbers,
        values=np.take_along_axis(logits, order, 1),
        ids=order.astype(np.int32),
        ranks=ranks,
    )


def _largest(row: NDArray[np.float32], top: int) -> NDArray[np.intp]:
    """Where the largest lie; of equal ones the lowest place stands first, as in the native way."""
    least = np.partition(row, len(row) - top)[len(row) - top]
    places = np.flatnonzero(row >= least)
    return places[np.argsort(-row[places], kind="stable")][:top]


def _mean_logprob(row: NDArray[np.float32], final: NDArray[np.float32], log_sum: float) -> float:
    weights = np.exp(final.astype(np.float64) - float(final.max()))
    most = float(row.max())
    shifted = np.maximum(row.astype(np.float64) - most, _LOWEST)
    return float(weights @ shifted) / float(weights.sum()) + most - log_sum
