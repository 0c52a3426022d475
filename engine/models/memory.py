"""How much memory a model needs, how much there is, and whether the one fits into the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.contract.errors import NotEnoughMemoryError

# What the check counts on at least: shorter conversations are rare, longer ones are fitted by the
# context budget.
CHECKED_CONTEXT_TOKENS = 8192
# Prompt tokens computed at once; their activations are alive together.
_PREFILL_TOKENS = 512
_FLOAT32_BYTES = 4
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a configuration that describes the language model (others see or hear too)."""
    inner = config.get("text_config")
    return {**config, **inner} if isinstance(inner, Mapping) else config


def _layer_counts(config: Mapping[str, Any]) -> tuple[int, int]:
    """Layers that keep every token, and layers that keep a window of them."""
    layers = int(config.get("num_hidden_layers") or config.get("n_layer") or 0)
    kinds = config.get("layer_types")
    if isinstance(kinds, (list, tuple)) and kinds:
        return kinds.count("full_attention"), kinds.count("sliding_attention")
    if interval := config.get("full_attention_interval"):
        return layers // int(interval), 0
    if (pattern := config.get("sliding_window_pattern")) and isinstance(pattern, int):
        return layers // pattern, layers - layers // pattern
    return layers, 0


def _values_per_token(config: Mapping[str, Any]) -> float:
    """Numbers that one layer keeps for one token of context."""
    if rank := config.get("kv_lora_rank"):
        return float(rank) + float(config.get("qk_rope_head_dim") or 0)
    heads = int(config.get("num_attention_heads") or config.get("n_head") or 0)
    hidden = int(config.get("hidden_size") or config.get("n_embd") or 0)
    head_dim = int(config.get("head_dim") or (hidden // heads if heads else 0))
    return 2.0 * int(config.get("num_key_value_heads") or heads) * head_dim


def context_bytes(config: Mapping[str, Any], *, context_tokens: int, kv_bits: int) -> int:
    """Memory that a full context takes.

    Args:
        config: mlx-lm (or Hugging Face) configuration.
        context_tokens: Prompt and answer together.
        kv_bits: Bits per kept number: 32 on the CPU, 16 on the GPU, 8 or 4 when quantised.
    """
    config = text_config(config)
    full, windowed = _layer_counts(config)
    window = int(config.get("sliding_window") or context_tokens)
    # A quantised cache keeps a 16-bit scale and bias for every 64 numbers.
    bits = kv_bits + (0.5 if kv_bits <= 8 else 0.0)
    tokens = full * context_tokens + windowed * min(window, context_tokens)
    return int(tokens * _values_per_token(config) * bits / 8)


def working_bytes(config: Mapping[str, Any], *, context_tokens: int, is_on_gpu: bool) -> int:
    """Memory for the activations while a prompt is read, 512 tokens at a time.

    On the CPU attention scores are written out for the whole context; Metal never holds them.
    """
    config = text_config(config)
    hidden = int(config.get("hidden_size") or config.get("n_embd") or 0)
    inner = int(config.get("intermediate_size") or 4 * hidden)
    width = 4 * hidden + 3 * inner
    if not is_on_gpu:
        width += int(config.get("num_attention_heads") or 0) * context_tokens
    return _PREFILL_TOKENS * width * _FLOAT32_BYTES


def needed_bytes(
    config: Mapping[str, Any],
    *,
    weights_bytes: int,
    context_tokens: int = CHECKED_CONTEXT_TOKENS,
    kv_bits: int = 16,
    is_on_gpu: bool = True,
) -> int:
    """Weights, a full context and the activations of one prefill step, in bytes.

    Args:
        config: mlx-lm (or Hugging Face) configuration.
        weights_bytes: On the CPU four bytes for each parameter, whatever the file holds.
        context_tokens: Cut to what the model was trained for.
        kv_bits: See `context_bytes`.
        is_on_gpu: Whether Metal computes.
    """
    longest = text_config(config).get("max_position_embeddings")
    tokens = min(context_tokens, int(longest)) if longest else context_tokens
    context = context_bytes(config, context_tokens=tokens, kv_bits=kv_bits)
    return (
        weights_bytes + context + working_bytes(config, context_tokens=tokens, is_on_gpu=is_on_gpu)
    )


def machine_memory_bytes() -> int:
    """Memory of this machine, or of the container the app runs in."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for name in _CGROUP_LIMITS:
        try:
            limit = Path(name).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if limit.isdigit():
            total = min(total, int(limit))
    return total


def process_bytes() -> int:
    """Memory that this process holds now, as the system counts it; 0 where it does not say."""
    try:
        resident_pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(resident_pages) * os.sysconf("SC_PAGE_SIZE")


def in_gigabytes(count: int) -> str:
    """A size as people read it, such as "9.2 GB"."""
    return f"{count / 1e9:.1f} GB"


def check_fit(name: str, *, needed: int, used: int, limit: int) -> None:
    """Nothing, if the model fits into what is allowed.

    Args:
        name: The model, for the sentence.
        needed: Bytes, see `needed_bytes`.
        used: Bytes held by what stays in memory beside it.
        limit: Bytes that all of it may take together.

    Raises:
        NotEnoughMemoryError: It does not, with the numbers.
    """
    free = max(limit - used, 0)
    if needed <= free:
        return
    raise NotEnoughMemoryError(
        f"{name} needs {in_gigabytes(needed)} and {in_gigabytes(free)} are free "
        f"of the {in_gigabytes(limit)} you allow.",
        action="Choose a smaller model, or allow more memory in the settings.",
    )
