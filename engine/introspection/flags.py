"""What stands out in a row of tokens: forks, new beginnings, loops."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

# A fork: the second is at least half as likely as the first, and much is open.
FORK_MARGIN_NATS = math.log(2)
FORK_ENTROPY_NATS = 1.0
# A boundary, as EM-LLM cuts episodes: far above the tokens before it (arXiv:2407.09450, eq. 2).
# Deviation: no refinement by graph clustering afterwards.
BOUNDARY_SIGMAS = 2.0
_WINDOW_TOKENS, _LEAST_TOKENS = 64, 16
_ROUNDING = 1e-6
# A loop: the same few tokens, at least so often and so long in a row.
_LONGEST_LOOP, _LEAST_ROUNDS, _LEAST_LOOP_TOKENS = 32, 3, 9


def is_fork(entropy_nats: float, margin_nats: float) -> bool:
    """Whether the model hesitated between ways to go on."""
    return entropy_nats >= FORK_ENTROPY_NATS and margin_nats <= FORK_MARGIN_NATS


@dataclass
class Boundaries:
    """Notices tokens that are far more surprising than those before them."""

    _before: deque[float] = field(default_factory=deque)
    _sum: float = 0.0
    _squares: float = 0.0

    def add(self, surprisal_nats: float) -> bool:
        """Whether something new begins with the next token, whose surprisal this is."""
        before, is_new = self._before, False
        count = len(before)
        if count >= _LEAST_TOKENS:
            mean = self._sum / count
            # Of running sums: rounding may bring equal numbers a little below zero.
            variance = max(0.0, self._squares / count - mean**2)
            is_new = surprisal_nats > mean + BOUNDARY_SIGMAS * math.sqrt(variance) + _ROUNDING
        before.append(surprisal_nats)
        self._sum += surprisal_nats
        self._squares += surprisal_nats**2
        if count == _WINDOW_TOKENS:
            gone = before.popleft()
            self._sum -= gone
            self._squares -= gone**2
        return is_new


@dataclass
class Repetitions:
    """Notices that an answer goes round in a loop."""

    _tokens: deque[int] = field(default_factory=lambda: deque(maxlen=_LONGEST_LOOP * _LEAST_ROUNDS))

    def add(self, token_id: int) -> bool:
        """Whether the next token, which is this, goes on with a loop."""
        self._tokens.append(token_id)
        tokens = list(self._tokens)
        most = min(_LONGEST_LOOP, len(tokens) - 1)
        # Nearly always the last token alone says that there is no loop of this length.
        likely = (n for n in range(1, most + 1) if tokens[-1 - n] == token_id)
        return any(_loops(tokens, length) for length in likely)


def _loops(tokens: list[int], length: int) -> bool:
    """Whether the end of `tokens` is one part of this length, over and over."""
    rounds = max(_LEAST_ROUNDS, math.ceil(_LEAST_LOOP_TOKENS / length))
    wanted = rounds * length
    if len(tokens) < wanted:
        return False
    tail = tokens[-wanted:]
    return tail[length:] == tail[:-length]
