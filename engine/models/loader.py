"""Brings a model into memory and gives the memory back.

Runs on: compute.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mlx.core as mx
import mlx.nn as nn

from engine.contract.errors import ModelNotFoundError
from engine.contract.model_cards import LoadedModelInfo
from engine.models import folder_network, memory
from engine.models.folder_tokenizer import tokenizer_from_folder
from engine.models.gguf import network as gguf_network
from engine.models.gguf.architecture import describe
from engine.models.gguf.quantised import GROUP_SIZE
from engine.models.gguf.reader import GgufFile
from engine.models.gguf.tokenizer import tokenizer_from_fields
from engine.models.inspection import ModelFacts, facts_of_folder, facts_of_gguf
from engine.models.loaded import LoadedModel
from engine.models.parameters import weights_bytes
from engine.models.tokenizer import Tokenizer
from engine.models.weights_folder import inspect_folder, weight_files

Progress = Callable[[str, float], None]

_READING, _WEIGHTS, _TOKENIZER = "Reading", "Loading weights", "Preparing the tokenizer"
_FINGERPRINT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class _Parts:
    """What both kinds of files give."""

    network: nn.Module
    tokenizer: Tokenizer
    facts: ModelFacts
    notices: tuple[str, ...]


def is_on_gpu() -> bool:
    """Whether the weights go to Metal; everywhere else the CPU computes in float32."""
    return bool(mx.metal.is_available()) and mx.default_device() == mx.gpu


def _load_gguf(path: Path, name: str, limit_bytes: int, on_progress: Progress) -> _Parts:
    with GgufFile(path) as file:
        architecture = describe(file)
        facts = facts_of_gguf(file, architecture)
        _check_room(name, facts, limit_bytes)
        on_progress(_TOKENIZER, 0.0)
        tokenizer, tokenizer_notices = tokenizer_from_fields(file.metadata)
        network, notices = gguf_network.build_network(
            file,
            architecture,
            is_on_gpu=is_on_gpu(),
            on_progress=lambda share: on_progress(_WEIGHTS, share),
        )
    return _Parts(network, tokenizer, facts, (*tokenizer_notices, *notices))


def _load_folder(path: Path, name: str, limit_bytes: int, on_progress: Progress) -> _Parts:
    facts = facts_of_folder(inspect_folder(path))
    _check_room(name, facts, limit_bytes)
    on_progress(_TOKENIZER, 0.0)
    tokenizer = tokenizer_from_folder(path)
    network = folder_network.build_network(
        path,
        is_on_gpu=is_on_gpu(),
        on_progress=lambda share: on_progress(_WEIGHTS, share),
    )
    return _Parts(network, tokenizer, facts, ())


def _check_room(name: str, facts: ModelFacts, limit_bytes: int) -> None:
    needed = facts.needed_bytes(is_on_gpu=is_on_gpu())
    memory.check_fit(name, needed=needed, used=mx.get_active_memory(), limit=limit_bytes)


def _weights_format(network: nn.Module) -> str:
    """How most of the weights are held, read off the network itself."""
    held: dict[str, int] = {}
    for _, module in network.named_modules():
        if "weight" not in module:
            continue
        form = str(module.weight.dtype).removeprefix("mlx.core.")
        if "scales" in module:
            form = f"{module.bits}-bit, groups of {getattr(module, 'group_size', GROUP_SIZE)}"
        held[form] = held.get(form, 0) + module.weight.nbytes
    return max(held, key=lambda form: held[form], default="none")


def _fingerprint(path: Path, weights_format: str) -> str:
    """Changes with the files' content as far as size, time and first megabyte show it."""
    digest = hashlib.sha256(weights_format.encode())
    files = [path] if path.is_file() else [path / "config.json", *weight_files(path)]
    for file in files:
        state = file.stat()
        digest.update(f"{file.name}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
        with file.open("rb") as stream:
            digest.update(stream.read(_FINGERPRINT_BYTES))
    return digest.hexdigest()


def load_model(
    path: Path,
    *,
    model_id: str,
    name: str,
    licence: str,
    limit_bytes: int,
    on_progress: Progress,
) -> LoadedModel:
    """The model at `path`, with all its weights in memory.

    On the GPU quantised weights stay quantised. On the CPU all weights become float32 while they
    are read, since lower precisions run several times slower there.

    Args:
        path: A GGUF file, or a Hugging Face style folder.
        model_id: What the catalogue calls it; kept in the model's facts.
        name: What the window calls it; also for error sentences.
        licence: Kept in the model's facts.
        limit_bytes: What this model and what mlx already holds may take together.
        on_progress: Called with a stage and its share from 0 to 1.

    Raises:
        ModelNotFoundError, ModelDamagedError, UnsupportedModelError, NotEnoughMemoryError.
    """
    started = time.perf_counter()
    on_progress(_READING, 0.0)
    if path.is_dir():
        parts = _load_folder(path, name, limit_bytes, on_progress)
    elif path.is_file():
        parts = _load_gguf(path, name, limit_bytes, on_progress)
    else:
        raise ModelNotFoundError("There is no model at this path.")
    mx.eval(parts.network.parameters())
    mx.clear_cache()
    weights_format = _weights_format(parts.network)
    on_progress(_WEIGHTS, 1.0)
    info = LoadedModelInfo(
        id=model_id,
        name=name,
        licence=licence,
        architecture=parts.facts.architecture,
        parameters=parts.facts.parameters,
        context_tokens=parts.facts.context_tokens,
        weights_format=weights_format,
        weights_bytes=weights_bytes(parts.network),
        device="gpu" if is_on_gpu() else "cpu",
        load_s=time.perf_counter() - started,
        thinks=parts.tokenizer.think_start is not None,
        notices=parts.notices,
    )
    return LoadedModel(info, parts.network, parts.tokenizer, _fingerprint(path, weights_format))


def _held_bytes() -> int:
    """Memory this process holds; on macOS, which counts GPU memory apart, what mlx holds."""
    if sys.platform == "darwin":
        return int(mx.get_active_memory() + mx.get_cache_memory())
    return memory.process_bytes()


def _return_heap() -> None:
    """Give freed pages back at once; glibc would keep them for the next allocation."""
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(ctypes.util.find_library("c")), "malloc_trim", None)
    if trim is not None:
        trim(0)


def unload(model: LoadedModel) -> int:
    """The model's memory is given back; `model` cannot be used any more.

    Every module is emptied, so that the memory goes even if someone still holds the network. What
    is left in circles holds no weights; collecting it here would free widgets on this thread.

    Returns:
        Freed bytes, measured: of the process on Linux, of mlx on macOS.
    """
    before = _held_bytes()
    for _, module in list(model.network.named_modules()):
        module.clear()
    mx.clear_cache()
    _return_heap()
    return max(before - _held_bytes(), 0)
