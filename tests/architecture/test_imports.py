"""The walls: import-linter's contracts hold, and each of them would notice a break."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib

import pytest

from tests.architecture.source import HOUSES, ROOT, rooms

_LINT = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=None))"
)

# Contract, file to add a line to, line. Each must break that contract.
BREAKS = [
    ("houses", "ui/theme.py", "import app.version"),
    ("houses", "engine/runtime/threads.py", "import ui.text"),
    ("engine-layers", "engine/models/tokenizer.py", "import engine.chat"),
    ("engine-layers", "engine/models/tokenizer.py", "import engine.web"),
    ("engine-layers", "engine/contract/ids.py", "import engine.runtime.threads"),
    ("engine-layers", "engine/cellar/__init__.py", '"""A room that is on no floor."""'),
    ("acyclic", "engine/contract/errors.py", "import engine.contract.settings"),
    ("counter", "ui/bridge.py", "import engine.runtime.threads"),
    ("counter", "app/paths.py", "import engine.models.tokenizer"),
    ("faces-apart", "app/terminal_chat.py", "import ui.text"),
    ("engine-no-qt", "engine/runtime/event_bus.py", "import PySide6.QtCore"),
    ("ui-no-engine-tools", "ui/theme.py", "import mlx.core"),
    ("ui-no-engine-tools", "ui/theme.py", "import sqlite3"),
    ("mlx-rooms", "engine/web/__init__.py", "import mlx.core"),
    ("mlx-rooms", "app/paths.py", "import mlx.core"),
    ("network-rooms", "engine/models/tokenizer.py", "import httpx2"),
    ("network-rooms", "app/paths.py", "import http.client"),
    ("contract-pure", "engine/contract/messages.py", "import numpy"),
]


def contracts():
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["tool"]["importlinter"]["contracts"]


def lint(folder):
    # A folder without the checkers' caches, and with the houses' own sources first on the path.
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", _LINT],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    for house in HOUSES:
        shutil.copytree(
            ROOT / house, folder / house, ignore=shutil.ignore_patterns("__pycache__", "native")
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_every_wall_stands():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("contract", "path", "line"), BREAKS)
def test_a_break_in_a_wall_is_noticed(copied_tree, contract, path, line):
    file = copied_tree / path
    before = file.read_bytes() if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    file.write_bytes((before or b"") + f"\n{line}\n".encode())
    try:
        result = lint(copied_tree)
    finally:
        if before is None:
            shutil.rmtree(file.parent)
        else:
            file.write_bytes(before)
    name = next(entry["name"] for entry in contracts() if entry["id"] == contract)
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{name} BROKEN" in result.stdout


def test_each_contract_is_proven_by_a_break():
    assert {entry["id"] for entry in contracts()} == {contract for contract, _, _ in BREAKS}


def test_every_engine_room_stands_behind_the_counter():
    """The protected list cannot name rooms to come, so a new room must not be forgotten."""
    counter = next(entry for entry in contracts() if entry["id"] == "counter")
    built = {room.name for room in rooms("engine") if len(room.parts) == 2}
    built |= {path.stem for path in (ROOT / "engine").glob("[!_]*.py")}
    expected = {f"engine.{name}" for name in built - {"contract"}}
    assert expected == set(counter["protected_modules"])


_IMPORT_ALL = """
import importlib, pkgutil, sys
for house in sys.argv[1].split(","):
    for module in pkgutil.walk_packages([house], house + "."):
        if module.name not in ("app.__main__", "app.bootstrap"):
            importlib.import_module(module.name)
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def modules_after_importing(houses):
    result = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL, houses],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(result.stdout.split())


def test_importing_the_windows_loads_nothing_of_the_engine():
    """import-linter does not see what a package's own imports drag in; a fresh process does."""
    heavy = {"mlx", "mlx_lm", "transformers", "chromadb", "httpx", "httpx2", "sqlite3", "numpy"}
    assert not modules_after_importing("ui") & heavy


def test_importing_the_app_leaves_mlx_to_the_compute_thread():
    heavy = {"mlx", "mlx_lm", "transformers", "chromadb"}
    assert not modules_after_importing("app,ui") & heavy
