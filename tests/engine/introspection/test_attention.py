from __future__ import annotations

import numpy as np
import pytest

from engine.contract.signals import Segment, SegmentKind
from engine.introspection.attention import RowPattern, SegmentSums

SEGMENTS = (
    Segment(kind=SegmentKind.FRAME, start=0, end=2),
    Segment(kind=SegmentKind.DOCUMENT, start=2, end=6),
    Segment(kind=SegmentKind.QUESTION, start=6, end=8),
    Segment(kind=SegmentKind.OWN, start=8),
)


def shares(*patterns, segments=SEGMENTS):
    return SegmentSums(segments).shares(patterns)


def row(*weights, **named):
    return RowPattern(np.array([weights], np.float32), **named)


def test_the_first_four_tokens_are_the_sink_and_the_rest_sums_to_one():
    found = shares(row(4, 2, 1, 1, 2, 2, 3, 1, 1, 3))
    # 20 in all; 8 on the sink, of the other 12 four on the document's rest, four each on the next.
    assert found.sink == pytest.approx(8 / 20)
    assert found.by_segment == pytest.approx((0, 4 / 12, 4 / 12, 4 / 12))
    assert found.lookback == pytest.approx(8 / 12)


def test_every_head_and_every_block_counts_alike_whatever_its_scale():
    first = RowPattern(np.array([[0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0, 5, 0]], np.float32))
    second = RowPattern(np.array([[0, 0, 0, 0, 0, 0, 9, 0], [0, 0, 0, 0, 0, 0, 2, 0]], np.float32))
    found = shares(first, second)
    assert found.by_segment == pytest.approx((0, 1 / 4, 3 / 4, 0))


def test_parts_that_have_not_begun_get_nothing():
    assert shares(row(1, 1, 1, 1, 2, 2)).by_segment == pytest.approx((0, 1, 0, 0))
    assert shares(row(1, 0, 0, 0, 0, 0, 0, 0, 1)).by_segment == pytest.approx((0, 0, 0, 1))


def test_of_nothing_but_the_sink_there_are_no_parts():
    found = shares(row(1, 1, 1))
    assert (found.sink, found.lookback) == (pytest.approx(1), None)
    assert found.by_segment == ()
    assert shares() is None
    assert shares(row(1, 1), segments=()) is None


def test_the_keys_of_a_ring_are_put_where_they_lie_in_the_sequence():
    # Four kept at the front, then a ring in which tokens 10 and 11 have replaced 4 and 5.
    places = np.array([0, 1, 2, 3, 10, 11, 6, 7])
    found = shares(row(1, 1, 1, 1, 3, 1, 2, 2, places=places))
    assert found.sink == pytest.approx(4 / 12)
    assert found.by_segment == pytest.approx((0, 0, 4 / 8, 4 / 8))


def test_a_window_that_has_left_the_sink_behind_has_none():
    found = shares(row(1, 1, 2, places=np.array([6, 7, 8])))
    assert found.sink == 0
    assert found.by_segment == pytest.approx((0, 0, 1 / 2, 1 / 2))


def test_a_learned_sink_is_the_sink_too():
    pattern = row(0, 0, 0, 0, 0.3, 0, 0.3, 0, sunk=np.array([0.4], np.float32))
    found = shares(pattern)
    assert found.sink == pytest.approx(0.4)
    assert found.by_segment == pytest.approx((0, 0.5, 0.5, 0))


def test_shares_of_a_long_answer_do_not_depend_on_what_was_asked_before():
    sums, random = SegmentSums(SEGMENTS), np.random.default_rng(0)
    for length in (3, 9, 40, 7, 200, 41):
        weights = random.random((3, length)).astype(np.float32)
        found = sums.shares([RowPattern(weights)])
        assert found == SegmentSums(SEGMENTS).shares([RowPattern(weights)])
        assert sum(found.by_segment) == pytest.approx(1) or length < 5
