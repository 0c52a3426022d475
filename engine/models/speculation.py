"""Guesses what the model will say next, so that several tokens are checked in one pass.

Source: speculative decoding, arXiv:2211.17192; prompt lookup after github.com/apoorvumang.
Deviation: a guess is kept when the model's own draw at that place equals it, which keeps the
distribution exact for any sampler (and the text identical at temperature 0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from engine.models.cpu_reading import CpuReading

_LONGEST_MATCH = 4
_SHORTEST_MATCH = 3
# With the last token's own row a guess makes 4, 8 or 16 rows, which is what the products like.
_FIRST_GUESS_TOKENS = 3
_LONGEST_GUESS_TOKENS = 15
# After a guess that failed at once, this many tokens pass before the next one.
_PAUSE_TOKENS = 8


class Drafter(Protocol):
    """Proposes tokens; being wrong costs time, never correctness."""

    def draft(self, tokens: list[int]) -> list[int]:
        """What may follow `tokens`; empty if there is nothing worth checking."""
        ...

    def learn(self, guessed: int, kept: int) -> None:
        """How the last guess went."""
        ...


class LookupDrafter:
    """Copies what followed the last few tokens when they stood in the text before.

    Pays where an answer quotes its prompt: summaries, edits, code, citations.
    """

    def __init__(self) -> None:
        self._ends: dict[tuple[int, ...], int] = {}
        self._seen = 0
        self._guess_tokens = _FIRST_GUESS_TOKENS
        self._quiet_until = 0

    def draft(self, tokens: list[int]) -> list[int]:
        """See Drafter."""
        self._remember(tokens)
        if len(tokens) < self._quiet_until:
            return []
        for size in range(_LONGEST_MATCH, _SHORTEST_MATCH - 1, -1):
            place = self._ends.get(tuple(tokens[-size:]))
            if place is not None:
                return tokens[place : place + self._guess_tokens]
        return []

    def _remember(self, tokens: list[int]) -> None:
        # The n-gram that ends at the very last token is left out: it would find itself.
        for end in range(max(self._seen, 1), len(tokens)):
            for size in range(_SHORTEST_MATCH, _LONGEST_MATCH + 1):
                if end >= size:
                    self._ends[tuple(tokens[end - size : end])] = end
        self._seen = len(tokens)

    def learn(self, guessed: int, kept: int) -> None:
        """See Drafter. A guess that held grows the next; one that failed at once is a warning."""
        if kept == guessed:
            self._guess_tokens = min(2 * self._guess_tokens + 1, _LONGEST_GUESS_TOKENS)
        elif kept <= 1:
            self._guess_tokens = _FIRST_GUESS_TOKENS
            self._quiet_until = self._seen + _PAUSE_TOKENS


class ModelDrafter:
    """A small model with the same tokenizer guesses greedily.

    Runs on: compute.
    """

    def __init__(self, network: Any, guess_tokens: int = _FIRST_GUESS_TOKENS) -> None:
        from mlx_lm.models.cache import make_prompt_cache

        self._network = network
        self._layers = make_prompt_cache(network)
        self._tokens: list[int] = []
        self._guess_tokens = guess_tokens
        self._reading: CpuReading | None = None

    def draft(self, tokens: list[int]) -> list[int]:
        """See Drafter."""
        from engine.models.prompt_cache import common_prefix, trim

        shared = min(common_prefix(self._tokens, tokens), len(tokens) - 1)
        trim(self._layers, len(self._tokens) - shared)
        new, guess = tokens[shared:], []
        for _ in range(self._guess_tokens):
            token = self._likeliest(new)
            guess.append(token)
            new = [token]
        self._tokens = [*tokens, *guess[:-1]]
        return guess

    def _likeliest(self, new: list[int]) -> int:
        """The likeliest token after `new`, which the cache has read then."""
        import mlx.core as mx
        import numpy as np

        from engine.models.cpu_reading import MOST_ROWS, reading_of
        from engine.models.sampling import as_token

        reading = self._reading
        if reading is not None and reading.stands() and len(new) <= MOST_ROWS:
            return int(np.argmax(reading.logits(new)[-1]))
        token = as_token(mx.argmax(self._network(mx.array([new]), cache=self._layers)[0, -1]))
        self._reading = reading_of(self._network, self._layers)
        return token

    def learn(self, guessed: int, kept: int) -> None:
        """See Drafter; the length of the guess stays as it is."""
