"""Looks at a Hugging Face style folder without loading it: what is in it, and is it whole."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.contract.errors import ModelDamagedError, ModelNotFoundError, UnsupportedModelError

_MAX_HEADER_BYTES = 100_000_000
_DTYPE_BYTES = {
    "F64": 8,
    "I64": 8,
    "U64": 8,
    "F32": 4,
    "I32": 4,
    "U32": 4,
    "BF16": 2,
    "F16": 2,
    "I16": 2,
    "U16": 2,
    "F8_E4M3": 1,
    "F8_E5M2": 1,
    "I8": 1,
    "U8": 1,
    "BOOL": 1,
}
_QUANTISATION_EXTRAS = re.compile(r"\.(scales|biases|weight_scale|weight_scale_inv|qzeros|g_idx)$")
_MODEL_TYPE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderFacts:
    """What a folder says about its model.

    Attributes:
        config: Its config.json.
        parameters: Number of weights, quantised ones counted one by one.
        weights_bytes: As they are stored.
        weights_format: Such as "4-bit, groups of 64" or "bfloat16".
    """

    config: Mapping[str, Any]
    parameters: int
    weights_bytes: int
    weights_format: str


def read_json(path: Path) -> dict[str, Any]:
    """The object in a JSON file.

    Raises:
        ModelDamagedError: It is not readable as one.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelDamagedError(f"The model's {path.name} cannot be read.") from error
    if not isinstance(content, dict):
        raise ModelDamagedError(f"The model's {path.name} is not what it should be.")
    return content


def _header(path: Path) -> dict[str, Any]:
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if size < 8 or length > min(size - 8, _MAX_HEADER_BYTES):
            raise ModelDamagedError(f"The weights file {path.name} is cut short.")
        try:
            header = json.loads(stream.read(length))
        except (ValueError, RecursionError) as error:
            raise ModelDamagedError(f"The weights file {path.name} is damaged.") from error
    if not isinstance(header, dict):
        raise ModelDamagedError(f"The weights file {path.name} is damaged.")
    header.pop("__metadata__", None)
    _check_lengths(path.name, header, size - 8 - length)
    return header


def _check_lengths(name: str, header: Mapping[str, Any], data_bytes: int) -> None:
    for entry in header.values():
        try:
            start, end = entry["data_offsets"]
            count = _DTYPE_BYTES[entry["dtype"]] * _product(entry["shape"])
        except (KeyError, TypeError, ValueError) as error:
            raise ModelDamagedError(f"The weights file {name} is damaged.") from error
        if not 0 <= start <= end or end - start != count:
            raise ModelDamagedError(f"The weights file {name} is damaged.")
        if end > data_bytes:
            raise ModelDamagedError(
                f"The weights file {name} is cut short.", action="Fetch the model again."
            )


def _product(shape: list[int]) -> int:
    result = 1
    for dimension in shape:
        result *= int(dimension)
    return result


def weight_files(folder: Path) -> list[Path]:
    """The folder's safetensors files that mlx-lm reads, in order of name."""
    return sorted(folder.glob("model*.safetensors"))


def _check_index(folder: Path, names: set[str]) -> None:
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        return
    wanted = read_json(index).get("weight_map")
    missing = set(wanted.values()) - names if isinstance(wanted, dict) else set()
    if missing:
        raise ModelDamagedError(
            f"{len(missing)} of the model's weight files are missing.",
            action="Fetch the model again.",
        )


def _entries(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    files = weight_files(folder)
    if not files:
        raise UnsupportedModelError(
            "The folder has no safetensors weights.",
            action="Convert the model with mlx-lm, or choose another one.",
        )
    _check_index(folder, {path.name for path in files})
    for path in files:
        yield from _header(path).items()


def _quantisation(config: Mapping[str, Any]) -> Mapping[str, Any]:
    found = config.get("quantization") or config.get("quantization_config")
    return found if isinstance(found, Mapping) else {}


def _bits_of(name: str, quantisation: Mapping[str, Any]) -> int:
    own = quantisation.get(name.removesuffix(".weight"))
    source = own if isinstance(own, Mapping) else quantisation
    bits = source.get("bits", 4)
    return bits if isinstance(bits, int) and 0 < bits <= 8 else 4


def inspect_folder(folder: Path) -> FolderFacts:
    """What the folder holds, from its configuration and the headers of its weight files.

    Raises:
        ModelNotFoundError: It has no config.json.
        ModelDamagedError: A file is cut short, or a part is missing.
        UnsupportedModelError: It has no safetensors.
    """
    if not (folder / "config.json").is_file():
        raise ModelNotFoundError("The folder holds no model: config.json is missing.")
    config = read_json(folder / "config.json")
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or not _MODEL_TYPE.fullmatch(model_type):
        raise ModelDamagedError("The model's config.json does not say what model it is.")
    quantisation = _quantisation(config)
    parameters = stored = 0
    dtypes: dict[str, int] = {}
    for name, entry in _entries(folder):
        count = _product(entry["shape"])
        stored += count * _DTYPE_BYTES[entry["dtype"]]
        if _QUANTISATION_EXTRAS.search(name):
            continue
        if entry["dtype"] == "U32" and quantisation:
            count = count * 32 // _bits_of(name, quantisation)
        parameters += count
        dtypes[entry["dtype"]] = dtypes.get(entry["dtype"], 0) + count
    most = max(dtypes, key=lambda dtype: dtypes[dtype], default="F32")
    return FolderFacts(
        config=config,
        parameters=parameters,
        weights_bytes=stored,
        weights_format=_format_name(most, quantisation),
    )


def _format_name(dtype: str, quantisation: Mapping[str, Any]) -> str:
    if "bits" in quantisation and "group_size" in quantisation:
        return f"{quantisation['bits']}-bit, groups of {quantisation['group_size']}"
    return {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}.get(dtype, dtype)
