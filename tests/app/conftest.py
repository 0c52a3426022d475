"""The app with a scripted engine behind it, in this process or in one of its own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.main import main
from tests.app.scripted_engine import ScriptedEngine

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    """What a run of the app left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON object that it must be."""
        assert self.out.endswith("\n")
        assert self.out.count("\n") == 1
        return json.loads(self.out)


class AppRunner:
    """Runs the app in this process; its engine is `engine`."""

    def __init__(
        self,
        engine: ScriptedEngine,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self.engine = engine
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.started_with: dict[str, Any] = {}
        assembly = types.ModuleType("engine.assembly")
        assembly.start_engine = self._start  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "engine.assembly", assembly)

    def __call__(self, *words: str, stdin: bytes | None = b"") -> Outcome:
        piped = None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin))
        self._monkeypatch.setattr(sys, "stdin", piped)
        self._capsys.readouterr()
        code = main(list(words))
        out, err = self._capsys.readouterr()
        return Outcome(code, out, err)

    def _start(self, **given: Any) -> Any:
        self.started_with = given
        return types.SimpleNamespace(port=self.engine, close=lambda: None)


@pytest.fixture
def engine() -> Iterator[ScriptedEngine]:
    scripted = ScriptedEngine()
    yield scripted
    scripted.close()


@pytest.fixture
def app(
    engine: ScriptedEngine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> AppRunner:
    return AppRunner(engine, monkeypatch, capsys)


def scripted_command(*words: str) -> list[str]:
    """The command line of the app in a process of its own, with a scripted engine."""
    return [sys.executable, str(Path(__file__).with_name("scripted_app.py")), *words]


def run_process(
    command: list[str], *, stdin: bytes | None = b"", timeout_s: float = 60, **variables: str
) -> Outcome:
    """A command has ended; None for `stdin` starts it with standard input closed."""
    result = subprocess.run(
        command if stdin is not None else ["sh", "-c", 'exec "$@" <&-', "sh", *command],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **variables},
        timeout=timeout_s,
        check=False,
    )
    return Outcome(result.returncode, result.stdout.decode(), result.stderr.decode())
