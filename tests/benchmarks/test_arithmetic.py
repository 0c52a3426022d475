"""The benchmarks' own arithmetic, against values worked out by hand."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks import texts
from tests.benchmarks.bench_memory import growth
from tests.benchmarks.children import ContenderFailedError, run_module
from tests.benchmarks.figures import Spread, percentile, ratios, shared_start, slope
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.report import Table, write_json


def test_a_spread_is_the_median_with_the_extremes():
    spread = Spread.of([3.0, 1.0, 8.0])

    assert spread.text() == "3.0 (1.0 to 8.0)"
    assert Spread.of([1234.5]).text(0, " MB") == "1,234 MB"


def test_a_ratio_is_taken_within_a_round():
    """The machine ran at half speed in the second round; the ratio is 2 in both."""
    assert ratios([60.0, 30.0], [30.0, 15.0]) == Spread(2.0, 2.0, 2.0, 2)


def test_percentiles_of_a_hundred_numbers():
    numbers = [float(number) for number in range(100)]

    assert percentile(numbers, 0.5) == 50.0
    assert percentile(numbers, 0.99) == 99.0
    assert percentile([7.0], 0.99) == 7.0


def test_a_slope_is_the_growth_of_one_step():
    assert slope([10.0, 12.0, 14.0, 16.0]) == pytest.approx(2.0)
    assert slope([10.0]) == 0.0


def test_a_leak_shows_as_growth_and_a_warm_up_does_not():
    leak = [100.0 + 10.0 * step for step in range(20)]
    warm_up = [50.0, 80.0, 95.0, 99.0, *[100.0] * 16]

    assert growth(leak) == pytest.approx((120.0, 10.0))
    assert growth(warm_up) == pytest.approx((0.0, 0.0))


def test_texts_are_compared_up_to_the_first_difference():
    assert shared_start("abcdefgh", "abcdEFGH") == 0.5
    assert shared_start("same", "same") == 1.0
    assert shared_start("", "") == 0.0


def test_a_prompt_is_filled_to_its_length_and_never_beyond():
    text = texts.filled("Read this.", lambda words: len(words.split()), 40)

    assert len(text.split()) == 40
    assert text.startswith("Read this.\n\n")


def test_quotable_passages_have_the_length_asked_for():
    found = texts.quotable(lambda text: len(text.split()), count=3, tokens=(40, 120))

    assert len(found) == 3
    assert all(40 <= len(passage.split()) <= 120 for passage in found)


def test_a_contender_reports_from_its_own_process():
    result = run_module("tests.benchmarks.bandwidth", {"bytes": 4_000_000}, lambda _: None)

    assert result["gb_per_s"] >= result["sum_gb_per_s"] > 0
    assert 0 <= result["others_share"] <= 1


def test_a_contender_that_fails_says_why():
    with pytest.raises(ContenderFailedError, match="KeyError: 'bytes'"):
        run_module("tests.benchmarks.bandwidth", {}, lambda _: None)


def test_every_table_says_when_and_where_it_was_measured(tmp_path):
    machine = describe_machine("make bench")
    table = Table("speed", "Speed", ("", "a"), [["ours", "1.0"]], ["A note."], {"a": [1.0]})

    shown = table.markdown(machine.caption())
    write_json(tmp_path / "out" / "bench.json", machine, [table], [])

    assert "| ours | 1.0 |" in shown
    assert machine.date in shown
    assert "make bench" in shown
    kept = json.loads((tmp_path / "out" / "bench.json").read_text(encoding="utf-8"))
    assert kept["results"]["speed"]["a"] == [1.0]
    assert kept["machine"]["cores"] >= 1
