"""A Hub repository on this machine: which of its files are whole, and whether all are.

Two hidden files keep that: `.fetching.json` grows with each checked file, and `.complete.json`
(for one GGUF file `.complete-NAME.json`) is written last of all.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.contract.errors import BadRequestError
from engine.web.hub_listing import HubFile, HubListing
from engine.web.part_file import disk_full_in_plain_words, sync_folder
from engine.web.sources import HubSource

_PART_OF_A_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"


@dataclass(frozen=True, slots=True)
class HubFolder:
    """The folder of one repository.

    Attributes:
        source: What is wanted of it.
        path: `models_dir/<owner>--<name>`.
    """

    source: HubSource
    path: Path

    @classmethod
    def of(cls, source: HubSource, models_dir: Path) -> HubFolder:
        """The folder that `source` is kept in.

        Raises:
            BadRequestError: The name is not one the Hub could have.
        """
        if not re.fullmatch(rf"{_PART_OF_A_NAME}/{_PART_OF_A_NAME}", source.repo):
            raise BadRequestError("A repository of the Hub is written as owner/name.")
        return cls(source, models_dir / source.repo.replace("/", "--"))

    def file_path(self, name: str) -> Path:
        """Where a file of the repository lies; `name` was vetted by `read_listing`."""
        return self.path.joinpath(*name.split("/"))

    def find_complete(self) -> Path | None:
        """The model, if every file is there and was checked: its folder, or its GGUF file."""
        mark = _read_json(self._complete_path)
        if mark.get("revision") != self.source.revision:
            return None
        sizes = mark.get("files")
        if not isinstance(sizes, dict) or not sizes:
            return None
        if any(_size(self.file_path(name)) != size for name, size in sizes.items()):
            return None
        return self.model_path()

    def model_path(self) -> Path:
        """What a loader is given: the folder, or the (first) GGUF file."""
        if not self.source.file:
            return self.path
        first = re.sub(r"-\d{5}(-of-\d{5}\.gguf)$", r"-00001\1", self.source.file)
        return self.file_path(first)

    def is_begun(self) -> bool:
        """Whether something of it is here that a fetch would go on from."""
        return self._fetching_path.exists() or any(self.path.glob("**/*.part"))

    def checked_files(self) -> dict[str, str]:
        """Digest of each file that was fetched and checked, by name."""
        return {str(name): str(digest) for name, digest in _read_json(self._fetching_path).items()}

    def is_checked(self, file: HubFile, checked: dict[str, str]) -> bool:
        """Whether this very file is here and was checked when it came."""
        is_recorded = bool(file.digest) and checked.get(file.path) == file.digest
        return is_recorded and _size(self.file_path(file.path)) == file.size_bytes

    def note_checked(self, checked: dict[str, str]) -> None:
        """Remember them, so that a fetch taken up again does not read gigabytes anew."""
        self._write(self._fetching_path, checked)

    def mark_complete(self, listing: HubListing, files: tuple[HubFile, ...]) -> None:
        """From now on the model counts as being here."""
        mark = {
            "repo": listing.repo,
            "revision": self.source.revision,
            "commit": listing.commit,
            "licence": listing.licence,
            "files": {file.path: file.size_bytes for file in files},
        }
        self._write(self._complete_path, mark)
        self._fetching_path.unlink(missing_ok=True)

    @property
    def _fetching_path(self) -> Path:
        return self.path / ".fetching.json"

    @property
    def _complete_path(self) -> Path:
        name = self.source.file.replace("/", "--")
        return self.path / (f".complete-{name}.json" if name else ".complete.json")

    def _write(self, path: Path, content: dict[str, Any]) -> None:
        fresh = path.with_name(path.name + ".new")
        with disk_full_in_plain_words(0, self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
        os.replace(fresh, path)
        sync_folder(self.path)


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
