"""Finds models by name: in the catalogue, on the Hub, or on this machine."""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.contract.errors import ModelError, ModelNotFoundError
from engine.contract.model_cards import ModelCard, ModelState
from engine.models.catalogue import (
    MEMORY_BITS,
    CatalogueEntry,
    HubRepository,
    Source,
    WheelFile,
    read_catalogue,
)
from engine.models.inspection import ModelFacts, inspect_model

__all__ = ["cards", "find_entry", "licence_of", "locate", "name_of", "read_catalogue", "source_of"]

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
_HUB_ID = re.compile(rf"({_NAME}/{_NAME})(?:/((?:{_NAME}/)*{_NAME}\.gguf))?")
_COMPLETE = ".complete"
_ON_CPU = 32


def _is_on_gpu() -> bool:
    # A Mac without Metal has not been sold since 2012; everything else computes on the CPU.
    return sys.platform == "darwin"


def find_entry(model_id: str, catalogue: Sequence[CatalogueEntry]) -> CatalogueEntry | None:
    """The catalogue's entry of that id, name or Hub repository; None if it has none."""
    wanted = model_id.casefold()
    for entry in catalogue:
        repo = entry.source.repo if isinstance(entry.source, HubRepository) else ""
        if wanted in (entry.id, entry.name.casefold(), repo.casefold()):
            return entry
    return None


def _as_local_path(model_id: str) -> Path | None:
    """The path that `model_id` is, if it is one: it looks like a path, or it is there."""
    path = Path(model_id).expanduser()
    looks_like_one = model_id.startswith(("/", "./", "../", "~"))
    is_model = path.is_file() or (path / "config.json").is_file()
    return path if looks_like_one or (is_model and "/" in model_id) else None


def source_of(model_id: str, catalogue: Sequence[CatalogueEntry]) -> Source:
    """Where a model can be fetched from.

    Args:
        model_id: A catalogue id, `owner/name` of the Hub, or `owner/name/file.gguf`.
        catalogue: See `read_catalogue`.

    Raises:
        ModelNotFoundError: It is none of these; near matches are named.
    """
    entry = find_entry(model_id, catalogue)
    if entry is not None:
        return entry.source
    hub = _HUB_ID.fullmatch(model_id)
    if hub is not None:
        return HubRepository(repo=hub[1], file=hub[2] or "")
    raise _not_found(model_id, catalogue)


def _not_found(model_id: str, catalogue: Sequence[CatalogueEntry]) -> ModelNotFoundError:
    by_name = {entry.name.lower(): entry.id for entry in catalogue}
    by_name.update({entry.id: entry.id for entry in catalogue})
    near = difflib.get_close_matches(model_id.lower(), list(by_name), n=5, cutoff=0.5)
    ids = list(dict.fromkeys(by_name[name] for name in near))[:3]
    asked = f" Did you mean {' or '.join(ids)}?" if ids else ""
    return ModelNotFoundError(
        f"There is no model called {model_id!r}.{asked}",
        action="Choose one of the list of models, or give the path of a model on this machine.",
    )


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _folder_of(entry_id: str, source: Source, models_dir: Path) -> Path:
    if isinstance(source, WheelFile):
        return models_dir / entry_id
    return models_dir / source.repo.replace("/", "--")


def _find(entry_id: str, source: Source, models_dir: Path) -> Path | None:
    """What a loader is given, if it is here, whole and checked when it came."""
    folder = _folder_of(entry_id, source, models_dir)
    if isinstance(source, WheelFile):
        path = folder / Path(source.member).name
        return path if _size(path) == source.member_bytes else None
    mark_name = source.file.replace("/", "--")
    mark = _read_json(folder / (f"{_COMPLETE}-{mark_name}.json" if mark_name else ".complete.json"))
    sizes = mark.get("files")
    if not isinstance(sizes, dict) or not sizes or mark.get("revision") != source.revision:
        return None
    if any(_size(folder / name) != size for name, size in sizes.items()):
        return None
    return folder / source.file if source.file else folder


def _is_begun(entry_id: str, source: Source, models_dir: Path) -> bool:
    folder = _folder_of(entry_id, source, models_dir)
    if isinstance(source, WheelFile):
        return any(folder.glob("*.whl*"))
    return (folder / ".fetching.json").exists() or any(folder.glob("**/*.part"))


def locate(model_id: str, catalogue: Sequence[CatalogueEntry], models_dir: Path) -> Path | None:
    """Where the model lies on this machine; None if it is known but must be fetched first.

    Args:
        model_id: A catalogue id, a Hub id as in `source_of`, or the path of a local model.
        catalogue: See `read_catalogue`.
        models_dir: The folder that fetched models are kept in.

    Raises:
        ModelNotFoundError: No model is called so, or nothing is at the path.
    """
    if find_entry(model_id, catalogue) is None:
        path = _as_local_path(model_id)
        if path is not None:
            if not path.exists():
                raise ModelNotFoundError("There is no model at this path.")
            return path
    return _find(_entry_id(model_id, catalogue), source_of(model_id, catalogue), models_dir)


