"""An attention module's real output, beside the one that captured weights would give.

The module is run a second time on a copy of its cache, with nothing of it changed but that
attention is weights times values. So whatever comes after it (a projection, a gate, a norm) is the
network's own, and no model's code is copied.

Runs on: compute.
"""

from __future__ import annotations

import contextlib
import copy
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from engine.models.hooks import BlockHooks

_NAME = "scaled_dot_product_attention"

# Block, from 0, to weights of shape (rows, H, T); None if there are none for it.
WeightsOf = Callable[[int], mx.array | None]


class AttentionReplay:
    """The attention modules of one network, which are run again while `open` lasts."""

    def __init__(self, network: nn.Module) -> None:
        """Find them.

        Raises:
            NoBlocksError: The network has no list of blocks.
        """
        blocks = BlockHooks(network).blocks
        self._places = {
            index: place for index, place in enumerate(map(_place_of, blocks)) if place is not None
        }
        self._outputs: dict[int, tuple[mx.array, mx.array]] = {}

    @contextlib.contextmanager
    def open(self, weights_of: WeightsOf) -> Iterator[None]:
        """The next pass leaves what `errors` tells.

        Args:
            weights_of: Asked when a block's attention has been computed.
        """
        self._outputs = {}
        before = {index: holder[name] for index, (holder, name) in self._places.items()}
        for index, (holder, name) in self._places.items():
            holder.__setattr__(name, _Attention(index, before[index], weights_of, self._outputs))
        try:
            yield
        finally:
            for index, (holder, name) in self._places.items():
                holder.__setattr__(name, before[index])

    def errors(self) -> Mapping[int, float]:
        """Block, from 0, to the relative error of what its weights would have given."""
        return {index: relative(one, other) for index, (one, other) in self._outputs.items()}


class _Attention:
    """Stands in for one attention module; what it does not know itself, it asks."""

    def __init__(
        self,
        index: int,
        module: nn.Module,
        weights_of: WeightsOf,
        outputs: dict[int, tuple[mx.array, mx.array]],
    ) -> None:
        self._index, self._module = index, module
        self._weights_of, self._outputs = weights_of, outputs

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def __call__(self, *args: Any, **named: Any) -> Any:
        args_before = tuple(map(_as_before, args))
        named_before = {name: _as_before(value) for name, value in named.items()}
        real = self._module(*args, **named)
        weights = self._weights_of(self._index)
        if weights is not None:
            with _attending(_module_of(self._module), weights):
                rebuilt = self._module(*args_before, **named_before)
            self._outputs[self._index] = (_first(rebuilt), _first(real))
        return real


def relative(found: Any, real: Any) -> float:
    """Length of the difference over length of the real one."""
    one, other = (np.array(mx.array(x).astype(mx.float32), np.float64) for x in (found, real))
    length = float(np.linalg.norm(other))
    return float(np.linalg.norm(one - other)) / (length or 1.0)


def times_values(weights: mx.array, values: Any, cache: Any) -> mx.array:
    """Weights of shape (rows, H, T) times values, shape (1, H, rows, D).

    Args:
        weights: Each head's, in order.
        values: Shape (1, KV, T, D), or the three arrays of a quantised cache.
        cache: The block's cache.
    """
    if isinstance(values, tuple | list):
        packed, scales, biases = values
        values = mx.dequantize(packed, scales, biases, cache.group_size, cache.bits)
    _, groups, length, width = values.shape
    rows, heads = weights.shape[:2]
    shaped = weights.swapaxes(0, 1).reshape(groups, heads // groups, rows, length)
    given: mx.array = shaped @ values[0][:, None].astype(mx.float32)
    return given.reshape(1, heads, rows, width)


@contextlib.contextmanager
def _attending(module: ModuleType, weights: mx.array) -> Iterator[None]:
    """Attention in this module is these weights times whatever values there are."""
    real = getattr(module, _NAME)

    def attend(
        queries: mx.array,
        keys: Any,  # noqa: ARG001 - called as the real one is
        values: Any,
        cache: Any,
        *_args: Any,
        **_named: Any,
    ) -> mx.array:
        return times_values(weights, values, cache).astype(queries.dtype)

    setattr(module, _NAME, attend)
    try:
        yield
    finally:
        setattr(module, _NAME, real)


def _place_of(block: Any) -> tuple[nn.Module, str] | None:
    """Who holds the block's attention module, and under which name; the outermost one counts."""
    for _, holder in sorted(block.named_modules(), key=lambda pair: pair[0].count(".")):
        for name, part in holder.items():
            is_attention = "attention" in type(part).__name__.lower()
            if is_attention and isinstance(part, nn.Module) and hasattr(_module_of(part), _NAME):
                return holder, name
    return None


def _module_of(part: nn.Module) -> ModuleType:
    return sys.modules[type(part).__module__]


def _as_before(argument: Any) -> Any:
    """A cache as it is now; everything else is not changed by a call anyway."""
    return copy.deepcopy(argument) if hasattr(argument, "update_and_fetch") else argument


def _first(output: Any) -> mx.array:
    return output if isinstance(output, mx.array) else output[0]
