"""File names made of titles: safe on every platform, and never one that is there already."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TextIO

from engine.contract.errors import TransferError

# 255 bytes is what file systems take; room is left for a number and an ending.
_MOST_BYTES = 120
_FORBIDDEN = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\u2066-\u2069\ufeff]'
)
_SPACES = re.compile(r"\s+")
# Names that Windows keeps for devices, with any ending.
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")


def file_name_of(title: str, ending: str, taken: Collection[str] = ()) -> str:
    """A name for a file of this title, other than those that are taken.

    Args:
        title: Any text.
        ending: Such as ".md".
        taken: Names in use, in lower case.
    """
    clean = unicodedata.normalize("NFC", _FORBIDDEN.sub(" ", title))
    clean = "".join(sign for sign in clean if unicodedata.category(sign) != "Cs")
    stem = _cut(_SPACES.sub(" ", clean).strip(" ."))
    if not stem or _DEVICES.fullmatch(stem):
        stem = f"Conversation {stem}".strip()
    name, number = f"{stem}{ending}", 1
    while name.lower() in taken:
        number += 1
        name = f"{stem} {number}{ending}"
    return name


def _cut(stem: str) -> str:
    """Whole letters of at most `_MOST_BYTES`."""
    raw = stem.encode()[:_MOST_BYTES]
    return raw.decode("utf-8", "ignore").strip(" .")


def write_new(path: Path, write: Callable[[TextIO], None]) -> int:
    """The file is there, whole, and was not before; it may be read by its owner alone.

    Returns:
        Its size in bytes.

    Raises:
        TransferError: There is one already, or the disk refuses; nothing is left of it then.
    """
    try:
        return _write_new(path, write)
    except FileExistsError as error:
        raise TransferError(
            "There is a file of that name already. It was left as it is.",
            action="Choose another name.",
        ) from error
    except OSError as error:
        why = error.strerror or "the disk refused"
        raise TransferError(f"The file could not be written ({why}).") from error


def _write_new(path: Path, write: Callable[[TextIO], None]) -> int:
    if path.exists() or path.is_symlink():
        raise FileExistsError
    descriptor, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n", errors="replace") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        # A link fails where the name was taken meanwhile; a rename would replace that file.
        try:
            os.link(part, path)
        except FileExistsError:
            raise
        except OSError:
            # Disks that know no links, such as exFAT.
            with path.open("x"):
                pass
            os.replace(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)
    return size
