"""Sampling settings to the next token.

Runs on: compute.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from engine.contract.settings import GenerationSettings

# How many of the last tokens the repetition penalty looks at; llama.cpp's default.
_PENALTY_WINDOW_TOKENS = 64
# An odd number near 2^64 / golden ratio spreads (seed, place) over all 64-bit keys.
_KEY_STEP = 0x9E3779B97F4A7C15

# Shares of the likeliest token, above which the fewest that reach top_p are looked for.
_SHARES = (1e-2, 1e-4)


class Sampler:
    """Draws tokens so that the one at a place depends on logits, seed and place alone.

    Two conversations may take turns, and speculation may look at several places at once, and
    each still gets the answer it would have got alone. mlx's global random state cannot do that.

    Attributes:
        place: Number of tokens drawn so far.
        pending: The token drawn last, as a lazy array of shape (1,); generate_step runs one step
            ahead, so it is one that has not been yielded yet.
    """

    def __init__(self, settings: GenerationSettings, seed: int) -> None:
        self._settings = settings
        self._seed = seed
        self.place = 0
        self.pending: mx.array | None = None

    def __call__(self, logprobs: mx.array) -> mx.array:
        """The next token, shape (1,), for log-probabilities of shape (1, V)."""
        self.pending = self.draw(logprobs, self.place)
        self.place += 1
        return self.pending

    def draw(self, logprobs: mx.array, place: int) -> mx.array:
        """The token at `place`, shape (B,), for log-probabilities of shape (B, V)."""
        settings = self._settings
        if settings.temperature == 0:
            return mx.argmax(logprobs, axis=-1)
        if not mx.metal.is_available():  # on the CPU mlx needs six milliseconds for what follows
            return mx.array([self.pick(row, place) for row in np.asarray(logprobs)])
        scaled = logprobs * (1 / settings.temperature)
        if settings.top_p < 1:
            scaled = keep_top_p(scaled, settings.top_p)
        if settings.min_p > 0:
            scaled = keep_min_p(scaled, settings.min_p)
        key = mx.random.key((self._seed * _KEY_STEP + place) % 2**64)
        return mx.random.categorical(scaled, axis=-1, key=key)

    def pick(self, logits: NDArray[np.float32], place: int) -> int:
        """The token at `place` for logits of shape (V,), drawn on the CPU."""
        settings = self._settings
        if settings.temperature == 0:
            return int(np.argmax(logits))
        shares = np.exp((logits - logits.max()) * np.float32(1 / settings.temperature))
        least = settings.min_p
        if settings.top_p < 1:
            least = max(least, least_of_top_p(shares, settings.top_p))
        kept = np.flatnonzero(shares >= np.float32(least))
        sums = np.cumsum(shares[kept], dtype=np.float64)
        drawn = np.searchsorted(sums, _uniform(self._seed, place) * sums[-1], side="right")
        return int(kept[min(int(drawn), len(kept) - 1)])


def _uniform(seed: int, place: int) -> float:
    """A number from 0 to below 1 that nothing but seed and place decides."""
    digest = hashlib.blake2b(f"{seed} {place}".encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def least_of_top_p(shares: NDArray[np.float32], top_p: float) -> float:
    """The smallest of the fewest largest `shares` that together reach `top_p` of their sum.

    Args:
        shares: Shape (V,), in proportion to probabilities, the largest 1.
    """
    wanted = top_p * float(shares.sum(dtype=np.float64))
    few = shares
    # Sorting all of a vocabulary would take as long as a layer. Where those above a bound reach
    # the sum, the fewest are among them.
    for bound in _SHARES:
        above = shares[shares >= np.float32(bound)]
        if above.sum(dtype=np.float64) >= wanted:
            few = above
            break
    descending = np.sort(few)[::-1]
    before = np.cumsum(descending, dtype=np.float64) - descending
    kept = max(int(np.count_nonzero(before < wanted)), 1)
    return float(descending[kept - 1])


def as_token(drawn: mx.array) -> int:
    """The one token id that `drawn` holds, waited for and as a plain number."""
    number = drawn.item()
    assert isinstance(number, int)
    return number


def keep_top_p(logits: mx.array, top_p: float) -> mx.array:
    """Only the fewest likeliest tokens whose probabilities reach `top_p` can be drawn.

    Args:
        logits: Shape (B, V).

    Returns:
        The same, the others at minus infinity.

    Source: nucleus sampling, arXiv:1904.09751, section 3.1.
    """
    # Sorted downwards, a token is kept while the sum before it is below top_p; its value is the
    # threshold. Tokens equal to it stay too, which mlx's own arg-sort order would decide by place.
    probs = mx.softmax(logits, axis=-1)
    descending = -mx.sort(-probs, axis=-1)
    before = mx.cumsum(descending, axis=-1) - descending
    kept = mx.where(before < top_p, descending, mx.inf)
    return mx.where(probs >= mx.min(kept, axis=-1, keepdims=True), logits, -mx.inf)


def keep_min_p(logits: mx.array, min_p: float) -> mx.array:
    """Only tokens at least `min_p` times as likely as the likeliest can be drawn.

    Args:
        logits: Shape (B, V).

    Source: min-p sampling, arXiv:2407.01082, section 3.
    """
    top = mx.max(logits, axis=-1, keepdims=True)
    return mx.where(logits >= top + mx.log(mx.array(min_p)), logits, -mx.inf)


LogitsProcessor = Callable[[mx.array, mx.array], mx.array]


def repetition_penalty(prompt: Sequence[int], penalty: float) -> LogitsProcessor:
    """A processor that makes the last 64 tokens less likely, those of the prompt included.

    generate_step shows a processor only the tokens it computed, not those it found in the prompt
    cache, so the prompt's end is remembered here.

    Source: CTRL, arXiv:1909.05858, section 4.1.
    """
    tail = list(prompt[-_PENALTY_WINDOW_TOKENS:])
    lead: list[int] = []

    def penalise(tokens: mx.array, logits: mx.array) -> mx.array:
        if not lead:
            lead.append(int(tokens.size))  # the first call sees the end of the prompt itself
        recent = mx.concatenate([mx.array(tail, dtype=tokens.dtype), tokens[lead[0] :]])
        recent = recent[-_PENALTY_WINDOW_TOKENS:]
        seen = logits[:, recent]
        logits[:, recent] = mx.where(seen < 0, seen * penalty, seen / penalty)
        return logits

    return penalise
