from __future__ import annotations

import pytest

from engine.contract.errors import NotEnoughMemoryError
from engine.models import memory

QWEN3_8B = {
    "hidden_size": 4096,
    "intermediate_size": 12288,
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "max_position_embeddings": 40960,
}


def context(config, tokens=8192, bits=16):
    return memory.context_bytes(config, context_tokens=tokens, kv_bits=bits)


def test_a_context_takes_two_numbers_for_each_head_dimension_layer_and_token():
    assert context(QWEN3_8B) == 36 * 2 * 8 * 128 * 8192 * 2
    assert context(QWEN3_8B, bits=32) == 2 * context(QWEN3_8B)


def test_a_quantised_context_keeps_a_scale_and_a_bias_for_64_numbers():
    assert context(QWEN3_8B, bits=8) == 36 * 2 * 8 * 128 * 8192 * 8.5 / 8
    assert context(QWEN3_8B, bits=4) == 36 * 2 * 8 * 128 * 8192 * 4.5 / 8


def test_layers_with_a_window_keep_no_more_than_it():
    gemma = {**QWEN3_8B, "sliding_window_pattern": 6, "sliding_window": 1024}
    listed = {
        **QWEN3_8B,
        "layer_types": ["full_attention"] * 6 + ["sliding_attention"] * 30,
        "sliding_window": 1024,
    }

    expected = 2 * 8 * 128 * 2 * (6 * 8192 + 30 * 1024)
    assert context(gemma) == expected
    assert context(listed) == expected
    assert context(gemma, tokens=100) == 2 * 8 * 128 * 2 * 36 * 100


def test_hybrid_and_compressed_caches_are_counted_as_they_are():
    hybrid = {**QWEN3_8B, "full_attention_interval": 4}
    compressed = {**QWEN3_8B, "kv_lora_rank": 512, "qk_rope_head_dim": 64}

    assert context(hybrid) == context(QWEN3_8B) / 4
    assert context(compressed) == 36 * (512 + 64) * 8192 * 2


def test_the_language_part_of_a_seeing_model_is_what_counts():
    assert context({"model_type": "gemma3", "text_config": QWEN3_8B}) == context(QWEN3_8B)


def test_what_is_needed_is_weights_context_and_working_memory():
    working = 512 * (4 * 4096 + 3 * 12288) * 4

    assert memory.needed_bytes(QWEN3_8B, weights_bytes=5_000_000_000) == (
        5_000_000_000 + context(QWEN3_8B) + working
    )


def test_no_more_context_is_counted_than_the_model_has():
    short = {**QWEN3_8B, "max_position_embeddings": 2048}

    difference = memory.needed_bytes(QWEN3_8B, weights_bytes=0) - memory.needed_bytes(
        short, weights_bytes=0
    )

    assert difference == context(QWEN3_8B) - context(QWEN3_8B, tokens=2048)


def test_on_the_cpu_the_attention_scores_are_counted_too():
    on_gpu = memory.working_bytes(QWEN3_8B, context_tokens=8192, is_on_gpu=True)
    on_cpu = memory.working_bytes(QWEN3_8B, context_tokens=8192, is_on_gpu=False)

    assert on_cpu - on_gpu == 512 * 32 * 8192 * 4


@pytest.mark.feature("models.memory_fit")
def test_a_model_that_does_not_fit_is_refused_with_the_numbers():
    """A model too large for the memory you allow is refused with the numbers, before loading."""
    with pytest.raises(NotEnoughMemoryError) as caught:
        memory.check_fit("Qwen3 8B", needed=9_200_000_000, used=6_100_000_000, limit=11_200_000_000)

    assert caught.value.message == (
        "Qwen3 8B needs 9.2 GB and 5.1 GB are free of the 11.2 GB you allow."
    )
    assert caught.value.action


def test_a_model_that_fits_is_let_through():
    memory.check_fit("Qwen3 8B", needed=5, used=5, limit=10)


def test_this_machine_has_memory_and_this_process_uses_less():
    assert memory.machine_memory_bytes() > 500_000_000
    assert memory.process_bytes() < memory.machine_memory_bytes()
