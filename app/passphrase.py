"""The passphrase that automation gives: from a file, or from the environment."""

from __future__ import annotations

import os
from collections.abc import MutableMapping
from pathlib import Path

from app.errors import InputError

VARIABLE = "SHVAYAMBHU_PASSPHRASE"
_LONGEST_BYTES = 4096


def given_passphrase(file: str | None, environment: MutableMapping[str, str] | None = None) -> str:
    """What `--passphrase-file` holds, else what the variable holds; empty if neither was given.

    The variable is taken out of the environment, so that no child process inherits it.

    Raises:
        InputError: The file cannot be read or holds no passphrase.
    """
    environment = os.environ if environment is None else environment
    from_variable = environment.pop(VARIABLE, "")
    return from_variable if file is None else first_line(file)


def first_line(file: str) -> str:
    """The secret that lies in a file.

    Raises:
        InputError: The file cannot be read or holds none.
    """
    path = Path(file)
    action = "Put the passphrase alone on its first line."
    try:
        with path.expanduser().open("rb") as stream:
            content = stream.read(_LONGEST_BYTES)
        line = content.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8")
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "unknown user"
        raise InputError(f"The passphrase file cannot be read ({reason}).") from error
    except UnicodeDecodeError as error:
        raise InputError("The passphrase file is not text.", action=action) from error
    if not line:
        raise InputError("The passphrase file is empty.", action=action)
    return line
