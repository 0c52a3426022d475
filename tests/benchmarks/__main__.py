"""Runs the benchmarks: `python -m tests.benchmarks [NAME ...]`; `make bench` calls it.

Tables go to standard output, progress to standard error, all figures to one JSON file. Ctrl-C
ends the run; what was measured until then is shown and kept.
"""

from __future__ import annotations

import argparse
import importlib
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.contract.errors import EngineError
from tests.benchmarks.children import ContenderFailedError
from tests.benchmarks.ground import STARTER_MODEL, Ground, prepare
from tests.benchmarks.machine import ROOT, describe_machine
from tests.benchmarks.report import Table, write_json

_NAMES = (
    "generation",
    "quoting",
    "second_turn",
    "memory",
    "window",
    "chat",
    "quick",
    "vault",
    "storage",
    "search",
    "vectors",
    "reading",
    "introspection",
    "panel",
)
# Half an hour and more; run only when they are named.
_LONG = ("calibration",)
_INTERRUPTED = 130


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Speed and memory of the app against its peers, in one run.",
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"any of {', '.join(_NAMES + _LONG)}"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "bench.json", help="JSON file")
    parser.add_argument("--model", default=STARTER_MODEL, help="a GGUF model of the catalogue")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each contender")
    parser.add_argument("--minutes", type=float, default=10.0, help="about how long in all")
    parser.add_argument("--limit", type=int, default=0, help="questions of `calibration`; 0 is all")
    chosen = parser.parse_args(words)
    unknown = [name for name in chosen.names if name not in _NAMES + _LONG]
    if unknown:
        parser.error(f"there is no {unknown[0]!r}; choose from {', '.join(_NAMES + _LONG)}")
    return chosen


def _progress() -> Callable[[str], None]:
    begun = time.monotonic()

    def say(text: str) -> None:
        passed = int(time.monotonic() - begun)
        sys.stderr.write(f"[{passed // 60:2d}:{passed % 60:02d}] {text}\n")
        sys.stderr.flush()

    return say


def main(words: Sequence[str] | None = None) -> int:
    """All chosen benchmarks were run; 1 if one failed, 130 if it was ended early."""
    chosen = _arguments(words)
    # `kill` ends it as Ctrl-C does, with the children.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    command = shlex.join(["python", "-m", "tests.benchmarks", *(words or sys.argv[1:])])
    machine = describe_machine(command)
    say = _progress()
    if machine.warning():
        say(machine.warning())
    try:
        ground = prepare(chosen.model, chosen.rounds, say)
        ground.limit = chosen.limit
    except (FileNotFoundError, EngineError) as error:
        say(f"Nothing can be measured: {error}.")
        return 1
    tables: list[Table] = []
    failed: list[str] = []
    status = 0
    try:
        for name, minutes in _minutes(chosen.names or _NAMES, chosen.minutes):
            ground.deadline_s = time.monotonic() + 60 * minutes
            tables += _run(name, ground, failed)
            write_json(chosen.out, machine, tables, failed)
        status = 1 if failed else 0
    except KeyboardInterrupt:
        say("ended early")
        status = _INTERRUPTED
    finally:
        shutil.rmtree(ground.scratch, ignore_errors=True)
        for table in tables:
            sys.stdout.write(table.markdown(machine.caption()) + "\n")
        for line in (*failed, machine.warning()):
            if line:
                sys.stdout.write(f"- {line}\n")
    say(f"all figures are in {chosen.out}" if tables else "nothing was measured")
    return status


def _minutes(names: Sequence[str], in_all: float) -> list[tuple[str, float]]:
    """Each benchmark's part of the time, by what it needs."""
    shares = {name: importlib.import_module(f"{__package__}.bench_{name}").SHARE for name in names}
    return [(name, in_all * share / (sum(shares.values()) or 1)) for name, share in shares.items()]


def _run(name: str, ground: Ground, failed: list[str]) -> list[Table]:
    """The benchmark's tables; its failure is noted and the others go on."""
    module = importlib.import_module(f"{__package__}.bench_{name}")
    try:
        tables: list[Table] = module.run(ground)
    except (ContenderFailedError, KeyError, ValueError) as error:
        failed.append(f"{name} was not measured: {error}")
        ground.say(failed[-1])
        return []
    return tables


if __name__ == "__main__":
    sys.exit(main())
