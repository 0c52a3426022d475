"""A person at a terminal: a real pseudo-terminal, a real process, real Ctrl-C."""

from __future__ import annotations

import pytest

from tests.app.terminal import Terminal


@pytest.fixture
def start():
    """Starts the app on a terminal; whatever still runs at the end is killed."""
    started = []

    def start_one(*words):
        started.append(Terminal(*words))
        return started[-1]

    yield start_one
    for terminal in started:
        terminal.close()


@pytest.mark.feature("cli.chat")
def test_a_conversation_in_the_terminal(start):
    """`chat` holds a conversation in the terminal and shows how fast the answer came."""
    terminal = start("chat")
    terminal.wait_for("Tiny, 135M parameters").wait_for("You: ")

    terminal.type("think good day\n")
    terminal.wait_for("Hm.").wait_for("Shvayambhu: good day").wait_for("30.0 tokens/s")
    terminal.wait_for("You: ").type("/set temperature 9\n")
    terminal.wait_for("must be from 0 to 2").wait_for("You: ").type("/sing\n")
    terminal.wait_for("/help shows").wait_for("You: ").type("/set seed seven\n")
    terminal.wait_for("needs a number").wait_for("You: ").type("fail offline\n")
    terminal.wait_for("It did not work. Try.").wait_for("You: ").type("/new\n")
    terminal.wait_for("A new conversation").wait_for("You: ").type("/quit\n")

    assert terminal.end() == 0


@pytest.mark.feature("cli.stop")
def test_ctrl_c_stops_the_answer_and_at_the_prompt_it_leaves(start):
    """Ctrl-C stops an answer and keeps what was written; pressed again, it leaves."""
    terminal = start("chat")
    terminal.wait_for("You: ").type("forever\n")
    terminal.wait_for("on and on").type("\x03")
    terminal.wait_for("Stopped.").wait_for("You: ").type("echo still here\n")
    terminal.wait_for("Shvayambhu: still here").wait_for("You: ")
    # The prompt is on screen a moment before the terminal's line editor hears signals.
    while terminal.is_running():
        terminal.type("\x03")

    assert terminal.end() == 130


def test_ctrl_d_leaves_in_peace(start):
    terminal = start("chat")
    terminal.wait_for("You: ").type("\x04")

    assert terminal.end() == 0


def test_ctrl_c_ends_an_ask_with_what_was_written(start):
    terminal = start("ask", "forever")
    terminal.wait_for("on and on").type("\x03")

    assert terminal.end() == 130


def test_a_download_has_a_bar_on_a_terminal(start):
    terminal = start("models", "fetch", "unfetched")
    terminal.wait_for("Fetching unfetched").wait_for("[############............]  50%")
    terminal.wait_for("is on this machine")

    assert terminal.end() == 0


def test_a_second_ctrl_c_leaves_an_engine_that_does_not_stop(start):
    terminal = start("ask", "stuck")
    terminal.wait_for("one").type("\x03")
    # Two that come at once are one signal, so the second is pressed until it is heard.
    while terminal.is_running():
        terminal.type("\x03")

    assert terminal.end() == 130
    assert "Traceback" not in terminal.seen
