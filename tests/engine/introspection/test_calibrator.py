import json
from dataclasses import replace

import numpy as np
import pytest

from engine.introspection import scoring
from engine.introspection.calibrator import Calibrator
from engine.introspection.calibrator_fitting import fit_calibrator, verdicts_of
from engine.introspection.folds import folds_of
from engine.introspection.held_out import Subject, report_of, why_too_few
from engine.introspection.state_probe import ProbeFolds, ProbeGround
from tests.helpers.measured import examples

SUBJECT = Subject(model_id="m", model_key="k", temperature=0.0, condition="closed", data="made up")


@pytest.fixture(scope="module")
def train():
    return examples(600, seed=1)


@pytest.fixture(scope="module")
def held_out():
    return examples(400, seed=2)


@pytest.fixture(scope="module")
def calibrator(train):
    return fit_calibrator(train, made_at_s=12.0)


@pytest.fixture(scope="module")
def report(calibrator, train, held_out):
    return report_of(calibrator, train, held_out, SUBJECT)


def test_it_finds_the_weights_that_made_the_verdicts(calibrator):
    found = dict(zip(calibrator.names, calibrator.fit.weights[1:], strict=True))
    assert found["f0"] == pytest.approx(1.5, abs=0.35)
    assert found["f1"] == pytest.approx(-1.0, abs=0.35)
    assert abs(found["entropy_mean"]) < 0.3
    assert calibrator.method == "logistic"


def test_its_confidence_is_the_share_that_is_right(report):
    assert report.ece.value < report.ece_null + 0.03
    assert report.auroc.low > 0.75
    assert report.auroc.low <= report.auroc.value <= report.auroc.high
    assert (report.trained, report.tested) == (600, 400)


def test_fitted_on_shuffled_verdicts_it_tells_nothing_apart(report):
    assert report.shuffled_auroc == pytest.approx(0.5, abs=0.1)


def test_baselines_that_know_nothing_are_near_chance(report):
    assert {one.name for one in report.baselines} == {
        "length alone",
        "mean entropy alone",
        "mean log-probability alone",
    }
    assert all(one.auroc.low < 0.55 for one in report.baselines)


def test_one_answer_gets_a_value_an_interval_and_its_parts(calibrator):
    sure = examples(1, seed=9)[0]
    good = {**sure.features, "f0": 2.0, "f1": -2.0}
    found = calibrator.confidence(good)
    assert found.value > 0.9
    assert found.low < found.value < found.high
    assert found.answers == 600
    assert found.measured_at_s == 12.0
    assert {part.name for part in found.parts[:2]} == {"f0", "f1"}
    assert all(part.weight > 0 for part in found.parts[:2])
    log_odds = calibrator.fit.weights[0] + sum(part.weight for part in found.parts)
    assert found.value == pytest.approx(1 / (1 + np.exp(-log_odds)))


def test_the_interval_is_wider_where_fewer_answers_were_checked(train):
    few = fit_calibrator(train[:60]).confidence(train[0].features)
    many = fit_calibrator(train).confidence(train[0].features)
    assert few.high - few.low > 1.5 * (many.high - many.low)


def test_an_answer_that_lacks_a_measurement_has_no_confidence(calibrator, train):
    features = dict(train[0].features)
    del features["f1"]
    assert calibrator.confidence(features) is None
    assert "f1" in calibrator.why_not(features)


def test_an_answer_longer_than_any_that_was_checked_has_no_confidence(calibrator, train):
    features = {**train[0].features, "length": 200.0}
    assert calibrator.confidence(features) is None
    assert "at most 23 tokens" in calibrator.why_not(features)


def test_a_feature_that_one_answer_lacks_is_left_out_for_all(train):
    lacking = {name: value for name, value in train[0].features.items() if name != "f1"}
    found = fit_calibrator([replace(train[0], features=lacking), *train[1:]], refits=2)
    assert "f1" not in found.names
    assert found.confidence(lacking) is not None


