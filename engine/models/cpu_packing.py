"""Lets the CPU read weights in the small form they came in, while the network keeps float32.

A weight file of 4 or 8 bits, or of bfloat16, is expanded to float32 for the CPU, and then each
token has to read four to eight times the bytes that carry information. Here the small form is
found again from the numbers themselves, checked against every one of them, and given to
runtime/native/row_product.c, which reads it in place of the float32 matrix for up to 16 rows.

Runs on: compute.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from numpy.typing import NDArray

from engine.models.cpu_forward import CpuForward
from engine.models.cpu_linear import JoinedLinear
from engine.runtime import blas

_EIGHT_BIT, _BFLOAT16, _FOUR_BIT = 1, 2, 3
_GROUP, _BLOCK, _LANES = 32, 64, 16
# Levels that the formats of the field put between the extremes of a group: 4-bit and 5-bit with
# a minimum; and round a centre: 8-bit, 4-bit and 5-bit without one.
_LEVELS = (15, 31)
_CENTRED_LEVELS = (127, 8, 16)
# Float32 has 24 bits; expanding may round twice.
_TOLERANCE = 4e-7
# Below this a product is over before a second thread is awake.
_FEWEST_NUMBERS = 64 * 1024
_FOUR_BIT_MOST = 15
_GROUPS_AT_ONCE = 4096

Floats = NDArray[np.float32]


@dataclass
class PackedWeights:
    """What was packed. Holds the matrices, so that no other one can get their addresses.

    Attributes:
        packed_bytes: Memory the small forms take, beside the float32 weights.
        matrices: How many were packed.
        forward: The native way through the whole network, if it has one.
    """

    packed_bytes: int = 0
    matrices: int = 0
    forward: CpuForward | None = None
    _held: list[tuple[mx.array, Floats, tuple[np.ndarray, ...]]] = field(default_factory=list)

    def add(self, weights: mx.array) -> bool:
        """Whether `weights`, shape (D_out, D_in), is read in a small form from now on."""
        if weights.dtype != mx.float32 or weights.size < _FEWEST_NUMBERS:
            return False
        matrix = np.asarray(weights)
        if weights.shape[1] % _BLOCK or not matrix.flags.c_contiguous:
            return False
        found = as_bfloat16(matrix) or as_whole_numbers(matrix)
        if found is None:
            return False
        form, parts = found
        if not blas.register_packed(matrix, form, parts):
            return False
        self._held.append((weights, matrix, parts))
        self.packed_bytes += sum(part.nbytes for part in parts)
        self.matrices += 1
        return True

    def release(self) -> None:
        """The float32 matrices are read again, by mlx, and nothing is held."""
        if self.forward is not None:
            self.forward.release()
            self.forward = None
        for _, matrix, _ in self._held:
            blas.forget_packed(matrix)
        self._held.clear()
        self.packed_bytes = self.matrices = 0


def pack(network: nn.Module) -> PackedWeights:
    """Every large matrix of `network` that has an exact small form is read in it from now on."""
    packed = PackedWeights()
    if not blas.can_pack():
        return packed
    seen: set[int] = set()
    for _, module in network.named_modules():
        if type(module) in (nn.Linear, nn.Embedding):
            weights = module.weight
        elif isinstance(module, JoinedLinear):
            weights = module.whole
        else:
            continue
        if id(weights) not in seen:
            seen.add(id(weights))
            packed.add(weights)
    return packed


def as_bfloat16(matrix: Floats) -> tuple[int, tuple[np.ndarray, ...]] | None:
    """The upper halves of the numbers, if the lower ones are all zero."""
    bits = matrix.view(np.uint32)
    if (bits[0] & 0xFFFF).any() or (bits & 0xFFFF).any():
        return None
    halves = (bits >> 16).astype(np.uint16)
    return _BFLOAT16, (_interleave(halves, 2), np.zeros(1, np.float32), np.zeros(1, np.float32))


def as_whole_numbers(matrix: Floats) -> tuple[int, tuple[np.ndarray, ...]] | None:
    """Numbers of 4 or 8 bits with a scale and a bias for every 32, if they say the same.

    The extremes of a group give its scale, for a format's own quantiser puts them on its first
    and last level. Every number is then compared; one that differs refuses the matrix.
    """
    groups = matrix.reshape(-1, _GROUP)
    trials = (*((_with_minimum, n) for n in _LEVELS), *((_centred, n) for n in _CENTRED_LEVELS))
    for grid_of, levels in trials:
        # The first groups tell at once whether this is the format.
        if _numbers(groups[:64], *grid_of(groups[:64], levels), np.empty((64, _GROUP), np.uint8)):
            break
    else:
        return None
    numbers = np.empty(groups.shape, np.uint8)
    scales, biases = (np.empty(len(groups), np.float32) for _ in range(2))
    # A portion that fits into the processor's cache is gone over in a quarter of the time.
    for start in range(0, len(groups), _GROUPS_AT_ONCE):
        part = slice(start, start + _GROUPS_AT_ONCE)
        scales[part], biases[part] = grid_of(groups[part], levels)
        if not _numbers(groups[part], scales[part], biases[part], numbers[part]):
            return None
    lowest = numbers.min(axis=1)
    if (numbers.max(axis=1) - lowest).max() > _FOUR_BIT_MOST:
        return _EIGHT_BIT, (_interleave(numbers.reshape(matrix.shape), 4), scales, biases)
    numbers -= lowest[:, None]
    # In double precision, so that the bias is rounded once.
    biases[:] = biases.astype(np.float64) + lowest * scales.astype(np.float64)
    return _FOUR_BIT, (_four_in_one(numbers.reshape(matrix.shape)), scales, biases)


def _with_minimum(groups: Floats, levels: int) -> tuple[Floats, Floats]:
    """Scale and bias of each group whose lowest number is on level 0 and highest on the last."""
    low = groups.min(axis=1)
    return (groups.max(axis=1) - low) / np.float32(levels), low


def _centred(groups: Floats, levels: int) -> tuple[Floats, Floats]:
    """Scale and bias of each group whose farthest number is `levels` levels away from zero."""
    scale = np.abs(groups).max(axis=1) / np.float32(levels)
    return scale, -128 * scale


def _numbers(groups: Floats, scale: Floats, bias: Floats, out: NDArray[np.uint8]) -> bool:
    """Whether whole numbers on this grid say the same as `groups`; then they are in `out`."""
    safe = np.where(scale > 0, scale, np.float32(1))[:, None]
    levels = np.rint((groups - bias[:, None]) / safe)
    if levels.min() < 0 or levels.max() > 255:
        return False
    out[: len(groups)] = levels
    levels *= safe
    levels += bias[:, None]
    levels -= groups
    farthest = np.abs(groups).max(axis=1, keepdims=True)
    return not bool((np.abs(levels) > _TOLERANCE * farthest).any())


def _interleave(numbers: np.ndarray, parts: int) -> np.ndarray:
    """Groups of 16 lie above each other in the bytes of 16 lanes; see row_product.c."""
    lanes = numbers.reshape(numbers.shape[0], -1, parts, _LANES)
    return np.ascontiguousarray(lanes.swapaxes(2, 3))


def _four_in_one(numbers: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Four groups of 16 numbers of 4 bits lie above each other in 16 lanes of 16 bits."""
    lanes = numbers.reshape(numbers.shape[0], -1, 4, _LANES)
    low = lanes[:, :, 0] | lanes[:, :, 1] << 4
    high = lanes[:, :, 2] | lanes[:, :, 3] << 4
    words: NDArray[np.uint16] = low.astype(np.uint16) | high.astype(np.uint16) << np.uint16(8)
    return words
