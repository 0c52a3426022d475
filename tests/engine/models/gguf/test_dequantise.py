from __future__ import annotations

import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

from engine.models.gguf.block_types import BLOCK_TYPES
from engine.models.gguf.dequantise import is_plain, to_float32

QUANTISED = [name for name in (t.name for t in BLOCK_TYPES.values()) if not is_plain(name)]


@pytest.mark.parametrize(("number", "block"), BLOCK_TYPES.items(), ids=str)
def test_block_sizes_are_those_of_the_format(number, block):
    kind = GGMLQuantizationType(number)

    assert kind.name == block.name
    assert GGML_QUANT_SIZES[kind] == (block.weights, block.bytes)


@pytest.mark.parametrize("name", QUANTISED)
def test_random_blocks_expand_exactly_as_the_reference_does(name):
    """Random bytes reach every scale and every bit, also those a quantiser rarely writes."""
    kind = GGMLQuantizationType[name]
    weights, size = GGML_QUANT_SIZES[kind]
    blocks = np.random.default_rng(5).integers(0, 256, (16, 3 * size), dtype=np.uint8)

    with np.errstate(all="ignore"):
        ours = to_float32(name, blocks, 3 * weights)
        reference = quants.dequantize(blocks, kind)

    assert ours.dtype == np.float32
    np.testing.assert_array_equal(ours, reference)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_plain_numbers_come_back_unchanged(dtype):
    values = np.random.default_rng(1).standard_normal((4, 32)).astype(dtype)
    name = {np.float32: "F32", np.float16: "F16"}[dtype]

    expanded = to_float32(name, values.view(np.uint8), 32)

    np.testing.assert_array_equal(expanded, values.astype(np.float32))


def test_bfloat16_is_the_upper_half_of_a_float32():
    halves = np.array([[0x3F80, 0xBF80, 0x4049, 0x0000, 0x7F80]], "<u2")

    assert to_float32("BF16", halves.view(np.uint8), 5).tolist() == [
        [1.0, -1.0, 3.140625, 0.0, np.inf]
    ]


def test_rows_longer_than_a_chunk_are_expanded_too(monkeypatch):
    blocks = np.random.default_rng(2).integers(0, 100, (5, 2 * 34), dtype=np.uint8)
    whole = to_float32("Q8_0", blocks, 64)

    monkeypatch.setattr("engine.models.gguf.dequantise._CHUNK_WEIGHTS", 32)

    np.testing.assert_array_equal(to_float32("Q8_0", blocks, 64), whole)
