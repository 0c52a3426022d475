"""Sets up everything the app needs in its own folder, and does nothing when that is done.

Standard library only, and readable by old Pythons up to the version check: this file is run by
whatever `python3` a bare machine has. All it says goes to stderr, so that an answer piped out of
`make run` stays clean; nothing is read from stdin.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from app import linux_packages  # noqa: E402
from app.machine import (  # noqa: E402
    NEWEST,
    OLDEST,
    SetupError,
    check_disk,
    check_machine,
    find_python,
    version_of,
)

STARTER_MODEL = "smollm2-135m"
# Measured 2026-11-23 on Linux: 1.5 GB of packages unpacked, the test tools included, 0.37 GB of
# downloads, 0.1 GB of model.
NEEDED_BYTES = 2_200_000_000

VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
DONE = VENV / "set-up.json"
UNFINISHED = VENV / "set-up.unfinished"
WORK = ROOT / ".setup"
WHEELS = WORK / "wheels"

REQUIREMENTS = {
    "run": ("requirements.txt",),
    "setup": ("requirements.txt",),
    "tests": ("requirements.txt", "requirements-dev.txt"),
}
_OFFLINE_SIGNS = (
    "Temporary failure in name resolution",
    "NewConnectionError",
    "ConnectTimeout",
    "nodename nor servname",
    "Network is unreachable",
    "ProxyError",
)


def say(text: str) -> None:
    """One line of progress on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


# --- running other programs -----------------------------------------------------------------


def _child_environment() -> dict[str, str]:
    environment = dict(os.environ)
    # Each of these would put packages somewhere else than into our environment.
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX"):
        environment.pop(name, None)
    environment.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PYTHONUNBUFFERED="1")
    return environment


def _run(arguments: list[str], *, lock: int, show: str = "") -> tuple[int, str]:
    """Run a program to its end; lines that match `show` are said as they come.

    The child holds the lock too, so if this process is killed, the next run waits for what it
    left behind instead of working in the same folder beside it.

    Returns:
        Exit status, and everything the program wrote.
    """
    process = subprocess.Popen(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=ROOT,
        env=_child_environment(),
        pass_fds=(lock,),
    )
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        match = re.search(show, line) if show else None
        if match:
            say("  " + match.group(1))
    return process.wait(), "".join(lines)


def _explain_pip(output: str) -> str:
    if any(sign in output for sign in _OFFLINE_SIGNS):
        return (
            "The package index could not be reached. Connect and run the same command again; "
            "what has come is kept."
        )
    if "No space left" in output:
        return "The disk is full. Make room and run the same command again."
    tail = "\n".join(output.strip().splitlines()[-12:])
    return f"The packages could not be installed. What pip said last:\n{tail}"


# --- the environment ------------------------------------------------------------------------


def requirements_digest(goal: str) -> str:
    """Fingerprint of every file that decides which packages a goal needs."""
    digest = hashlib.sha256()
    for name in (*REQUIREMENTS[goal], "constraints.txt"):
        digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes() + b"\0")
    return digest.hexdigest()


