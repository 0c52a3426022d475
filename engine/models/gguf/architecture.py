"""What a GGUF file's metadata says about the network, in mlx-lm's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.contract.errors import ModelDamagedError, UnsupportedModelError
from engine.models.gguf.reader import GgufFile, GgufTensor

_EMBEDDING, _OUTPUT = "token_embd.weight", "output.weight"
_ROPE_FACTORS = "rope_freqs.weight"
_BLOCK_NAME = re.compile(r"blk\.(\d+)\.([a-z_0-9]+)\.(weight|bias)")

_OUTER_NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
}
_BLOCK_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_HEAD_NORMS = {"attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm"}
_LLAMA_NAMES = {**_BLOCK_NAMES, "ffn_norm": "post_attention_layernorm"}
_GEMMA3_NAMES = {
    **_BLOCK_NAMES,
    **_HEAD_NORMS,
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "post_ffw_norm": "post_feedforward_layernorm",
}


@dataclass(frozen=True, slots=True)
class _Family:
    """One GGUF architecture.

    Attributes:
        model_type: mlx-lm's name for it.
        names: Names of a block's parts, GGUF to mlx-lm.
        are_heads_interleaved: Whether the converter reordered the rows of the query and key
            weights for rotary embeddings that turn neighbours, not halves.
        is_norm_raised: Whether the converter added 1 to the norm weights and mlx-lm does again.
        is_half_safe: Whether the activations stay within float16 (65,504). Qwen and Gemma are
            known to leave it; for them scales are widened on the GPU.
    """

    model_type: str
    names: Mapping[str, str]
    are_heads_interleaved: bool = False
    is_norm_raised: bool = False
    is_half_safe: bool = False


_FAMILIES = {
    "llama": _Family("llama", _LLAMA_NAMES, are_heads_interleaved=True, is_half_safe=True),
    "qwen2": _Family("qwen2", _LLAMA_NAMES),
    "qwen3": _Family("qwen3", {**_LLAMA_NAMES, **_HEAD_NORMS}),
    "gemma3": _Family("gemma3_text", _GEMMA3_NAMES, is_norm_raised=True),
}


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network described well enough to be built.

    Attributes:
        config: mlx-lm configuration.
        rope_factors: Name of the tensor that divides the rotary frequencies; None if there is
            none (Llama 3.1 and later have it).
        is_tied: Whether the embedding is the output matrix too.
    """

    family: _Family
    config: dict[str, Any]
    rope_factors: str | None
    is_tied: bool

    @property
    def context_tokens(self) -> int:
        """Longest prompt plus answer it was trained for."""
        return int(self.config["max_position_embeddings"])

    def target(self, name: str) -> str:
        """mlx-lm's name for a tensor of the file.

        Raises:
            UnsupportedModelError: The family has no such part, so it would be left out.
        """
        block = _BLOCK_NAME.fullmatch(name)
        if block and block[2] in self.family.names:
            return f"model.layers.{block[1]}.{self.family.names[block[2]]}.{block[3]}"
        outer, _, suffix = name.rpartition(".")
        if outer in _OUTER_NAMES:
            return f"{_OUTER_NAMES[outer]}.{suffix}"
        raise UnsupportedModelError(
            f"The model has a part the engine does not know ({name}).",
            action="Take the model as a Hugging Face folder instead.",
        )

    def heads_of(self, target: str) -> int:
        """Heads whose rows must be put back in order; 0 if the rows are in order."""
        if not self.family.are_heads_interleaved:
            return 0
        if ".q_proj." in target:
            return int(self.config["num_attention_heads"])
        return int(self.config["num_key_value_heads"]) if ".k_proj." in target else 0

    def is_raised_norm(self, target: str) -> bool:
        """Whether 1 must be taken off these weights."""
        return self.family.is_norm_raised and "norm" in target


class _Reader:
    """Reads `family.key` from the metadata, as a number of the right kind or a clear error."""

    def __init__(self, metadata: Mapping[str, Any], family: str) -> None:
        self._metadata = metadata
        self._family = family

    def raw(self, key: str) -> Any:
        return self._metadata.get(f"{self._family}.{key}")

    def count(self, key: str, default: int | None = None) -> int:
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 1 << 31:
            raise ModelDamagedError(f"The model file lacks a usable {self._family}.{key}.")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not value > 0:
            raise ModelDamagedError(f"The model file lacks a usable {self._family}.{key}.")
        return float(value)


