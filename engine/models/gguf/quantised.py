"""Repacks GGUF blocks of 32 into mlx's affine quantised form, weight for weight the same.

mlx holds a weight as `scale * q + bias` with q unsigned, groups along a row, and packs q into
32-bit words from the lowest bits up. Q4_0, Q4_1 and Q8_0 are of that form already: only the
order of the nibbles and the sign of q differ.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

GROUP_SIZE = 32


@dataclass(frozen=True, slots=True)
class AffineWeights:
    """Weights in mlx's quantised form.

    Attributes:
        packed: uint32, shape (rows, columns * bits / 32).
        scales: float16, shape (rows, columns / 32); float32 if float16 could not hold a bias.
        biases: As `scales`.
    """

    bits: int
    packed: npt.NDArray[np.uint32]
    scales: npt.NDArray[np.floating]
    biases: npt.NDArray[np.floating]


def _split(blocks: npt.NDArray[np.uint8], block_bytes: int) -> npt.NDArray[np.uint8]:
    rows = blocks.shape[0]
    return blocks.reshape(rows, -1, block_bytes)


def _half(blocks: npt.NDArray[np.uint8], start: int) -> npt.NDArray[np.float16]:
    return np.ascontiguousarray(blocks[..., start : start + 2]).view("<f2")[..., 0]


def _pack_nibbles(nibbles: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """Reorder 16 bytes (first half low, second half high) to neighbours sharing a byte."""
    low, high = nibbles & 0x0F, nibbles >> 4
    ordered = np.empty_like(nibbles)
    ordered[..., :8] = low[..., 0::2] | (low[..., 1::2] << 4)
    ordered[..., 8:] = high[..., 0::2] | (high[..., 1::2] << 4)
    return ordered.reshape(nibbles.shape[0], -1).view("<u4")


def _with_bias(
    bits: int, packed: npt.NDArray[np.uint32], scales: npt.NDArray[np.float16], factor: int
) -> AffineWeights:
    """Add `bias = factor * scale`: exact in float16 (a power of two) unless it overflows."""
    wide = scales.astype(np.float32)
    if np.all(np.isfinite(scales)) and np.abs(wide * factor).max(initial=0) > 65504:
        return AffineWeights(bits, packed, wide, wide * factor)
    return AffineWeights(bits, packed, scales, scales * np.float16(factor))


def _from_q4_0(blocks: npt.NDArray[np.uint8]) -> AffineWeights:
    split = _split(blocks, 18)
    return _with_bias(4, _pack_nibbles(split[..., 2:]), _half(split, 0), -8)


def _from_q4_1(blocks: npt.NDArray[np.uint8]) -> AffineWeights:
    split = _split(blocks, 20)
    return AffineWeights(4, _pack_nibbles(split[..., 4:]), _half(split, 0), _half(split, 2))


def _from_q8_0(blocks: npt.NDArray[np.uint8]) -> AffineWeights:
    split = _split(blocks, 34)
    # Flipping the top bit of a signed byte adds 128 and leaves it unsigned.
    quants = np.ascontiguousarray(split[..., 2:] ^ 0x80)
    return _with_bias(8, quants.reshape(quants.shape[0], -1).view("<u4"), _half(split, 0), -128)


_PACKERS: dict[str, tuple[int, Callable[[npt.NDArray[np.uint8]], AffineWeights]]] = {
    "Q4_0": (4, _from_q4_0),
    "Q4_1": (4, _from_q4_1),
    "Q8_0": (8, _from_q8_0),
}


def affine_bits(name: str) -> int | None:
    """Bits per weight in mlx's form of this block type; None if it has no exact form there."""
    return _PACKERS[name][0] if name in _PACKERS else None


def to_affine(name: str, blocks: npt.NDArray[np.uint8]) -> AffineWeights:
    """The same weights in mlx's form.

    Args:
        name: A block type for which `affine_bits` is not None.
        blocks: uint8, shape (rows, bytes of a row).
    """
    return _PACKERS[name][1](blocks)
