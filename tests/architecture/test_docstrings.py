"""Room signs, docstrings and thread lines are there."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import HOUSES, ROOT, rooms, source_files

OURS = source_files(*HOUSES)
SIGN_LINES = ("In:", "Out:", "Order:", "Threads:", "Uses:")


@pytest.mark.parametrize("room", rooms(*HOUSES), ids=str)
def test_every_room_has_its_sign(room):
    """The engine's own is empty on purpose: importing the contract must load nothing else."""
    sign = ROOT / room / "__init__.py"
    assert sign.exists(), f"{room} has no sign"
    tree = ast.parse(sign.read_text(encoding="utf-8"))
    if room.as_posix() == "engine":
        assert tree.body == []
        return
    docstring = ast.get_docstring(tree) or ""
    assert len(tree.body) == 1, "a room sign holds a docstring and nothing else"
    missing = [line for line in SIGN_LINES if line not in docstring]
    assert not missing


def test_every_file_says_its_job():
    silent = [str(file) for file in OURS if not ast.get_docstring(file.tree) and file.tree.body]
    assert not silent


def _public(body, inside=""):
    """Functions and classes that other files may use, with their dotted names."""
    for node in body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        if node.name.startswith("_"):
            continue
        yield inside + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body, f"{inside}{node.name}.")


def _is_excused(node):
    """Overloads and overrides of somebody else's function are explained there."""
    names = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
    return bool(names & {"overload", "override", "setter"})


def test_every_public_thing_has_a_docstring():
    silent = [
        f"{file}:{node.lineno} {name}"
        for file in OURS
        for name, node in _public(file.tree.body)
        if not ast.get_docstring(node) and not _is_excused(node) and not _overrides_qt(name)
    ]
    assert not silent


def _overrides_qt(name):
    """Qt's virtual functions keep Qt's own names, in camel case, and Qt's own meaning."""
    last = name.rpartition(".")[2]
    return "." in name and last != last.lower() and "_" not in last and last[0].islower()


def test_files_that_touch_mlx_say_on_which_thread_they_run():
    silent = [
        str(file)
        for file in OURS
        if any(name.split(".")[0] in ("mlx", "mlx_lm") for name in file.imported(at_run_time=True))
        and "Runs on:" not in file.text
    ]
    assert not silent
