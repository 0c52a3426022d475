"""What is known about a model before and after it is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ModelState(Enum):
    """Where the weights of a model are."""

    OFFERED = "offered"
    """In the catalogue; not on this machine."""
    PARTIAL = "partial"
    """A download was begun and can be resumed."""
    READY = "ready"
    """On this machine, complete and checked."""
    LOADING = "loading"
    LOADED = "loaded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One model a user can choose.

    Attributes:
        id: What `--model` takes: a catalogue identifier, or the path of a local model.
        name: What the window shows.
        licence: SPDX identifier, or the licence's own name.
        licence_url: Where its text can be read; empty if the licence is a well-known one.
        parameters: Number of weights.
        download_bytes: Size of the download; 0 for a local model.
        context_tokens: Longest prompt plus answer it was trained for.
        memory_bytes: Bits per weight to bytes needed with a context of 8,192 tokens.
        good_for: One sentence.
        fits: Whether it can be loaded on this machine now; None if not measured.
    """

    id: str
    name: str
    licence: str
    parameters: int
    download_bytes: int
    context_tokens: int
    memory_bytes: tuple[tuple[int, int], ...]
    good_for: str
    licence_url: str = ""
    state: ModelState = ModelState.OFFERED
    fits: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedModelInfo:
    """The model that answers now.

    Attributes:
        architecture: mlx-lm's name for it, such as "llama".
        weights_format: How the weights are held, such as "4-bit, groups of 32" or "float32".
        weights_bytes: Memory that the weights take.
        device: "gpu" or "cpu".
        load_s: Seconds that loading took.
        notices: What a user should know, such as "Q5_K weights were expanded to float16".
        thinks: Whether it writes its reasoning inside thinking tags.
    """

    id: str
    name: str
    licence: str
    architecture: str
    parameters: int
    context_tokens: int
    weights_format: str
    weights_bytes: int
    device: str
    load_s: float
    thinks: bool = False
    notices: tuple[str, ...] = ()
