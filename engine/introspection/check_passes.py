"""Single passes through a network, looked at by every way there is: mlx, natively, once more.

Runs on: compute.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from engine.introspection.attention import RowPattern
from engine.introspection.attention_replay import AttentionReplay, relative
from engine.introspection.attention_tap import Pattern
from engine.introspection.check_shares import share_error, some_segments
from engine.introspection.probe import NetworkProbe
from engine.models import prompt_cache
from engine.models.cpu_reading import reading_of
from engine.models.loaded import LoadedModel
from engine.models.prompt_cache import CacheForm, Layers
from engine.models.sight import Sight, Wanted

# Short enough for a chat token to go first; the second chunk is read with a cache of the form.
_CHUNK_TOKENS = 32
# As many as a guess that is checked at once has.
_ROWS_AT_ONCE = 4
PLAIN = CacheForm()
EIGHT_BITS = CacheForm(bits=8)
ROLLING = CacheForm(rolling_tokens=32)
FORMS: Mapping[str, CacheForm] = {
    "plain": PLAIN,
    "8-bit": EIGHT_BITS,
    "rolling": ROLLING,
}

Corruption = Callable[[mx.array], mx.array]


def untouched(weights: mx.array) -> mx.array:
    """The weights as they were captured."""
    return weights


def heads_rolled(weights: mx.array) -> mx.array:
    """Each head has its neighbour's weights; shape (rows, H, T)."""
    return mx.concatenate([weights[:, -1:], weights[:, :-1]], axis=1)


def keys_shifted(weights: mx.array) -> mx.array:
    """Each weight stands at the next token; shape (rows, H, T)."""
    return mx.concatenate([weights[..., -1:], weights[..., :-1]], axis=2)


@dataclass(slots=True)
class Faults:
    """What is put in on purpose; nothing of it does harm outside of a check.

    Attributes:
        heads: Corrupts attention by heads.
        keys: Corrupts attention by tokens.
        layers_back: From how many layers before the last the lens gets its states.
        records_by: By how many tokens records are shifted.
        push_ratio: Length of the push, in lengths of the hidden state.
    """

    heads: Corruption = heads_rolled
    keys: Corruption = keys_shifted
    layers_back: int = 1
    records_by: int = 1
    push_ratio: float = 1e-3


@dataclass
class Errors:
    """Relative errors found, of all passes of one kind; empty where nothing could be compared.

    Attributes:
        heads: Of attention with its heads in another order, the largest of each pass.
        keys: Of attention shifted by one token, the same.
        forms: Caches that were read into, by name.
        left_out: Those that the model does not take.
        unread_blocks: Blocks, from 0, whose attention should have been captured and was not.
    """

    lens: list[float] = field(default_factory=list)
    other_layer: list[float] = field(default_factory=list)
    attention: list[float] = field(default_factory=list)
    native_attention: list[float] = field(default_factory=list)
    heads: list[float] = field(default_factory=list)
    keys: list[float] = field(default_factory=list)
    states: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    unread_blocks: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Seen:
    """What one pass showed: logits (rows, V), states (layers, rows, D) or None."""

    logits: NDArray[np.float32]
    states: NDArray[np.float32] | None


def compare_passes(
    loaded: LoadedModel,
    probe: NetworkProbe,
    ids: Sequence[int],
    faults: Faults,
    errors: Errors,
) -> Iterator[None]:
    """One token, and some at once, are read on a cache of every form that the model takes.

    Args:
        loaded: Whose network it is.
        probe: Its instruments.
        ids: What is read first, and then looked at from its end on.
        faults: What is put in on purpose.
        errors: Is added to.
    """
    network = loaded.network
    for name, form in FORMS.items():
        ways = _Ways(network, probe, faults, errors, len(ids))
        try:
            layers = yield from _read(network, ids[:-_ROWS_AT_ONCE], form)
        except (ValueError, TypeError, AttributeError, RuntimeError):
            errors.left_out.append(name)
            continue
        if form != PLAIN and not _is_held_so(layers, form):
            errors.left_out.append(name)
            continue
        errors.forms.append(name)
        for rows in (ids[-_ROWS_AT_ONCE:], ids[-1:]):
            yield from ways.compare(list(rows), layers)


