"""A two-layer random Llama that loads in milliseconds through the real loader."""

from __future__ import annotations

import json
from pathlib import Path

import mlx.core as mx
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from engine.models.detokenizer import byte_alphabet

SPECIAL = ["<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_PRINTABLE = frozenset(map(chr, range(ord("!"), ord("~") + 1)))
WIDTH, HEADS, KV_HEADS, LAYERS, INNER = 32, 4, 2, 2, 64


def _tokenizer() -> Tokenizer:
    """One token a byte, and the two that mark a turn."""
    letters = {letter: place for place, letter in enumerate(sorted(byte_alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocab=letters, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in SPECIAL])
    return tokenizer


def _drawn(tokenizer: Tokenizer, is_ascii: bool) -> mx.array:
    """One for each token that the model may like, zero for the others."""
    tokens = tokenizer.get_vocab(with_added_tokens=True)
    liked = {id_ for text, id_ in tokens.items() if not is_ascii or text in _PRINTABLE}
    return mx.array([float(id_ in liked) for id_ in range(len(tokens))])


def _config(vocabulary: int, width: int, context_tokens: int) -> dict[str, object]:
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": width,
        "num_hidden_layers": LAYERS,
        "intermediate_size": INNER,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "rms_norm_eps": 1e-5,
        "vocab_size": vocabulary,
        "rope_theta": 10000.0,
        "max_position_embeddings": context_tokens,
        "tie_word_embeddings": False,
    }


def write_tiny_model(
    folder: Path,
    *,
    seed: int = 0,
    context_tokens: int = 256,
    width: int = WIDTH,
    is_ascii: bool = False,
) -> Path:
    """A Hugging Face style folder of a random model; equal seeds give equal weights.

    With `is_ascii` its likeliest token is always a printable letter, so that an answer at
    temperature 0 is text that encodes to the very tokens it was written with.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    vocabulary = tokenizer.get_vocab_size(with_added_tokens=True)
    head = width // HEADS
    keys = iter(mx.random.split(mx.random.key(seed), 64))

    def matrix(rows: int, columns: int) -> mx.array:
        return mx.random.normal((rows, columns), key=next(keys)) * columns**-0.5

    weights = {
        "model.embed_tokens.weight": matrix(vocabulary, width),
        "model.norm.weight": mx.ones(width),
        "lm_head.weight": 2 * matrix(vocabulary, width) * _drawn(tokenizer, is_ascii)[:, None],
    }
    for layer in range(LAYERS):
        name = f"model.layers.{layer}"
        weights |= {
            f"{name}.self_attn.q_proj.weight": matrix(HEADS * head, width),
            f"{name}.self_attn.k_proj.weight": matrix(KV_HEADS * head, width),
            f"{name}.self_attn.v_proj.weight": matrix(KV_HEADS * head, width),
            f"{name}.self_attn.o_proj.weight": matrix(width, HEADS * head),
            f"{name}.mlp.gate_proj.weight": matrix(INNER, width),
            f"{name}.mlp.up_proj.weight": matrix(INNER, width),
            f"{name}.mlp.down_proj.weight": matrix(width, INNER),
            f"{name}.input_layernorm.weight": mx.ones(width),
            f"{name}.post_attention_layernorm.weight": mx.ones(width),
        }
    mx.save_safetensors(str(folder / "model.safetensors"), weights)
    (folder / "config.json").write_text(json.dumps(_config(vocabulary, width, context_tokens)))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"eos_token": "<|im_end|>", "chat_template": TEMPLATE})
    )
    return folder
