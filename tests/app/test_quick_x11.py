"""The whole app on a real X server, asked by real key presses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.conftest import ROOT
from tests.helpers.x_server import Fingers, why_no_x, x_server

pytestmark = [
    pytest.mark.gui,
    pytest.mark.skipif(bool(why_no_x()), reason=why_no_x() or "X is there"),
]


@pytest.fixture
def display():
    with x_server() as name:
        yield name


@pytest.fixture
def fingers(display):
    made = Fingers(display)
    yield made
    made.close()


@pytest.fixture
def app(display, tmp_path):
    """The app over a scripted engine; each line it writes is one step that was reached."""
    words = [str(Path(__file__).with_name("driven_window.py")), "quick", str(tmp_path / "facts")]
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    environment.pop("WAYLAND_DISPLAY", None)
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


@pytest.mark.feature("quick.by_hotkey")
def test_from_the_keys_to_the_answer_and_into_the_window(app, fingers, tmp_path):
    """Press the keys anywhere, type, Enter: the answer is there; Esc hides; Ctrl+Enter goes on."""
    assert app.stdout.readline() == "ready\n"
    fingers.press("Control_L", "Alt_L", "space")
    assert app.stdout.readline() == "open\n"
    fingers.type("echo good day")
    fingers.press("Return")
    assert app.stdout.readline() == "answered\n"
    fingers.press("Escape")
    assert app.stdout.readline() == "hidden\n"
    fingers.press("Control_L", "Alt_L", "space")
    assert app.stdout.readline() == "open again\n"
    fingers.press("Control_L", "Return")
    assert app.stdout.readline() == "continued\n"

    assert app.wait(60) == 0, app.stderr.read()
    facts = json.loads((tmp_path / "facts").read_text())
    assert "error" not in facts, facts
    assert facts["answer"] == "good day"
    assert facts["is_window_hidden"]
    assert facts["rows"] >= 1
