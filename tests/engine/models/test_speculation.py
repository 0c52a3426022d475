from __future__ import annotations

from engine.models.speculation import LookupDrafter


def test_what_followed_the_last_tokens_before_is_proposed():
    tokens = [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3]

    assert LookupDrafter().draft(tokens) == [4, 5, 6]


def test_the_latest_of_several_places_is_taken():
    tokens = [1, 2, 3, 9, 1, 2, 3, 8, 0, 1, 2, 3]

    assert LookupDrafter().draft(tokens)[0] == 8


def test_a_longer_match_is_preferred():
    tokens = [7, 1, 2, 3, 5, 0, 9, 1, 2, 3, 6, 0, 7, 1, 2, 3]

    assert LookupDrafter().draft(tokens)[0] == 5


def test_nothing_is_proposed_where_nothing_repeats():
    assert LookupDrafter().draft(list(range(50))) == []


def test_guesses_grow_while_they_hold_and_pause_when_they_fail():
    drafter = LookupDrafter()
    tokens = [*range(40), 0, 1, 2]

    assert len(drafter.draft(tokens)) == 3
    drafter.learn(3, 3)
    assert len(drafter.draft(tokens)) == 7
    drafter.learn(7, 0)
    assert drafter.draft(tokens) == []
    assert len(drafter.draft([*tokens, *range(3, 11)])) == 3
