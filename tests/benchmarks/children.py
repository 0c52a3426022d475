"""Starts each contender in a process of its own and brings its result back."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from tests.benchmarks.machine import ROOT

Say = Callable[[str], None]

# No contender needs a quarter of this; beyond it something hangs.
_PATIENCE_S = 600.0
_LAST_LINES = 12
# What the user or the starter has set must not decide how a contender computes.
_NOT_HANDED_ON = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "LD_PRELOAD", "PYTHONPATH")


class ContenderFailedError(Exception):
    """A contender ended without a result; the text says what it said last."""


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if k not in _NOT_HANDED_ON}
    environment.update(
        HF_HUB_OFFLINE="1",
        TOKENIZERS_PARALLELISM="false",
        QT_QPA_PLATFORM="offscreen",
        PYTHONUNBUFFERED="1",
    )
    return environment | dict(more)


def run_module(
    module: str,
    request: Mapping[str, Any],
    say: Say,
    *,
    python: str = sys.executable,
    words: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The result of `python -m module`, run with this request on its standard input.

    `others_share` is added to it: the part of all cores' time that other processes took meanwhile.

    Raises:
        ContenderFailedError: It failed, or did not end in time.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        # A session of its own: Ctrl-C reaches the starter alone, which then ends the child.
        process = subprocess.Popen(
            [python, "-m", module, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
            cwd=ROOT,
            env=_environment(environment or {}),
            start_new_session=True,
        )
        before = _CpuTimes.now()
        watchdog = threading.Timer(_PATIENCE_S, _end, [process])
        watchdog.start()
        try:
            result = _talk(process, json.dumps(dict(request)), say)
        finally:
            watchdog.cancel()
            _let_go(process)
        if process.returncode or result is None:
            errors.seek(0)
            last = " / ".join(errors.read().strip().splitlines()[-_LAST_LINES:])
            raise ContenderFailedError(f"{module} ended with {process.returncode}: {last}")
    return result | {"others_share": _CpuTimes.now().others_since(before)}


@dataclass(frozen=True, slots=True)
class _CpuTimes:
    """Seconds of all cores, counted since some fixed moment."""

    all: float
    idle: float
    ours: float

    @staticmethod
    def now() -> _CpuTimes:
        times = psutil.cpu_times()._asdict()
        # Time of guests is part of the user's time already.
        counted = sum(seconds for name, seconds in times.items() if not name.startswith("guest"))
        own = os.times()
        ours = own.user + own.system + own.children_user + own.children_system
        return _CpuTimes(counted, times["idle"] + times.get("iowait", 0.0), ours)

    def others_since(self, before: _CpuTimes) -> float:
        passed = self.all - before.all
        busy = passed - (self.idle - before.idle)
        # Ticks are coarse, so a short run can come out a little below zero.
        return max(busy - (self.ours - before.ours), 0.0) / passed if passed > 0 else 0.0


def _talk(process: subprocess.Popen[str], request: str, say: Say) -> dict[str, Any] | None:
    """Hand the request over and listen to the end; the last object or list that is no progress."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(request)
        process.stdin.close()
    except BrokenPipeError:
        # It died at once; its exit status and last words say more than this.
        return None
    result: dict[str, Any] | None = None
    for line in process.stdout:
        try:
            spoken = json.loads(line)
        except ValueError:
            continue
        if isinstance(spoken, list):
            result = {"measured": spoken}
        elif isinstance(spoken, dict) and "progress" in spoken:
            say(spoken["progress"])
        elif isinstance(spoken, dict):
            result = spoken
    process.wait()
    return result


def _end(process: subprocess.Popen[str]) -> None:
    """The process and what it started are gone."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _let_go(process: subprocess.Popen[str]) -> None:
    _end(process)
    for pipe in (process.stdin, process.stdout):
        # What a dead child was to be told cannot be flushed any more.
        with contextlib.suppress(BrokenPipeError):
            if pipe is not None:
                pipe.close()
