"""Whether this machine can run the app at all, and with which Python.

Standard library only, and readable by old Pythons: `bootstrap.py` uses it before anything else.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 13)


class SetupError(Exception):
    """A step of set-up cannot be done; the text says what to do."""


def find_python(version: tuple[int, int], path: str | None = None) -> str | None:
    """A Python this app runs on: the one running if it fits, else the newest on PATH.

    Args:
        version: Major and minor version of the running Python.
        path: Where to look; None takes PATH.
    """
    if OLDEST <= version <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}", path=path)
        if found and version_of(found) == (3, minor):
            return found
    return None


def version_of(python: str) -> tuple[int, ...] | None:
    """Major and minor version of a Python, or None if it is not there or does not run."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        result = subprocess.run(
            [python, "-I", "-c", code],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return tuple(int(part) for part in result.stdout.split()) if result.returncode == 0 else None


def check_machine() -> None:
    """Stop with one sentence where the app cannot run at all.

    Raises:
        SetupError: Another system, an Intel Mac, an old macOS or an old C library.
    """
    if sys.platform == "darwin":
        if platform.machine() != "arm64":
            raise SetupError(
                "Shvayambhu needs a Mac with Apple silicon and a Python built for it "
                f"(this one is built for {platform.machine()})."
            )
        if int(platform.mac_ver()[0].split(".")[0]) < 14:
            raise SetupError("Shvayambhu needs macOS 14 or newer; mlx is not made for older ones.")
    elif sys.platform.startswith("linux"):
        name, version = platform.libc_ver()
        if name != "glibc" or tuple(int(part) for part in version.split(".")[:2]) < (2, 35):
            raise SetupError(
                "Shvayambhu needs glibc 2.35 or newer (Debian 12, Ubuntu 22.04 or later); "
                f"this system has {name or 'another C library'} {version}."
            )
    else:
        raise SetupError("Shvayambhu runs on macOS and Linux.")


def check_disk(folder: Path, needed_bytes: int) -> None:
    """Stop before the first byte if what must be fetched would not fit beside a folder.

    Raises:
        SetupError: There is too little room.
    """
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise SetupError(
            f"Set-up needs {needed_bytes / 1e9:.1f} GB here and {free_bytes / 1e9:.1f} GB are "
            "free. Make room and run the same command again."
        )
