"""What a repository of the Hugging Face Hub holds, and which of it a model needs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from engine.contract.errors import (
    BadRequestError,
    DownloadError,
    ModelNotFoundError,
    UnsupportedModelError,
)
from engine.web.sources import HubSource

# What mlx-lm's loader opens, and the licence's text. Left out: `*.py`, because code from a
# repository is never run here.
_SMALL_FILES = (
    *("*.json", "*.jinja", "*.txt", "*.tiktoken", "tokenizer.model"),
    *("LICENSE*", "LICENCE*", "NOTICE*", "USE_POLICY*"),
)
_SPLIT_GGUF = re.compile(r"(.+)-\d{5}-of-(\d{5})\.gguf")
_NAMES_SHOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class HubFile:
    """One file of a repository.

    Attributes:
        path: Relative, with slashes.
        size_bytes: Its length.
        sha256: Digest of a large file; empty for a small one.
        git_sha1: Digest of a small file the way git takes it; empty for a large one.
    """

    path: str
    size_bytes: int
    sha256: str
    git_sha1: str

    @property
    def digest(self) -> str:
        """Whichever digest the Hub gives."""
        return self.sha256 or self.git_sha1


@dataclass(frozen=True, slots=True, kw_only=True)
class HubListing:
    """One version of a repository.

    Attributes:
        commit: What the branch or tag stood for when it was asked.
        licence: As the repository's card says; empty if it does not.
    """

    repo: str
    commit: str
    licence: str
    files: tuple[HubFile, ...]


def read_listing(repo: str, page: bytes) -> HubListing:
    """The Hub's answer about a repository, as values.

    Raises:
        DownloadError: It cannot be read, or names a file outside the repository.
    """
    try:
        answer = json.loads(page)
        listing = HubListing(
            repo=repo,
            commit=str(answer["sha"]),
            licence=_licence(answer),
            files=tuple(_file(entry) for entry in answer["siblings"]),
        )
        is_commit = re.fullmatch(r"[0-9a-f]{7,64}", listing.commit)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DownloadError(
            "The Hub sent an answer that cannot be read.", action="Try again later."
        ) from error
    names = [file.path for file in listing.files]
    if not is_commit or not all(map(_is_safe, names)) or len({*map(str.lower, names)}) < len(names):
        raise DownloadError(
            f"{repo} names files outside its own folder or twice, so nothing was fetched.",
            action="Choose another source of this model.",
        )
    return listing


def _file(entry: dict[str, Any]) -> HubFile:
    large = entry.get("lfs") or {}
    file = HubFile(
        path=str(entry["rfilename"]),
        size_bytes=int(large["size"] if large else entry["size"]),
        sha256=str(large["sha256"]).lower() if large else "",
        git_sha1="" if large else str(entry["blobId"]).lower(),
    )
    # Without a digest nothing could be checked.
    if not re.fullmatch(r"[0-9a-f]{64}" if large else r"[0-9a-f]{40}", file.digest):
        raise ValueError("no digest")
    return file


def _licence(answer: dict[str, Any]) -> str:
    card = answer.get("cardData") or {}
    licence = card.get("license_name") or card.get("license") or ""
    if isinstance(licence, list):
        licence = ", ".join(map(str, licence))
    if not licence:
        tags = [str(tag) for tag in answer.get("tags") or ()]
        licence = next((t.partition(":")[2] for t in tags if t.startswith("license:")), "")
    return str(licence)


def _is_safe(path: str) -> bool:
    """Whether a name from outside stays inside the folder it is put in."""
    parts = path.split("/")
    has_odd_sign = any(ord(sign) < 32 or sign in '\\:*?"<>|' for sign in path)
    return not has_odd_sign and not any(part in ("", ".", "..") for part in parts)


def choose_files(listing: HubListing, source: HubSource) -> tuple[HubFile, ...]:
    """The files that a model needs, the smallest first, so that a fault in them shows early.

    Raises:
        ModelNotFoundError: The wanted GGUF file is not there, or none was named.
        UnsupportedModelError: There are no weights that can be loaded.
    """
    chosen = _choose_gguf(listing, source.file) if source.file else _choose_folder(listing)
    return tuple(sorted(chosen, key=lambda file: (file.size_bytes, file.path)))


def _choose_gguf(listing: HubListing, wanted: str) -> list[HubFile]:
    if not wanted.endswith(".gguf"):
        raise BadRequestError("Only a .gguf file can be fetched on its own.")
    split = _SPLIT_GGUF.fullmatch(wanted)
    pattern = re.escape(wanted)
    if split is not None:
        pattern = rf"{re.escape(split[1])}-\d{{5}}-of-{split[2]}\.gguf"
    chosen = [file for file in listing.files if re.fullmatch(pattern, file.path)]
    if wanted not in {file.path for file in chosen}:
        raise ModelNotFoundError(
            f"{listing.repo} has no file of that name.", action=_offer(listing.files)
        )
    return chosen


def _choose_folder(listing: HubListing) -> list[HubFile]:
    top = [file for file in listing.files if _is_plain_name(file.path)]
    weights = [file for file in top if fnmatchcase(file.path, "model*.safetensors")]
    if not weights:
        if any(file.path.endswith(".gguf") for file in listing.files):
            raise ModelNotFoundError(
                f"{listing.repo} holds GGUF files, of which one must be named.",
                action=_offer(listing.files),
            )
        raise UnsupportedModelError(
            f"{listing.repo} has no safetensors weights.",
            action="Choose a repository with model.safetensors, such as one of mlx-community.",
        )
    small = [f for f in top if any(fnmatchcase(f.path, pattern) for pattern in _SMALL_FILES)]
    return [*small, *weights]


def _is_plain_name(path: str) -> bool:
    """At the top, not hidden (our own marks are), and not like the mark of an unfinished part."""
    return "/" not in path and not path.startswith(".") and not path.endswith(".part.json")


def _offer(files: Iterable[HubFile]) -> str:
    names = sorted(file.path for file in files if file.path.endswith(".gguf"))
    if not names:
        return "It has no GGUF files at all."
    shown = ", ".join(PurePosixPath(name).name for name in names[:_NAMES_SHOWN])
    return f"It has: {shown}{' and more' if len(names) > _NAMES_SHOWN else ''}."
