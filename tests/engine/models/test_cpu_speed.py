"""What makes the CPU fast must change nothing but the time."""

from __future__ import annotations

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest

from engine.models.cpu_linear import JoinedLinear, join_projections
from engine.models.cpu_rope import TabledRope, table_ropes
from engine.models.gguf.network import FactoredRope
from engine.models.loader import load_model
from tests.engine.models.tiny_models import CONFIGS, random_network
from tests.helpers.tiny_model import write_tiny_model


def network(folder):
    return load_model(
        folder, model_id="t", name="t", licence="", limit_bytes=10**10, on_progress=lambda *_: None
    ).network


@pytest.mark.parametrize("traditional", [True, False])
@pytest.mark.parametrize("offset", [0, 5, 1020, 3000])
def test_a_table_turns_as_the_rope_it_replaces(traditional, offset):
    rope = nn.RoPE(16, traditional=traditional, base=10000.0)
    table = TabledRope(rope, 16, is_traditional=traditional)
    x = mx.random.normal((1, 3, 9, 16), key=mx.random.key(1))

    assert mx.allclose(table(x, offset=offset), rope(x, offset=offset), atol=2e-5)


def test_a_table_keeps_to_transposed_inputs():
    """Attention hands over a transposed view, whose rows do not lie side by side."""
    rope = nn.RoPE(16, traditional=True)
    table = TabledRope(rope, 16, is_traditional=True)
    x = mx.random.normal((1, 9, 3, 16), key=mx.random.key(1)).transpose(0, 2, 1, 3)

    assert mx.allclose(table(x, offset=2), rope(x, offset=2), atol=2e-5)


def test_scaled_frequencies_are_kept():
    from mlx_lm.models.rope_utils import initialize_rope

    scaling = {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    }
    rope = initialize_rope(16, 10000.0, False, scaling, 4096)
    table = TabledRope(rope, 16, is_traditional=False)
    x = mx.random.normal((1, 3, 9, 16), key=mx.random.key(1))

    assert mx.allclose(table(x, offset=200), rope(x, offset=200), atol=2e-5)


def test_a_network_computes_the_same_after_both(tmp_path):
    plain, fast = (network(write_tiny_model(tmp_path / name)) for name in "ab")
    tokens = mx.array([[1, 2, 3, 4, 5]])

    assert table_ropes(fast) == 2
    assert join_projections(fast) == 4

    assert mx.allclose(fast(tokens), plain(tokens), atol=1e-5)
    assert type(fast.layers[0].self_attn.k_proj) is JoinedLinear
    assert mx.array_equal(
        fast.layers[1].self_attn.k_proj.weight, plain.layers[1].self_attn.k_proj.weight
    )


def test_ropes_are_found_where_no_head_width_is_written_down():
    """mlx-lm's Qwen attention has none, and GGUF files may bring frequencies of their own."""
    network = random_network({**CONFIGS["qwen2"], "vocab_size": 300})
    factored = FactoredRope(16, 10000.0, np.linspace(1, 4, 8).astype(np.float32))
    network.layers[1].self_attn.rope = factored
    tokens = mx.array([[1, 2, 3, 4, 5]])
    expected = network(tokens)

    assert table_ropes(network) == 3

    assert mx.allclose(network(tokens), expected, atol=1e-5)
    assert network.layers[0].self_attn.rope is not network.layers[1].self_attn.rope


def test_projections_with_a_bias_are_joined_too():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.q_proj, self.k_proj, self.v_proj = (nn.Linear(8, n) for n in (8, 4, 4))

    plain = Attention()
    x = mx.random.normal((1, 2, 8))
    expected = [plain.q_proj(x), plain.k_proj(x), plain.v_proj(x)]

    assert join_projections(plain) == 1

    found = [plain.q_proj(x), plain.k_proj(x), plain.v_proj(x)]
    assert all(mx.allclose(a, b, atol=1e-6) for a, b in zip(found, expected, strict=True))
    assert plain.q_proj._product._input is None


def test_quantised_projections_are_left_alone():
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.q_proj, self.k_proj, self.v_proj = (
                nn.QuantizedLinear(64, 64, bias=False) for _ in range(3)
            )

    assert join_projections(Attention()) == 0
