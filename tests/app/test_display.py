from __future__ import annotations

import socket
import sys

import pytest

from app.display import NO_DISPLAY, has_display, why_no_window

linux_only = pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no DISPLAY")


@linux_only
def test_without_a_display_that_is_said():
    assert why_no_window({}) == NO_DISPLAY


def test_a_chosen_platform_counts_as_a_display():
    assert why_no_window({"QT_QPA_PLATFORM": "offscreen"}) == ""


@linux_only
@pytest.mark.parametrize(
    "display", [":4711", "localhost:4711.0", "x", ":", ":x", "[::1]:99999999", "/tmp/none:0"]
)
def test_a_display_that_does_not_answer_is_none(display):
    """Qt would end the process: an old DISPLAY is left over in many a terminal."""
    assert not has_display({"DISPLAY": display})
    assert not has_display({"WAYLAND_DISPLAY": display, "XDG_RUNTIME_DIR": "/nowhere"})


@linux_only
def test_a_display_that_answers_is_one(tmp_path_factory):
    folder = tmp_path_factory.mktemp("w")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "wayland-0"))
        server.listen()

        environment = {"WAYLAND_DISPLAY": "wayland-0", "XDG_RUNTIME_DIR": str(folder)}
        assert has_display(environment)


@linux_only
def test_a_forwarded_display_is_one():
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1] - 6000
        assert has_display({"DISPLAY": f"127.0.0.1:{number}.0"})
