"""How one network lets itself be watched: which instruments it has room for, found once.

What cannot be found, or does not agree with the network's own output, is left out with its
reason; nothing is guessed.

Runs on: compute.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field

import mlx.core as mx
import mlx.nn as nn
import numpy as np

from engine.contract.signals import Unavailable, View
from engine.introspection.attention_tap import AttentionTap, Pattern
from engine.introspection.logit_lens import LogitLens, NoHeadError
from engine.models.hooks import BlockHooks, NoBlocksError, Pushes

_log = logging.getLogger(__name__)

# The lens at the last block is the network's own output but for rounding, which is about one in
# a hundred where activations have 16 bits.
_LENS_TOLERANCE = 0.02
_TRIED_TOKENS = 4

_NO_BLOCKS = "This model keeps its layers where they cannot be watched."
_NO_HEAD = "This model's output layer cannot be read at other layers."
_NO_ATTENTION = "This model has no attention that can be read."


@dataclass
class Pass:
    """What one pass left behind, lazy.

    Attributes:
        states: Of each block, shape (rows, D).
        patterns: Of the blocks that were wanted.
    """

    states: dict[int, mx.array] = field(default_factory=dict)
    patterns: dict[int, Pattern] = field(default_factory=dict)

    def taken(self) -> Pass:
        """What there is, which is given away: the next pass begins anew."""
        taken = Pass(self.states, self.patterns)
        self.states, self.patterns = {}, {}
        return taken


class NetworkProbe:
    """The instruments that fit one network.

    Attributes:
        layers: Its blocks; 0 if they cannot be found.
        lens: Reads states; None if that is not possible.
        attention_blocks: Blocks, from 0, whose attention can be read.
        unavailable: What is missing, and why.
    """

    def __init__(self, network: nn.Module) -> None:
        self._hooks: BlockHooks | None = None
        self._tap: AttentionTap | None = None
        self.lens: LogitLens | None = None
        self.attention_blocks: frozenset[int] = frozenset()
        self.unavailable: tuple[Unavailable, ...] = ()
        self._find(network)
        self.layers = len(self._hooks.blocks) if self._hooks is not None else 0

    @contextlib.contextmanager
    def watching(
        self, pushes: Pushes, attention: frozenset[int], has_states: bool
    ) -> Iterator[Pass]:
        """The next pass leaves what is wanted in the Pass."""
        seen = Pass()
        if self._hooks is None:
            yield seen
            return

        def show_states(index: int, states: mx.array) -> None:
            seen.states[index] = states[0]

        def show_pattern(index: int, pattern: Pattern) -> None:
            seen.patterns[index] = pattern

        with contextlib.ExitStack() as opened:
            opened.enter_context(self._hooks.open(pushes, show_states if has_states else None))
            if self._tap is not None and attention:
                opened.enter_context(self._tap.open(attention, show_pattern))
            yield seen

    def _find(self, network: nn.Module) -> None:
        missing = []
        try:
            hooks = self._hooks = BlockHooks(network)
        except NoBlocksError:
            self._let_go()
            return
        self._tap = AttentionTap(hooks)
        try:
            seen, logits = self._try(network, self._tap.blocks)
        except Exception:  # noqa: BLE001 - a model's own code, which may want more than tokens
            _log.exception("a network could not be tried with its hooks in place")
            self._let_go()
            return
        if len(seen.states) != len(hooks.blocks) or any(s.ndim != 2 for s in seen.states.values()):
            missing += [
                Unavailable(view=view, reason=_NO_BLOCKS) for view in (View.STATE, View.DEPTH)
            ]
        else:
            self.lens = _lens_of(network, hooks, seen, logits)
            if self.lens is None:
                missing.append(Unavailable(view=View.DEPTH, reason=_NO_HEAD))
        self.attention_blocks = frozenset(seen.patterns)
        if not self.attention_blocks:
            missing.append(Unavailable(view=View.ATTENTION, reason=_NO_ATTENTION))
        self.unavailable = tuple(missing)

    def _let_go(self) -> None:
        """Nothing but probabilities can be measured."""
        self._hooks = self._tap = None
        self.unavailable = tuple(
            Unavailable(view=view, reason=_NO_BLOCKS)
            for view in (View.DEPTH, View.ATTENTION, View.STATE, View.STEERING)
        )

    def _try(self, network: nn.Module, attention: frozenset[int]) -> tuple[Pass, mx.array]:
        """A pass over a few tokens, to see what shows itself."""
        ids = mx.arange(_TRIED_TOKENS)[None]
        with self.watching({}, attention, True) as seen:
            logits = network(ids)[0]
        mx.eval(logits)
        return seen, logits


def _lens_of(
    network: nn.Module, hooks: BlockHooks, seen: Pass, logits: mx.array
) -> LogitLens | None:
    """A lens that, at the last block, says what the network says; None if there is no such."""
    try:
        lens = LogitLens(network, hooks.blocks)
        read = lens.lazy_logits(seen.states[len(hooks.blocks) - 1])
    except (NoHeadError, TypeError, ValueError, AttributeError, KeyError):
        return None  # its output layer wants more than states
    real, found = (np.array(x.astype(mx.float32)) for x in (logits, read))
    if real.shape != found.shape:
        return None
    spread = float(np.abs(real).max()) or 1.0
    return lens if float(np.abs(real - found).max()) <= _LENS_TOLERANCE * spread else None
