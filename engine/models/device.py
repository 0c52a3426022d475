"""The machine's side of a model: memory limits, and what makes it fast on this device.

Runs on: compute.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn

from engine.contract.errors import BadRequestError
from engine.models import memory
from engine.models.cpu_forward import forward_of
from engine.models.cpu_linear import join_projections
from engine.models.cpu_packing import PackedWeights, pack
from engine.models.cpu_rope import table_ropes
from engine.models.inspection import inspect_model
from engine.models.loaded import LoadedModel
from engine.models.loader import is_on_gpu

# Freed buffers that mlx keeps for reuse. Decoding reuses the same few sizes; a prefill leaves
# large ones behind, which are worth more to the rest of the machine.
_REUSE_BYTES = 512_000_000


def set_limits(memory_share: float) -> int:
    """mlx keeps within `memory_share` of this machine's memory from now on.

    Returns:
        The limit in bytes.
    """
    limit = int(memory.machine_memory_bytes() * memory_share)
    mx.set_memory_limit(limit)
    mx.set_cache_limit(min(_REUSE_BYTES, limit // 8))
    if mx.metal.is_available():
        # Set once for the process: mlx-lm's own `wired_limit` sets and resets it for each answer,
        # and two answers at a time would reset it under each other.
        most = int(mx.device_info()["max_recommended_working_set_size"])
        mx.set_wired_limit(min(limit, most))
    return limit


def check_fit(path: Path, *, name: str, freed_bytes: int, memory_share: float) -> None:
    """Nothing, if the model at `path` fits once `freed_bytes` have been given back.

    Raises:
        NotEnoughMemoryError: It does not, with the numbers.
        ModelDamagedError, UnsupportedModelError: It could not be loaded anyway.
    """
    needed = inspect_model(path).needed_bytes(is_on_gpu=is_on_gpu())
    used = max(int(mx.get_active_memory()) - freed_bytes, 0)
    limit = int(memory.machine_memory_bytes() * memory_share)
    memory.check_fit(name, needed=needed, used=used, limit=limit)


def speed_up(network: nn.Module) -> PackedWeights:
    """The network computes the same faster on this device; on Metal nothing needs doing.

    Returns:
        What must be released before the network's memory is given back.
    """
    if is_on_gpu():
        return PackedWeights()
    # On the CPU mlx would compile small functions with g++ while the first answer waits, where
    # there is a g++, and keep them in /tmp; it decodes no faster for it (measured 2026-11-23).
    mx.disable_compile()
    table_ropes(network)
    join_projections(network)
    packed = pack(network)
    packed.forward = network.cpu_forward = forward_of(network)
    # The first pass builds what later ones reuse; better now than in the first answer.
    mx.eval(network(mx.array([[0]])))
    return packed


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """What mlx computes on, and how much memory it holds in bytes."""

    kind: str
    name: str
    compute_dtype: str
    active_bytes: int
    cache_bytes: int
    peak_bytes: int


def describe() -> DeviceFacts:
    """The device as mlx and the system report it."""
    on_gpu = is_on_gpu()
    name = str(mx.device_info().get("device_name", "")) if on_gpu else _processor_name()
    return DeviceFacts(
        kind="gpu" if on_gpu else "cpu",
        name=name,
        compute_dtype="as the weights" if on_gpu else "float32",
        active_bytes=int(mx.get_active_memory()),
        cache_bytes=int(mx.get_cache_memory()),
        peak_bytes=int(mx.get_peak_memory()),
    )


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def check_same_tokens(model: LoadedModel | None, draft: LoadedModel) -> None:
    """Nothing, if `draft` speaks in the same tokens as `model`.

    Raises:
        BadRequestError: It does not, so its guesses would mean something else.
    """
    sample = "The quick brown fox, 1234 žluťoučký 狐 🦊\n\tdef f(x): return x"
    if model is None:
        return
    same_size = model.tokenizer.vocab_size == draft.tokenizer.vocab_size
    one, other = (m.tokenizer.encode(sample, with_special=False) for m in (model, draft))
    if not same_size or one != other:
        raise BadRequestError(
            "The draft model has another tokenizer than the model.",
            action="Choose a draft model of the same family.",
        )
