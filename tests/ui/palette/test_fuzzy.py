from __future__ import annotations

import time

import pytest

from ui.palette.fuzzy import match


def best(query, *lines):
    ranked = [(found[0], line) for line in lines if (found := match(query, line)) is not None]
    return [line for _, line in sorted(ranked, key=lambda entry: -entry[0])]


@pytest.mark.parametrize(
    ("query", "lines", "expected"),
    [
        ("new", ("Renew the lease", "New conversation", "Knew it"), "New conversation"),
        ("set", ("Offset printing", "Settings", "Sunset at eight"), "Settings"),
        ("nc", ("Once upon", "New conversation", "Since then"), "New conversation"),
        ("dark", ("Appearance: Dark", "A darker shade of pale"), "Appearance: Dark"),
        ("boat name", ("Names for the boat", "Boats"), "Names for the boat"),
        ("expconv", ("Export conversation", "Explain my conversion"), "Export conversation"),
    ],
)
def test_the_line_meant_comes_first(query, lines, expected):
    assert best(query, *lines)[0] == expected


def test_letters_that_are_not_there_match_nothing():
    assert match("zq", "New conversation") is None
    assert match("new zebra", "New conversation") is None


def test_places_are_those_of_the_letters():
    assert match("nc", "New conversation")[1] == (0, 4)
    assert match("conv", "New conversation")[1] == (4, 5, 6, 7)


def test_a_letter_that_grows_when_lowered_shifts_nothing():
    found = match("x", "\u0130 x")

    assert found is not None
    assert found[1] == (2,)


def test_five_thousand_titles_are_ranked_in_a_tenth_of_a_second():
    lines = [f"Conversation {n} about sailing and the weather at sea" for n in range(5000)]
    begun = time.perf_counter()
    best("csea", *lines)

    assert time.perf_counter() - begun < 0.25
