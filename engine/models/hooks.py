"""Hooks round the blocks of any mlx-lm network: they show what a block hands on, or add to it.

A block is replaced in the network's own list by a stand-in that calls it, so no model's code is
copied and outputs are the same to the bit where nothing is added.

Source: the proxies of `mlx-lens` 0.1.2, and the principle of nnterp: wrap, do not reimplement.

Runs on: compute.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from numpy.typing import NDArray

# Block, from 0, to what is added to its output, shape (D,), float32.
Pushes = Mapping[int, NDArray[np.float32]]
Shown = Callable[[int, mx.array], None]


class NoBlocksError(Exception):
    """The network has no list of blocks that could be hooked into."""


class _Block:
    """Stands in for one block. What it does not know itself, such as `use_sliding`, it asks."""

    def __init__(self, index: int, block: Any, hooks: BlockHooks) -> None:
        self._index = index
        self._block = block
        self._hooks = hooks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._block, name)

    def __call__(self, *args: Any, **named: Any) -> Any:
        self._hooks.current = self._index
        handed_on = self._block(*args, **named)
        whole = isinstance(handed_on, mx.array)
        states = handed_on if whole else handed_on[0]
        pushed = self._hooks.passed(self._index, states)
        return pushed if whole else (pushed, *handed_on[1:])


class BlockHooks:
    """The blocks of one network, and what is done at them while `open` lasts.

    Attributes:
        blocks: The network's own list, which hooks are put into.
        current: The block that computes now, from 0.
    """

    def __init__(self, network: nn.Module) -> None:
        """Find the blocks.

        Raises:
            NoBlocksError: There are none where other networks have them.
        """
        self.blocks = _blocks_of(network)
        self.current = -1
        self._pushes: dict[int, mx.array] = {}
        self._shown: Shown | None = None

    @contextlib.contextmanager
    def open(self, pushes: Pushes | None = None, shown: Shown | None = None) -> Iterator[None]:
        """What blocks hand on is pushed, then shown, while this lasts."""
        before = list(self.blocks)
        self._pushes = {index: mx.array(push) for index, push in (pushes or {}).items()}
        self._shown = shown
        self.blocks[:] = [_Block(i, block, self) for i, block in enumerate(before)]
        try:
            yield
        finally:
            self.blocks[:] = before
            self._pushes, self._shown = {}, None
            self.current = -1

    def passed(self, index: int, states: mx.array) -> mx.array:
        """What goes on to the next block."""
        push = self._pushes.get(index)
        if push is not None:
            states = states + push.astype(states.dtype)
        if self._shown is not None:
            self._shown(index, states)
        return states


def _blocks_of(network: nn.Module) -> list[Any]:
    """The list that the network's forward pass goes through."""
    named = getattr(network, "layers", None)
    lists = [part for module in network.modules() for part in module.values()]
    held = [part for part in lists if isinstance(part, list) and part]
    if isinstance(named, list):
        for part in held:
            # Some networks give out a copy of a part of the list; a hook in that would do nothing.
            if part is named:
                return part
        same = [part for part in held if len(part) == len(named) and part[0] is named[0]]
        if len(same) == 1:
            return same[0]
    raise NoBlocksError
