"""What can be known about a model on disk before it is loaded. Needs no mlx."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.contract.errors import ModelNotFoundError
from engine.models import memory
from engine.models.gguf.architecture import Architecture, describe
from engine.models.gguf.dequantise import is_plain
from engine.models.gguf.quantised import affine_bits
from engine.models.gguf.reader import GgufFile, GgufTensor
from engine.models.weights_folder import FolderFacts, inspect_folder

_FLOAT32_BYTES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What is needed to decide whether a model fits.

    Attributes:
        architecture: mlx-lm's name for it.
        config: mlx-lm configuration.
        gpu_weights_bytes: What the weights take on the GPU, where they stay as they are.
    """

    architecture: str
    config: Mapping[str, Any]
    parameters: int
    context_tokens: int
    gpu_weights_bytes: int

    def weights_bytes(self, *, is_on_gpu: bool) -> int:
        """What the weights take in memory; on the CPU each is a float32."""
        return self.gpu_weights_bytes if is_on_gpu else self.parameters * _FLOAT32_BYTES

    def needed_bytes(
        self,
        *,
        is_on_gpu: bool,
        context_tokens: int = memory.CHECKED_CONTEXT_TOKENS,
        kv_bits: int | None = None,
    ) -> int:
        """Weights, context and working memory together; see `memory.needed_bytes`."""
        return memory.needed_bytes(
            self.config,
            weights_bytes=self.weights_bytes(is_on_gpu=is_on_gpu),
            context_tokens=context_tokens,
            kv_bits=kv_bits or (16 if is_on_gpu else 32),
            is_on_gpu=is_on_gpu,
        )


def _gpu_bytes(tensor: GgufTensor, *, is_half_safe: bool) -> int:
    number_bytes = 2 if is_half_safe else 4
    bits = affine_bits(tensor.block_type.name) if len(tensor.shape) == 2 else None
    if bits is None or is_plain(tensor.block_type.name):
        return tensor.size * number_bytes
    # Packed numbers, and a scale and a bias for every group of 32.
    return tensor.size * bits // 8 + tensor.size // 32 * 2 * number_bytes


def facts_of_gguf(file: GgufFile, architecture: Architecture) -> ModelFacts:
    """Facts of an open GGUF file."""
    half = architecture.family.is_half_safe
    return ModelFacts(
        architecture=architecture.config["model_type"],
        config=architecture.config,
        parameters=sum(tensor.size for tensor in file.tensors.values()),
        context_tokens=architecture.context_tokens,
        gpu_weights_bytes=sum(_gpu_bytes(t, is_half_safe=half) for t in file.tensors.values()),
    )


def _context_tokens(config: Mapping[str, Any]) -> int:
    inner = memory.text_config(config)
    for key in ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length"):
        value = inner.get(key)
        if isinstance(value, int) and value > 0:
            return value
    # A configuration without it (state-space models): such a model has no hard end.
    return memory.CHECKED_CONTEXT_TOKENS


def facts_of_folder(folder: FolderFacts) -> ModelFacts:
    """Facts of a Hugging Face style folder."""
    return ModelFacts(
        architecture=str(folder.config["model_type"]),
        config=folder.config,
        parameters=folder.parameters,
        context_tokens=_context_tokens(folder.config),
        gpu_weights_bytes=folder.weights_bytes,
    )


def inspect_model(path: Path) -> ModelFacts:
    """Facts of the GGUF file or folder at `path`.

    Raises:
        ModelNotFoundError, ModelDamagedError, UnsupportedModelError.
    """
    if path.is_dir():
        return facts_of_folder(inspect_folder(path))
    if not path.is_file():
        raise ModelNotFoundError("There is no model at this path.")
    with GgufFile(path) as file:
        return facts_of_gguf(file, describe(file))
