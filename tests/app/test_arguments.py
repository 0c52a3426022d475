from __future__ import annotations

import pytest

from app.arguments import parse
from app.errors import UsageError
from engine.contract.settings import GenerationSettings, Settings


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "--home", "/h", "--model", "m", "--seed", "7", "ask", "why"],
        ["ask", "--json", "--home", "/h", "--model", "m", "--seed", "7", "why"],
        ["ask", "why", "--json", "--home=/h", "--model=m", "--seed=7"],
        ["--home", "/h", "ask", "--seed", "7", "why", "--json", "--model", "m"],
    ],
)
def test_options_mean_the_same_before_and_after_the_command(words):
    found = parse(words)

    assert (found.command, found.question, found.home) == ("ask", "why", "/h")
    assert found.is_json
    assert found.model == "m"
    assert found.generation == (("seed", 7),)


def test_no_command_is_the_window():
    assert parse([]).command == "window"


def test_a_question_may_be_several_words_or_begin_with_a_dash():
    assert parse(["ask", "why", "is", "it?"]).question == "why is it?"
    assert parse(["ask", "--", "-5 + 3?"]).question == "-5 + 3?"
    assert parse(["ask", "-"]).question == "-"


def test_options_take_the_place_of_stored_settings_and_leave_the_others():
    stored = Settings(generation=GenerationSettings(top_p=0.5, temperature=1.0))

    options = ["--temperature", "0", "--max-tokens", "9", "--stop", "a", "--stop", "b"]
    found = parse(["ask", *options, "--system", "S", "q"]).applied_to(stored)

    assert found.generation == GenerationSettings(
        top_p=0.5, temperature=0.0, max_tokens=9, stop=("a", "b"), system_prompt="S"
    )


def test_a_model_that_is_a_path_becomes_absolute(tmp_path, monkeypatch):
    (tmp_path / "m.gguf").write_bytes(b"")
    monkeypatch.chdir(tmp_path)

    found = parse(["--model", "m.gguf", "ask", "q"]).applied_to(Settings())

    assert found.models.model == str(tmp_path / "m.gguf")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["ask"], "no question"),
        (["ask", "   "], "no question"),
        (["ask", "q", "--batch", "f"], "not both"),
        (["ask", "q", "--temperature", "9"], "--temperature is 9.0"),
        (["ask", "q", "--temperature", "nan"], "--temperature is nan"),
        (["ask", "q", "--top-p", "0"], "--top-p is 0.0"),
        (["ask", "q", "--max-tokens", "0"], "--max-tokens is 0"),
        (["ask", "q", "--max-tokens", "many"], "invalid int value"),
        (["ask", "q", "--seed", "-1"], "--seed is -1"),
        (["ask", "q", "--stop", ""], "--stop needs a text"),
        (["ask", "q", "--model", " "], "--model needs"),
        (["ask", "q", "--tem", "0"], "nrecognized arguments"),
        (["sing"], "invalid choice"),
        (["models"], "ACTION"),
        (["screenshots"], "DIR"),
        (["--json"], "--json needs a command"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_sentence(words, part):
    with pytest.raises(UsageError) as caught:
        parse(words)

    assert part in caught.value.message
    assert "\n" not in caught.value.message + caught.value.action
    assert caught.value.message.endswith(".")


def test_bytes_that_are_not_utf8_do_not_reach_the_engine():
    broken = b"caf\xe9".decode("utf-8", "surrogateescape")

    assert parse(["ask", broken]).question == "caf\N{REPLACEMENT CHARACTER}"
    # A path keeps them: that is how the file is named.
    assert parse(["--home", broken, "ask", "q"]).home == broken
