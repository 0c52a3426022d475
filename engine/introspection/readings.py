"""The logit lens of single tokens: states kept until they are read, read in batches.

Runs on: compute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.contract.signals import Alternative, LayerReading
from engine.introspection.logit_lens import LogitLens
from engine.introspection.row_summary import RowSummary, summarise

LENS_TOP = 4
# States that wait to be read take at most this much; beyond, tokens stay without a lens.
_MOST_BYTES = 96_000_000
# Rows read in one step after an answer, so that a chat token never waits long for it.
_ROWS_A_STEP = 64

Reading = tuple[int, tuple[LayerReading, ...], int | None]


@dataclass
class Readings:
    """What the lens has read of one answer, and what it has still to read.

    Attributes:
        lens: Of the network; None if it has none.
        layers: Where it reads, counted from 1, ascending; the last one is the network's own end.
        text_of: A token's text.
        unread: Tokens whose states were let go before they were read.
    """

    lens: LogitLens | None
    layers: tuple[int, ...]
    text_of: Callable[[int], str]
    unread: int = 0
    _waiting: list[_Waiting] = field(default_factory=list)
    _bytes: int = 0

    def __post_init__(self) -> None:
        self._blocks = np.array(self.layers, np.intp) - 1

    def keep(self, index: int, states: NDArray[np.float32], summary: RowSummary) -> bool:
        """Whether a token's states wait to be read: there is a lens, and room for them.

        Args:
            index: Place in the answer.
            states: What each block handed on, shape (layers, D).
            summary: What the logits say that the token was drawn from.
        """
        if self.lens is None or not self.layers:
            return False
        kept = _Waiting(index, states[self._blocks], summary)
        if self._bytes + kept.bytes > _MOST_BYTES:
            self.unread += 1
            return False
        self._waiting.append(kept)
        self._bytes += kept.bytes
        return True

    def read_now(self, final: NDArray[np.float32]) -> Reading | None:
        """The reading of the token kept last, which need not wait any more.

        Args:
            final: Logits that the token was drawn from, shape (V,).
        """
        if not self._waiting:
            return None
        last = self._waiting.pop()
        self._bytes -= last.bytes
        return self._read([last], final[None])[0]

    def read_rest(self) -> Iterator[tuple[Reading, ...]]:
        """The readings of all that wait, oldest first, some at a time."""
        at_once = max(1, _ROWS_A_STEP // max(1, len(self.layers)))
        while self._waiting and self.lens is not None:
            some, self._waiting = self._waiting[:at_once], self._waiting[at_once:]
            self._bytes -= sum(one.bytes for one in some)
            # A vocabulary's logits for every token would take a gigabyte; the last state gives
            # them again.
            finals = self.lens.logits(np.stack([one.states[-1] for one in some]))
            yield tuple(self._read(some, finals))

    def forget(self) -> None:
        """Nothing waits any more."""
        self.unread += len(self._waiting)
        self._waiting, self._bytes = [], 0

    def _read(self, some: Sequence[_Waiting], finals: NDArray[np.float32]) -> list[Reading]:
        assert self.lens is not None
        inner = len(self.layers) - 1
        found: list[RowSummary] = []
        if inner:
            ends = [place for place in range(len(some)) for _ in range(inner)]
            logits = self.lens.logits(np.concatenate([one.states[:-1] for one in some]))
            found = summarise(logits, finals=finals, ends=ends, top=LENS_TOP)
        return [
            self._reading(one, found[place * inner : (place + 1) * inner])
            for place, one in enumerate(some)
        ]

    def _reading(self, one: _Waiting, rows: Sequence[RowSummary]) -> Reading:
        layers = [
            self._layer(layer, row, row.kl_nats or 0.0)
            for layer, row in zip(self.layers, (*rows, one.summary), strict=True)
        ]
        return one.index, tuple(layers), commit_layer_of(layers)

    def _layer(self, layer: int, row: RowSummary, kl_nats: float) -> LayerReading:
        return LayerReading(
            layer=layer,
            top=alternatives_of(row, self.text_of, LENS_TOP),
            entropy_nats=row.entropy_nats,
            kl_nats=kl_nats,
        )


@dataclass(slots=True)
class _Waiting:
    index: int
    states: NDArray[np.float32]
    summary: RowSummary

    @property
    def bytes(self) -> int:
        return int(self.states.nbytes)


def alternatives_of(
    row: RowSummary, text_of: Callable[[int], str], most: int
) -> tuple[Alternative, ...]:
    """The likeliest tokens of a row, with their texts."""
    return tuple(
        Alternative(token_id=id_, text=text_of(id_), probability=math.exp(logprob))
        for id_, logprob in zip(row.ids[:most], row.logprobs[:most], strict=True)
    )


def commit_layer_of(readings: Sequence[LayerReading]) -> int | None:
    """The first layer read from which on the last layer's likeliest token stays the likeliest."""
    if not readings:
        return None
    final = readings[-1].top[0].token_id
    commit = readings[-1].layer
    for reading in reversed(readings):
        if reading.top[0].token_id != final:
            break
        commit = reading.layer
    return commit


def spread_layers(count: int, layers: int) -> tuple[int, ...]:
    """`count` of the layers from 1 to `layers`, evenly spread, the last one always among them."""
    count = min(count, layers)
    if count <= 0:
        return ()
    return tuple(sorted({round(layers * (place + 1) / count) for place in range(count)}))
