"""Shares of attention summed a second time, token by token, beside the sums the recorder takes.

Runs on: compute (plain numpy).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.contract.signals import Segment, SegmentKind
from engine.introspection.attention import SINK_TOKENS, RowPattern, SegmentSums


def some_segments(prompt_tokens: int) -> tuple[Segment, ...]:
    """Parts of a prompt of this length: its frame, two halves, and the answer's own."""
    frame, middle = min(3, prompt_tokens), max(3, prompt_tokens // 2)
    return (
        Segment(kind=SegmentKind.FRAME, start=0, end=frame),
        Segment(kind=SegmentKind.HISTORY, start=frame, end=middle),
        Segment(kind=SegmentKind.QUESTION, start=middle, end=prompt_tokens),
        Segment(kind=SegmentKind.OWN, start=prompt_tokens),
    )


def share_error(patterns: Sequence[RowPattern], segments: Sequence[Segment]) -> float | None:
    """The largest difference between the two ways; None without attention beside the sink."""
    shares = SegmentSums(segments).shares(patterns)
    if shares is None or not shares.by_segment:
        return None
    sink, parts = _summed(patterns, segments)
    pairs = zip((shares.sink, *shares.by_segment), (sink, *parts), strict=True)
    return max(abs(sum(shares.by_segment) - 1.0), *(abs(one - other) for one, other in pairs))


def _summed(
    patterns: Sequence[RowPattern], segments: Sequence[Segment]
) -> tuple[float, tuple[float, ...]]:
    sink, parts, heads = 0.0, np.zeros(len(segments)), 0
    for pattern in patterns:
        sunk = pattern.sunk if pattern.sunk is not None else np.zeros(len(pattern.weights))
        for head, learned in zip(pattern.weights.astype(np.float64), sunk, strict=True):
            heads += 1
            sink += float(learned)
            for slot, weight in enumerate(head / head.sum() * (1 - float(learned))):
                place = slot if pattern.places is None else int(pattern.places[slot])
                if place < SINK_TOKENS:
                    sink += float(weight)
                else:
                    parts[_part_of(place, segments)] += weight
    rest = float(parts.sum())
    return sink / heads, tuple(float(part) / rest for part in parts)


def _part_of(place: int, segments: Sequence[Segment]) -> int:
    return max(number for number, segment in enumerate(segments) if segment.start <= place)