def _rope_scaling(reader: _Reader) -> dict[str, Any] | None:
    kind = reader.raw("rope.scaling.type")
    if kind in (None, "none"):
        # Files of 2023 gave the linear factor under this name.
        old = reader.raw("rope.scale_linear")
        return {"type": "linear", "factor": float(old)} if old not in (None, 1.0) else None
    factor = reader.number("rope.scaling.factor", 1.0)
    if kind == "linear":
        return {"type": "linear", "factor": factor}
    if kind == "yarn":
        original = reader.count("rope.scaling.original_context_length")
        return {"type": "yarn", "factor": factor, "original_max_position_embeddings": original}
    raise UnsupportedModelError(
        f"The model stretches its context in a way the engine does not know ({kind}).",
        action="Take the model as a Hugging Face folder instead.",
    )


def _gemma3_extras(reader: _Reader, config: dict[str, Any]) -> dict[str, Any]:
    layers, head_dim = config["num_hidden_layers"], config["head_dim"]
    pattern = reader.raw("attention.sliding_window_pattern")
    # The 27B model, the only one of 62 layers, divides by the width per head instead.
    is_largest = layers == 62
    return {
        "sliding_window": reader.count("attention.sliding_window", 512),
        "sliding_window_pattern": pattern if isinstance(pattern, int) and pattern > 0 else 6,
        "rope_local_base_freq": reader.number("rope.freq_base_swa", 10_000.0),
        "query_pre_attn_scalar": (
            config["hidden_size"] // config["num_attention_heads"] if is_largest else head_dim
        ),
    }


def _config(reader: _Reader, family: _Family, tensors: Mapping[str, GgufTensor]) -> dict[str, Any]:
    heads = reader.count("attention.head_count")
    hidden = reader.count("embedding_length")
    config: dict[str, Any] = {
        "model_type": family.model_type,
        "hidden_size": hidden,
        "num_hidden_layers": reader.count("block_count"),
        "intermediate_size": reader.count("feed_forward_length"),
        "num_attention_heads": heads,
        "num_key_value_heads": reader.count("attention.head_count_kv", heads),
        "head_dim": reader.count("attention.key_length", max(hidden // heads, 1)),
        "rms_norm_eps": reader.number("attention.layer_norm_rms_epsilon"),
        "vocab_size": tensors[_EMBEDDING].shape[0],
        "max_position_embeddings": reader.count("context_length"),
        "rope_theta": reader.number(
            "rope.freq_base", 1_000_000.0 if family.is_norm_raised else 10_000.0
        ),
        "rope_scaling": _rope_scaling(reader),
        "tie_word_embeddings": _OUTPUT not in tensors,
    }
    if family.model_type == "gemma3_text":
        config |= _gemma3_extras(reader, config)
    if family.model_type == "llama":
        config["attention_bias"] = "blk.0.attn_q.bias" in tensors
        config["mlp_bias"] = "blk.0.ffn_gate.bias" in tensors
    return config


def _check_dimensions(reader: _Reader, config: Mapping[str, Any]) -> None:
    head_dim, heads = config["head_dim"], config["num_attention_heads"]
    if reader.count("rope.dimension_count", head_dim) != head_dim:
        raise UnsupportedModelError("The model rotates only a part of each head.")
    if reader.count("attention.value_length", head_dim) != head_dim:
        raise UnsupportedModelError("The model's keys and values differ in length.")
    if config["model_type"] == "qwen2" and head_dim * heads != config["hidden_size"]:
        raise UnsupportedModelError("The model's heads do not add up to its width.")
    if heads % config["num_key_value_heads"]:
        raise ModelDamagedError("The model file's head counts do not fit together.")


def describe(file: GgufFile) -> Architecture:
    """The network in this file.

    Raises:
        UnsupportedModelError: The architecture is not llama, qwen2, qwen3 or gemma3, or uses a
            feature of it that is not known here.
        ModelDamagedError: Needed numbers are missing or do not fit together.
    """
    name = file.metadata.get("general.architecture")
    family = _FAMILIES.get(name) if isinstance(name, str) else None
    if family is None or name is None:
        raise UnsupportedModelError(
            f"The engine cannot read {str(name)!r} models from GGUF files.",
            action="Take the model as a Hugging Face folder instead.",
        )
    reader = _Reader(file.metadata, name)
    if reader.raw("expert_count"):
        raise UnsupportedModelError(
            "Mixture-of-experts models cannot be read from GGUF files.",
            action="Take the model as a Hugging Face folder instead.",
        )
    if (file.metadata.get("split.count") or 0) not in (0, 1):
        raise UnsupportedModelError(
            "The model is split over several files.", action="Take a conversion in one file."
        )
    if _EMBEDDING not in file.tensors or len(file.tensors[_EMBEDDING].shape) != 2:
        raise ModelDamagedError("The model file has no token embedding.")
    config = _config(reader, family, file.tensors)
    _check_dimensions(reader, config)
    return Architecture(
        family=family,
        config=config,
        rope_factors=_ROPE_FACTORS if _ROPE_FACTORS in file.tensors else None,
        is_tied=bool(config["tie_word_embeddings"]),
    )
