"""Keeps the KV caches of conversations already read, so that the next turn starts at once.

Runs on: compute.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx

from engine.contract.errors import BadRequestError

# Attention sinks: the first tokens stay when a rolling context forgets (arXiv:2309.17453).
_SINK_TOKENS = 4
_KV_GROUP = 64

Layers = list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheForm:
    """How a KV cache is held; caches of different forms cannot stand in for each other.

    Attributes:
        bits: 4 or 8; None holds keys and values as the model computes them.
        rolling_tokens: Length after which the oldest tokens are forgotten; None never forgets.
    """

    bits: int | None = None
    rolling_tokens: int | None = None


def make_layers(network: Any, form: CacheForm) -> Layers:
    """An empty cache for each layer of `network`.

    Raises:
        BadRequestError: mlx-lm cannot quantise a rolling cache.
    """
    from mlx_lm.models.cache import KVCache, RotatingKVCache, make_prompt_cache

    if form.bits and form.rolling_tokens:
        raise BadRequestError(
            "A rolling context cannot be held at reduced precision.",
            action="Turn one of the two settings off.",
        )
    layers: Layers = make_prompt_cache(network)
    if form.rolling_tokens:
        # make_prompt_cache ignores max_kv_size where a model makes its own caches, as llama does.
        layers = [
            RotatingKVCache(max_size=form.rolling_tokens, keep=_SINK_TOKENS)
            if type(layer) is KVCache
            else layer
            for layer in layers
        ]
    return layers


def quantise(layers: Layers, form: CacheForm) -> None:
    """Full-precision layers that can be quantised now are, where the form asks for it."""
    if form.bits is None:
        return
    for index, layer in enumerate(layers):
        if type(layer).__name__ == "KVCache" and layer.offset:
            layers[index] = layer.to_quantized(group_size=_KV_GROUP, bits=form.bits)


def length(layers: Layers) -> int | None:
    """Tokens that the cache has seen; None if its layers do not count (recurrent models)."""
    offsets = [layer.offset for layer in layers if isinstance(getattr(layer, "offset", None), int)]
    return max(offsets) if offsets else None


def is_trimmable(layers: Layers) -> bool:
    """Whether tokens can be taken off the cache's end."""
    return all(layer.is_trimmable() for layer in layers)


def trim(layers: Layers, tokens: int) -> None:
    """The last `tokens` tokens are forgotten."""
    for layer in layers:
        layer.trim(tokens)


def size_bytes(layers: Layers) -> int:
    """Memory that the cache takes, its room for growth included."""
    # A layer that has seen nothing has no arrays, and mlx-lm's `nbytes` would raise on it.
    return sum(layer.nbytes for layer in layers if not _is_empty(layer))


def _is_empty(layer: Any) -> bool:
    return getattr(layer, "keys", layer) is None


@dataclass
class _Entry:
    key: tuple[str, CacheForm]
    tokens: list[int]
    layers: Layers
    bytes: int


def common_prefix(one: Sequence[int], other: Sequence[int]) -> int:
    """Number of tokens that both begin with."""
    limit = min(len(one), len(other))
    if one[:limit] == other[:limit]:
        return limit
    low, high = 0, limit
    while low < high:  # halving compares slices at C speed
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


class PromptCache:
    """Finished conversations, most recently used last, within a budget of bytes.

    A longer entry serves every prompt that shares its beginning: another branch, an edited last
    message, the same question again. So only the longest needs to be kept.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._entries: list[_Entry] = []

    @property
    def bytes(self) -> int:
        """Memory that all entries take."""
        return sum(entry.bytes for entry in self._entries)

    def take(self, model_key: str, form: CacheForm, tokens: Sequence[int]) -> tuple[Layers, int]:
        """The cache that saves most of `tokens`, and how many of them it has seen.

        At least one token is always left to compute, for its logits are what is wanted.

        Returns:
            ([], 0) if nothing fits.
        """
        wanted = list(tokens[:-1])
        best: _Entry | None = None
        best_shared = 0
        for entry in self._entries:
            if entry.key != (model_key, form):
                continue
            shared = common_prefix(entry.tokens, wanted)
            if shared < len(entry.tokens) and not is_trimmable(entry.layers):
                continue
            if shared > best_shared:
                best, best_shared = entry, shared
        if best is None:
            return [], 0
        self._entries.remove(best)
        if best_shared == len(best.tokens):
            return best.layers, best_shared
        # Another branch of the same beginning: the entry stays for its own, a copy is cut back.
        self._entries.append(best)
        layers = copy.deepcopy(best.layers)
        trim(layers, len(best.tokens) - best_shared)
        return layers, best_shared

    def put(self, model_key: str, form: CacheForm, tokens: Sequence[int], layers: Layers) -> None:
        """`layers`, which has seen exactly `tokens`, can serve later prompts."""
        seen = length(layers)
        if seen is None or seen != len(tokens) or not tokens:
            return
        size = size_bytes(layers)
        if size > self._budget_bytes:
            return
        key = (model_key, form)
        self._entries = [
            entry
            for entry in self._entries
            if entry.key != key or common_prefix(entry.tokens, tokens) < len(entry.tokens)
        ]
        self._entries.append(_Entry(key, list(tokens), layers, size))
        self.shrink(self._budget_bytes)

    def shrink(self, budget_bytes: int) -> None:
        """The least recently used entries are gone until the rest fits."""
        self._budget_bytes = budget_bytes
        dropped = False
        while self._entries and self.bytes > budget_bytes:
            self._entries.pop(0)
            dropped = True
        if dropped:
            mx.clear_cache()

    def clear(self) -> None:
        """Nothing is kept and the memory is given back."""
        self._entries.clear()
        mx.clear_cache()
