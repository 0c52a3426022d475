from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.introspection.flags import Boundaries, Repetitions, is_fork


def flagged(tokens):
    notice = Repetitions()
    return [notice.add(token) for token in tokens]


@pytest.mark.parametrize(
    ("entropy", "margin", "expected"),
    [(1.0, math.log(2), True), (3.0, 0.0, True), (0.99, 0.1, False), (2.0, 0.7, False)],
)
def test_a_fork_is_open_and_its_second_is_half_as_likely_at_least(entropy, margin, expected):
    assert is_fork(entropy, margin) is expected


def test_a_boundary_is_two_deviations_above_what_came_before():
    notice = Boundaries()
    assert not any(notice.add(one) for one in [1.0, 3.0] * 8)  # mean 2, deviation 1
    assert not notice.add(3.9)
    notice = Boundaries()
    assert not any(notice.add(one) for one in [1.0, 3.0] * 8)
    assert notice.add(4.1)


def test_nothing_is_a_boundary_before_sixteen_tokens_are_known():
    notice = Boundaries()
    assert not any(notice.add(one) for one in [*[0.1] * 15, 50.0])


def test_old_surprises_are_forgotten():
    notice = Boundaries()
    for one in [100.0] * 64 + [1.0, 1.2] * 32:
        notice.add(one)
    assert notice.add(5.0)


def test_nine_equal_tokens_are_a_loop_and_eight_are_not():
    assert flagged([1, 2] + [7] * 9) == [False] * 10 + [True]
    assert not any(flagged([7] * 8))


def test_three_rounds_of_a_phrase_are_a_loop_for_as_long_as_it_goes_on():
    phrase = [5, 6, 7, 8, 9]
    assert flagged(phrase * 3 + [5, 6, 1]) == [False] * 14 + [True] * 3 + [False]


def test_the_longest_loop_has_32_tokens():
    assert flagged(list(range(32)) * 3)[-1]
    assert not any(flagged(list(range(33)) * 4))


@given(st.lists(st.integers(0, 3), max_size=30))
def test_a_loop_is_what_slow_counting_finds(tokens):
    def is_loop(seen):
        for length in range(1, 33):
            wanted = length * max(3, math.ceil(9 / length))
            tail = seen[-wanted:]
            if len(tail) == wanted and tail == tail[:length] * (wanted // length):
                return True
        return False

    assert flagged(tokens) == [is_loop(tokens[: end + 1]) for end in range(len(tokens))]
