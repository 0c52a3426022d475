"""What the doctor looks at on this machine; each check is a verdict and, if need be, a mend."""

from __future__ import annotations

import os
import platform
import queue
import re
import shlex
import shutil
import stat
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from importlib import metadata
from pathlib import Path
from typing import Any

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

# A desktop that is starting answers within a second; one that does not answer never will.
_KEYCHAIN_WAIT_S = 5.0

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
    yield vault_files(paths.vault_dir())
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
    """The keychain of the operating system that would hold a key; nothing is read or written."""
    try:
        name = _in_time(_keychain_name)
    except ImportError:
        says = "the package keyring is missing"
        return Check(name="keychain", verdict=Verdict.WARN, says=says, mend=_SET_UP)
    except Exception as error:  # noqa: BLE001 - D-Bus raises whatever it likes
        return Check(
            name="keychain",
            verdict=Verdict.WARN,
            says=f"none answers ({type(error).__name__}); the vault needs a passphrase then",
            mend="Set one, or on Linux install gnome-keyring and log in to a graphical session.",
        )
    return Check(name="keychain", verdict=Verdict.OK, says=f"{name} answers")


def _keychain_name() -> str:
    """Raises if there is none; no entry is looked at, so nobody is asked for anything."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if sys.platform == "darwin":
            from keyring.backends.macOS import Keyring as MacKeyring

            keyring: Any = MacKeyring
        else:
            from keyring.backends.SecretService import Keyring as ServiceKeyring

            keyring = ServiceKeyring
        # Asking for the priority asks the service whether it is there.
        return f"{keyring.name} (priority {keyring.priority:g})"


def _in_time(ask: Callable[[], str]) -> str:
    """What `ask` returns or raises; TimeoutError if it takes too long."""
    answers: queue.SimpleQueue[str | Exception] = queue.SimpleQueue()

    def work() -> None:
        try:
            answers.put(ask())
        except Exception as error:  # noqa: BLE001 - raised again in the caller's thread
            answers.put(error)

    threading.Thread(target=work, name="keychain", daemon=True).start()
    try:
        answer = answers.get(timeout=_KEYCHAIN_WAIT_S)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def vault_files(folder: Path) -> Check:
    """Whether the vault's folder and files are for their owner only."""
    if not folder.is_dir():
        return Check(name="permissions", verdict=Verdict.OK, says="there is no vault yet")
    open_ones = [path for path in (folder, *sorted(folder.rglob("*"))) if _is_for_others(path)]
    if not open_ones:
        says = "the vault's files are for you alone"
        return Check(name="permissions", verdict=Verdict.OK, says=says)
    count = len(open_ones)
    are = "file is" if count == 1 else "files are"
    return Check(
        name="permissions",
        verdict=Verdict.WARN,
        says=f"{count} of the vault's {are} open to other users, though encrypted",
        mend=f"Type: chmod -R go= {shlex.quote(str(folder))}",
    )


def _is_for_others(path: Path) -> bool:
    try:
        status = path.lstat()
    except OSError:
        return False
    is_link = stat.S_ISLNK(status.st_mode)
    return not is_link and (bool(status.st_mode & 0o077) or status.st_uid != os.getuid())


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
