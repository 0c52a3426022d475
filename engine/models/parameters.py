"""The arrays of a network, by name.

Runs on: compute.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten


def named_parameters(network: nn.Module) -> list[tuple[str, mx.array]]:
    """Every parameter with its dotted name, such as "model.layers.0.mlp.up_proj.weight"."""
    pairs: Any = tree_flatten(network.parameters())
    return list(pairs)


def weights_bytes(network: nn.Module) -> int:
    """Memory that all parameters take together."""
    return sum(value.nbytes for _, value in named_parameters(network))
