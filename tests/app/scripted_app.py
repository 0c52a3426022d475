"""`python -m app` with a scripted engine, for tests that need a process of its own."""

from __future__ import annotations

import sys
import types
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.main import main
from tests.app.scripted_engine import ScriptedEngine


def _start_engine(**_given: object) -> types.SimpleNamespace:
    port = ScriptedEngine()
    return types.SimpleNamespace(port=port, close=port.close)


if __name__ == "__main__":
    assembly = types.ModuleType("engine.assembly")
    assembly.start_engine = _start_engine  # type: ignore[attr-defined]
    sys.modules["engine.assembly"] = assembly
    sys.exit(main())
