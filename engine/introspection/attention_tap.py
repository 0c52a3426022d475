"""Reads the attention of chosen blocks while mlx computes it.

Every mlx-lm model imports `scaled_dot_product_attention` by name and hands it queries and keys
as they really are: after rotary embedding and norms, with all of the cache. The name is replaced
in that module while the tap is open; the real function still computes the output, untouched.

Runs on: compute.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from numpy.typing import NDArray

from engine.models.hooks import BlockHooks

_NAME = "scaled_dot_product_attention"
# Above this many rows a prompt is being read, which nobody watches.
_MOST_ROWS = 16


@dataclass(slots=True)
class Pattern:
    """The attention of one block in one pass, lazy.

    Attributes:
        weights: Shape (rows, H, T), each head's summing to 1 with `sunk`.
        sunk: What went to a learned sink, shape (rows, H); None if the block has none.
        places: Where the T keys lie in the sequence; None if in order.
    """

    weights: mx.array
    sunk: mx.array | None
    places: NDArray[np.int64] | None


class AttentionTap:
    """The attention of one network.

    Attributes:
        blocks: Blocks, from 0, whose attention can be read.
    """

    def __init__(self, hooks: BlockHooks) -> None:
        self._hooks = hooks
        self._modules: dict[str, ModuleType] = {}
        readable = []
        for index, block in enumerate(hooks.blocks):
            modules = _modules_of(block)
            if modules:
                readable.append(index)
                self._modules |= {module.__name__: module for module in modules}
        self.blocks = frozenset(readable)

    @contextlib.contextmanager
    def open(self, wanted: frozenset[int], shown: Callable[[int, Pattern], None]) -> Iterator[None]:
        """`shown` gets the pattern of each wanted block, once a pass, while this lasts.

        The block hooks must be open too: they know which block computes.
        """
        real = {module: getattr(module, _NAME) for module in self._modules.values()}
        for module, function in real.items():
            setattr(module, _NAME, self._tapped(function, wanted, shown))
        try:
            yield
        finally:
            for module, function in real.items():
                setattr(module, _NAME, function)

    def _tapped(
        self,
        real: Callable[..., mx.array],
        wanted: frozenset[int],
        shown: Callable[[int, Pattern], None],
    ) -> Callable[..., mx.array]:
        def attend(
            queries: mx.array,
            keys: Any,
            values: Any,
            cache: Any,
            scale: float,
            mask: Any,
            sinks: mx.array | None = None,
        ) -> mx.array:
            index = self._hooks.current
            if index in wanted and queries.shape[2] <= _MOST_ROWS:
                shown(index, pattern_of(queries, keys, cache, scale, mask, sinks))
            more = {} if sinks is None else {"sinks": sinks}
            return real(queries, keys, values, cache=cache, scale=scale, mask=mask, **more)

        return attend


def pattern_of(
    queries: mx.array,
    keys: Any,
    cache: Any,
    scale: float,
    mask: Any,
    sinks: mx.array | None = None,
) -> Pattern:
    """softmax(q k^T scale) as the attention function itself computes it.

    Args:
        queries: Shape (1, H, rows, D).
        keys: Shape (1, KV, T, D), or the three arrays of a quantised cache.
        cache: The block's cache, which has these keys already.
        scale: Of the products.
        mask: None, "causal", or an array.
        sinks: A learned sink's logit for each head, shape (H,).
    """
    if isinstance(keys, tuple | list):
        packed, scales, biases = keys
        keys = mx.dequantize(packed, scales, biases, cache.group_size, cache.bits)
    _, heads, rows, width = queries.shape
    groups, length = keys.shape[1], keys.shape[2]
    shaped = queries.reshape(groups, heads // groups, rows, width).astype(mx.float32)
    scores = (shaped * scale) @ keys[0][:, None].astype(mx.float32).swapaxes(-1, -2)
    scores = _masked(scores.reshape(heads, rows, length), mask)
    sunk = None
    if sinks is not None:
        logits = mx.broadcast_to(sinks.astype(mx.float32)[:, None, None], (heads, rows, 1))
        weights = mx.softmax(mx.concatenate([scores, logits], axis=-1), axis=-1)
        sunk = weights[..., -1].swapaxes(0, 1)
        weights = weights[..., :-1]
    else:
        weights = mx.softmax(scores, axis=-1)
    return Pattern(weights.swapaxes(0, 1), sunk, places_of(cache, rows, length))


def _masked(scores: mx.array, mask: Any) -> mx.array:
    """Scores of shape (H, rows, T) with what a row may not see at minus infinity."""
    if mask is None:
        return scores
    rows, length = scores.shape[1:]
    if isinstance(mask, str):
        last = mx.arange(length - rows, length)[:, None]
        mask = last >= mx.arange(length)[None]
    if mask.ndim == 4:
        mask = mask[0] if mask.shape[1] in (1, scores.shape[0]) else mask[0, :1]
    added = mx.where(mask, 0.0, -mx.inf) if mask.dtype == mx.bool_ else mask.astype(mx.float32)
    return mx.add(scores, added)


def places_of(cache: Any, rows: int, length: int) -> NDArray[np.int64] | None:
    """Where the keys of a rotating cache lie in the sequence; None where they lie in order.

    A rotating cache keeps its first tokens, and writes the others into a ring.
    """
    keep, most = getattr(cache, "keep", None), getattr(cache, "max_size", None)
    if keep is None or most is None or cache.offset <= length:
        return None
    slots = np.arange(length)
    if rows > 1:
        return np.where(slots < keep, slots, cache.offset - (length - slots))
    next_slot = cache._idx
    newer = cache.offset - (next_slot - slots)
    older = cache.offset - (next_slot - keep) - (most - slots)
    places = np.where(slots < next_slot, newer, older)
    return np.where(slots < keep, slots, places)


def _modules_of(block: Any) -> list[ModuleType]:
    """The modules whose attention function a block calls."""
    parts = [part for _, part in block.named_modules() if isinstance(part, nn.Module)]
    found = []
    for part in parts:
        module = sys.modules.get(type(part).__module__)
        is_attention = "attention" in type(part).__name__.lower()
        if is_attention and module is not None and hasattr(module, _NAME):
            found.append(module)
    return found
