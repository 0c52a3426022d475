"""Where each row of a list is, when rows have heights of their own."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate


class RowHeights:
    """Heights, measured or guessed, and the sums that turn them into places.

    Changing the last rows is cheap, as a growing answer is always at the end.
    """

    def __init__(self) -> None:
        self._heights: list[float] = []
        self._is_measured = bytearray()
        self._tops: list[float] = [0.0]
        self._dirty_from = 0

    def __len__(self) -> int:
        return len(self._heights)

    def clear(self) -> None:
        """There are no rows."""
        self.remove(0, len(self._heights) - 1)

    def insert(self, row: int, guesses: list[float]) -> None:
        """Rows of guessed heights stand before what was `row`."""
        self._heights[row:row] = guesses
        self._is_measured[row:row] = bytes(len(guesses))
        self._dirty_from = min(self._dirty_from, row)

    def remove(self, first: int, last: int) -> None:
        """The rows from first to last, both included, are gone."""
        del self._heights[first : last + 1]
        del self._is_measured[first : last + 1]
        self._dirty_from = min(self._dirty_from, first)

    def doubt(self) -> None:
        """All heights are but guesses from now on."""
        self._is_measured = bytearray(len(self._heights))

    def doubt_row(self, row: int) -> None:
        """This row's height is but a guess from now on."""
        self._is_measured[row] = 0

    def is_measured(self, row: int) -> bool:
        """Whether the row's height is exact."""
        return bool(self._is_measured[row])

    def measure(self, row: int, height: float) -> float:
        """The row's exact height is known; returns by how much it differs from before."""
        difference = height - self._heights[row]
        self._is_measured[row] = 1
        if difference:
            self._heights[row] = height
            self._dirty_from = min(self._dirty_from, row)
        return difference

    def height(self, row: int) -> float:
        """Height of a row in px."""
        return self._heights[row]

    def top(self, row: int) -> float:
        """Distance of a row from the top of the list; of len(self), the height of all."""
        self._sum()
        return self._tops[row]

    def total(self) -> float:
        """Height of all rows in px."""
        return self.top(len(self._heights))

    def row_at(self, y: float) -> int:
        """The row at a distance from the top; the nearest one outside the list, -1 if empty."""
        self._sum()
        return min(max(bisect_right(self._tops, y) - 1, 0), len(self._heights) - 1)

    def _sum(self) -> None:
        start = self._dirty_from
        if start < len(self._heights) or len(self._tops) != len(self._heights) + 1:
            start = min(start, len(self._tops) - 1)
            known = self._tops[start]
            self._tops[start:] = accumulate(self._heights[start:], initial=known)
            self._dirty_from = len(self._heights)
