"""How well confidences fit verdicts: figures with their intervals, in float64.

Verdicts are 1 for right and 0 for wrong. Answers of equal confidence share their verdicts, so that
no figure depends on the order in which they come. Answers about one passage are not independent,
so intervals draw whole groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.contract.calibration import Interval, ReliabilityBin, RiskPoint

Numbers: TypeAlias = npt.NDArray[np.float64]
Places: TypeAlias = npt.NDArray[np.intp]
Statistic: TypeAlias = Callable[[Numbers, Numbers], float | None]

# Enough for the ends of a 95 % interval to be steady in the second digit.
RESAMPLES = 2_000
BINS = 10
_COVERAGES = 20
_INTERVAL = (2.5, 97.5)
_NULL_PERCENTILE = 95.0


def auroc(scores: Numbers, verdicts: Numbers) -> float | None:
    """The chance that a right answer scores above a wrong one; a tie counts half.

    None if all are right or all are wrong: then there is nothing to tell apart.

    Source: Hanley and McNeil 1982, doi:10.1148/radiology.143.1.7063747; the rank form of Mann and
        Whitney.
    """
    right = int(verdicts.sum())
    wrong = len(verdicts) - right
    if not right or not wrong:
        return None
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    # The mean rank of a run of equal scores, counted from 1.
    ranks = np.cumsum(counts) - (counts - 1) / 2
    won = float(ranks[places][verdicts > 0].sum()) - right * (right + 1) / 2
    return won / (right * wrong)


def brier(confidences: Numbers, verdicts: Numbers) -> float:
    """Mean squared distance of the confidence from what came; 0 is perfect.

    Source: Brier 1950.
    """
    return float(np.mean((confidences - verdicts) ** 2))


def log_loss(confidences: Numbers, verdicts: Numbers) -> float:
    """Mean surprise at the verdicts, in nats."""
    sure = np.clip(confidences, 1e-9, 1 - 1e-9)
    return float(-np.mean(verdicts * np.log(sure) + (1 - verdicts) * np.log1p(-sure)))


def ece(confidences: Numbers, verdicts: Numbers) -> float:
    """Expected calibration error: mean distance of confidence and accuracy over ten equal bins.

    Source: Naeini et al. 2015; bins of equal count as in Nixon et al. 2019, arXiv:1904.01685.
    """
    total = len(confidences)
    return sum(
        abs(float(sure.mean() - came.mean())) * len(sure) / total
        for sure, came in _bins(confidences, verdicts)
    )


def ece_null(confidences: Numbers, *, seed: int = 0) -> Numbers:
    """The ECE of a perfectly calibrated model of these confidences, 2,000 times over.

    With few answers it is far from zero: 0.14 on average with 50 of them.

    Source: consistency resampling, Bröcker and Smith 2007, doi:10.1175/WAF993.1.
    """
    random = np.random.default_rng(seed)
    sure = np.sort(confidences)
    came = (random.random((RESAMPLES, len(sure))) < sure).astype(np.float64)
    return np.array([ece(sure, row) for row in came])


def ece_limit(confidences: Numbers, *, seed: int = 0) -> float:
    """What the ECE of a perfectly calibrated model would stay under 95 times of 100."""
    return float(np.percentile(ece_null(confidences, seed=seed), _NULL_PERCENTILE))


def reliability(confidences: Numbers, verdicts: Numbers) -> tuple[ReliabilityBin, ...]:
    """Answers of like confidence together, the least sure first."""
    return tuple(
        ReliabilityBin(confidence=float(sure.mean()), accuracy=float(came.mean()), count=len(sure))
        for sure, came in _bins(confidences, verdicts)
    )


def risk(confidences: Numbers, verdicts: Numbers, coverage_ratio: float) -> float:
    """Share of wrong answers if only the surest `coverage_ratio` of them were given.

    Source: El-Yaniv and Wiener 2010; Geifman and El-Yaniv 2017, arXiv:1705.08500.
    """
    return float(_risks(confidences, verdicts, np.array([coverage_ratio]))[0])


def risk_curve(
    confidences: Numbers, verdicts: Numbers, resamples: Sequence[Places]
) -> tuple[RiskPoint, ...]:
    """The risk at twenty coverages, each with its interval over `resamples_of`."""
    coverages = np.arange(1, _COVERAGES + 1) / _COVERAGES
    values = _risks(confidences, verdicts, coverages)
    drawn = np.array(
        [_risks(confidences[taken], verdicts[taken], coverages) for taken in resamples]
    )
    low, high = np.percentile(drawn, _INTERVAL, axis=0)
    return tuple(
        RiskPoint(
            coverage_ratio=float(coverages[at]),
            risk_ratio=float(values[at]),
            low=float(low[at]),
            high=float(high[at]),
        )
        for at in range(_COVERAGES)
    )


def with_interval(
    statistic: Statistic,
    confidences: Numbers,
    verdicts: Numbers,
    resamples: Sequence[Places],
) -> Interval | None:
    """A figure with its 95 % interval.

    Args:
        statistic: Of confidences and verdicts; None where it has no value.
        confidences: One of each answer.
        verdicts: 1 for right and 0 for wrong.
        resamples: Of the answers, as `resamples_of` draws them.

    Returns:
        None if the figure itself has no value.

    Source: Efron and Tibshirani 1993, percentile intervals.
    """
    value = statistic(confidences, verdicts)
    if value is None:
        return None
    drawn = [
        found
        for taken in resamples
        if (found := statistic(confidences[taken], verdicts[taken])) is not None
    ]
    low, high = np.percentile(drawn, _INTERVAL) if drawn else (value, value)
    return Interval(value=value, low=float(low), high=float(high))


def accuracy(_confidences: Numbers, verdicts: Numbers) -> float:
    """Share that is right; a statistic like the others."""
    return float(verdicts.mean())


def resamples_of(groups: Sequence[int], *, count: int | None = None, seed: int = 0) -> list[Places]:
    """Places of the answers of as many groups as there are, drawn with replacement.

    Args:
        groups: For each answer the passage it is about, as a number.
        count: How often; None draws 2,000 times.
        seed: Equal seeds draw alike.

    Source: groups drawn whole, as in Cameron et al. 2008, doi:10.1162/rest.90.3.414.
    """
    random = np.random.default_rng(seed)
    _, members = np.unique(np.asarray(groups), return_inverse=True)
    total, places = int(members.max()) + 1, np.arange(len(members))
    drawn = []
    for _ in range(RESAMPLES if count is None else count):
        times = np.bincount(random.integers(0, total, total), minlength=total)
        drawn.append(np.repeat(places, times[members]))
    return drawn


def _bins(confidences: Numbers, verdicts: Numbers) -> list[tuple[Numbers, Numbers]]:
    """Ten runs of equal count by confidence; fewer if there are fewer answers."""
    order = np.argsort(confidences, kind="stable")
    sure, came = confidences[order], _shared(confidences, verdicts)[order]
    parts = min(BINS, len(sure))
    return list(zip(np.array_split(sure, parts), np.array_split(came, parts), strict=True))


def _shared(scores: Numbers, verdicts: Numbers) -> Numbers:
    """Verdicts as their mean among answers of equal score."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    if len(counts) == len(scores):
        return verdicts
    means: Numbers = np.bincount(places, weights=verdicts) / counts
    return means[places]


def _risks(confidences: Numbers, verdicts: Numbers, coverages: Numbers) -> Numbers:
    order = np.argsort(-confidences, kind="stable")
    wrong = np.cumsum(1.0 - _shared(confidences, verdicts)[order])
    given = np.maximum(np.ceil(coverages * len(wrong) - 1e-9).astype(int), 1)
    risks: Numbers = wrong[given - 1] / given
    return risks
