"""The bytes of a file that the user named; what is no file is refused before it is opened."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from engine.contract.errors import UnreadableFileError

MOST_BYTES = 100 * 1024 * 1024


def read_bytes(path: str) -> bytes:
    """The whole content.

    Raises:
        UnreadableFileError: It is missing, no file, not ours to read, or too large.
    """
    try:
        # A pipe would wait for its writer for ever; this way it opens at once and is refused.
        descriptor = os.open(Path(path).expanduser(), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refusal(error) from error
    except ValueError as error:
        raise UnreadableFileError("That is no name of a file.") from error
    try:
        _refuse(os.fstat(descriptor))
    except UnreadableFileError:
        os.close(descriptor)
        raise
    with open(descriptor, "rb") as file:
        try:
            content = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise _refusal(error) from error
    # It may have grown since.
    if len(content) > MOST_BYTES:
        raise too_large(len(content))
    return content


def _refuse(facts: os.stat_result) -> None:
    if stat.S_ISDIR(facts.st_mode):
        raise UnreadableFileError(
            "That is a folder, and only files can be attached.",
            action="Attach the files in it.",
        )
    if not stat.S_ISREG(facts.st_mode):
        raise UnreadableFileError("That is a device or a pipe, not a file. It was not read.")
    if facts.st_size > MOST_BYTES:
        raise too_large(facts.st_size)


def too_large(size_bytes: int) -> UnreadableFileError:
    """The refusal of a file beyond the limit, with the figures."""
    return UnreadableFileError(
        f"This file has {size_bytes / 1024**2:,.0f} MB and at most "
        f"{MOST_BYTES / 1024**2:,.0f} MB can be read. It was not attached.",
        action="Attach a part of it.",
    )


def _refusal(error: OSError) -> UnreadableFileError:
    if isinstance(error, FileNotFoundError):
        return UnreadableFileError("That file is not there (any more).")
    if isinstance(error, PermissionError):
        return UnreadableFileError("This file may not be read by you. It was not attached.")
    return UnreadableFileError("The disk could not read this file. It was not attached.")