def test_rising_steps_take_over_where_the_curve_does_not_fit():
    random = np.random.default_rng(5)
    some = [
        replace(
            one,
            features={"f0": (at := float(random.normal()))},
            is_right=bool(random.random() < (0.97 if at > 1 else 0.3)),
        )
        for one in examples(1500, seed=6)
    ]
    found = fit_calibrator(some, refits=5)
    assert found.method == "isotonic"
    values = found.confidences(np.array([[-2.0], [0.5], [2.0]]))
    assert values == pytest.approx([0.3, 0.3, 0.97], abs=0.09)
    assert 0.0 < values.min() <= values.max() < 1.0


def test_it_is_the_same_after_it_was_written_and_read(calibrator, train):
    again = Calibrator.from_values(json.loads(json.dumps(calibrator.to_values())))
    assert again.confidence(train[3].features) == calibrator.confidence(train[3].features)


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values.pop("fit"),
        lambda values: values["means"].pop(),
        lambda values: values["refits"][0].update(weights=[1.0]),
        lambda values: values.update(probe=7),
        lambda values: values["names"].append("hidden_state"),
        lambda values: values.update(scales="no"),
    ],
)
def test_a_damaged_one_is_told(calibrator, change):
    values = json.loads(json.dumps(calibrator.to_values()))
    change(values)
    with pytest.raises(ValueError, match=r"calibrator|convert|float"):
        Calibrator.from_values(values)


def test_hidden_states_count_where_they_carry_more_than_the_probabilities():
    train = examples(500, seed=3, weights=(0.0,), width=40, state_weight=2.0)
    test = examples(400, seed=4, weights=(0.0,), width=40, state_weight=2.0)
    found = fit_calibrator(train)
    assert "hidden_state" in found.names
    report = report_of(found, train, test, SUBJECT)
    assert report.auroc.low > 0.7
    assert report.features[0].name == "hidden_state"
    assert report.ece.value < report.ece_null + 0.03
    again = Calibrator.from_values(json.loads(json.dumps(found.to_values())))
    one = test[0]
    assert again.confidence(one.features, one.state) == found.confidence(one.features, one.state)
    assert found.confidence(one.features) is None
    assert "hidden_state" in found.why_not(one.features)
    assert "size" in found.why_not(one.features, np.zeros(3))


def test_a_probe_of_pure_noise_does_not_look_better_than_it_is():
    noise = examples(300, seed=7, weights=(0.0,), width=200)
    states = np.array([one.state for one in noise])
    groups = [one.group for one in noise]
    verdicts = verdicts_of(noise)
    _, scores = ProbeFolds(states, groups).fit(verdicts)
    assert scoring.auroc(scores, verdicts) < 0.62
    # On its own answers it would.
    own = ProbeGround(states).probe(verdicts, strength=0.1).score(states)
    assert scoring.auroc(own, verdicts) > 0.9


def test_the_probe_in_its_dual_form_is_ridge_regression():
    random = np.random.default_rng(8)
    states = random.normal(size=(50, 6)) * [1, 2, 3, 1, 1, 1] + 1
    verdicts = (states[:, 1] > 1).astype(np.float64)
    plain = (states - states.mean(axis=0)) / states.std(axis=0)
    held = 0.5 * float((plain**2).sum()) / 50
    direct = np.linalg.solve(
        plain.T @ plain + held * np.eye(6), plain.T @ (verdicts - verdicts.mean())
    )
    found = ProbeGround(states).probe(verdicts, strength=0.5).score(states)
    assert found == pytest.approx(plain @ direct + verdicts.mean())


def test_folds_never_part_a_passage():
    groups = [number // 3 for number in range(60)]
    parts = folds_of(groups)
    assert len(parts) == 5
    assert sum(part.astype(int) for part in parts).tolist() == [1] * 60
    for part in parts:
        inside = {group for group, is_in in zip(groups, part, strict=True) if is_in}
        outside = {group for group, is_in in zip(groups, part, strict=True) if not is_in}
        assert not inside & outside
    assert len(folds_of([1, 1, 2])) == 2


def test_too_few_of_one_verdict_is_said(train):
    wrong = [replace(one, is_right=False) for one in train[:50]]
    assert "0 of 100" in why_too_few(wrong, wrong)
    assert why_too_few(train, train) == ""
