from __future__ import annotations

import pytest

from engine.contract.messages import FinishReason
from tests.helpers.fakes import fake_stats
from ui import text, text_lock, text_vault


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (940, "940"), (1890, "1.9k"), (8192, "8.2k"), (32768, "33k"), (1_000_000, "1M")],
)
def test_tokens_are_short(number, words):
    assert text.short_count(number) == words


@pytest.mark.parametrize(
    ("number", "words"), [(512, "1 kB"), (88_000_000, "88 MB"), (4_680_000_000, "4.7 GB")]
)
def test_sizes_are_as_people_say_them(number, words):
    assert text.size(number) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.41, "0.4 s"), (12.2, "12 s"), (180, "3 min"), (7500, "2 h 5 min")],
)
def test_durations_are_as_people_say_them(seconds, words):
    assert text.duration(seconds) == words


def test_the_meta_line_says_what_was_measured():
    line = text.meta_line(fake_stats(120), FinishReason.STOP)

    assert line == "24.1 tok/s · first word 0.4 s · 120 tokens · 20 of 30 read before"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (FinishReason.LENGTH, "reached the longest answer allowed"),
        (FinishReason.STOPPED, "stopped by you"),
    ],
)
def test_the_meta_line_says_why_an_answer_ended(reason, words):
    assert text.meta_line(None, reason) == words


def test_what_was_left_out_is_counted():
    assert text.older_left_out(1) == "1 older message did not fit and was left out of this answer"
    assert text.older_left_out(4).startswith("4 older messages did not fit and were")


def test_nothing_on_screen_shouts():
    words = [
        value
        for module in (text, text_lock, text_vault)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    ]

    assert words
    assert not [line for line in words if "!" in line]
