"""Joins projections that read the same input into one matrix product, for the CPU.

One token's query, key and value (and a feed-forward layer's gate and up) are products of the same
row. One large product keeps both cores busy where three small ones wait for each other.

Runs on: compute.
"""

from __future__ import annotations

from itertools import accumulate

import mlx.core as mx
import mlx.nn as nn

_GROUPS = (("q_proj", "k_proj", "v_proj"), ("gate_proj", "up_proj"))


class _JoinedProduct:
    """One product for several projections. The first to ask for an input computes for all."""

    def __init__(self, parts: list[nn.Linear]) -> None:
        self.weight = mx.concatenate([part.weight for part in parts], axis=0)
        self.bias = (
            mx.concatenate([part.bias for part in parts], axis=0) if "bias" in parts[0] else None
        )
        mx.eval(self.weight, self.bias)
        self.bounds = list(accumulate(part.weight.shape[0] for part in parts))
        self._input: mx.array | None = None
        self._outputs: list[mx.array] = []
        self._left = 0

    def part(self, index: int, x: mx.array) -> mx.array:
        """The output of projection `index` for x, shape (B, L, D)."""
        if self._input is not x:
            joined = x @ self.weight.T
            if self.bias is not None:
                joined = joined + self.bias
            self._outputs = list(mx.split(joined, self.bounds[:-1], axis=-1))
            self._input, self._left = x, len(self.bounds)
        output = self._outputs[index]
        self._left -= 1
        if self._left == 0:  # let go of the input, or its memory would stay until the next token
            self._input, self._outputs = None, []
        return output

    def weight_of(self, index: int) -> mx.array:
        """The rows of projection `index`; shares memory with the whole."""
        start = self.bounds[index - 1] if index else 0
        return self.weight[start : self.bounds[index]]


class JoinedLinear(nn.Module):
    """One projection of a joined product; called like the nn.Linear it stands for."""

    def __init__(self, product: _JoinedProduct, index: int) -> None:
        super().__init__()
        self._product = product
        self._index = index

    @property
    def weight(self) -> mx.array:
        """The projection's own rows, shape (D_out, D_in)."""
        return self._product.weight_of(self._index)

    @property
    def whole(self) -> mx.array:
        """The joined rows of all projections."""
        return self._product.weight

    @property
    def whole_bias(self) -> mx.array | None:
        """The joined biases of all projections."""
        return self._product.bias

    def __call__(self, x: mx.array) -> mx.array:
        """x, shape (B, L, D_in), to (B, L, D_out)."""
        return self._product.part(self._index, x)


def join_projections(network: nn.Module) -> int:
    """Projections of one input are one product from now on; outputs change by rounding at most.

    Returns:
        How many groups were joined.
    """
    joined = 0
    for _, module in list(network.named_modules()):
        for names in _GROUPS:
            parts = [getattr(module, name, None) for name in names]
            if not all(type(part) is nn.Linear for part in parts):
                continue
            if len({("bias" in part, part.weight.shape[1]) for part in parts if part}) != 1:
                continue
            product = _JoinedProduct([part for part in parts if part is not None])
            for index, name in enumerate(names):
                setattr(module, name, JoinedLinear(product, index))
            joined += 1
            mx.clear_cache()
    return joined
