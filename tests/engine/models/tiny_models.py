"""Tiny random models of several architectures, as Hugging Face folders and as GGUF files.

What a GGUF converter does to the weights is written down here a second time, from llama.cpp's
convert_hf_to_gguf.py, so that the reader is not tested against itself.
"""

from __future__ import annotations

import json

import mlx.core as mx
import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, quants
from mlx.utils import tree_flatten, tree_unflatten
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

CONTROL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

_SIZES = {
    "hidden_size": 64,
    "num_hidden_layers": 3,
    "intermediate_size": 96,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "rms_norm_eps": 1e-5,
    "max_position_embeddings": 256,
    "rope_theta": 10000.0,
}
CONFIGS = {
    "llama": {**_SIZES, "model_type": "llama", "head_dim": 16, "tie_word_embeddings": True},
    "qwen2": {**_SIZES, "model_type": "qwen2", "tie_word_embeddings": False},
    "qwen3": {**_SIZES, "model_type": "qwen3", "head_dim": 32, "tie_word_embeddings": True},
    "gemma3": {
        **_SIZES,
        "model_type": "gemma3_text",
        "num_hidden_layers": 6,
        "head_dim": 32,
        "query_pre_attn_scalar": 32,
        "sliding_window": 8,
        "sliding_window_pattern": 3,
        "rope_theta": 1_000_000.0,
        "rope_local_base_freq": 10_000.0,
    },
}
_GGUF_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "pre_feedforward_layernorm": "ffn_norm",
    "post_attention_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
}


def tiny_backend() -> Tokenizer:
    """Bytes, a few merges, and the control tokens of ChatML."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("i", "n"), ("Ġ", "a")]
    words = [*letters, *(left + right for left, right in merges), *CONTROL_TOKENS]
    backend = Tokenizer(models.BPE({word: place for place, word in enumerate(words)}, merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([AddedToken(text, special=True) for text in CONTROL_TOKENS])
    return backend


def random_network(config, *, seed=0, scale=0.08):
    """An mlx-lm network with random weights (norms near what training leaves)."""
    from mlx_lm.utils import _get_classes

    model_class, args_class = _get_classes(config)
    network = model_class(args_class.from_dict(config))
    random = np.random.default_rng(seed)
    weights = []
    for name, value in tree_flatten(network.parameters()):
        if not mx.issubdtype(value.dtype, mx.floating):
            continue
        noise = random.standard_normal(value.shape).astype(np.float32) * scale
        is_norm = "norm" in name and config["model_type"] != "gemma3_text"
        weights.append((name, mx.array(noise + 1 if is_norm else noise)))
    network.update(tree_unflatten(weights))
    mx.eval(network.parameters())
    return network


def write_folder(folder, config, *, network=None, dtype=mx.float32, extra_config=None):
    """A Hugging Face style folder; returns the weights by name, as float32 numpy arrays."""
    backend = tiny_backend()
    config = {"vocab_size": backend.get_vocab_size(), "eos_token_id": 263, **config}
    network = network or random_network(config)
    folder.mkdir(parents=True, exist_ok=True)
    weights = dict(tree_flatten(network.parameters()))
    if config.get("tie_word_embeddings", config["model_type"] == "gemma3_text"):
        weights.pop("lm_head.weight", None)
    stored = {
        n: v.astype(dtype) if mx.issubdtype(v.dtype, mx.floating) else v for n, v in weights.items()
    }
    mx.save_safetensors(str(folder / "model.safetensors"), stored, metadata={"format": "mlx"})
    (folder / "config.json").write_text(json.dumps({**config, **(extra_config or {})}))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"eos_token": "<|im_end|>", "chat_template": TEMPLATE})
    )
    backend.save(str(folder / "tokenizer.json"))
    return {
        name: np.array(value.astype(mx.float32))
        for name, value in weights.items()
        if mx.issubdtype(value.dtype, mx.floating)
    }


def gguf_name(family, name):
    module, _, suffix = name.rpartition(".")
    if not module.startswith("model.layers."):
        return f"{_GGUF_NAMES[module]}.{suffix}"
    _, _, layer, part = module.split(".", 3)
    if family == "gemma3" and part == "post_attention_layernorm":
        return f"blk.{layer}.post_attention_norm.{suffix}"
    return f"blk.{layer}.{_GGUF_NAMES[part]}.{suffix}"


def converted(family, name, value, config):
    """What the converter writes for this weight."""
    if family == "llama" and (".q_proj." in name or ".k_proj." in name):
        key = "num_attention_heads" if ".q_proj." in name else "num_key_value_heads"
        heads = config[key]
        halves = value.reshape(heads, 2, value.shape[0] // heads // 2, *value.shape[1:])
        return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(value.shape)
    return value + 1 if family == "gemma3" and "norm" in name else value


def add_numbers(writer, family, config):
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_theta"])
    if "head_dim" in config:
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
    if family == "gemma3":
        writer.add_sliding_window(config["sliding_window"])
        writer.add_uint32(
            "gemma3.attention.sliding_window_pattern", config["sliding_window_pattern"]
        )


def add_vocabulary(writer, *, pre="gpt-2", template=TEMPLATE):
    backend = tiny_backend()
    by_id = sorted(backend.get_vocab().items(), key=lambda item: item[1])
    merges = json.loads(backend.to_str())["model"]["merges"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list([text for text, _ in by_id])
    writer.add_token_types([3 if text in CONTROL_TOKENS else 1 for text, _ in by_id])
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_eos_token_id(dict(by_id)["<|im_end|>"])
    if template:
        writer.add_chat_template(template)


def write_gguf(path, family, config, weights, *, kind=GGMLQuantizationType.F32, change=None):
    """A GGUF file of the same weights.

    Args:
        kind: How two-dimensional weights are stored; norms and biases stay float32.
        change: Called with the writer before it writes, to make a strange file.
    """
    writer = GGUFWriter(str(path), family)
    add_numbers(writer, family, config)
    add_vocabulary(writer)
    for name, value in weights.items():
        stored = converted(family, name, value, config)
        if stored.ndim == 2 and kind != GGMLQuantizationType.F32:
            writer.add_tensor(
                gguf_name(family, name), quants.quantize(stored, kind), raw_dtype=kind
            )
        else:
            writer.add_tensor(gguf_name(family, name), stored.astype(np.float32))
    if change:
        change(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
