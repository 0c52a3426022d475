"""The logit lens: what a network would say if it stopped after some block.

Its last norm and its own head are applied to the states there. In early layers this is biased,
for their states were never meant to be read so.

Source: nostalgebraist 2020, "interpreting GPT: the logit lens"; discussed in arXiv:2303.08112.

Runs on: compute.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from numpy.typing import NDArray

# What the norm before the head is called in mlx-lm's models.
_NORMS = (
    "norm",
    "final_layernorm",
    "ln_f",
    "norm_f",
    "final_norm",
    "output_norm",
    "embedding_norm",
)
# More rows than this are read faster as one large product than natively.
_FEW_ROWS = 16


class NoHeadError(Exception):
    """The network's last norm or its head cannot be told apart from the rest."""


class LogitLens:
    """Reads states of one network."""

    def __init__(self, network: nn.Module, blocks: list[Any]) -> None:
        """Find norm and head.

        Args:
            network: An mlx-lm model.
            blocks: Its blocks, as BlockHooks found them.

        Raises:
            NoHeadError: They are not where other networks have them.
        """
        self._network = network
        self._outer, self._name, self._inner = _body_of(network, blocks)
        named = (self._inner.get(name) for name in _NORMS)
        norm = next((part for part in named if isinstance(part, nn.Module)), None)
        if norm is None:
            raise NoHeadError
        self._norm = norm

    def logits(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """The logits, shape (rows, V), read from states of shape (rows, D)."""
        native = getattr(self._network, "cpu_forward", None)
        if native is not None and len(states) <= _FEW_ROWS and native.stands():
            return native.lens(states)  # type: ignore[no-any-return]
        return np.array(self.lazy_logits(mx.array(states)).astype(mx.float32))

    def lazy_logits(self, states: mx.array) -> mx.array:
        """The same for states that are still lazy.

        The network itself is run with a body that does nothing but norm these states, so that all
        it does after its body (scaling, soft caps) is done here too.
        """
        with self._stopped(states[None]):
            logits: mx.array = self._outer(mx.zeros((1, states.shape[0]), dtype=mx.int32))
            return logits[0]

    @contextlib.contextmanager
    def _stopped(self, states: mx.array) -> Iterator[None]:
        inner = self._inner
        self._outer.__setattr__(self._name, _Stopped(inner, self._norm, states))
        try:
            yield
        finally:
            self._outer.__setattr__(self._name, inner)


class _Stopped:
    """Stands in for the body of a network; all it has is the body's own."""

    def __init__(self, inner: nn.Module, norm: nn.Module, states: mx.array) -> None:
        self._inner, self._stopping_norm, self._states = inner, norm, states

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __call__(self, *_args: Any, **_named: Any) -> mx.array:
        return self._stopping_norm(self._states)  # type: ignore[no-any-return]


def _body_of(network: nn.Module, blocks: list[Any]) -> tuple[nn.Module, str, nn.Module]:
    """The module that holds the body, the body's name in it, and the body."""
    for _, outer in network.named_modules():  # type: ignore[no-untyped-call]
        for name, part in outer.items():
            if isinstance(part, nn.Module) and any(held is blocks for held in part.values()):
                return outer, name, part
    raise NoHeadError
