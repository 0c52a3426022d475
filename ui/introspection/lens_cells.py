"""What stands in each cell of the grid of layers by tokens."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from operator import neg

from engine.contract.signals import LayerReading, TokenSignals
from ui import text_instruments as words

_LATE = 0.75  # what settles in the last quarter of the layers settled late, as TurnSignals counts


class LensCells:
    """Rows are layers, the deepest first; columns are tokens.

    Attributes:
        tokens: The columns; the same list that grows while the answer is written.
        layers: Blocks of the model.
        rows: The layers read, deepest first.
    """

    def __init__(self) -> None:
        self.tokens: Sequence[TokenSignals] = ()
        self.layers = 0
        self.rows: tuple[int, ...] = ()

    def show(self, tokens: Sequence[TokenSignals], layers: int, lens_layers: Sequence[int]) -> None:
        """These are the columns and rows from now on."""
        self.tokens = tokens
        self.layers = layers
        self.rows = tuple(sorted(lens_layers, reverse=True))

    def reading(self, column: int, row: int) -> LayerReading | None:
        """What was read there; None if it was not."""
        if not (0 <= column < len(self.tokens) and 0 <= row < len(self.rows)):
            return None
        layer = self.rows[row]
        return next((r for r in self.tokens[column].lens if r.layer == layer), None)

    def commit_row(self, column: int) -> int | None:
        """The row of the layer from which on the answer stayed; None without a lens."""
        commit = self.tokens[column].commit_layer
        if commit is None or not self.rows:
            return None
        # The layer may not be among the rows of an older trace; then the next deeper one counts.
        at_or_above = bisect_right(self.rows, -commit, key=neg)
        return at_or_above - 1 if at_or_above else None

    def is_late(self, column: int) -> bool:
        """Whether the token settled in the last quarter of the layers."""
        commit = self.tokens[column].commit_layer
        return commit is not None and commit > self.layers * _LATE

    def has_unread(self) -> bool:
        """Whether the lens is still to be read for the last tokens."""
        return bool(self.tokens) and any(not token.lens for token in self.tokens[-64:])

    def said(self, column: int, row: int) -> str:
        """A cell as one sentence; empty where there is none."""
        if not (0 <= column < len(self.tokens) and 0 <= row < len(self.rows)):
            return ""
        reading, token = self.reading(column, row), self.tokens[column].text
        if reading is None:
            return words.not_read(token, self.rows[row], self.layers)
        said = words.cell(token, reading, self.layers)
        return f"{said}, {words.LATE}" if self.is_late(column) else said
