"""What a pass through a network shows of itself, to whoever watches it being decoded.

Runs on: compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from engine.models.hooks import Pushes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be shown.

    Attributes:
        has_states: Whether what each block hands on is wanted.
        attention: Blocks, counted from 0, whose attention is wanted.
    """

    has_states: bool = False
    attention: frozenset[int] = frozenset()


@dataclass(slots=True, kw_only=True)
class Sight:
    """What one pass showed. It holds only until the next pass: take what is needed at once.

    Attributes:
        logits: Before any penalty, shape (rows, V), float32.
        states: What each block hands on, shape (layers, rows, D); None if it was not wanted.
        patterns: Block, from 0, to attention before it is made to sum to 1, shape (rows, H, T).
            Only the first `length(row)` of the T are filled.
        position: Place of the first row in the whole sequence, from 0.
        places: Block to where each of its T lies in the sequence, shape (T,), if not in order.
        sunk: Block to the share, shape (rows, H), that went to a learned sink beside the T.
        is_whole: Whether all of the T are filled, with zero where a row may not look.
    """

    logits: NDArray[np.float32]
    states: NDArray[np.float32] | None = None
    patterns: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    position: int = 0
    places: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    sunk: dict[int, NDArray[np.float32]] = field(default_factory=dict)
    is_whole: bool = False

    def length(self, row: int) -> int:
        """How many tokens the row could attend to, itself included."""
        return self.position + row + 1


class Observer(Protocol):
    """Watches one answer being decoded. It changes nothing of what is drawn.

    Attributes:
        wanted: What it wants to be shown.
    """

    wanted: Wanted

    def watching(self, network: Any, pushes: Pushes) -> AbstractContextManager[None]:
        """The network is pushed and watched while the block runs; for the way through mlx."""
        ...

    def reads(self, start: int, count: int) -> bool:
        """Whether the logits of these tokens of the prompt are wanted."""
        ...

    def read(self, start: int, tokens: Sequence[int], logits: mx.array) -> None:
        """Tokens of the prompt from `start` on are being read, and one more follows them.

        Called while `watching` holds.

        Args:
            start: Place of the first.
            tokens: Those read, L, and the next one.
            logits: Shape (1, L, V), lazy.
        """
        ...

    def note(self, logits: mx.array, position: int) -> None:
        """Through mlx, a pass has been begun; logits of shape (rows, V), lazy."""
        ...

    def saw(self, tokens: Sequence[int]) -> None:
        """Through mlx, the oldest pass that was noted gave these tokens, one a row.

        No token at all means that no noted pass will be heard of any more.
        """
        ...

    def see(self, tokens: Sequence[int], sight: Sight) -> None:
        """Natively, a pass gave these tokens, one a row; rows beyond them do not count."""
        ...
