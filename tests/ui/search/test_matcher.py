from __future__ import annotations

import pytest

from ui.search.matcher import in_utf16, literal, of_query, readable


@pytest.mark.parametrize(
    ("typed", "text", "spans"),
    [
        ("sky", "The sky and the Sky.", [(4, 7), (16, 19)]),
        ("two words", "two\nwords, two  words", [(0, 9), (11, 21)]),
        ("a.c", "abc a.c", [(4, 7)]),
        ("", "anything", []),
        ("  ", "anything", []),
    ],
)
def test_find_looks_for_what_was_typed_side_by_side(typed, text, spans):
    assert literal(typed).spans(text) == spans


def test_search_marks_each_word_by_its_beginning_and_quoted_ones_together():
    matcher = of_query('"evening light" re')

    assert matcher.spans("Red evening light; more light re-read") == [
        (0, 2),
        (4, 17),
        (30, 32),
        (33, 35),
    ]


def test_an_open_quote_is_read_as_a_closed_one():
    assert of_query('"side by').words == ("side by",)


def test_letters_beyond_the_first_plane_count_as_two_in_qt():
    text = "a\U0001f600b sky"

    assert in_utf16(text, literal("sky").spans(text)) == [(5, 8)]


def test_signs_of_markdown_are_not_what_is_read():
    shown = readable("## A **bold** `code` [link](https://sky.example) __x__")

    assert shown == "A bold code link x"
    assert literal("sky").count(shown) == 0
