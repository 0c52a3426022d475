"""Rotary position embedding from a table, for the CPU.

On the CPU mlx composes `mx.fast.rope` of about ten small kernels that compute every sine again
for every head and layer (65 to 140 microseconds a call; measured 2026-11-23). Here the rotation
of each position is computed once, and applying it takes one multiplication of complex numbers,
or four kernels where the halves are stored apart.

Runs on: compute.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from numpy.typing import NDArray

from engine.models.gguf.network import FactoredRope

_FIRST_POSITIONS = 1024


class TabledRope(nn.Module):
    """Gives what the rope it replaces gives, position by position.

    The table is read off the replaced rope itself (what it makes of a unit vector), so scaled
    and interpolated frequencies need no code here.
    """

    def __init__(self, rope: nn.Module, dims: int, *, is_traditional: bool) -> None:
        super().__init__()
        self._rope = rope
        self._dims = dims
        self.is_traditional = is_traditional
        self._positions = 0
        self._grow(_FIRST_POSITIONS)

    def _grow(self, positions: int) -> None:
        size = self._positions or _FIRST_POSITIONS
        while size < positions:
            size *= 2
        half = self._dims // 2
        unit = mx.zeros((1, 1, size, self._dims))
        if self.is_traditional:
            unit[..., 0::2] = 1.0
            # cos and sin lie side by side: as complex numbers they are the rotations.
            self._turn = mx.contiguous(self._rope(unit, offset=0)[0, 0]).view(mx.complex64)
            mx.eval(self._turn)
        else:
            unit[..., :half] = 1.0
            table = self._rope(unit, offset=0)[0, 0]
            cos, sin = table[:, :half], table[:, half:]
            self._cos = mx.concatenate([cos, cos], axis=-1)
            self._sin = mx.concatenate([-sin, sin], axis=-1)
            mx.eval(self._cos, self._sin)
        self._positions = size

    def turns(self, positions: int) -> NDArray[np.float32]:
        """Cosine and sine at each of at least `positions` positions, shape (P, D / 2, 2)."""
        if positions > self._positions:
            self._grow(positions)
        half = self._dims // 2
        if self.is_traditional:
            return np.array(self._turn.view(mx.float32)).reshape(-1, half, 2)
        cos, sin = np.asarray(self._cos)[:, :half], np.asarray(self._sin)[:, half:]
        return np.stack([cos, sin], axis=-1)

    def __call__(self, x: mx.array, offset: Any = 0) -> mx.array:
        """Rotate x, shape (B, H, L, D), whose first position is `offset`."""
        if not isinstance(offset, int):  # batched caches give one offset a row
            turned_by_row: mx.array = self._rope(x, offset=offset)
            return turned_by_row
        end = offset + x.shape[-2]
        if end > self._positions:
            self._grow(end)
        if self.is_traditional:
            turned = x.view(mx.complex64) * self._turn[offset:end]
            return turned.view(mx.float32)
        half = self._dims // 2
        swapped = mx.concatenate([x[..., half:], x[..., :half]], axis=-1)
        return x * self._cos[offset:end] + swapped * self._sin[offset:end]


def table_ropes(network: nn.Module) -> int:
    """Each float32 rope of `network` that turns all of a head's width reads a table from now on.

    Returns:
        How many were replaced; 0 for architectures whose ropes are not of a known kind.
    """
    from mlx_lm.models.rope_utils import Llama3RoPE

    kinds = (nn.RoPE, Llama3RoPE, FactoredRope)
    replaced = 0
    tables: dict[tuple[Any, ...], TabledRope] = {}
    for _, module in network.named_modules():
        rope = getattr(module, "rope", None)
        if not isinstance(rope, kinds) or rope.dims != _head_dim_of(module):
            continue
        key = _frequencies_of(rope)
        if key not in tables:
            is_traditional = bool(getattr(rope, "traditional", False))
            tables[key] = TabledRope(rope, rope.dims, is_traditional=is_traditional)
        module.rope = tables[key]
        replaced += 1
    return replaced


def _head_dim_of(attention: Any) -> int | None:
    """The width of a head; not every architecture of mlx-lm writes it down."""
    width = getattr(attention, "head_dim", None)
    if width is None and "k_proj" in attention and hasattr(attention, "n_kv_heads"):
        width = attention.k_proj.weight.shape[0] // attention.n_kv_heads
    return width


def _frequencies_of(rope: nn.Module) -> tuple[Any, ...]:
    """What two ropes must have in common to share one table."""
    frequencies = getattr(rope, "_freqs", None)
    numbers = tuple(frequencies.tolist()) if frequencies is not None else ()
    plain = ("dims", "base", "scale", "traditional", "max_position_embeddings")
    return (type(rope).__name__, numbers, *(getattr(rope, name, None) for name in plain))
