"""What every measured process says to the one that started it.

Standard library only: the process may run in another environment than ours.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Request = dict[str, Any]
Result = dict[str, Any]


def say(text: str) -> None:
    """The starter shows this line of progress."""
    sys.stdout.write(json.dumps({"progress": text}) + "\n")
    sys.stdout.flush()


def serve(measure: Callable[[Request], Result]) -> None:
    """Read the request from standard input, measure, and write the result on standard output."""
    result = measure(json.loads(sys.stdin.read() or "{}"))
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


def peak_bytes() -> int:
    """The most memory this process has held so far."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        # The BSDs and macOS count in bytes, Linux in KiB.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # getrusage would also count what the starter held at the fork.
    peak = next(line for line in lines if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024


def is_openblas_loaded() -> bool:
    """Whether OpenBLAS answers mlx's matrix products in this process; numpy's own copy cannot."""
    maps = Path("/proc/self/maps")
    return maps.exists() and "/libopenblas" in maps.read_text(encoding="utf-8")
