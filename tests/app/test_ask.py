from __future__ import annotations

import json

import pytest

from engine.contract import commands as c
from engine.contract.errors import ErrorReport
from engine.contract.settings import GenerationSettings

KEYS = {
    "answer",
    "model",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "ttft_ms",
    "tokens_per_second",
    "finish_reason",
    "seed",
    "reasoning",
}


def json_lines(out):
    return [json.loads(line) for line in out.splitlines()]


def test_the_answer_and_nothing_else_is_on_standard_output(app):
    outcome = app("ask", "echo good day")

    assert (outcome.code, outcome.out.rstrip(" \n"), outcome.err) == (0, "good day", "")


def test_json_is_one_object_with_every_promised_key(app):
    outcome = app("ask", "--json", "echo good day")

    assert outcome.code == 0
    assert set(outcome.json) >= KEYS
    assert outcome.json["answer"] == "good day"
    assert outcome.json["finish_reason"] == "stop"


def test_reasoning_is_kept_apart(app):
    assert app("ask", "think good day").out.strip() == "good day"

    answer = app("ask", "--json", "think good day").json
    assert (answer["reasoning"], answer["answer"]) == ("Hm. ", "good day")


def test_the_options_reach_the_engine(app):
    app(
        *("--model", "large", "ask", "hi", "--max-tokens", "9", "--temperature", "0"),
        *("--top-p", "0.5", "--min-p", "0.1", "--seed", "7", "--system", "Be brief."),
        *("--stop", "a", "--stop", "b"),
    )

    asked = app.engine.asked()[0]
    assert asked.generation == GenerationSettings(
        max_tokens=9,
        temperature=0.0,
        top_p=0.5,
        min_p=0.1,
        seed=7,
        system_prompt="Be brief.",
        stop=("a", "b"),
    )
    created = next(x for x in app.engine.commands if isinstance(x, c.CreateConversation))
    assert created.system_prompt == "Be brief."
    assert c.LoadModel(model_id="large") in app.engine.commands


@pytest.mark.feature("cli.ask_stdin")
def test_a_dash_reads_the_question_from_standard_input(app):
    """`ask -` answers a question of any length that is piped in."""
    outcome = app("ask", "-", stdin="echo Grüße\nund mehr\n".encode())

    assert outcome.out.split() == ["Grüße", "und", "mehr"]
    assert app.engine.asked()[0].text == "echo Grüße\nund mehr"


def test_bytes_that_are_not_utf8_are_replaced_and_said(app):
    outcome = app("ask", "-", stdin=b"echo caf\xe9")

    assert outcome.code == 0
    assert "\N{REPLACEMENT CHARACTER}" in outcome.out
    assert "not UTF-8" in outcome.err


@pytest.mark.parametrize("stdin", [None, b"", b" \n"])
def test_standard_input_without_a_question_is_bad_input(app, stdin):
    outcome = app("ask", "-", stdin=stdin)

    assert outcome.code == 7
    assert outcome.err.count("\n") == 1
    assert app.engine.commands == []


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("model_not_found", 3),
        ("model_damaged", 3),
        ("model_unsupported", 3),
        ("not_enough_memory", 4),
        ("offline", 5),
        ("checksum", 5),
        ("disk_full", 6),
        ("prompt_too_long", 7),
        ("bug", 70),
        ("no such kind", 70),
    ],
)
def test_each_kind_of_error_has_its_exit_code_and_one_sentence(app, kind, code):
    report = ErrorReport(kind=kind, message="It is so.", action="Do this.")
    app.engine.failures[c.LoadModel] = report

    outcome = app("ask", "hi")
    assert (outcome.code, outcome.out, outcome.err) == (code, "", "It is so. Do this.\n")

    outcome = app("ask", "--json", "hi")
    assert (outcome.code, outcome.err) == (code, "")
    assert outcome.json == {"error": {"kind": kind, "message": "It is so.", "action": "Do this."}}


def test_an_answer_that_fails_is_told_too(app):
    outcome = app("ask", "fail model_not_loaded")

    assert (outcome.code, outcome.err) == (3, "It did not work. Try.\n")


def test_what_was_cut_is_said(app):
    assert "2 oldest messages were left out" in app("ask", "cut hi").err
    assert "2 oldest messages were left out" in app("ask", "--json", "cut hi").json["notices"][0]


def test_a_download_shows_licence_and_size_on_standard_error(app):
    app.engine.is_fetched = False

    outcome = app("ask", "echo hi")

    assert outcome.out.strip() == "hi"
    assert "licence Apache-2.0, 92.0 MB" in outcome.err


@pytest.mark.feature("cli.batch")
def test_a_batch_answers_each_line_in_order_with_one_load(app, tmp_path):
    """`ask --batch FILE` answers a file of questions in order, loading the model once."""
    file = tmp_path / "questions.jsonl"
    file.write_text(
        '{"question": "echo one", "id": "a"}\n\n{"question": "echo two", "seed": 3}\n'
        '{"question": "echo three", "system": "S", "stop": "x"}'
    )

    outcome = app("ask", "--batch", str(file))

    answers = json_lines(outcome.out)
    assert outcome.code == 0
    assert [answer["answer"] for answer in answers] == ["one", "two", "three"]
    assert [answer["line"] for answer in answers] == [1, 3, 4]
    assert answers[0]["id"] == "a"
    assert answers[1]["seed"] == 3
    assert all(set(answer) >= KEYS for answer in answers)
    assert sum(isinstance(x, c.LoadModel) for x in app.engine.commands) == 1
    assert app.engine.asked()[2].generation.stop == ("x",)
    # No answer may know of the one before.
    assert len({asked.conversation_id for asked in app.engine.asked()}) == 3


@pytest.mark.parametrize(
    "bad",
    [
        b"{",
        b"[]",
        b"7",
        b'"echo x"',
        b"{}",
        b'{"question": 7}',
        b'{"question": "  "}',
        b'{"question": "x", "temperature": 9}',
        b'{"question": "x", "temperature": "hot"}',
        b'{"question": "x", "max_tokens": true}',
        b'{"question": "x", "stop": [1]}',
        b'{"question": "x", "stop": ""}',
        b'{"question": "fail bug"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_bad_line_gives_an_error_and_does_not_stop_the_batch(app, bad):
    outcome = app("ask", "--batch", "-", stdin=bad + b'\n{"question": "echo last"}\n')

    told = json_lines(outcome.out)
    assert outcome.code == 7
    assert set(told[0]) == {"line", "error"}
    assert set(told[0]["error"]) == {"kind", "message", "action"}
    assert told[1]["answer"] == "last"


def test_a_batch_line_with_a_lone_surrogate_is_answered(app):
    outcome = app("ask", "--batch", "-", stdin=b'{"question": "echo \\ud800 x"}\n')

    assert json_lines(outcome.out)[0]["answer"] == "? x"


def test_a_batch_file_that_is_not_there_is_bad_input(app, tmp_path):
    outcome = app("ask", "--batch", str(tmp_path / "none"))

    assert (outcome.code, outcome.out) == (7, "")
    assert outcome.err == "The batch file cannot be opened (No such file or directory).\n"
    assert app("ask", "--batch", str(tmp_path)).code == 7


def test_an_empty_batch_prints_nothing(app):
    outcome = app("ask", "--batch", "-", stdin=b"")

    assert (outcome.code, outcome.out) == (0, "")
