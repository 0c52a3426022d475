"""The quick question: from the keys pressed to a panel that is drawn and has the keyboard."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.benchmarks.children import run_module
from tests.benchmarks.contenders import meanwhile
from tests.benchmarks.figures import percentile
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table
from tests.helpers.x_server import why_no_x, x_server

SHARE = 2
WANTED_MS = 100.0
_ROUNDS = 40


def _measure(ground: Ground) -> dict[str, Any]:
    reason = why_no_x()
    if reason:
        ground.say(f"quick: {reason}, so the panel is opened without a screen and without keys")
        return run_module("tests.benchmarks.quick_child", {"rounds": _ROUNDS + 1}, ground.say)
    with x_server() as display, _window_manager(display) as is_managed:
        return run_module(
            "tests.benchmarks.quick_child",
            {"rounds": _ROUNDS + 1, "display": display, "is_managed": is_managed},
            ground.say,
            environment={"DISPLAY": display, "QT_QPA_PLATFORM": "xcb"},
        )


@contextmanager
def _window_manager(display: str) -> Iterator[bool]:
    """Whether one runs in this block; openbox is the one we know."""
    path = shutil.which("openbox")
    if path is None:
        yield False
        return
    manager = subprocess.Popen(
        [path],
        env={**os.environ, "DISPLAY": display},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield True
    finally:
        manager.terminate()
        manager.wait(timeout=10)


def run(ground: Ground) -> list[Table]:
    """One table."""
    ground.say(f"quick: the panel is opened {_ROUNDS} times")
    measured = _measure(ground)
    first, *times = measured["times_ms"]
    worst = percentile(times, 0.99)
    word = "reached" if worst < WANTED_MS else "not reached"
    where = "a key press on an X server (Xvfb)" if measured["is_x"] else "the call, offscreen"
    return [
        Table(
            name="quick_panel",
            title="Quick question on screen",
            columns=("ms until it is drawn", "p50", "p99", "most", "first after the start"),
            rows=[
                [
                    "warm panel",
                    f"{percentile(times, 0.5):.1f}",
                    f"{worst:.1f}",
                    f"{max(times):.1f}",
                    f"{first:.1f}",
                ]
            ],
            notes=[
                f"Wanted: less than {WANTED_MS:g} ms: {word} ({worst:.1f} ms at p99).",
                f"{len(times)} openings, each from {where} to the panel painted and, where a "
                f"window manager is installed ({'it is' if measured['is_managed'] else 'it is not'}"
                "), with the keyboard in its field.",
                meanwhile([measured]),
            ],
            figures={"times_ms": times, "first_ms": first},
        )
    ]
