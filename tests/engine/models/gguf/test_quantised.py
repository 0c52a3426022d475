from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, quants

from engine.models.gguf.quantised import GROUP_SIZE, affine_bits, to_affine

KEPT = ("Q4_0", "Q4_1", "Q8_0")


def random_blocks(name, *, rows=6, blocks=8):
    size = GGML_QUANT_SIZES[GGMLQuantizationType[name]][1]
    split = np.random.default_rng(3).integers(0, 256, (rows, blocks, size), dtype=np.uint8)
    scales = np.random.default_rng(4).standard_normal((rows, blocks, 2)).astype(np.float16)
    width = 4 if name == "Q4_1" else 2
    split[..., :width] = scales.view(np.uint8)[..., :width]
    return split.reshape(rows, -1)


def as_float32(affine):
    return mx.dequantize(
        mx.array(affine.packed),
        mx.array(affine.scales.astype(np.float32)),
        mx.array(affine.biases.astype(np.float32)),
        group_size=GROUP_SIZE,
        bits=affine.bits,
    )


@pytest.mark.parametrize("name", KEPT)
def test_packed_weights_are_the_same_weights(name):
    blocks = random_blocks(name)

    ours = np.array(as_float32(to_affine(name, blocks)))

    np.testing.assert_array_equal(ours, quants.dequantize(blocks, GGMLQuantizationType[name]))


@pytest.mark.parametrize("name", KEPT)
def test_products_with_packed_weights_are_those_of_the_expanded_ones(name):
    affine = to_affine(name, random_blocks(name))
    x = mx.random.normal((3, 256), key=mx.random.key(0))

    product = mx.quantized_matmul(
        x,
        mx.array(affine.packed),
        mx.array(affine.scales.astype(np.float32)),
        mx.array(affine.biases.astype(np.float32)),
        group_size=GROUP_SIZE,
        bits=affine.bits,
    )

    np.testing.assert_allclose(np.array(product), np.array(x @ as_float32(affine).T), atol=0.02)


def test_memory_per_weight_stays_that_of_the_bits():
    affine = to_affine("Q4_0", random_blocks("Q4_0"))

    weights = 6 * 256
    assert affine.packed.nbytes == weights // 2
    assert affine.scales.nbytes == affine.biases.nbytes == weights // 32 * 2


def test_a_scale_whose_bias_leaves_float16_is_widened_instead_of_becoming_infinite():
    blocks = random_blocks("Q8_0")
    blocks[0, :2] = np.array([1000.0], np.float16).view(np.uint8)

    affine = to_affine("Q8_0", blocks)

    assert affine.biases[0, 0] == -128_000.0
    reference = quants.dequantize(blocks, GGMLQuantizationType.Q8_0)
    np.testing.assert_array_equal(np.array(as_float32(affine)), reference)


def test_other_kinds_have_no_packed_form():
    assert affine_bits("Q4_K") is None
    assert affine_bits("F16") is None
