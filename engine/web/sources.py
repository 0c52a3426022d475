"""Where a model's files come from, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelSource:
    """One file inside a wheel of the Python package index.

    Attributes:
        id: Name of the model's own folder.
        package: Name of the package, as the index spells it.
        version: Exact version.
        wheel_sha256: Digest of the wheel, 64 hexadecimal digits.
        wheel_bytes: Length of the wheel; 0 if not known.
        member: Path of the wanted file inside the wheel.
        member_sha256: Digest of that file.
        member_bytes: Its length.
        licence: SPDX identifier, shown while the download runs.
    """

    id: str
    package: str
    version: str
    wheel_sha256: str
    member: str
    member_sha256: str
    member_bytes: int
    wheel_bytes: int = 0
    licence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSource:
    """A repository of the Hugging Face Hub, or one GGUF file of it.

    Attributes:
        repo: `owner/name`.
        revision: Branch, tag or commit.
        file: Path of one GGUF file in the repository; empty for a folder of safetensors.
    """

    repo: str
    revision: str = "main"
    file: str = ""


ModelSource = WheelSource | HubSource
