"""Turns GGUF blocks of every kind into float32 weights.

The layouts are ggml's (ggml-common.h). Source of each formula: the format's definition there.
Checked by: tests/engine/models/gguf/test_dequantise.py, against the gguf package, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

# Rows are expanded this many weights at a time, so the intermediate arrays stay small (16 MB).
_CHUNK_WEIGHTS = 1 << 22

_IQ4_VALUES = np.array(
    [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113], np.float32
)


def _half(blocks: Bytes, start: int) -> Floats:
    """A float16 of every block, as float32, shape (blocks, 1)."""
    return np.ascontiguousarray(blocks[:, start : start + 2]).view("<f2").astype(np.float32)


def _nibbles(packed: Bytes) -> Bytes:
    """Low halves first, then high halves, along the last axis."""
    return np.concatenate([packed & 0x0F, packed >> 4], axis=-1)


def _q4_0(blocks: Bytes) -> Floats:
    return _half(blocks, 0) * (_nibbles(blocks[:, 2:]).astype(np.float32) - 8)


def _q4_1(blocks: Bytes) -> Floats:
    return _half(blocks, 0) * _nibbles(blocks[:, 4:]).astype(np.float32) + _half(blocks, 2)


def _fifth_bits(packed: Bytes) -> Bytes:
    return np.unpackbits(packed, axis=-1, bitorder="little") << np.uint8(4)


def _q5_0(blocks: Bytes) -> Floats:
    quants = _nibbles(blocks[:, 6:]) | _fifth_bits(blocks[:, 2:6])
    return _half(blocks, 0) * (quants.astype(np.float32) - 16)


def _q5_1(blocks: Bytes) -> Floats:
    quants = _nibbles(blocks[:, 8:]) | _fifth_bits(blocks[:, 4:8])
    return _half(blocks, 0) * quants.astype(np.float32) + _half(blocks, 2)


def _q8_0(blocks: Bytes) -> Floats:
    return _half(blocks, 0) * blocks[:, 2:].view(np.int8).astype(np.float32)


def _pairs(packed: Bytes) -> Bytes:
    """Two bits at a time: (n, 64) bytes to (n, 256), in the order of Q2_K and Q3_K."""
    halves = packed.reshape(-1, 2, 1, 32)
    shifts = np.array([0, 2, 4, 6], np.uint8).reshape(1, 1, 4, 1)
    return ((halves >> shifts) & np.uint8(3)).reshape(-1, 256)


def _q2_k(blocks: Bytes) -> Floats:
    scales, quants = blocks[:, :16], _pairs(blocks[:, 16:80])
    step = _half(blocks, 80) * (scales & 0x0F).astype(np.float32)
    low = _half(blocks, 82) * (scales >> 4).astype(np.float32)
    groups = quants.reshape(-1, 16, 16).astype(np.float32)
    return (step[..., None] * groups - low[..., None]).reshape(-1, 256)


def _q3_k_scales(packed: Bytes) -> Floats:
    """Sixteen 6-bit scales: eight bytes of low nibbles, four bytes of the two high bits."""
    low = _nibbles(packed[:, :8])
    shifts = np.array([0, 2, 4, 6], np.uint8).reshape(1, 4, 1)
    high = ((packed[:, 8:].reshape(-1, 1, 4) >> shifts) & np.uint8(3)).reshape(-1, 16)
    return (low | (high << np.uint8(4))).astype(np.float32) - 32


def _q3_k(blocks: Bytes) -> Floats:
    shifts = np.arange(8, dtype=np.uint8).reshape(1, 8, 1)
    high = ((blocks[:, :32].reshape(-1, 1, 32) >> shifts) & np.uint8(1)).reshape(-1, 256)
    # The high bit is stored inverted: where it is not set, 4 is to be taken off.
    quants = _pairs(blocks[:, 32:96]).astype(np.float32) - 4 * (high ^ 1).astype(np.float32)
    step = _half(blocks, 108) * _q3_k_scales(blocks[:, 96:108])
    return (step[..., None] * quants.reshape(-1, 16, 16)).reshape(-1, 256)


def _k_scales(packed: Bytes) -> tuple[Floats, Floats]:
    """Eight 6-bit scales and eight 6-bit minima out of twelve bytes (Q4_K, Q5_K)."""
    first, second, third = packed[:, :4], packed[:, 4:8], packed[:, 8:]
    scales = np.concatenate([first & 63, (third & 0x0F) | ((first >> 6) << 4)], axis=-1)
    minima = np.concatenate([second & 63, (third >> 4) | ((second >> 6) << 4)], axis=-1)
    return scales.astype(np.float32), minima.astype(np.float32)


def _scaled_k(blocks: Bytes, quants: Bytes) -> Floats:
    scales, minima = _k_scales(blocks[:, 4:16])
    step, low = _half(blocks, 0) * scales, _half(blocks, 2) * minima
    groups = quants.reshape(-1, 8, 32).astype(np.float32)
    return (step[..., None] * groups - low[..., None]).reshape(-1, 256)


def _q4_k(blocks: Bytes) -> Floats:
    return _scaled_k(blocks, _nibbles(blocks[:, 16:].reshape(-1, 4, 32)))


def _q5_k(blocks: Bytes) -> Floats:
    low = _nibbles(blocks[:, 48:].reshape(-1, 4, 32)).reshape(-1, 8, 32)
    shifts = np.arange(8, dtype=np.uint8).reshape(1, 8, 1)
    high = (blocks[:, 16:48].reshape(-1, 1, 32) >> shifts) & np.uint8(1)
    return _scaled_k(blocks, low | (high << np.uint8(4)))


def _q6_k(blocks: Bytes) -> Floats:
    low = _nibbles(blocks[:, :128].reshape(-1, 2, 64)).reshape(-1, 256)
    shifts = np.array([0, 2, 4, 6], np.uint8).reshape(1, 1, 4, 1)
    high = ((blocks[:, 128:192].reshape(-1, 2, 1, 32) >> shifts) & np.uint8(3)).reshape(-1, 256)
    quants = (low | (high << np.uint8(4))).astype(np.float32) - 32
    step = _half(blocks, 208) * blocks[:, 192:208].view(np.int8).astype(np.float32)
    return (step[..., None] * quants.reshape(-1, 16, 16)).reshape(-1, 256)


def _iq4_nl(blocks: Bytes) -> Floats:
    return _half(blocks, 0) * _IQ4_VALUES[_nibbles(blocks[:, 2:])]


def _iq4_xs(blocks: Bytes) -> Floats:
    low = np.stack([blocks[:, 4:8] & 0x0F, blocks[:, 4:8] >> 4], axis=-1).reshape(-1, 8)
    shifts = np.arange(0, 16, 2, dtype=np.uint16)
    high = (np.ascontiguousarray(blocks[:, 2:4]).view("<u2") >> shifts) & np.uint8(3)
    step = _half(blocks, 0) * ((low | (high << np.uint8(4))).astype(np.float32) - 32)
    values = _IQ4_VALUES[_nibbles(blocks[:, 8:].reshape(-1, 8, 16))]
    weights: Floats = (step[..., None] * values).reshape(-1, 256)
    return weights


_FORMULAS: dict[str, tuple[int, Callable[[Bytes], Floats]]] = {
    "Q4_0": (18, _q4_0),
    "Q4_1": (20, _q4_1),
    "Q5_0": (22, _q5_0),
    "Q5_1": (24, _q5_1),
    "Q8_0": (34, _q8_0),
    "Q2_K": (84, _q2_k),
    "Q3_K": (110, _q3_k),
    "Q4_K": (144, _q4_k),
    "Q5_K": (176, _q5_k),
    "Q6_K": (210, _q6_k),
    "IQ4_NL": (18, _iq4_nl),
    "IQ4_XS": (136, _iq4_xs),
}
_PLAIN = {"F32": "<f4", "F16": "<f2"}


def is_plain(name: str) -> bool:
    """Whether the block type holds ordinary numbers, not quantised ones."""
    return name in _PLAIN or name == "BF16"


def _expand(name: str, rows: Bytes) -> npt.NDArray[Any]:
    if name in _PLAIN:
        return rows.view(_PLAIN[name])
    if name == "BF16":
        # A bfloat16 is the upper half of the float32 of the same value.
        return (rows.view("<u2").astype(np.uint32) << 16).view(np.float32)
    block_bytes, formula = _FORMULAS[name]
    weights: npt.NDArray[Any] = formula(rows.reshape(-1, block_bytes))
    return weights.reshape(rows.shape[0], -1)


def to_float32(name: str, blocks: Bytes, columns: int) -> Floats:
    """The weights as float32, shape (rows, columns), expanded a few rows at a time.

    Args:
        name: Any name of BLOCK_TYPES.
        blocks: uint8, shape (rows, bytes of a row).
        columns: Weights in a row.
    """
    rows = blocks.shape[0]
    expanded = np.empty((rows, columns), np.float32)
    step = max(1, _CHUNK_WEIGHTS // columns)
    for start in range(0, rows, step):
        expanded[start : start + step] = _expand(name, blocks[start : start + step])
    return expanded
