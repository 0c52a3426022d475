"""Medians, spreads, ratios of pairs, slopes: the arithmetic behind every table."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """One quantity over all rounds."""

    median: float
    low: float
    high: float
    rounds: int

    @staticmethod
    def of(values: Sequence[float]) -> Spread:
        """The spread of at least one value."""
        return Spread(statistics.median(values), min(values), max(values), len(values))

    def text(self, digits: int = 1, unit: str = "") -> str:
        """Such as "31.2 (30.1 to 32.0)"; the median alone after a single round."""
        middle = f"{self.median:,.{digits}f}{unit}"
        if self.rounds == 1:
            return middle
        return f"{middle} ({self.low:,.{digits}f} to {self.high:,.{digits}f})"


def ratios(ours: Sequence[float], peers: Sequence[float]) -> Spread:
    """How many times the peer's value ours is, round by round.

    A pair was measured within the same minute, so a machine that slows down over the run moves
    both of its halves.
    """
    return Spread.of([one / other for one, other in zip(ours, peers, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` (0 to 1) of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def slope(values: Sequence[float]) -> float:
    """Growth per step by least squares; 0 for fewer than two values."""
    if len(values) < 2:
        return 0.0
    return statistics.linear_regression(range(len(values)), values).slope


def shared_start(one: str, other: str) -> float:
    """The part of the longer text, 0 to 1, up to the first character that differs."""
    same = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        same += 1
    return same / max(len(one), len(other), 1)
