import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.introspection import scoring


def numbers(*values):
    return np.array(values, dtype=np.float64)


def test_a_perfect_order_has_an_auroc_of_one_and_its_mirror_of_zero():
    verdicts = numbers(0, 0, 1, 1)
    assert scoring.auroc(numbers(0.1, 0.2, 0.8, 0.9), verdicts) == 1.0
    assert scoring.auroc(numbers(0.9, 0.8, 0.2, 0.1), verdicts) == 0.0


def test_ties_count_half():
    # Pairs: 0.5 with 0.5 is half, 0.5 over 0.1 is one, 0.9 over both is two: 3.5 of 4.
    assert scoring.auroc(numbers(0.1, 0.5, 0.5, 0.9), numbers(0, 0, 1, 1)) == 0.875
    assert scoring.auroc(numbers(0.3, 0.3, 0.3), numbers(0, 1, 1)) == 0.5


def test_nothing_to_tell_apart_is_no_figure():
    assert scoring.auroc(numbers(0.1, 0.9), numbers(1, 1)) is None
    assert scoring.auroc(numbers(0.1, 0.9), numbers(0, 0)) is None
    one = scoring.with_interval(
        scoring.auroc, numbers(0.1, 0.9), numbers(1, 1), scoring.resamples_of([0, 1])
    )
    assert one is None


def test_a_perfect_forecaster_has_no_error_at_all():
    verdicts = numbers(*([0] * 10 + [1] * 10))
    assert scoring.ece(verdicts, verdicts) == 0.0
    assert scoring.brier(verdicts, verdicts) == 0.0
    assert scoring.risk(verdicts, verdicts, 0.5) == 0.0
    assert scoring.risk(verdicts, verdicts, 1.0) == 0.5


def test_a_constant_forecaster_is_off_by_the_distance_to_the_accuracy():
    # All wrong ones first: bins that broke ties by place would find 0.5 instead of 0.2.
    verdicts = numbers(*([0] * 10 + [1] * 10))
    sure = np.full(20, 0.7)
    assert scoring.ece(sure, verdicts) == pytest.approx(0.2)
    assert scoring.brier(sure, verdicts) == pytest.approx((0.49 + 0.09) / 2)
    assert scoring.risk(sure, verdicts, 0.1) == pytest.approx(0.5)
    assert all(point.accuracy == 0.5 for point in scoring.reliability(sure, verdicts))


def test_bins_hold_equally_many_from_the_least_sure_to_the_surest():
    sure = np.arange(20) / 20
    verdicts = (np.arange(20) >= 10).astype(np.float64)
    bins = scoring.reliability(sure, verdicts)
    assert [each.count for each in bins] == [2] * 10
    assert bins[0].confidence == pytest.approx(0.025)
    assert [each.accuracy for each in bins] == [0.0] * 5 + [1.0] * 5


@pytest.mark.parametrize(
    ("answers", "mean"), [(50, 0.146), (100, 0.103), (200, 0.070), (500, 0.045), (1000, 0.031)]
)
def test_a_perfectly_calibrated_model_still_shows_an_error_on_few_answers(answers, mean):
    sure = (np.arange(answers) + 0.5) / answers
    null = scoring.ece_null(sure)
    assert null.mean() == pytest.approx(mean, abs=0.003)
    assert null.mean() < scoring.ece_limit(sure) < 2 * mean


def test_risk_falls_as_only_the_surest_are_given():
    random = np.random.default_rng(1)
    sure = random.random(400)
    verdicts = (random.random(400) < sure).astype(np.float64)
    curve = scoring.risk_curve(sure, verdicts, scoring.resamples_of(range(400)))
    assert [point.coverage_ratio for point in curve] == pytest.approx(
        [number / 20 for number in range(1, 21)]
    )
    assert curve[0].risk_ratio < 0.15 < 0.4 < curve[-1].risk_ratio
    assert all(point.low <= point.risk_ratio <= point.high for point in curve)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    random = np.random.default_rng(2)
    hits = 0
    for trial in range(60):
        verdicts = (random.random(150) < 0.3).astype(np.float64)
        found = scoring.with_interval(
            scoring.accuracy, verdicts, verdicts, scoring.resamples_of(range(150), seed=trial)
        )
        hits += found.low <= 0.3 <= found.high
    assert hits >= 52


def test_answers_of_one_passage_make_the_interval_wider():
    random = np.random.default_rng(3)
    passages = np.repeat(np.arange(30), 10)
    verdicts = np.repeat((random.random(30) < 0.5).astype(np.float64), 10)
    alone = scoring.with_interval(
        scoring.accuracy, verdicts, verdicts, scoring.resamples_of(range(300))
    )
    together = scoring.with_interval(
        scoring.accuracy, verdicts, verdicts, scoring.resamples_of(passages)
    )
    assert together.high - together.low > 2 * (alone.high - alone.low)


answers = st.lists(
    st.tuples(st.floats(0, 1, allow_nan=False), st.booleans()), min_size=2, max_size=80
)


@settings(max_examples=60, deadline=None)
@given(answers, st.randoms(use_true_random=False))
def test_no_figure_depends_on_the_order_of_the_answers(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)

    def figures(some):
        sure = numbers(*(score for score, _ in some))
        came = numbers(*(float(verdict) for _, verdict in some))
        return [
            scoring.auroc(sure, came) or -1.0,
            scoring.ece(sure, came),
            scoring.brier(sure, came),
            *(scoring.risk(sure, came, share) for share in (0.1, 0.5, 1.0)),
        ]

    assert figures(shuffled) == pytest.approx(figures(pairs))


@settings(max_examples=60, deadline=None)
@given(answers)
def test_auroc_knows_order_alone_and_every_figure_is_a_share(pairs):
    sure = numbers(*(round(score, 3) for score, _ in pairs))
    came = numbers(*(float(verdict) for _, verdict in pairs))
    found = scoring.auroc(sure, came)
    assert found == scoring.auroc(np.exp(3 * sure), came)
    if found is not None:
        assert scoring.auroc(-sure, came) == pytest.approx(1 - found)
    for value in (scoring.ece(sure, came), scoring.brier(sure, came)):
        assert 0.0 <= value <= 1.0
    assert sum(each.count for each in scoring.reliability(sure, came)) == len(pairs)
