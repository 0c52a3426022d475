"""Builds an mlx-lm network out of a GGUF file.

Runs on: compute.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import numpy.typing as npt

from engine.contract.errors import ModelDamagedError, UnsupportedModelError
from engine.models.gguf.architecture import Architecture
from engine.models.gguf.dequantise import is_plain, to_float32
from engine.models.gguf.quantised import GROUP_SIZE, affine_bits, to_affine
from engine.models.gguf.reader import GgufFile, GgufTensor
from engine.models.parameters import named_parameters

Progress = Callable[[float], None]


class FactoredRope(nn.Module):
    """Rotary embedding whose frequencies are divided by factors that the file lists."""

    def __init__(self, dims: int, base: float, factors: npt.NDArray[np.float32]) -> None:
        super().__init__()
        self.dims = dims
        wavelengths = base ** (np.arange(0, dims, 2, dtype=np.float64) / dims)
        self._freqs = mx.array((wavelengths * factors).astype(np.float32))

    def __call__(self, x: mx.array, offset: int | mx.array = 0) -> mx.array:
        """Turn `x`, shape (B, H, L, D), by its positions from `offset` on."""
        return mx.fast.rope(
            x,
            self.dims,
            traditional=False,
            base=None,
            scale=1.0,
            offset=offset,
            freqs=self._freqs,
        )


def _ordered_rows(rows: npt.NDArray[Any], heads: int) -> npt.NDArray[Any]:
    """Undo the converter's interleaving of the two halves of every head.

    The file's rows are those of Meta's first release, where neighbours turn together; the
    Hugging Face order, where halves do, is put back, so that adapters trained on it fit too.
    """
    if not heads:
        return rows
    halves = rows.reshape(heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return np.ascontiguousarray(halves.swapaxes(1, 2)).reshape(rows.shape)


class _Assembler:
    """Turns the file's tensors into named mlx arrays, one tensor at a time."""

    def __init__(self, architecture: Architecture, *, is_on_gpu: bool) -> None:
        self._architecture = architecture
        self._is_on_gpu = is_on_gpu
        is_narrow = is_on_gpu and architecture.family.is_half_safe
        self._dtype = mx.float16 if is_narrow else mx.float32
        self.quantised: dict[str, int] = {}
        self.expanded: set[str] = set()

    def convert(self, tensor: GgufTensor) -> dict[str, mx.array]:
        """The arrays that mlx-lm wants for this tensor, by name."""
        target = self._architecture.target(tensor.name)
        heads = self._architecture.heads_of(target)
        kind, blocks = tensor.block_type.name, tensor.blocks
        if heads and tensor.shape[0] % (2 * heads):
            raise ModelDamagedError(f"The weights {tensor.name!r} do not fit the head count.")
        if len(tensor.shape) == 2:
            blocks = _ordered_rows(blocks, heads)
            heads = 0
            bits = affine_bits(kind) if self._is_on_gpu else None
            if bits is not None and target.endswith(".weight"):
                return self._packed(target.removesuffix(".weight"), kind, blocks)
        values = to_float32(kind, blocks, tensor.shape[-1]).reshape(tensor.shape)
        values = _ordered_rows(values, heads)
        if self._architecture.is_raised_norm(target):
            values = values - 1
        if self._is_on_gpu and not is_plain(kind):
            self.expanded.add(kind)
        return {target: mx.array(values, dtype=self._dtype)}

    def _packed(self, module: str, kind: str, blocks: npt.NDArray[np.uint8]) -> dict[str, mx.array]:
        affine = to_affine(kind, blocks)
        self.quantised[module] = affine.bits
        dtype = mx.float32 if affine.scales.dtype == np.float32 else self._dtype
        return {
            f"{module}.weight": mx.array(affine.packed),
            f"{module}.scales": mx.array(affine.scales, dtype=dtype),
            f"{module}.biases": mx.array(affine.biases, dtype=dtype),
        }


def _network_of(config: Mapping[str, Any]) -> nn.Module:
    from mlx_lm.models import gemma3_text, llama, qwen2, qwen3

    modules = {"llama": llama, "qwen2": qwen2, "qwen3": qwen3, "gemma3_text": gemma3_text}
    module = modules[config["model_type"]]
    network: nn.Module = module.Model(module.ModelArgs.from_dict(dict(config)))
    return network


