"""Fits a calibrator to answers whose verdicts are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.introspection.answer_features import LENGTH, STATE
from engine.introspection.calibrator import Calibrator, Corners, Example, Fit
from engine.introspection.folds import folds_of
from engine.introspection.regression import fit_logistic, fit_steps, on_steps, sigmoid
from engine.introspection.scoring import Numbers, log_loss, resamples_of
from engine.introspection.state_probe import ProbeFolds, StateProbe

# Enough for the ends of an interval over refits; each refit takes a millisecond.
REFITS = 100
# With fewer, a line through hundreds of numbers says nothing about the next answer.
_FEWEST_FOR_PROBE = 100


def verdicts_of(examples: Sequence[Example]) -> Numbers:
    """1 for each right answer and 0 for each wrong one."""
    return np.array([float(one.is_right) for one in examples])


def fit_calibrator(
    examples: Sequence[Example],
    *,
    made_at_s: float = 0.0,
    refits: int = REFITS,
    seed: int = 0,
    states: ProbeFolds | None = None,
) -> Calibrator:
    """Logistic regression, then rising steps in place of its curve if those predict better.

    Both are compared by cross-validated log loss on these same answers, passage by passage. A
    feature that one of the answers lacks, or that is the same in all, is not used.

    Args:
        examples: Right and wrong ones.
        made_at_s: When the answers were measured.
        refits: How often the fit is repeated on resampled passages.
        seed: Equal seeds give equal calibrators.
        states: What `states_of` made of the same answers, if they are fitted more than once.

    Source: Platt 1999 and Zadrozny and Elkan 2002, compared as in Niculescu-Mizil and Caruana
        2005.
    Deviation: the refits keep the probe and the standardising of the one fit.
    """
    verdicts = verdicts_of(examples)
    groups = [one.group for one in examples]
    probe, table = _measured(examples, verdicts, states or states_of(examples, seed=seed))
    names = tuple(name for name, column in table.items() if column.std() > 1e-9)
    measured = np.column_stack([table[name] for name in names] or [np.zeros((len(examples), 0))])
    means, scales = measured.mean(axis=0), measured.std(axis=0)
    standard = (measured - means) / scales
    fit, held_out = _fit(standard, verdicts, groups, seed)
    return Calibrator(
        names=names,
        means=means,
        scales=scales,
        lowest=measured.min(axis=0),
        highest=measured.max(axis=0),
        fit=fit,
        refits=_refits(standard, verdicts, groups, held_out, fit, refits, seed),
        probe=probe if STATE in names else None,
        longest_tokens=round(max(one.features.get(LENGTH, 0.0) for one in examples)),
        answers=len(examples),
        made_at_s=made_at_s,
    )


def states_of(examples: Sequence[Example], *, seed: int = 0) -> ProbeFolds | None:
    """The answers' hidden states, ready for a probe; None if one lacks it, or they are too few."""
    groups = [one.group for one in examples]
    states = [one.state for one in examples if one.state is not None]
    if len(states) < max(len(examples), _FEWEST_FOR_PROBE) or len(set(groups)) < 2:
        return None
    return ProbeFolds(np.array(states), groups, seed=seed)


def _measured(
    examples: Sequence[Example], verdicts: Numbers, states: ProbeFolds | None
) -> tuple[StateProbe | None, dict[str, Numbers]]:
    """Every feature that all answers have, by name; the probe's score is out of fold."""
    shared = [
        name for name in examples[0].features if all(name in one.features for one in examples)
    ]
    table = {name: np.array([one.features[name] for one in examples]) for name in shared}
    if states is None:
        return None, table
    probe, table[STATE] = states.fit(verdicts)
    return probe, table


def _fit(
    standard: Numbers, verdicts: Numbers, groups: Sequence[int], seed: int
) -> tuple[Fit, Numbers]:
    """The better of the two fits, and each answer's log-odds by a fit that never saw it."""
    weights = fit_logistic(standard, verdicts)
    parts = folds_of(groups, seed=seed)
    if len(parts) < 2:
        return Fit(weights=weights), np.zeros(len(verdicts))
    held_out = np.zeros(len(verdicts))
    for part in parts:
        fold = Fit(weights=fit_logistic(standard[~part], verdicts[~part]))
        held_out[part] = fold.log_odds(standard[part])
    stepped = np.zeros(len(verdicts))
    for part in parts:
        stepped[part] = on_steps(held_out[part], _steps(held_out[~part], verdicts[~part]))
    if log_loss(stepped, verdicts) < log_loss(sigmoid(held_out), verdicts):
        return Fit(weights=weights, corners=_steps(held_out, verdicts)), held_out
    return Fit(weights=weights), held_out


def _steps(log_odds: Numbers, verdicts: Numbers) -> Corners:
    """Rising steps that never say never: so many answers cannot show less than one in them."""
    places, values = fit_steps(log_odds, verdicts)
    least = 1.0 / (len(verdicts) + 2)
    return places, np.clip(values, least, 1.0 - least)


def _refits(
    standard: Numbers,
    verdicts: Numbers,
    groups: Sequence[int],
    held_out: Numbers,
    fit: Fit,
    count: int,
    seed: int,
) -> tuple[Fit, ...]:
    made = []
    for taken in resamples_of(groups, count=count, seed=seed):
        weights = fit_logistic(standard[taken], verdicts[taken])
        corners = None if fit.corners is None else _steps(held_out[taken], verdicts[taken])
        made.append(Fit(weights=weights, corners=corners))
    return tuple(made)
