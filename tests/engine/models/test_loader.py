from __future__ import annotations

import os

import mlx.core as mx
import numpy as np
import pytest

from engine.contract.errors import (
    ModelDamagedError,
    ModelNotFoundError,
    NotEnoughMemoryError,
    UnsupportedModelError,
)
from engine.models import loader, memory
from engine.models.parameters import named_parameters
from tests.engine.models.tiny_models import CONFIGS, random_network, write_folder, write_gguf


def greedy(loaded, ids, count):
    from mlx_lm.models.cache import make_prompt_cache

    cache = make_prompt_cache(loaded.network)
    answer, inputs = [], mx.array([ids])
    for _ in range(count):
        token = int(mx.argmax(loaded.network(inputs, cache=cache)[0, -1]).item())
        if token in loaded.tokenizer.eos_ids:
            break
        answer.append(token)
        inputs = mx.array([[token]])
    return answer


@pytest.mark.feature("models.starter")
def test_the_starter_model_knows_why_the_sky_is_blue(starter):
    """A first model is there after set-up and answers a simple question sensibly."""
    ids = starter.tokenizer.encode_chat([("user", "Why is the sky blue?")])

    answer = starter.tokenizer.decode(greedy(starter, ids, 36))

    assert "scatter" in answer.lower()
    assert starter.info.architecture == "llama"
    assert starter.info.parameters == 134_515_008
    assert starter.info.context_tokens == 8192
    assert starter.info.notices == ()


def test_on_the_cpu_everything_is_float32(starter):
    if starter.info.device == "gpu":
        assert "4-bit" in starter.info.weights_format
        return
    assert starter.info.weights_format == "float32"
    assert starter.info.weights_bytes == 4 * starter.info.parameters


def test_progress_runs_to_the_end_and_names_its_stages(tmp_path, load):
    weights = write_folder(tmp_path / "folder", CONFIGS["llama"])
    path = write_gguf(tmp_path / "m.gguf", "llama", CONFIGS["llama"], weights)
    for model in (path, tmp_path / "folder"):
        told = []

        load(model, on_progress=lambda stage, share, told=told: told.append((stage, share)))

        shares = [share for stage, share in told if stage == "Loading weights"]
        assert shares == sorted(shares)
        assert shares[-1] == 1.0
        assert len(shares) > 10
        assert all(0 <= share <= 1 for _, share in told)


def test_a_model_that_does_not_fit_is_refused_with_the_numbers(tmp_path, load):
    weights = write_folder(tmp_path / "folder", CONFIGS["llama"])
    path = write_gguf(tmp_path / "m.gguf", "llama", CONFIGS["llama"], weights)
    for model in (path, tmp_path / "folder"):
        with pytest.raises(NotEnoughMemoryError, match=r"Tested needs .* GB .* you allow"):
            load(model, limit_bytes=100_000)


def test_the_key_changes_with_the_weights_and_stays_with_the_same(tmp_path, load):
    write_folder(tmp_path / "a", CONFIGS["llama"])
    first, again = load(tmp_path / "a").key, load(tmp_path / "a").key
    network = random_network({"vocab_size": 264, **CONFIGS["llama"]}, seed=1)
    write_folder(tmp_path / "a", CONFIGS["llama"], network=network)

    assert first == again
    assert load(tmp_path / "a").key != first


@pytest.mark.feature("models.unload")
def test_unloading_gives_the_memory_back(tmp_path, load):
    """Unloading a model gives its memory back to the machine at once."""
    config = {**CONFIGS["llama"], "hidden_size": 512, "intermediate_size": 4096, "head_dim": 128}
    network = random_network({"vocab_size": 264, **config})
    write_folder(tmp_path / "folder", config, network=network)
    loader.unload(type("Held", (), {"network": network}))
    loaded = load(tmp_path / "folder")
    weights_bytes = loaded.info.weights_bytes
    held = loaded.network
    before = memory.process_bytes()

    freed = loader.unload(loaded)

    assert weights_bytes > 80_000_000
    assert freed > 0.9 * weights_bytes
    if before:
        assert before - memory.process_bytes() > 0.9 * weights_bytes
    assert not held.parameters()


def test_nothing_and_foreign_things_are_told_apart(tmp_path, load):
    with pytest.raises(ModelNotFoundError):
        load(tmp_path / "nothing")
    with pytest.raises(ModelNotFoundError, match=r"config\.json"):
        load(tmp_path)
    (tmp_path / "text.gguf").write_text("hello", encoding="utf-8")
    with pytest.raises(ModelDamagedError):
        load(tmp_path / "text.gguf")


def test_no_error_names_a_folder_of_the_user(tmp_path, load):
    with pytest.raises(ModelNotFoundError) as caught:
        load(tmp_path / "nothing")

    assert str(tmp_path) not in str(caught.value)


# -- folders -------------------------------------------------------------------------------------

