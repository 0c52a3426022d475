"""A straight line through hidden states that parts right answers from wrong ones.

Models carry more of whether they are right in their states than in their words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.introspection.folds import folds_of
from engine.introspection.scoring import Numbers, auroc

# How strongly the line is held back, in mean squared lengths of a standardised state.
_STRENGTHS = (0.01, 0.1, 1.0, 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StateProbe:
    """What `score` needs.

    Attributes:
        weights: (D,), for states as they come; standardising is folded in.
        intercept: Added to the product.
    """

    weights: Numbers
    intercept: float

    def score(self, states: Numbers) -> Numbers:
        """How far each state lies on the side of right answers.

        Args:
            states: (N, D).
        """
        scores: Numbers = states.astype(np.float64) @ self.weights + self.intercept
        return scores


def fit_probe(states: Numbers, verdicts: Numbers, *, strength: float = 1.0) -> StateProbe:
    """The line of least squares through the verdicts, held back by `strength`.

    Args:
        states: (N, D), one of each answer.
        verdicts: (N,), 1 for right and 0 for wrong.
        strength: Times the mean squared length of a standardised state.

    Source: probes on the states at the answer's end, Orgad et al., arXiv:2410.02707; Kossen et
        al., arXiv:2406.15927.
    Deviation: ridge regression in its dual form, which has one exact solution, where they fit a
        logistic one; the calibrator above turns its score into a probability.
    """
    states = states.astype(np.float64)
    middle, spread = states.mean(axis=0), states.std(axis=0)
    spread[spread < 1e-9] = np.inf
    plain = (states - middle) / spread
    products = plain @ plain.T
    held = strength * float(np.trace(products)) / len(plain) + 1e-9
    shares = np.linalg.solve(products + held * np.eye(len(plain)), verdicts - verdicts.mean())
    weights = (plain.T @ shares) / spread
    return StateProbe(weights=weights, intercept=float(verdicts.mean() - middle @ weights))


def fit_with_scores(
    states: Numbers, verdicts: Numbers, groups: Sequence[int], *, seed: int = 0
) -> tuple[StateProbe, Numbers]:
    """A probe, and for each answer the score of a probe that never saw its passage.

    The calibrator is fitted on those scores: on its own answers a probe of many numbers looks far
    better than it is. How strongly it is held back is chosen by the same scores.
    """
    parts = folds_of(groups, seed=seed)
    best: tuple[float, float, Numbers] | None = None
    for strength in _STRENGTHS:
        scores = np.zeros(len(verdicts))
        for part in parts:
            probe = fit_probe(states[~part], verdicts[~part], strength=strength)
            scores[part] = probe.score(states[part])
        worth = auroc(scores, verdicts) or 0.5
        if best is None or worth > best[0]:
            best = (worth, strength, scores)
    assert best is not None
    return fit_probe(states, verdicts, strength=best[1]), best[2]
