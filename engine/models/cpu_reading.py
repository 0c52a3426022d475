"""One answer's way through CpuForward: the network, and the KV cache it writes into.

Runs on: compute.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from engine.models.cpu_forward import CpuForward
from engine.models.hooks import Pushes
from engine.models.prompt_cache import Layers
from engine.models.sight import Sight, Wanted
from engine.runtime import blas

# More rows than this read faster as one large product.
MOST_ROWS = 16
# Room for growth is made in steps, as mlx-lm's KVCache does.
_STEP_TOKENS = 256


class CpuReading:
    """Reads tokens into the caches `layers`, mlx-lm's own, which mlx can go on with afterwards.

    Copies of a cache share their memory until one is changed, and only mlx knows who shares. So
    the caches get arrays of their own before anything is written, and nobody else may write
    while this is in use.
    """

    def __init__(self, forward: CpuForward, layers: Layers) -> None:
        self._forward = forward
        self._layers = layers
        self._room = 0
        self._place: blas.Place | None = None
        self._wanted = Wanted()
        self._pushes: Pushes = {}
        self._states: NDArray[np.float32] | None = None
        self._patterns: dict[int, NDArray[np.float32]] = {}

    def watch(self, wanted: Wanted) -> None:
        """From the next pass on `sight` shows this."""
        self._wanted = wanted
        self._place = None

    def push(self, pushes: Pushes) -> None:
        """From the next pass on these are added to what the blocks hand on."""
        self._pushes = pushes
        self._place = None

    def sight(self, logits: NDArray[np.float32]) -> Sight:
        """What the last pass showed, whose logits these are."""
        rows = len(logits)
        states = None
        if self._states is not None:
            # The pass wrote its rows one after another, however many there is room for.
            layers, width = self._forward.layers, self._forward.width
            states = self._states.ravel()[: layers * rows * width].reshape(layers, rows, width)
        return Sight(
            logits=logits,
            states=states,
            patterns={layer: pattern[:rows] for layer, pattern in self._patterns.items()},
            position=self._layers[0].offset - rows,
        )

    def stands(self) -> bool:
        """Whether the network is still the one that was described."""
        return self._forward.stands()

    def logits(self, ids: list[int]) -> NDArray[np.float32]:
        """Read `ids`; the logits after each of them, shape (L, V)."""
        position: int = self._layers[0].offset
        if self._place is None or position + len(ids) > self._room:
            self._place = self._make_room(position + len(ids))
        self._place.position, self._place.rows = position, len(ids)
        logits = self._forward.logits(ids, self._place)
        for layer in self._layers:
            layer.offset = position + len(ids)
        return logits

    def _make_room(self, tokens: int) -> blas.Place:
        """Every cache has an array of its own with room for `tokens` and some more."""
        self._room = (tokens // _STEP_TOKENS + 1) * _STEP_TOKENS
        addresses = []
        for layer in self._layers:
            layer.keys = self._own(layer.keys, layer.offset)
            layer.values = self._own(layer.values, layer.offset)
            mx.eval(layer.keys, layer.values)
            views = np.asarray(layer.keys), np.asarray(layer.values)
            addresses += [view.ctypes.data for view in views]
        place = blas.Place(addresses, self._room)
        self._show(place)
        return place

    def _show(self, place: blas.Place) -> None:
        """The passes at `place` leave behind what is wanted."""
        forward, wanted = self._forward, self._wanted
        shape = (forward.layers, MOST_ROWS, forward.width)
        self._states = np.empty(shape, np.float32) if wanted.has_states else None
        self._patterns = {
            layer: np.empty((MOST_ROWS, forward.heads, self._room), np.float32)
            for layer in sorted(wanted.attention)
            if layer < forward.layers
        }
        patterns = [self._patterns.get(layer) for layer in range(forward.layers)]
        place.show(self._states, patterns)
        place.push([self._pushes.get(layer) for layer in range(forward.layers)])

    def _own(self, cached: mx.array | None, length: int) -> mx.array:
        heads, width = self._forward.kv_shape
        more = mx.array(np.zeros((1, heads, self._room - length, width), np.float32))
        if cached is None or length == 0:
            return more
        own = mx.concatenate([cached[..., :length, :], more], axis=2)
        if own.shape != (1, heads, self._room, width):
            # Native code would write beyond it.
            raise ValueError("the KV cache is not of the network's shape")
        return own


def reading_of(network: Any, layers: Layers) -> CpuReading | None:
    """The native way of reading into `layers`, if the network and its caches have one."""
    forward: CpuForward | None = getattr(network, "cpu_forward", None)
    if forward is None or not forward.stands() or not all(map(_is_plain, layers)):
        return None
    return CpuReading(forward, layers)


def _is_plain(layer: Any) -> bool:
    """Whether a cache is neither quantised nor rolling, and of one float32 conversation."""
    from mlx_lm.models.cache import KVCache

    if type(layer) is not KVCache:
        return False
    return layer.keys is None or (layer.keys.dtype == mx.float32 and layer.keys.shape[0] == 1)