def _fit(network: nn.Module, weights: dict[str, mx.array]) -> None:
    """Compare names and shapes before anything is loaded, with errors a person can read."""
    wanted = {name: value.shape for name, value in named_parameters(network)}
    if missing := sorted(wanted.keys() - weights.keys()):
        raise ModelDamagedError(f"The model file lacks weights, such as {missing[0]}.")
    if extra := sorted(weights.keys() - wanted.keys()):
        raise UnsupportedModelError(
            f"The model has a part the engine does not know ({extra[0]}).",
            action="Take the model as a Hugging Face folder instead.",
        )
    for name, shape in wanted.items():
        if tuple(weights[name].shape) != tuple(shape):
            raise ModelDamagedError(f"The weights {name} are not of the size the model states.")


def _add_missing_biases(network: nn.Module, weights: dict[str, mx.array]) -> None:
    """mlx-lm's llama has biases on all four projections or on none; a file may have three."""
    for name, value in named_parameters(network):
        if name.endswith("o_proj.bias") and name not in weights:
            weights[name] = mx.zeros(value.shape, dtype=value.dtype)


def _use_rope_factors(network: nn.Module, config: Mapping[str, Any], tensor: GgufTensor) -> None:
    head_dim = int(config["head_dim"])
    factors = to_float32(tensor.block_type.name, tensor.blocks, tensor.shape[-1]).reshape(-1)
    if factors.size != head_dim // 2 or not np.all(np.isfinite(factors) & (factors > 0)):
        raise ModelDamagedError("The model file's rotary factors do not fit.")
    for layer in network.layers:
        layer.self_attn.rope = FactoredRope(head_dim, float(config["rope_theta"]), factors)


def build_network(
    file: GgufFile, architecture: Architecture, *, is_on_gpu: bool, on_progress: Progress
) -> tuple[nn.Module, tuple[str, ...]]:
    """The network with all its weights in memory.

    On the GPU Q4_0, Q4_1 and Q8_0 stay packed, weight for weight the same; other quantisations
    become float16 or float32. On the CPU everything becomes float32, one tensor at a time.

    Returns:
        The network, and notices for the user.

    Raises:
        ModelDamagedError, UnsupportedModelError: The weights do not fit the description.
    """
    network = _network_of(architecture.config)
    assembler = _Assembler(architecture, is_on_gpu=is_on_gpu)
    tensors = [t for name, t in file.tensors.items() if name != architecture.rope_factors]
    total = math.fsum(tensor.blocks.size for tensor in tensors)
    weights: dict[str, mx.array] = {}
    done = 0
    for tensor in tensors:
        arrays = assembler.convert(tensor)
        mx.eval(*arrays.values())
        weights |= arrays
        done += tensor.blocks.size
        file.forget_pages()
        on_progress(done / total)
    if architecture.rope_factors is not None:
        _use_rope_factors(network, architecture.config, file.tensors[architecture.rope_factors])
    if architecture.is_tied and architecture.config["model_type"] == "gemma3_text":
        # mlx-lm decides on tying while it cleans a checkpoint; nothing else is to be cleaned.
        network.sanitize({})
    _quantise_modules(network, assembler.quantised)
    _add_missing_biases(network, weights)
    _fit(network, weights)
    network.load_weights(list(weights.items()))
    network.eval()
    return network, _notices(assembler.expanded)


def _quantise_modules(network: nn.Module, bits_of: Mapping[str, int]) -> None:
    if not bits_of:
        return

    def choose(path: str, module: nn.Module) -> bool | dict[str, int]:
        if path not in bits_of or not hasattr(module, "to_quantized"):
            return False
        return {"group_size": GROUP_SIZE, "bits": bits_of[path]}

    nn.quantize(network, group_size=GROUP_SIZE, bits=4, class_predicate=choose)


def _notices(expanded: set[str]) -> tuple[str, ...]:
    if not expanded:
        return ()
    names = ", ".join(sorted(expanded))
    return (f"{names} weights were expanded, so the model takes more memory than its file.",)
