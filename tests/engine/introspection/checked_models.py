"""Tiny random models of many architectures, loaded by the real loader."""

from __future__ import annotations

from dataclasses import replace

import mlx.nn as nn

from engine.introspection.instrument_checks import InstrumentChecks
from engine.introspection.probe import NetworkProbe
from engine.models import device, loader
from tests.engine.models.tiny_models import (
    _SIZES,
    CONFIGS,
    random_network,
    tiny_backend,
    write_folder,
)

# Heads of 64 numbers can be held at 8 bits, and rows of 128 be read natively.
WIDE = {"hidden_size": 128, "head_dim": 64, "intermediate_size": 192}
_EXPERTS = {"num_experts_per_tok": 2, "head_dim": 16}
ARCHITECTURES = {
    "llama": {**CONFIGS["llama"], **WIDE},
    "qwen2": CONFIGS["qwen2"],
    "qwen3": {**CONFIGS["qwen3"], **WIDE},
    "gemma3": CONFIGS["gemma3"],
    "phi3": {**_SIZES, "model_type": "phi3", "head_dim": 16},
    "olmo2": {**_SIZES, "model_type": "olmo2"},
    "mixtral": {**_SIZES, **_EXPERTS, "model_type": "mixtral", "num_local_experts": 4},
    "qwen3_moe": {
        **_SIZES,
        **_EXPERTS,
        "model_type": "qwen3_moe",
        "num_experts": 4,
        "decoder_sparse_step": 1,
        "mlp_only_layers": [],
        "moe_intermediate_size": 32,
        "norm_topk_prob": True,
        "tie_word_embeddings": False,
    },
    "lfm2": {
        **_SIZES,
        "model_type": "lfm2",
        "norm_eps": 1e-5,
        "conv_bias": False,
        "conv_L_cache": 3,
        "block_dim": 64,
        "block_ff_dim": 96,
        "block_multiple_of": 32,
        "block_ffn_dim_multiplier": 1.0,
        "block_auto_adjust_ff_dim": False,
        "full_attn_idxs": [1],
        "layer_types": ["conv", "full_attention", "conv"],
    },
    "gpt_oss": {
        **_SIZES,
        **_EXPERTS,
        "model_type": "gpt_oss",
        "num_local_experts": 4,
        "sliding_window": 8,
        "rope_scaling": {
            "rope_type": "yarn",
            "factor": 4.0,
            "original_max_position_embeddings": 64,
            "beta_fast": 32.0,
            "beta_slow": 1.0,
        },
    },
    "mamba": {
        "model_type": "mamba",
        "hidden_size": 64,
        "intermediate_size": 128,
        "state_size": 8,
        "num_hidden_layers": 3,
        "conv_kernel": 4,
        "use_bias": False,
        "use_conv_bias": True,
        "time_step_rank": 4,
    },
}
_PACKED = []
# Otherwise its distribution is so even that every token would have the same record.
_SCALES = {"mamba": 0.3}


class NoList(nn.Module):
    """A network that keeps its layers where nobody finds them."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def __call__(self, *args, **named):
        return self.inner(*args, **named)

    def make_cache(self):
        from mlx_lm.models.cache import make_prompt_cache

        return make_prompt_cache(self.inner)


def load_tiny(folder, name, *, is_sped_up=True):
    """The model, as the engine has it in memory."""
    config = {
        "vocab_size": tiny_backend().get_vocab_size(),
        "eos_token_id": 263,
        **ARCHITECTURES[name],
    }
    network = random_network(config, scale=_SCALES.get(name, 0.08))
    write_folder(folder / name, config, network=network)
    loaded = loader.load_model(
        folder / name,
        model_id=name,
        name=name,
        licence="",
        limit_bytes=4_000_000_000,
        on_progress=lambda *_: None,
    )
    if is_sped_up:
        sped_up(loaded)
    return loaded


def sped_up(loaded):
    """The same model, read natively where it can be."""
    # Its products read packed weights for as long as the network lives.
    _PACKED.append(device.speed_up(loaded.network))
    return loaded


def without_list(loaded):
    """The same model with its layers hidden."""
    return replace(loaded, network=NoList(loaded.network))


def checked(loaded, *, prompts=4, tokens=6, probe=None, **given):
    """The report on its instruments."""
    checks = InstrumentChecks(
        loaded,
        probe or NetworkProbe(loaded.network),
        loaded.tokenizer.token_text,
        prompts=prompts,
        tokens=tokens,
        **given,
    )
    *_, report = checks.steps()
    return report


def by_name(report):
    """Its checks."""
    return {check.name: check for check in report.checks}