MOE = {
    "model_type": "qwen3_moe",
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "intermediate_size": 96,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "rms_norm_eps": 1e-5,
    "max_position_embeddings": 256,
    "rope_theta": 10000.0,
    "tie_word_embeddings": True,
    "num_experts": 4,
    "num_experts_per_tok": 2,
    "decoder_sparse_step": 1,
    "mlp_only_layers": [],
    "moe_intermediate_size": 64,
    "norm_topk_prob": True,
}
# Every other layer is a gated short convolution instead of attention.
HYBRID = {
    "model_type": "lfm2",
    "hidden_size": 64,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "norm_eps": 1e-5,
    "max_position_embeddings": 256,
    "rope_theta": 10000.0,
    "conv_bias": False,
    "conv_L_cache": 3,
    "block_dim": 64,
    "block_ff_dim": 128,
    "block_multiple_of": 32,
    "block_ffn_dim_multiplier": 1.0,
    "block_auto_adjust_ff_dim": True,
    "full_attn_idxs": [1, 3],
    "tie_word_embeddings": True,
}


@pytest.mark.feature("models.folder")
@pytest.mark.parametrize("config", [CONFIGS["llama"], MOE, HYBRID], ids=lambda c: c["model_type"])
@pytest.mark.parametrize("dtype", [mx.float32, mx.bfloat16], ids=["float32", "bfloat16"])
def test_a_folder_runs_whatever_its_architecture(tmp_path, load, config, dtype):
    """A Hugging Face folder of any architecture that mlx-lm knows can be loaded and answers."""
    network = random_network({"vocab_size": 264, **config})
    write_folder(tmp_path / "folder", config, network=network, dtype=dtype)

    loaded = load(tmp_path / "folder")
    ids = loaded.tokenizer.encode_chat([("user", "the thing")])
    network.set_dtype(dtype)
    if loaded.info.device == "cpu":
        network.set_dtype(mx.float32)
    expected = network(mx.array([ids])).astype(mx.float32)
    ours = loaded.network(mx.array([ids])).astype(mx.float32)

    np.testing.assert_allclose(np.array(ours), np.array(expected), rtol=0, atol=1e-4)
    assert len(greedy(loaded, ids, 8)) > 0
    assert loaded.info.architecture == config["model_type"]
    if loaded.info.device == "cpu":
        assert loaded.info.weights_format == "float32"


@pytest.mark.parametrize("config", [CONFIGS["llama"], MOE, HYBRID], ids=lambda c: c["model_type"])
def test_a_quantised_folder_answers_as_its_quantised_weights_do(tmp_path, load, config):
    from mlx_lm.utils import quantize_model

    full = {"vocab_size": 264, **config}
    network, written = quantize_model(random_network(full), full, group_size=32, bits=4)
    extra = {"quantization": written["quantization"]}
    write_folder(tmp_path / "folder", config, network=network, extra_config=extra)

    loaded = load(tmp_path / "folder")

    ids = mx.array([[5, 70, 200, 33, 9, 14, 80, 2]])
    expected, ours = network(ids), loaded.network(ids).astype(mx.float32)
    np.testing.assert_allclose(np.array(ours), np.array(expected), rtol=0, atol=1e-3)
    assert loaded.info.parameters == sum(
        value.size for _, value in named_parameters(loaded.network)
    )
    if loaded.info.device == "cpu":
        assert loaded.info.weights_format == "float32"


def test_an_unknown_architecture_is_named(tmp_path, load):
    write_folder(tmp_path / "folder", CONFIGS["llama"], extra_config={"model_type": "unheard_of"})

    with pytest.raises(UnsupportedModelError, match="unheard_of"):
        load(tmp_path / "folder")


def test_code_that_comes_with_a_model_is_never_run(tmp_path, load):
    write_folder(tmp_path / "folder", CONFIGS["llama"], extra_config={"model_file": "evil.py"})
    mark = tmp_path / "it_ran"
    (tmp_path / "folder" / "evil.py").write_text(f"open({str(mark)!r}, 'w')", encoding="utf-8")

    with pytest.raises(UnsupportedModelError, match="code of its own"):
        load(tmp_path / "folder")

    assert not mark.exists()


def test_weights_that_do_not_fit_the_configuration_are_damage(tmp_path, load):
    write_folder(tmp_path / "folder", CONFIGS["llama"], extra_config={"hidden_size": 128})

    with pytest.raises(ModelDamagedError):
        load(tmp_path / "folder")


def test_a_folder_cut_short_is_damage_before_anything_is_loaded(tmp_path, load):
    write_folder(tmp_path / "folder", CONFIGS["llama"])
    path = tmp_path / "folder" / "model.safetensors"
    whole = path.read_bytes()
    for length in (0, 5, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelDamagedError):
            load(tmp_path / "folder")


def test_a_missing_part_of_several_is_damage(tmp_path, load):
    write_folder(tmp_path / "folder", CONFIGS["llama"])
    folder = tmp_path / "folder"
    os.rename(folder / "model.safetensors", folder / "model-00001-of-00002.safetensors")
    (folder / "model.safetensors.index.json").write_text(
        '{"weight_map": {"a": "model-00001-of-00002.safetensors",'
        ' "b": "model-00002-of-00002.safetensors"}}',
        encoding="utf-8",
    )

    with pytest.raises(ModelDamagedError, match="missing"):
        load(folder)
