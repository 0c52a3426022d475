"""What the doctor looks at on this machine; each check is a verdict and, if need be, a mend."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import metadata
from pathlib import Path

from app import display, linux_packages
from app.paths import AppPaths, nearest_existing
from app.wording import as_bytes

_OLDEST_PYTHON, _NEWEST_PYTHON = (3, 11), (3, 13)
_SET_UP = "Run `make setup`."

# Room for the starter model twice over, while a download is checked; below it nothing can be kept.
_LITTLE_DISK_BYTES = 5_000_000_000
_NO_DISK_BYTES = 500_000_000

# The starter model takes 0.7 GB on a CPU; less than this and the machine begins to swap.
_LITTLE_MEMORY_BYTES = 1_500_000_000

_REQUIREMENT = re.compile(
    r'^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;#]+)\s*(?:;\s*sys_platform\s*==\s*"(\w+)")?'
)


class Verdict(Enum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    """The app works, but less well."""
    FAIL = "fail"
    """Something does not work until it is mended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at.

    Attributes:
        says: What is there, with its numbers.
        mend: What to do; empty if nothing has to be done.
    """

    name: str
    verdict: Verdict
    says: str
    mend: str = ""


def machine_checks(paths: AppPaths) -> Iterator[Check]:
    """Every check that needs no engine, in the order they are read."""
    yield python()
    yield packages(Path(__file__).resolve().parent.parent / "requirements.txt")
    yield libraries()
    yield memory()
    yield window()
    yield keychain()
    yield from disks(paths)
    yield crashes(paths.logs_dir)


def python() -> Check:
    """The interpreter, and the system and processor it was made for."""
    version = platform.python_version()
    says = f"Python {version} on {platform.platform(terse=True)}, {platform.machine()}"
    if _OLDEST_PYTHON <= sys.version_info[:2] <= _NEWEST_PYTHON:
        return Check(name="python", verdict=Verdict.OK, says=says)
    return Check(
        name="python",
        verdict=Verdict.FAIL,
        says=says,
        mend="Install Python 3.11, 3.12 or 3.13 and run `make setup` again.",
    )


def packages(requirements: Path) -> Check:
    """Every pinned package and the version that is installed."""
    try:
        pins = _pins(requirements.read_text(encoding="utf-8"))
    except OSError:
        return Check(name="packages", verdict=Verdict.OK, says="those of the bundle")
    there, wrong = [], []
    for name, pinned in pins:
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append(f"{name} {pinned} is missing")
            continue
        there.append(f"{name} {found}")
        if found != pinned:
            wrong.append(f"{name} should be {pinned}")
    says = ", ".join(there)
    if not wrong:
        return Check(name="packages", verdict=Verdict.OK, says=says)
    verdict = Verdict.FAIL if any("missing" in line for line in wrong) else Verdict.WARN
    says = f"{says}; but {', '.join(wrong)}"
    return Check(name="packages", verdict=verdict, says=says, mend=_SET_UP)


def _pins(text: str) -> list[tuple[str, str]]:
    matches = (_REQUIREMENT.match(line) for line in text.splitlines())
    return [(m[1], m[2]) for m in matches if m and (m[3] is None or m[3] == sys.platform)]


def libraries() -> Check:
    """The shared libraries of the system that Qt and mlx load, OpenGL among them."""
    if not sys.platform.startswith("linux"):
        return Check(name="libraries", verdict=Verdict.OK, says="those of macOS")
    if not linux_packages.loaded_files(Path(sys.prefix)):
        says = "Qt's files were not found beside this Python, so nothing could be looked up"
        return Check(name="libraries", verdict=Verdict.WARN, says=says, mend=_SET_UP)
    missing = linux_packages.missing_libraries(Path(sys.prefix))
    if not missing:
        says = "all that Qt, OpenGL and mlx load are there"
        return Check(name="libraries", verdict=Verdict.OK, says=says)
    line = linux_packages.apt_command(linux_packages.packages_for(missing))
    return Check(
        name="libraries",
        verdict=Verdict.WARN,
        says=f"missing: {', '.join(missing)}",
        mend=f"Type: {line}" if line else "Install them with your system's package manager.",
    )


def memory() -> Check:
    """How much memory the machine has and how much is free."""
    import psutil  # type: ignore[import-untyped]

    now = psutil.virtual_memory()
    says = f"{as_bytes(now.available)} free of {as_bytes(now.total)}"
    if now.available >= _LITTLE_MEMORY_BYTES:
        return Check(name="memory", verdict=Verdict.OK, says=says)
    mend = "Close other programs, or choose a smaller model."
    return Check(name="memory", verdict=Verdict.WARN, says=says, mend=mend)


def window() -> Check:
    """Whether a window can be opened."""
    reason = display.why_no_window()
    if not reason:
        return Check(name="display", verdict=Verdict.OK, says="a window can be opened")
    return Check(
        name="display",
        verdict=Verdict.WARN,
        says=reason,
        mend="Log in to a graphical session for the window; chat and ask need none.",
    )


def keychain() -> Check:
    """Which keychain of the operating system would hold a key."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import keyring
            from keyring.backends.fail import Keyring as NoKeyring
        except ImportError:
            return Check(
                name="keychain",
                verdict=Verdict.WARN,
                says="the package keyring is missing",
                mend=_SET_UP,
            )
        backend = keyring.get_keyring()
    if not isinstance(backend, NoKeyring):
        return Check(name="keychain", verdict=Verdict.OK, says=str(backend.name))
    return Check(
        name="keychain",
        verdict=Verdict.WARN,
        says="none answers; this version keeps nothing that needs one",
        mend="On Linux, install gnome-keyring or KWallet and log in to a graphical session.",
    )


def disks(paths: AppPaths) -> Iterator[Check]:
    """Free room, and whether it can be written, where the app's files and the models go."""
    places = (("files", paths.settings_dir), ("logs", paths.logs_dir), ("models", paths.models_dir))
    for name, folder in places:
        yield _disk(name, folder)


def _disk(name: str, folder: Path) -> Check:
    there = nearest_existing(folder)
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        says = f"{folder} cannot be looked at ({error.strerror})"
        return Check(name=name, verdict=Verdict.FAIL, says=says, mend="Use another --home DIR.")
    says = f"{folder}, {as_bytes(free)} free"
    if not os.access(there, os.W_OK):
        mend = "Mend the folder's permissions, or use another --home DIR."
        return Check(name=name, verdict=Verdict.FAIL, says=f"{says}, not writable", mend=mend)
    if free < _NO_DISK_BYTES:
        return Check(name=name, verdict=Verdict.FAIL, says=says, mend="Make room on this disk.")
    if free < _LITTLE_DISK_BYTES:
        mend = "The larger models will not fit; make room on this disk."
        return Check(name=name, verdict=Verdict.WARN, says=says, mend=mend)
    return Check(name=name, verdict=Verdict.OK, says=says)


def crashes(logs_dir: Path) -> Check:
    """How many crash reports lie in the log folder."""
    reports = sorted(logs_dir.glob("crash-*.txt"))
    if not reports:
        return Check(name="crashes", verdict=Verdict.OK, says="no reports")
    return Check(
        name="crashes",
        verdict=Verdict.WARN,
        says=f"{len(reports)} in {logs_dir}, the latest is {reports[-1].name}",
        mend="They hold no texts of yours. Read the latest, then remove them.",
    )
