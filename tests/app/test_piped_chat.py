from __future__ import annotations

import pytest


@pytest.mark.feature("cli.chat_pipe")
def test_each_piped_line_is_answered_in_order_in_one_conversation(app):
    """`chat` with a pipe answers line by line, each with what was said before in mind."""
    outcome = app("chat", stdin=b"echo one\n\necho two")

    assert outcome.code == 0
    assert [line.strip() for line in outcome.out.splitlines()] == ["one", "two"]
    assert len({asked.conversation_id for asked in app.engine.asked()}) == 1


def test_windows_line_ends_and_a_byte_order_mark_are_no_part_of_a_question(app):
    app("chat", stdin=b"\xef\xbb\xbfecho one\r\necho two\r\n")

    assert [asked.text for asked in app.engine.asked()] == ["echo one", "echo two"]


def test_json_gives_one_object_with_all_turns(app):
    turns = app("chat", "--json", stdin=b"echo one\necho two\n").json["turns"]

    assert [(turn["question"], turn["answer"]) for turn in turns] == [
        ("echo one", "one"),
        ("echo two", "two"),
    ]


def test_a_failing_answer_ends_it_with_its_exit_code(app):
    outcome = app("chat", stdin=b"echo one\nfail prompt_too_long\necho three\n")

    assert outcome.code == 7
    assert outcome.out.strip() == "one"


def test_a_closed_standard_input_is_said(app):
    outcome = app("chat", stdin=None)

    assert (outcome.code, outcome.out) == (7, "")
    assert "closed" in outcome.err
