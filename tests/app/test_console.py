from __future__ import annotations

import io

import pytest

from app.console import Console, read_text
from app.errors import FolderError
from engine.contract.errors import ErrorReport


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Broken(io.StringIO):
    def __init__(self, error):
        super().__init__()
        self._error = error

    def write(self, _text):
        raise self._error


def test_a_models_escape_sequences_do_not_reach_a_terminal():
    out = Terminal()

    Console(out=out, err=io.StringIO()).write("a\x1b]0;owned\x07b\r\n\tc\x9b2J")

    assert out.getvalue() == "a]0;ownedb\n\tc2J"


def test_a_pipe_gets_every_character():
    out = io.StringIO()

    Console(out=out, err=io.StringIO()).write("a\x1bb")

    assert out.getvalue() == "a\x1bb"


def test_a_progress_line_is_gone_before_the_answer():
    err = Terminal()
    console = Console(out=io.StringIO(), err=err)

    console.transient("half done")
    console.write("answer")

    assert err.getvalue() == "\rhalf done\r" + " " * 9 + "\r"


def test_progress_is_for_people_only():
    err = io.StringIO()
    console = Console(out=io.StringIO(), err=err)

    console.transient("half done")

    assert err.getvalue() == ""


def test_a_closed_standard_error_is_no_reason_to_fail():
    console = Console(out=io.StringIO(), err=Broken(BrokenPipeError()))

    console.notice("x")
    assert console.fail(ErrorReport(kind="offline", message="No.")) == 5


def test_a_full_disk_behind_standard_output_is_said():
    console = Console(out=Broken(OSError(28, "No space left on device")), err=io.StringIO())

    with pytest.raises(FolderError, match="No space left"):
        console.write("x")
    console.write("y")


def test_what_the_user_stopped_is_never_told_as_an_error():
    err = io.StringIO()

    code = Console(out=io.StringIO(), err=err).fail(ErrorReport(kind="cancelled", message="x"))

    assert (code, err.getvalue()) == (130, "")


def test_bytes_become_text_whatever_they_are():
    assert read_text("\ufeffé".encode()) == ("é", True)
    assert read_text(b"\xff") == ("\N{REPLACEMENT CHARACTER}", False)
