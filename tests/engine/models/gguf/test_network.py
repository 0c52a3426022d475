from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind
from mlx.utils import tree_flatten

from engine.contract.errors import ModelDamagedError, UnsupportedModelError
from engine.models.gguf.architecture import describe
from engine.models.gguf.network import build_network
from engine.models.gguf.reader import GgufFile
from tests.engine.models.tiny_models import CONFIGS, write_folder, write_gguf

IDS = mx.array([[5, 70, 200, 33, 33, 9, 261, 14, 80, 2, 120, 64, 7, 18]])


def logits(network):
    return np.array(network(IDS).astype(mx.float32))


def ignore(share):
    del share


def read(path, *, is_on_gpu=False):
    with GgufFile(path) as file:
        return build_network(file, describe(file), is_on_gpu=is_on_gpu, on_progress=ignore)


@pytest.fixture(params=list(CONFIGS))
def family(request):
    return request.param


@pytest.mark.feature("models.gguf")
def test_gguf_and_folder_of_the_same_weights_agree(tmp_path, load, family):
    """A model in one GGUF file (Llama, Qwen2, Qwen3 or Gemma 3) runs as the original does."""
    weights = write_folder(tmp_path / "folder", CONFIGS[family])
    path = write_gguf(tmp_path / "model.gguf", family, CONFIGS[family], weights)

    from_folder = load(tmp_path / "folder")
    from_gguf = load(path)

    np.testing.assert_allclose(
        logits(from_gguf.network), logits(from_folder.network), rtol=0, atol=1e-4
    )
    assert from_gguf.info.architecture == from_folder.info.architecture
    assert from_gguf.info.parameters == from_folder.info.parameters


def test_weights_are_put_back_bit_for_bit(tmp_path, family):
    """Adapters trained on the original then fit the weights read from a GGUF file."""
    weights = write_folder(tmp_path / "folder", CONFIGS[family])
    network, _ = read(write_gguf(tmp_path / "m.gguf", family, CONFIGS[family], weights))

    # Taking 1 off a norm that the converter raised by 1 rounds in the last place.
    tolerance = 1e-7 if family == "gemma3" else 0
    for name, value in tree_flatten(network.parameters()):
        np.testing.assert_allclose(np.array(value), weights[name], rtol=0, atol=tolerance)


@pytest.mark.parametrize("kind", [Kind.Q4_0, Kind.Q4_1, Kind.Q8_0])
def test_weights_kept_packed_answer_as_the_expanded_ones(tmp_path, family, kind):
    """What Metal gets (packed) is compared with what the CPU gets (float32), both run here."""
    weights = write_folder(tmp_path / "folder", CONFIGS[family])
    path = write_gguf(tmp_path / "m.gguf", family, CONFIGS[family], weights, kind=kind)

    packed, notices = read(path, is_on_gpu=True)
    expanded, _ = read(path, is_on_gpu=False)

    assert type(packed.model.layers[0].self_attn.q_proj).__name__ == "QuantizedLinear"
    assert notices == ()
    # Llama's scales and norms are float16 on the GPU; the others are float32.
    tolerance = 0.02 if family == "llama" else 1e-3
    np.testing.assert_allclose(logits(packed), logits(expanded), rtol=0, atol=tolerance)


@pytest.mark.parametrize("kind", [Kind.Q5_0, Kind.Q5_1])
def test_other_quantisations_are_expanded_with_a_notice(tmp_path, kind):
    weights = write_folder(tmp_path / "folder", CONFIGS["qwen3"])
    path = write_gguf(tmp_path / "m.gguf", "qwen3", CONFIGS["qwen3"], weights, kind=kind)

    network, notices = read(path, is_on_gpu=True)

    assert len(notices) == 1
    assert kind.name in notices[0]
    np.testing.assert_allclose(logits(network), logits(read(path)[0]), rtol=0, atol=1e-4)


