from __future__ import annotations

import pytest

from engine.models.answer_text import AnswerText


class Letters:
    """A detokenizer whose tokens are texts, so that a test can be read."""

    def add(self, token):
        return token

    def finish(self):
        return ""


def read(tokens, **options):
    text = AnswerText(Letters(), **options)
    pieces = []
    for token in tokens:
        pieces += text.add(token)
        if text.is_stopped:
            break
    pieces += text.finish()
    answer = "".join(p.text for p in pieces if not p.is_reasoning)
    reasoning = "".join(p.text for p in pieces if p.is_reasoning)
    return answer, reasoning, text.is_stopped


TAGS = {"think_start": "<think>", "think_end": "</think>"}


@pytest.mark.feature(
    "answers.stop_texts", "An answer ends before a stop text, even one cut across tokens."
)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_stop_text_is_found_across_token_borders(size):
    text = "One. Two. END Three"
    tokens = [text[i : i + size] for i in range(0, len(text), size)]

    assert read(tokens, stop=("END",)) == ("One. Two. ", "", True)


def test_a_beginning_of_a_stop_text_is_given_out_once_it_cannot_become_one():
    text = AnswerText(Letters(), stop=("###",))

    assert [p.text for p in text.add("a #")] == ["a "]
    assert [p.text for p in text.add("b")] == ["#b"]


def test_what_was_held_back_is_given_at_the_end():
    assert read(["price: ##"], stop=("###",)) == ("price: ##", "", False)


def test_the_earliest_of_several_stop_texts_counts():
    assert read(["x B y A"], stop=("A", "B")) == ("x ", "", True)


@pytest.mark.feature(
    "answers.reasoning", "What a model thinks before its answer is kept apart from it."
)
@pytest.mark.parametrize("size", [1, 4, 100])
def test_reasoning_is_kept_apart_from_the_answer(size):
    text = "<think>\nWell, 6 times 7.\n</think>\n\nIt is 42."
    tokens = [text[i : i + size] for i in range(0, len(text), size)]

    answer, reasoning, _ = read(tokens, **TAGS)

    assert (answer, reasoning.strip()) == ("It is 42.", "Well, 6 times 7.")


def test_a_template_that_opened_the_tag_itself_is_known():
    answer, reasoning, _ = read(["Hm.", "</think>", "Yes."], starts_in_reasoning=True, **TAGS)

    assert (answer, reasoning) == ("Yes.", "Hm.")


def test_a_stop_text_inside_the_reasoning_does_not_end_the_answer():
    answer, reasoning, is_stopped = read(["<think>END</think>ok"], stop=("END",), **TAGS)

    assert (answer, reasoning, is_stopped) == ("ok", "END", False)


def test_no_tags_are_looked_for_where_the_model_has_none():
    assert read(["<think>a</think>"]) == ("<think>a</think>", "", False)
