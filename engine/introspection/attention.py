"""Attention patterns to shares of a prompt's parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.signals import Segment, SegmentKind
from engine.runtime import blas

# The first tokens take attention that nothing needs (arXiv:2309.17453), so they count apart.
SINK_TOKENS = 4


@dataclass(frozen=True, slots=True)
class Shares:
    """Where one token looked.

    Attributes:
        by_segment: On each segment, the sink left out; sums to 1. Empty if all went to the sink.
        sink: On the first four tokens and a learned sink, of all attention.
        lookback: On the prompt, of prompt and own words, the sink left out; None for neither.
    """

    by_segment: tuple[float, ...]
    sink: float
    lookback: float | None


@dataclass(slots=True)
class RowPattern:
    """One row's attention at one block.

    Attributes:
        weights: Shape (H, T), in any scale, each head's own.
        places: Where the T lie in the sequence; None if in order.
        sunk: Share of each head that a learned sink took, shape (H,); None for none.
    """

    weights: NDArray[np.float32]
    places: NDArray[np.int64] | None = None
    sunk: NDArray[np.float32] | None = None


class SegmentSums:
    """Sums attention over the parts of one prompt."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        """Remember where the parts lie.

        Args:
            segments: In order, without gaps, the answer's own last.
        """
        self._starts = [segment.start for segment in segments]
        self._last_start = max([SINK_TOKENS, *self._starts])
        self._known: tuple[list[int], list[int]] | None = None
        self._own = next(
            (i for i, segment in enumerate(segments) if segment.kind is SegmentKind.OWN), None
        )

    def shares(self, patterns: Sequence[RowPattern]) -> Shares | None:
        """The mean over heads and blocks; None without a pattern."""
        if not patterns or not self._starts:
            return None
        sums = [self._sums(pattern) for pattern in _joined(patterns)]
        mean = np.concatenate(sums).mean(axis=0) if len(sums) > 1 else sums[0].mean(axis=0)
        sink, parts = float(mean[0]), mean[1:]
        rest = float(parts.sum())
        if rest <= 0:
            return Shares((), sink, None)
        own = float(parts[self._own]) if self._own is not None else 0.0
        return Shares(tuple(float(part) / rest for part in parts), sink, (rest - own) / rest)

    def _edges(self, length: int, places: NDArray[np.int64] | None) -> tuple[list[int], list[int]]:
        """The parts that are not empty, the sink first, and where each begins among the keys."""
        # Once every part has begun, nothing changes but the length of the last.
        all_begun = places is None and length > self._last_start
        if all_begun and self._known is not None:
            return self._known
        found = self._found_edges(length, places)
        if all_begun:
            self._known = found
        return found

    def _found_edges(
        self, length: int, places: NDArray[np.int64] | None
    ) -> tuple[list[int], list[int]]:
        starts = [0, *(max(start, SINK_TOKENS) for start in self._starts)]
        if places is not None:
            starts = [int(place) for place in np.searchsorted(places, starts)]
        ends = [*starts[1:], length]
        kept = [
            (column, start)
            for column, (start, end) in enumerate(zip(starts, ends, strict=True))
            if start < min(end, length)
        ]
        return [column for column, _ in kept], [start for _, start in kept]

    def _sums(self, pattern: RowPattern) -> NDArray[np.float64]:
        """For each head, shape (H, 1 + segments): the sink's share, then each segment's."""
        weights, places = pattern.weights, pattern.places
        if places is not None:
            order = np.argsort(places, kind="stable")
            weights, places = weights[:, order], places[order]
        columns, edges = self._edges(weights.shape[1], places)
        sums = _part_sums(weights, edges)
        if len(columns) <= len(self._starts):
            found, sums = sums, np.zeros((len(weights), 1 + len(self._starts)))
            sums[:, columns] = found
        sums /= sums.sum(axis=1, keepdims=True)
        if pattern.sunk is not None:
            sums *= (1 - pattern.sunk)[:, None]
            sums[:, 0] += pattern.sunk
        return sums


def _joined(patterns: Sequence[RowPattern]) -> Sequence[RowPattern]:
    """The same heads as one pattern, where all lie in order: small steps take long in numpy."""
    is_plain = all(one.places is None and one.sunk is None for one in patterns)
    if not is_plain or len({one.weights.shape[1] for one in patterns}) != 1:
        return patterns
    return [RowPattern(np.concatenate([one.weights for one in patterns]))]


def _part_sums(weights: NDArray[np.float32], edges: Sequence[int]) -> NDArray[np.float64]:
    """Sums from one edge to the next and to the end, in float64, shape (H, parts)."""
    if not blas.can_pack() or weights.dtype != np.float32 or weights.strides[1] != weights.itemsize:
        return np.add.reduceat(weights, edges, axis=1, dtype=np.float64)
    sums = np.empty((len(weights), len(edges)))
    blas.part_sums(weights, np.array([*edges, weights.shape[1]], np.int32), sums)
    return sums