def _read_done() -> dict[str, str]:
    try:
        content = json.loads(DONE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _note_done(**facts: str) -> None:
    new = DONE.with_suffix(".new")
    new.write_text(json.dumps({**_read_done(), **facts}, indent=1), encoding="utf-8")
    os.replace(new, DONE)


def _needs_packages(goal: str) -> bool:
    digest = requirements_digest(goal)
    key = "tests" if goal == "tests" else "run"
    done = _read_done()
    return UNFINISHED.exists() or done.get(f"packages-{key}") != digest


def prepare_environment(python: str, lock: int) -> None:
    """`.venv` exists, belongs to a fitting Python and was not left half made.

    Raises:
        SetupError: It cannot be made, with the line to type.
    """
    version = version_of(str(VENV_PYTHON))
    if UNFINISHED.exists():
        say("The last set-up was broken off; starting the environment afresh.")
        _clear_away(VENV)
    elif version is not None and OLDEST <= version <= NEWEST and _has_pip():
        return
    elif DONE.exists():
        say("The Python this environment was made with has gone; making it afresh.")
        _clear_away(VENV)
    elif VENV.exists():
        raise SetupError(
            "There is a .venv in this folder that set-up did not make and cannot use. "
            "Move it away and run the same command again."
        )
    version = version_of(python) or OLDEST
    _provide_venv_module(python, version)
    say(f"Making the environment in .venv with Python {version[0]}.{version[1]}.")
    _begin_empty_venv()
    status, output = _run([python, "-m", "venv", str(VENV)], lock=lock)
    if status != 0:
        raise SetupError(f"The environment could not be made:\n{output.strip()}")


def _has_pip() -> bool:
    return any(VENV.glob("lib/python3*/site-packages/pip"))


def _clear_away(folder: Path) -> None:
    # Renamed first: a removal that is itself broken off must not look like a whole environment.
    trash = WORK / "trash"
    shutil.rmtree(trash, ignore_errors=True)
    os.replace(folder, trash)
    shutil.rmtree(trash, ignore_errors=True)


def _begin_empty_venv() -> None:
    fresh = WORK / "fresh"
    fresh.mkdir(exist_ok=True)
    (fresh / UNFINISHED.name).touch()
    os.replace(fresh, VENV)


def _provide_venv_module(python: str, version: tuple[int, ...]) -> None:
    """Debian keeps the part of Python that makes environments in a package of its own.

    Raises:
        SetupError: It is missing and may not be installed from here.
    """
    probe = [python, "-I", "-c", "import ensurepip, venv"]
    if subprocess.run(probe, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        return
    package = f"python{version[0]}.{version[1]}-venv"
    command = linux_packages.apt_command([package])
    if command is None:
        raise SetupError("This Python lacks its venv and ensurepip modules; install them first.")
    say(f"Installing {package}, which Python needs to make environments.")
    if not linux_packages.install([package]):
        raise SetupError(f"Type this line, then run the same command again:\n  {command}")


def provide_libraries() -> None:
    """The shared libraries that Qt and OpenBLAS load are on this machine.

    Raises:
        SetupError: Some are missing and may not be installed from here.
    """
    missing = linux_packages.missing_libraries(VENV) if sys.platform != "darwin" else []
    if missing:
        packages = linux_packages.packages_for(missing)
        command = linux_packages.apt_command(packages)
        if command is None:
            names = " ".join(missing)
            raise SetupError(f"Install the packages of this system that hold: {names}")
        say(f"Installing shared libraries for the window: {' '.join(packages)}")
        if not linux_packages.install(packages) or linux_packages.missing_libraries(VENV):
            raise SetupError(
                f"The window needs shared libraries of this system. Type this line:\n  {command}"
            )
    _note_done(libraries="present")


def provide_test_keychain() -> None:
    """The tests find a real keychain to talk to; without one they skip what needs it."""
    tools = {"dbus-run-session": "dbus", "gnome-keyring-daemon": "gnome-keyring"}
    if sys.platform != "linux":
        return
    missing = [package for tool, package in tools.items() if shutil.which(tool) is None]
    if missing:
        say(f"Installing a keychain for the tests: {' '.join(missing)}")
        if not linux_packages.install(missing):
            raise SetupError("The tests that need a keychain will be skipped.")


def install_packages(goal: str, lock: int) -> None:
    """Every pinned package of the goal is installed.

    Downloading comes first and touches nothing, so that without a connection an environment that
    worked goes on working; the note `set-up.unfinished` stands while files are being replaced.

    Raises:
        SetupError: With what to do.
    """
    check_disk(ROOT, NEEDED_BYTES)
    pip = [str(VENV_PYTHON), "-m", "pip"]
    wanted = ["-c", "constraints.txt"]
    for name in REQUIREMENTS[goal]:
        wanted += ["-r", name]
    say("Fetching the packages (about 300 MB the first time).")
    fetch = [*pip, "download", "--only-binary=:all:", "--dest", str(WHEELS), *wanted]
    status, output = _run(fetch, lock=lock, show=r"Downloading (\S+\.whl.*\))")
    if status != 0:
        raise SetupError(_explain_pip(output))
    UNFINISHED.touch()
    say("Installing the packages.")
    install = [*pip, "install", "--no-index", "--find-links", str(WHEELS), *wanted]
    status, output = _run(install, lock=lock)
    if status != 0:
        raise SetupError(_explain_pip(output))
    # New packages may lean on other shared libraries, so those are looked at again.
    facts = {"packages-run": requirements_digest("run"), "libraries": "unknown"}
    if goal == "tests":
        facts["packages-tests"] = requirements_digest("tests")
    _note_done(**facts)
    UNFINISHED.unlink()
    shutil.rmtree(WHEELS, ignore_errors=True)


def fetch_model(lock: int) -> None:
    """The starter model is in the user's cache folder, complete and checked.

    Raises:
        SetupError: With what to do.
    """
    say("Fetching the starter model (about 90 MB the first time; kept in your cache folder).")
    arguments = [str(VENV_PYTHON), "-m", "app", "models", "fetch", STARTER_MODEL]
    status = subprocess.run(
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        cwd=ROOT,
        env=_child_environment(),
        pass_fds=(lock,),
        check=False,
    ).returncode
    if status != 0:
        raise SetupError(
            "The starter model is not there yet. Run the same command again; "
            "a broken-off download goes on where it stopped."
        )
    _note_done(model=STARTER_MODEL)


# --- the steps in order ---------------------------------------------------------------------


def take_lock() -> int:
    """Only one set-up works in this folder at a time; a second one waits.

    Returns:
        The lock's file descriptor. The system lets go of it when the last holder ends, however.
    """
    WORK.mkdir(exist_ok=True)
    lock = os.open(WORK / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another set-up is at work in this folder; waiting for it.")
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def is_ready(goal: str) -> bool:
    """Whether an earlier run has done everything; takes no lock and no network."""
    done = _read_done()
    return (
        not _needs_packages(goal)
        and done.get("libraries") == "present"
        and done.get("model") == STARTER_MODEL
        and version_of(str(VENV_PYTHON)) is not None
    )


def set_up(goal: str, python: str) -> None:
    """Do what is missing, in order.

    Raises:
        SetupError: A step failed that the goal cannot do without.
    """
    check_machine()
    lock = take_lock()
    if is_ready(goal):
        return
    if _needs_packages(goal) or version_of(str(VENV_PYTHON)) is None:
        prepare_environment(python, lock)
        install_packages(goal, lock)
        if goal == "tests":
            _attempt(provide_test_keychain, is_needed=False)
    if _read_done().get("libraries") != "present":
        _attempt(provide_libraries, is_needed=goal != "run" or _has_display())
    if _read_done().get("model") != STARTER_MODEL:
        # Tests fetch it where they need it, and the app offers to try again.
        _attempt(lambda: fetch_model(lock), is_needed=goal == "setup")
    say("Set-up is done.")


def _has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _attempt(step: Callable[[], None], *, is_needed: bool) -> None:
    try:
        step()
    except SetupError as error:
        if is_needed:
            raise
        say(f"{error}\nGoing on without it.")


def main(arguments: list[str]) -> int:
    """Set up for a goal.

    Returns:
        0 when done, 1 when a step failed, 130 when it was interrupted.
    """
    parser = argparse.ArgumentParser(description="Sets up Shvayambhu in its own folder.")
    parser.add_argument("goal", nargs="?", default="setup", choices=sorted(REQUIREMENTS))
    goal = parser.parse_args(arguments).goal
    version = (sys.version_info[0], sys.version_info[1])
    python = find_python(version)
    if python is None:
        say(
            f"Shvayambhu needs Python 3.11, 3.12 or 3.13; this is {version[0]}.{version[1]} and "
            "no other was found. Install one of those and run the same command again."
        )
        return 1
    try:
        if not is_ready(goal):
            set_up(goal, python)
    except SetupError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("Stopped. The next run goes on from here.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
