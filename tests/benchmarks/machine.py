"""What was measured on: processor, cores, memory, system, versions, how busy it was."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("mlx", "mlx-lm", "numpy", "cmeel-openblas", "PySide6-Essentials")
# Above this share of the cores at work before we begin, figures say more about the neighbours.
_QUIET_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The kind of machine and the day.

    Attributes:
        load: Average number of runnable processes over the last minute, before the first figure.
    """

    date: str
    command: str
    processor: str
    cores: int
    memory_gb: float
    system: str
    python: str
    packages: dict[str, str]
    commit: str
    load: float

    def caption(self) -> str:
        """One line that stands under every table."""
        return (
            f"{self.date}; {self.processor}, {self.cores} cores, {self.memory_gb:.0f} GB, "
            f"{self.system}; `{self.command}`; {self.commit}"
        )

    def warning(self) -> str:
        """A sentence if the machine was not quiet."""
        if self.load <= _QUIET_SHARE * self.cores:
            return ""
        return (
            f"The machine was not quiet at the start (load {self.load:.1f} on {self.cores} "
            "cores): trust the ratios more than the figures, and neither much."
        )

    def as_json(self) -> dict[str, Any]:
        """All of it, as plain values."""
        return asdict(self)


def describe_machine(command: str) -> Machine:
    """This machine, now."""
    now = datetime.datetime.now().astimezone()
    return Machine(
        date=now.strftime("%Y-%m-%d %H:%M %Z"),
        command=command,
        processor=_processor(),
        cores=_cores(),
        memory_gb=psutil.virtual_memory().total / 1e9,
        system=_system(),
        python=platform.python_version(),
        packages={name: _version(name) for name in _PACKAGES},
        commit=_commit(),
        load=os.getloadavg()[0],
    )


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    if sys.platform == "darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string")
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _system() -> str:
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]} {platform.machine()}"
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        name = "Linux"
    return f"{name} {platform.machine()}"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _commit() -> str:
    commit = _output("git", "rev-parse", "--short", "HEAD")
    if not commit:
        return "no commit known"
    is_changed = bool(_output("git", "status", "--porcelain", "--untracked-files=no"))
    return f"commit {commit}{' with changes' if is_changed else ''}"


def _output(*words: str) -> str:
    try:
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
