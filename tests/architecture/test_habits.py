"""How we write, as far as a machine can check it."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.source import HOUSES, ROOT, source_files

FILE_LINES = 500
FUNCTION_LINES = 60
BANNED = {
    "utils",
    "helpers",
    "common",
    "misc",
    "base",
    "manager",
    "handler",
    "processor",
    "data",
    "info",
}
# The engine's own loaded model is `LoadedModel`; this one is what a face may know of it.
ALLOWED_CLASSES = {"LoadedModelInfo"}

EVERYTHING = source_files(*HOUSES, "tests", "resources")
OURS = source_files(*HOUSES, "resources")


def calls(file, name):
    return [
        node.lineno
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    ]


@pytest.mark.parametrize("file", EVERYTHING, ids=str)
def test_a_file_can_be_read_in_one_sitting(file):
    assert len(file.text.splitlines()) <= FILE_LINES


def test_a_function_fits_on_a_screen():
    long = {
        f"{file}:{function.lineno} {function.name}": function.end_lineno - function.lineno + 1
        for file in EVERYTHING
        for function in file.functions()
        if function.end_lineno - function.lineno + 1 > FUNCTION_LINES
    }
    assert not long


def test_no_file_is_named_after_nothing():
    vague = [str(file) for file in OURS if BANNED & set(re.split(r"[_.]", file.path.stem))]
    assert not vague


def _last_word(name):
    return (re.findall(r"[A-Z][a-z]*", name) or [""])[-1].lower()


def test_no_class_is_named_after_nothing():
    """A class that extends somebody else's, such as logging.Handler, keeps that word."""
    vague = [
        f"{file}:{node.lineno} {node.name}"
        for file in OURS
        for node in file.classes()
        if node.name not in ALLOWED_CLASSES
        and _last_word(node.name) in BANNED
        and _last_word(node.name) not in {_last_word(ast.unparse(parent)) for parent in node.bases}
    ]
    assert not vague


def test_nothing_is_printed():
    """A word on stdout is part of an answer; a stray one breaks whoever reads it by machine."""
    printed = [f"{file}:{line}" for file in OURS for line in calls(file, "print")]
    assert not printed


def test_no_error_is_swallowed_unseen():
    """`except:` and `except Exception: pass` hide our own mistakes."""
    blind = []
    for file in EVERYTHING:
        for node in ast.walk(file.tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            is_bare = node.type is None
            is_wide = isinstance(node.type, ast.Name) and node.type.id in (
                "Exception",
                "BaseException",
            )
            if is_bare or (is_wide and all(isinstance(line, ast.Pass) for line in node.body)):
                blind.append(f"{file}:{node.lineno}")
    assert not blind


def test_circles_are_freed_in_one_place():
    """A collection on another thread, or in the midst of a call, takes down widgets there."""
    collecting = [str(file) for file in OURS if "gc" in file.imported()]
    assert collecting == ["app/garbage.py"]


def test_nothing_real_is_mocked():
    mocked = [
        str(file) for file in EVERYTHING if any("unittest.mock" in name for name in file.imported())
    ]
    assert not mocked


def test_no_test_sleeps():
    """A test waits for a state; a pause is too short on a slow day and too long on the others."""
    asleep = [
        f"{file}:{node.lineno}"
        for file in source_files("tests")
        if "benchmarks" not in file.path.parts
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func)
        in ("time.sleep", "sleep", "QTest.qSleep", "QTest.qWait", "qtbot.wait")
    ]
    assert not asleep


def test_nothing_is_left_for_later():
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    this_file = "tests/architecture/test_habits.py"
    left = [
        f"{file}:{number}"
        for file in EVERYTHING
        if str(file) != this_file
        for number, line in enumerate(file.text.splitlines(), 1)
        if words.search(line)
    ]
    assert not left


def test_no_file_names_a_machine_it_was_written_on():
    """Paths and hosts of a developer's machine mean nothing anywhere else."""
    foreign = re.compile(r"/root/|/work/(main|shared)|/tmp/dev")
    this_file = "tests/architecture/test_habits.py"
    named = [
        f"{file}:{number}"
        for file in EVERYTHING
        if str(file) != this_file
        for number, line in enumerate(file.text.splitlines(), 1)
        if foreign.search(line)
    ]
    assert not named


def test_every_pinned_package_is_used():
    """What nobody imports is a download, a risk and a licence for nothing."""
    imported_as = {
        "cmeel-openblas": "cmeel",
        "faiss-cpu": "faiss",
        "markdown-it-py": "markdown_it",
        "mdit-py-plugins": "mdit_py_plugins",
        "mlx-lm": "mlx_lm",
        "pillow": "PIL",
        "pyobjc-framework-Vision": "Vision",
        "PySide6-Essentials": "PySide6",
    }
    text = " ".join(file.text for file in OURS)
    unused = []
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        match = re.match(r"[A-Za-z0-9-]+", line)
        if match:
            module = imported_as.get(match[0], match[0].lower().replace("-", "_"))
            if not re.search(rf"(import|from) {module}\b|[\"']{module}[\"'.]", text):
                unused.append(match[0])
    assert not unused


def test_every_pin_is_exact_and_says_why():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                assert re.match(r"[\w.\[\]-]+==\S+ .*# \w", line), f"{name}: {line}"
