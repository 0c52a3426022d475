import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.introspection.regression import fit_logistic, fit_steps, on_steps, sigmoid


def test_logistic_regression_finds_the_coefficients_that_made_the_verdicts():
    random = np.random.default_rng(0)
    inputs = random.normal(size=(40_000, 3))
    truth = np.array([-0.5, 1.0, -2.0, 0.0])
    sure = sigmoid(truth[0] + inputs @ truth[1:])
    verdicts = (random.random(len(sure)) < sure).astype(np.float64)
    assert fit_logistic(inputs, verdicts) == pytest.approx(truth, abs=0.06)


def test_a_table_of_two_by_two_has_its_answer_by_hand():
    # 1 of 4 right without the mark, 3 of 4 with it: log-odds -ln 3 and +ln 3.
    inputs = np.repeat([[0.0], [1.0]], 4, axis=0)
    verdicts = np.array([1.0, 0, 0, 0, 1, 1, 1, 0])
    found = fit_logistic(inputs, verdicts, ridge=1e-9)
    assert found == pytest.approx([-np.log(3), 2 * np.log(3)], abs=1e-4)


def test_perfectly_parted_verdicts_give_finite_weights():
    inputs = np.linspace(-1, 1, 20)[:, None]
    found = fit_logistic(inputs, (inputs[:, 0] > 0).astype(np.float64))
    assert np.isfinite(found).all()
    assert found[1] > 1
    assert np.isfinite(fit_logistic(inputs, np.ones(20))).all()


def test_steps_pool_what_falls():
    # 0, then 1 and 0 pooled to a half, then 1.
    corners = fit_steps(np.array([1.0, 2, 3, 4]), np.array([0.0, 1, 0, 1]))
    assert list(corners[0]) == [1, 2, 3, 4]
    assert list(corners[1]) == [0, 0.5, 0.5, 1]
    assert list(on_steps(np.array([0.0, 1.5, 2.5, 9]), corners)) == [0, 0.25, 0.5, 1]


def test_steps_through_falling_verdicts_are_level():
    corners = fit_steps(np.array([1.0, 2, 3]), np.array([1.0, 1, 0]))
    assert list(on_steps(np.array([0.0, 2, 5]), corners)) == pytest.approx([2 / 3] * 3)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=60))
def test_steps_rise_and_keep_the_mean(pairs):
    scores = np.array([float(score) for score, _ in pairs])
    verdicts = np.array([float(verdict) for _, verdict in pairs])
    values = on_steps(scores, fit_steps(scores, verdicts))
    assert (np.diff(values[np.argsort(scores, kind="stable")]) >= -1e-12).all()
    assert values.mean() == pytest.approx(verdicts.mean())
