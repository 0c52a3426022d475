"""What a calibrator is worth on answers about passages it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.contract.calibration import (
    Baseline,
    CalibrationReport,
    FeatureWeight,
    Interval,
)
from engine.introspection import scoring
from engine.introspection.answer_features import LENGTH
from engine.introspection.calibrator import Calibrator, Example
from engine.introspection.calibrator_fitting import fit_calibrator, states_of, verdicts_of
from engine.introspection.scoring import Numbers

# Fewer of either verdict, in either part, and no figure would mean anything.
FEWEST = 5
# One shuffle alone may fall on either side by chance; their mean is steady to 0.02.
_SHUFFLES = 20
_BASELINES = (
    (LENGTH, "length alone"),
    ("entropy_mean", "mean entropy alone"),
    ("log_probability_mean", "mean log-probability alone"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose answers to which questions; goes into the report as it is."""

    model_id: str
    model_key: str
    temperature: float
    condition: str
    data: str


def why_too_few(train: Sequence[Example], test: Sequence[Example]) -> str:
    """Why nothing can be fitted to these answers, in a plain sentence; empty if it can."""
    for part in (train, test):
        right = sum(one.is_right for one in part)
        if min(right, len(part) - right) < FEWEST:
            of_all = sum(one.is_right for one in (*train, *test))
            return (
                f"{of_all} of {len(train) + len(test)} answers were right: too few of one kind "
                "to tell right from wrong by."
            )
    return ""


def report_of(
    calibrator: Calibrator,
    train: Sequence[Example],
    test: Sequence[Example],
    subject: Subject,
    *,
    seed: int = 0,
) -> CalibrationReport:
    """Every figure of the calibrator on `test`, and of what it has to beat.

    Args:
        calibrator: Fitted on `train`.
        train: Right and wrong answers.
        test: The same of other passages.
        subject: Whose they are.
        seed: Equal seeds give equal intervals.
    """
    verdicts = verdicts_of(test)
    resamples = scoring.resamples_of([one.group for one in test], seed=seed)
    sure = calibrator.confidences(calibrator.table(list(test)))

    def figure(statistic: scoring.Statistic, scores: Numbers = sure) -> Interval:
        found = scoring.with_interval(statistic, scores, verdicts, resamples)
        # `why_too_few` has seen to it that both verdicts occur.
        assert found is not None
        return found

    return CalibrationReport(
        model_id=subject.model_id,
        model_key=subject.model_key,
        temperature=subject.temperature,
        condition=subject.condition,
        method=calibrator.method,
        data=subject.data,
        trained=len(train),
        tested=len(test),
        accuracy=figure(scoring.accuracy),
        auroc=figure(scoring.auroc),
        ece=figure(scoring.ece),
        ece_null=scoring.ece_limit(sure, seed=seed),
        brier=scoring.brier(sure, verdicts),
        shuffled_auroc=_shuffled_auroc(train, test, verdicts, seed),
        bins=scoring.reliability(sure, verdicts),
        risk=scoring.risk_curve(sure, verdicts, resamples),
        baselines=tuple(
            Baseline(name=name, auroc=figure(scoring.auroc, scores))
            for name, scores in _baselines(train, test)
        ),
        features=_weights(calibrator),
        made_at_s=calibrator.made_at_s,
    )


def _weights(calibrator: Calibrator) -> tuple[FeatureWeight, ...]:
    """Largest first."""
    found = [
        FeatureWeight(name=name, weight=float(weight))
        for name, weight in zip(calibrator.names, calibrator.fit.weights[1:], strict=True)
    ]
    return tuple(sorted(found, key=lambda one: -abs(one.weight)))


def _baselines(train: Sequence[Example], test: Sequence[Example]) -> list[tuple[str, Numbers]]:
    """The confidence by one feature alone, fitted as the whole is."""
    found = []
    for feature, name in _BASELINES:
        only = fit_calibrator([_only(one, feature) for one in train], refits=0)
        if only.names:
            found.append((name, only.confidences(only.table(list(test)))))
    return found


def _only(example: Example, feature: str) -> Example:
    return replace(example, features={feature: example.features[feature]}, state=None)


def _shuffled_auroc(
    train: Sequence[Example], test: Sequence[Example], verdicts: Numbers, seed: int
) -> float:
    """Mean AUROC of calibrators fitted on verdicts that were dealt out anew."""
    random, states = np.random.default_rng(seed), states_of(train)
    found = []
    for _ in range(_SHUFFLES):
        dealt = random.permutation([one.is_right for one in train])
        shuffled = [
            replace(one, is_right=bool(right)) for one, right in zip(train, dealt, strict=True)
        ]
        control = fit_calibrator(shuffled, refits=0, states=states)
        found.append(scoring.auroc(control.confidences(control.table(list(test))), verdicts) or 0.5)
    return sum(found) / len(found)
