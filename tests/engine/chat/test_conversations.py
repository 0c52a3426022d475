from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from engine.chat.conversations import Conversations, spoken
from engine.contract.errors import NotFoundError
from engine.contract.messages import FinishReason, Role


@pytest.fixture
def conversations():
    clock = itertools.count(1)
    return Conversations(now_s=lambda: float(next(clock)))


def test_the_latest_conversation_comes_first(conversations):
    for name in "abc":
        conversations.create(name, "", None)
    conversations.add_message("a", Role.USER, "hello")

    assert [c.id for c in conversations.list()] == ["a", "c", "b"]


def test_creating_one_twice_keeps_the_first(conversations):
    conversations.create("a", "", None)
    conversations.add_message("a", Role.USER, "hello")

    assert conversations.create("a", "other", None).title == "hello"


def test_a_long_first_message_is_shortened_to_a_title_at_a_word(conversations):
    conversations.create("a", "", None)
    conversations.add_message("a", Role.USER, "word " * 40)

    title = conversations.get("a").title
    assert title.endswith("word…")
    assert len(title) <= 61


def test_an_answer_that_stayed_empty_is_not_part_of_a_prompt(conversations):
    conversations.create("a", "", None)
    conversations.add_message("a", Role.USER, "hello")
    conversations.add_message("a", Role.ASSISTANT)

    assert [m.text for m in spoken(conversations.get("a"))] == ["hello"]


def test_a_question_that_could_not_be_answered_is_not_part_of_a_prompt(conversations):
    conversations.create("a", "", None)
    conversations.add_message("a", Role.USER, "far too long")
    failed = conversations.add_message("a", Role.ASSISTANT)
    conversations.update_message("a", replace(failed, finish_reason=FinishReason.FAILED))
    conversations.add_message("a", Role.USER, "short")

    assert [m.text for m in spoken(conversations.get("a"))] == ["short"]


def test_what_is_not_there_is_said_plainly(conversations):
    for use in (conversations.get, conversations.delete, conversations.restore):
        with pytest.raises(NotFoundError):
            use("none")
