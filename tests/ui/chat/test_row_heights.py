from __future__ import annotations

from ui.chat.row_heights import RowHeights


def rows(*heights):
    made = RowHeights()
    made.insert(0, list(heights))
    return made


def test_tops_are_the_sums_of_what_is_above():
    heights = rows(10.0, 20.0, 30.0)

    assert [heights.top(row) for row in range(4)] == [0, 10, 30, 60]
    assert heights.total() == 60


def test_a_measured_row_moves_what_is_below_it_and_nothing_else():
    heights = rows(10.0, 20.0, 30.0)
    heights.total()

    assert heights.measure(1, 25.0) == 5
    assert heights.is_measured(1)
    assert [heights.top(row) for row in range(4)] == [0, 10, 35, 65]


def test_a_place_belongs_to_the_row_it_is_in():
    heights = rows(10.0, 20.0, 30.0)

    assert [heights.row_at(y) for y in (-5, 0, 9, 10, 29, 30, 59, 500)] == [0, 0, 0, 1, 1, 2, 2, 2]
    assert rows().row_at(0) == -1


def test_rows_come_and_go():
    heights = rows(10.0, 20.0, 30.0)
    heights.insert(3, [40.0])
    assert heights.total() == 100

    heights.remove(0, 1)
    assert len(heights) == 2
    assert heights.total() == 70

    heights.clear()
    assert heights.total() == 0
    assert len(heights) == 0