def test_llama_3_rotary_factors_in_the_file_do_what_the_configuration_does(tmp_path, load):
    scaling = {
        "rope_type": "llama3",
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    }
    config = {**CONFIGS["llama"], "rope_scaling": scaling}
    weights = write_folder(tmp_path / "folder", config)
    # llama.cpp's converter: 1 for high frequencies, the factor for low ones, between in between.
    frequencies = 10000.0 ** -(np.arange(0, 16, 2) / 16)
    wavelengths = 2 * np.pi / frequencies
    smooth = (64 / wavelengths - 1.0) / (4.0 - 1.0)
    factors = np.where(
        wavelengths < 16, 1.0, np.where(wavelengths > 64, 8.0, 1 / ((1 - smooth) / 8 + smooth))
    )
    path = write_gguf(
        tmp_path / "m.gguf",
        "llama",
        CONFIGS["llama"],
        weights,
        change=lambda writer: writer.add_tensor("rope_freqs.weight", factors.astype(np.float32)),
    )

    from_gguf, from_folder = load(path), load(tmp_path / "folder")

    np.testing.assert_allclose(
        logits(from_gguf.network), logits(from_folder.network), rtol=0, atol=1e-4
    )


def test_linear_rope_scaling_is_read(tmp_path, load):
    config = {**CONFIGS["qwen3"], "rope_scaling": {"rope_type": "linear", "factor": 4.0}}
    weights = write_folder(tmp_path / "folder", config)

    def change(writer):
        writer.add_string("qwen3.rope.scaling.type", "linear")
        writer.add_float32("qwen3.rope.scaling.factor", 4.0)

    path = write_gguf(tmp_path / "m.gguf", "qwen3", config, weights, change=change)

    np.testing.assert_allclose(
        logits(load(path).network), logits(load(tmp_path / "folder").network), rtol=0, atol=1e-4
    )


def test_a_missing_weight_is_damage(tmp_path):
    weights = write_folder(tmp_path / "folder", CONFIGS["llama"])
    del weights["model.layers.1.mlp.up_proj.weight"]
    path = write_gguf(tmp_path / "m.gguf", "llama", CONFIGS["llama"], weights)

    with pytest.raises(ModelDamagedError, match="lacks weights"):
        read(path)


def test_a_weight_of_the_wrong_size_is_damage(tmp_path):
    weights = write_folder(tmp_path / "folder", CONFIGS["llama"])
    weights["model.layers.1.mlp.up_proj.weight"] = np.zeros((96, 32), np.float32)
    path = write_gguf(tmp_path / "m.gguf", "llama", CONFIGS["llama"], weights)

    with pytest.raises(ModelDamagedError, match="not of the size"):
        read(path)


def test_a_part_we_do_not_know_is_refused_and_never_left_out(tmp_path):
    weights = write_folder(tmp_path / "folder", CONFIGS["llama"])

    def change(writer):
        writer.add_tensor("blk.0.attn_sinks.weight", np.zeros(4, np.float32))

    path = write_gguf(tmp_path / "m.gguf", "llama", CONFIGS["llama"], weights, change=change)

    with pytest.raises(UnsupportedModelError, match="attn_sinks"):
        read(path)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("llama.expert_count", 8, "Mixture-of-experts"),
        ("split.count", 3, "split over several files"),
        ("llama.rope.dimension_count", 8, "only a part of each head"),
    ],
)
def test_what_cannot_be_run_is_refused_by_name(tmp_path, key, value, words):
    weights = write_folder(tmp_path / "folder", CONFIGS["llama"])
    path = write_gguf(
        tmp_path / "m.gguf",
        "llama",
        CONFIGS["llama"],
        weights,
        change=lambda writer: writer.add_uint32(key, value),
    )

    with pytest.raises(UnsupportedModelError, match=words):
        read(path)


def test_another_architecture_is_refused_by_name(tmp_path):
    weights = write_folder(tmp_path / "folder", CONFIGS["llama"])
    path = write_gguf(tmp_path / "m.gguf", "mamba", CONFIGS["llama"], weights)

    with pytest.raises(UnsupportedModelError, match="mamba"):
        read(path)