@dataclass
class _Ways:
    """The ways through one network."""

    network: Any
    probe: NetworkProbe
    faults: Faults
    errors: Errors
    prompt_tokens: int

    def compare(self, rows: list[int], layers: Layers) -> Iterator[None]:
        """The rows are read on copies of the cache, each time by another way."""
        errors, faults = self.errors, self.faults
        through_mlx = self._through_mlx(rows, layers, untouched, errors.attention)
        self._compare_lens(through_mlx)
        yield
        if self.probe.attention_blocks:
            for corruption, caught in ((faults.heads, errors.heads), (faults.keys, errors.keys)):
                found: list[float] = []
                self._through_mlx(rows, layers, corruption, found)
                caught.append(max(found, default=0.0))
                yield
        native = self._natively(rows, layers)
        if native is None:
            return
        self._compare_lens(_Seen(native.logits, native.states))
        if native.states is not None and through_mlx.states is not None:
            pairs = zip(native.states, through_mlx.states, strict=True)
            errors.states += [relative(one, other) for one, other in pairs]
            errors.states.append(relative(native.logits, through_mlx.logits))
        yield
        given = {block: _whole(native, block) for block in native.patterns}
        self._replay(rows, layers, given.get, errors.native_attention)
        yield

    def _through_mlx(
        self, rows: list[int], layers: Layers, corruption: Corruption, found: list[float]
    ) -> _Seen:
        """A pass as the recorder sees it; each block's attention is computed again from weights."""
        blocks = self.probe.attention_blocks
        with self.probe.watching({}, blocks, self.probe.layers > 0) as seen:

            def weights_of(index: int) -> mx.array | None:
                pattern = seen.patterns.get(index)
                return None if pattern is None else corruption(pattern.weights)

            logits = self._replay(rows, layers, weights_of, found)
            taken = seen.taken()
        if corruption is untouched:
            self._sum_shares(list(taken.patterns.values()), len(rows))
        states = None
        if taken.states:
            ordered = [taken.states[index].astype(mx.float32) for index in sorted(taken.states)]
            states = np.array(mx.stack(ordered))
        return _Seen(logits, states)

    def _replay(
        self,
        rows: list[int],
        layers: Layers,
        weights_of: Callable[[int], mx.array | None],
        found: list[float],
    ) -> NDArray[np.float32]:
        own = copy.deepcopy(layers)
        if not self.probe.attention_blocks:
            return _numbers(self.network(mx.array([rows]), cache=own)[0])
        replay = AttentionReplay(self.network)
        with replay.open(weights_of):
            logits = _numbers(self.network(mx.array([rows]), cache=own)[0])
        by_block = replay.errors()
        found += by_block.values()
        self.errors.unread_blocks |= self.probe.attention_blocks - by_block.keys()
        return logits

    def _sum_shares(self, patterns: list[Pattern], rows: int) -> None:
        """The last row's attention is summed over parts in two ways."""
        last = [
            RowPattern(
                np.array(one.weights[-1].astype(mx.float32)),
                one.places,
                None if one.sunk is None else np.array(one.sunk[-1]),
            )
            for one in patterns
        ]
        error = share_error(last, some_segments(self.prompt_tokens - rows))
        self.errors.shares += [] if error is None else [error]

    def _natively(self, rows: list[int], layers: Layers) -> Sight | None:
        reading = reading_of(self.network, copy.deepcopy(layers))
        if reading is None:
            return None
        reading.watch(Wanted(has_states=True, attention=self.probe.attention_blocks))
        return reading.sight(reading.logits(rows))

    def _compare_lens(self, seen: _Seen) -> None:
        lens, states = self.probe.lens, seen.states
        if lens is None or states is None:
            return
        self.errors.lens.append(relative(lens.logits(states[-1]), seen.logits))
        back = self.faults.layers_back
        if back < len(states):
            read = lens.logits(states[-1 - back])
            self.errors.other_layer.append(relative(read, seen.logits))


def _read(network: Any, ids: Sequence[int], form: CacheForm) -> Generator[None, None, Layers]:
    """A cache of this form that has read `ids`; the generator's result."""
    layers = prompt_cache.make_layers(network, form)
    for start in range(0, len(ids), _CHUNK_TOKENS):
        network(mx.array([list(ids[start : start + _CHUNK_TOKENS])]), cache=layers)
        prompt_cache.quantise(layers, form)
        mx.eval([layer.state for layer in layers])
        yield
    return layers


def _is_held_so(layers: Layers, form: CacheForm) -> bool:
    """Whether any layer is of the form that was asked for."""
    if form.bits:
        return any(getattr(layer, "bits", None) == form.bits for layer in layers)
    return any(getattr(layer, "max_size", None) == form.rolling_tokens for layer in layers)


def _whole(sight: Sight, block: int) -> mx.array:
    """Native weights of one block, each row's made to sum to 1, shape (rows, H, T)."""
    weights = sight.patterns[block]
    rows = len(weights)
    whole = np.zeros((*weights.shape[:2], sight.length(rows - 1)), np.float32)
    for row in range(rows):
        own = weights[row, :, : sight.length(row)]
        whole[row, :, : own.shape[1]] = own / own.sum(axis=-1, keepdims=True)
    return mx.array(whole)


def _numbers(logits: mx.array) -> NDArray[np.float32]:
    return np.array(logits.astype(mx.float32))