def _entry_id(model_id: str, catalogue: Sequence[CatalogueEntry]) -> str:
    entry = find_entry(model_id, catalogue)
    return model_id if entry is None else entry.id


def name_of(model_id: str, catalogue: Sequence[CatalogueEntry]) -> str:
    """What the window calls the model."""
    entry = find_entry(model_id, catalogue)
    return Path(model_id).stem if entry is None else entry.name


def licence_of(model_id: str, catalogue: Sequence[CatalogueEntry], models_dir: Path) -> str:
    """Its licence, from the catalogue or from what the Hub said; empty if nobody said."""
    entry = find_entry(model_id, catalogue)
    if entry is not None:
        return entry.licence
    if not _HUB_ID.fullmatch(model_id):
        return ""
    folder = _folder_of(model_id, source_of(model_id, catalogue), models_dir)
    marks = sorted(folder.glob(f"{_COMPLETE}*.json"))
    return str(_read_json(marks[0]).get("licence") or "") if marks else ""


def _card(entry: CatalogueEntry, models_dir: Path, limit_bytes: int, is_on_gpu: bool) -> ModelCard:
    state = ModelState.OFFERED
    if _find(entry.id, entry.source, models_dir) is not None:
        state = ModelState.READY
    elif _is_begun(entry.id, entry.source, models_dir):
        state = ModelState.PARTIAL
    return ModelCard(
        id=entry.id,
        name=entry.name,
        licence=entry.licence,
        licence_url=entry.licence_url,
        parameters=entry.parameters,
        download_bytes=entry.download_bytes,
        context_tokens=entry.context_tokens,
        memory_bytes=tuple((bits, entry.memory_bytes(bits)) for bits in MEMORY_BITS),
        good_for=entry.good_for,
        state=state,
        fits=entry.memory_bytes(entry.bits if is_on_gpu else _ON_CPU) <= limit_bytes,
    )


def _fetched_beside(catalogue: Sequence[CatalogueEntry], models_dir: Path) -> Iterator[str]:
    """Hub ids of complete models that the catalogue does not have."""
    for mark in sorted(models_dir.glob(f"*/{_COMPLETE}*.json")):
        content = _read_json(mark)
        repo, files = content.get("repo"), content.get("files")
        if not isinstance(repo, str) or not isinstance(files, dict) or not files:
            continue
        is_single = mark.name != ".complete.json"
        model_id = f"{repo}/{min(files)}" if is_single else repo
        if find_entry(model_id, catalogue) is None and _HUB_ID.fullmatch(model_id):
            yield model_id


def _local_card(
    model_id: str, facts: ModelFacts, licence: str, limit_bytes: int, is_on_gpu: bool
) -> ModelCard:
    needed = facts.needed_bytes(is_on_gpu=is_on_gpu)
    stored_bits = round(facts.gpu_weights_bytes * 8 / max(facts.parameters, 1))
    return ModelCard(
        id=model_id,
        name=Path(model_id).stem,
        licence=licence,
        parameters=facts.parameters,
        download_bytes=0,
        context_tokens=facts.context_tokens,
        memory_bytes=((stored_bits, facts.needed_bytes(is_on_gpu=True)),),
        good_for="Fetched by you.",
        state=ModelState.READY,
        fits=needed <= limit_bytes,
    )


def cards(
    catalogue: Sequence[CatalogueEntry],
    models_dir: Path,
    *,
    limit_bytes: int,
    is_on_gpu: bool | None = None,
) -> tuple[ModelCard, ...]:
    """The catalogue, then what was fetched from the Hub beside it, with what the disk says now.

    Args:
        catalogue: See `read_catalogue`.
        models_dir: The folder that fetched models are kept in.
        limit_bytes: What a model may take; sets `fits`.
        is_on_gpu: Whether weights stay packed; None asks the platform.
    """
    on_gpu = _is_on_gpu() if is_on_gpu is None else is_on_gpu
    found = [_card(entry, models_dir, limit_bytes, on_gpu) for entry in catalogue]
    for model_id in _fetched_beside(catalogue, models_dir):
        try:
            path = locate(model_id, catalogue, models_dir)
            facts = None if path is None else inspect_model(path)
        except ModelError:
            continue
        if facts is not None:
            licence = licence_of(model_id, catalogue, models_dir)
            found.append(_local_card(model_id, facts, licence, limit_bytes, on_gpu))
    return tuple(found)
