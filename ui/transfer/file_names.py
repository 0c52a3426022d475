"""File names made of titles."""

from __future__ import annotations

import re
from pathlib import Path

_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')
_LONGEST = 80  # letters; leaves room for an ending and a number on every file system


def file_name(title: str, ending: str) -> str:
    """A name that every file system takes."""
    name = _FORBIDDEN.sub(" ", title)
    name = " ".join(name.split())[:_LONGEST].strip(" .")
    return f"{name or 'Conversation'}.{ending}"


def free_path(folder: Path, name: str) -> Path:
    """A path in the folder where nothing lies yet: a number is added if need be."""
    wanted = folder / name
    number = 2
    while wanted.exists():
        wanted = folder / f"{Path(name).stem} {number}{Path(name).suffix}"
        number += 1
    return wanted
