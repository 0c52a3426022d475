from __future__ import annotations

import pytest

from engine.chat.history import Budget, History
from engine.contract.errors import PromptTooLongError
from engine.contract.messages import Message, Role
from engine.models.folder_tokenizer import tokenizer_from_folder
from tests.helpers.tiny_model import write_tiny_model


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    return tokenizer_from_folder(write_tiny_model(tmp_path_factory.mktemp("tiny")))


def dialogue(*texts):
    roles = (Role.USER, Role.ASSISTANT)
    return [
        Message(id=f"m{n}", role=roles[n % 2], text=text, created_at_s=float(n))
        for n, text in enumerate(texts)
    ]


def fit(tokenizer, messages, prompt_tokens, system="S"):
    budget = Budget(limit_tokens=prompt_tokens + 10, answer_tokens=10)
    return History().fit("key", tokenizer, system, messages, budget)


def test_nothing_is_cut_where_all_fits(tokenizer):
    messages = dialogue("one", "two", "three")

    fitted = fit(tokenizer, messages, 1000)

    turns = [("system", "S"), *((m.role.value, m.text) for m in messages)]
    assert list(fitted.tokens) == tokenizer.encode_chat(turns)
    assert (fitted.cut_ids, fitted.cut_tokens) == ((), 0)


@pytest.mark.parametrize("room", range(60, 260, 7))
def test_the_prompt_always_fits_and_keeps_as_much_as_it_can(tokenizer, room):
    messages = dialogue(*("x" * 20 for _ in range(9)))

    fitted = fit(tokenizer, messages, room)

    assert len(fitted.tokens) <= room
    kept = len(messages) - len(fitted.cut_ids)
    assert kept % 2 == 1, "the kept part must begin with a user's message"
    if kept < len(messages):
        more = [("system", "S"), *((m.role.value, m.text) for m in messages[-kept - 2 :])]
        assert len(tokenizer.encode_chat(more)) > room


def test_what_was_cut_is_named_with_its_length(tokenizer):
    messages = dialogue("a" * 30, "b" * 30, "c" * 5)
    whole = len(fit(tokenizer, messages, 1000).tokens)

    fitted = fit(tokenizer, messages, whole - 1)

    assert fitted.cut_ids == ("m0", "m1")
    assert fitted.cut_tokens == whole - len(fitted.tokens)


def test_a_last_message_that_cannot_fit_is_refused_with_the_numbers(tokenizer):
    with pytest.raises(PromptTooLongError, match="can take 50"):
        fit(tokenizer, dialogue("a", "b", "x" * 200), 50)


def test_no_system_prompt_means_no_system_turn(tokenizer):
    fitted = fit(tokenizer, dialogue("a"), 100, system="")

    assert list(fitted.tokens) == tokenizer.encode_chat([("user", "a")])


def test_an_answer_is_given_at_most_a_quarter_of_the_context():
    assert Budget.of(8000, 100).prompt_tokens == 7900
    assert Budget.of(8000, 10_000).prompt_tokens == 6000


def test_two_messages_of_one_side_become_one_turn(tokenizer):
    """Many templates refuse a conversation in which the sides do not take turns."""
    messages = dialogue("one", "answer", "two")
    messages[1:2] = []

    fitted = fit(tokenizer, messages, 1000)

    assert list(fitted.tokens) == tokenizer.encode_chat([("system", "S"), ("user", "one\n\ntwo")])
