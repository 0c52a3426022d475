from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from app.errors import FolderError
from app.single_instance import (
    claim_window,
    raise_other_window,
    remove_socket,
    tell_other_window,
)
from tests.app.conftest import ROOT

HOLD = """
import socket, sys, time
from pathlib import Path
from app.single_instance import claim_window
home = Path(sys.argv[1])
claim = claim_window(home / "lock", home / "sock")
server = socket.socket(socket.AF_UNIX)
server.bind(str(home / "sock"))
print("held" if claim else "refused", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path_factory):
    # Short enough for a socket's path.
    return tmp_path_factory.mktemp("h")


def test_only_one_process_gets_the_window(home):
    first = claim_window(home / "lock", home / "sock")

    assert first is not None
    assert claim_window(home / "lock", home / "sock") is None
    first.close()
    second = claim_window(home / "lock", home / "sock")
    assert second is not None
    second.close()


@pytest.mark.feature("app.single_window")
def test_a_second_launch_raises_the_first_window(home, qtbot):
    """Starting the app again brings the open window forward instead of opening a second one."""
    claim = claim_window(home / "lock", home / "sock")
    raised = []
    claim.listen(lambda: raised.append(True))
    answers = []
    knock = threading.Thread(target=lambda: answers.append(raise_other_window(home / "sock")))

    knock.start()
    qtbot.waitUntil(lambda: bool(raised))
    knock.join()
    claim.close()

    assert answers == [True]
    assert len(raised) == 1


def test_a_killed_process_leaves_nothing_in_the_way(home, qtbot):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout.readline() == b"held\n"
        assert claim_window(home / "lock", home / "sock") is None
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    assert (home / "sock").exists()

    claim = claim_window(home / "lock", home / "sock")
    raised = []
    claim.listen(lambda: raised.append(True))
    knock = threading.Thread(target=raise_other_window, args=(home / "sock",))
    knock.start()
    qtbot.waitUntil(lambda: bool(raised))
    knock.join()
    claim.close()


def test_a_window_that_does_not_answer_is_not_waited_for_long(home):
    assert not raise_other_window(home / "sock", patience_s=0.01)


def test_only_sockets_are_removed(home):
    (home / "sock").write_text("mine")

    remove_socket(home / "sock")

    assert (home / "sock").read_text() == "mine"


def test_a_lock_that_cannot_be_made_is_said(home):
    with pytest.raises(FolderError):
        claim_window(home / "none" / "lock", home / "sock")


def test_the_lock_is_not_inherited(home):
    claim = claim_window(home / "lock", home / "sock")

    assert not os.get_inheritable(claim._lock)
    claim.close()


@pytest.fixture
def open_window(home):
    """A window that carries out orders as the list says, and what it heard."""
    claim = claim_window(home / "lock", home / "sock")
    heard = []

    def take(order, answer):
        heard.append(order)
        answer({"kind": ""})

    claim.listen(lambda: heard.append("raised"), take)
    yield heard
    claim.close()


def ask(qtbot, send):
    answers = []
    knock = threading.Thread(target=lambda: answers.append(send()))
    knock.start()
    qtbot.waitUntil(lambda: bool(answers))
    knock.join()
    return answers[0]


def test_an_order_is_carried_out_and_answered(home, open_window, qtbot):
    order = {"order": "unlock", "passphrase": "über\nzwei Zeilen"}

    assert ask(qtbot, lambda: tell_other_window(home / "sock", order)) == {"kind": ""}
    assert open_window == [order]


def test_without_a_window_there_is_no_answer(home):
    assert tell_other_window(home / "sock", {"order": "lock"}) is None


@pytest.mark.parametrize("sent", [b"\n", b"[1]\n", b'{"a": 1}\n', b"\xff\n", b"[" * 9000 + b"\n"])
def test_what_is_no_order_is_refused(home, open_window, qtbot, sent):
    import socket

    def send():
        with socket.socket(socket.AF_UNIX) as knock:
            knock.connect(str(home / "sock"))
            knock.sendall(sent)
            return knock.recv(4096)

    assert b"bad_request" in ask(qtbot, send)
    assert not open_window


def test_nobody_fills_the_windows_memory(home, open_window, qtbot):
    import socket

    def send():
        with socket.socket(socket.AF_UNIX) as knock:
            knock.connect(str(home / "sock"))
            knock.sendall(b"x" * 100_000)
            return knock.recv(4096)

    assert ask(qtbot, send) == b"{}\n"
    assert not open_window


def test_only_this_user_may_knock(home, open_window):
    assert (home / "sock").stat().st_mode & 0o077 == 0
    assert open_window == []
