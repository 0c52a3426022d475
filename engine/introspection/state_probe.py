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


class ProbeGround:
    """The states of some answers, taken apart once, so that many probes can be fitted to them."""

    def __init__(self, states: Numbers) -> None:
        """Take them apart.

        Args:
            states: (N, D), one of each answer.
        """
        states = states.astype(np.float64)
        self._middle, spread = states.mean(axis=0), states.std(axis=0)
        spread[spread < 1e-9] = np.inf
        self._spread = spread
        self._plain = (states - self._middle) / spread
        self._lengths, self._axes = np.linalg.eigh(self._plain @ self._plain.T)

    def probe(self, verdicts: Numbers, *, strength: float = 1.0) -> StateProbe:
        """The line of least squares through the verdicts, held back by `strength`.

        Args:
            verdicts: (N,), 1 for right and 0 for wrong.
            strength: Times the mean squared length of a standardised state.

        Source: probes on the states at the answer's end, Orgad et al., arXiv:2410.02707; Kossen
            et al., arXiv:2406.15927.
        Deviation: ridge regression in its dual form, which has one exact solution, where they fit
            a logistic one; the calibrator above turns its score into a probability.
        """
        held = strength * float(self._lengths.sum()) / len(verdicts) + 1e-9
        mean = float(verdicts.mean())
        along = self._axes.T @ (verdicts - mean)
        shares = self._axes @ (along / (np.maximum(self._lengths, 0.0) + held))
        weights = (self._plain.T @ shares) / self._spread
        return StateProbe(weights=weights, intercept=mean - float(self._middle @ weights))


class ProbeFolds:
    """The states of answers, whole and without each fold of their passages."""

    def __init__(self, states: Numbers, groups: Sequence[int], *, seed: int = 0) -> None:
        """Take them apart.

        Args:
            states: (N, D), one of each answer.
            groups: For each answer the passage it is about, as a number.
            seed: Of the folds.
        """
        self._states = states
        self._parts = folds_of(groups, seed=seed)
        self._others = [ProbeGround(states[~part]) for part in self._parts]
        self._whole = ProbeGround(states)

    def fit(self, verdicts: Numbers) -> tuple[StateProbe, Numbers]:
        """A probe, and for each answer the score of a probe that never saw its passage.

        The calibrator is fitted on those scores: on its own answers a probe of many numbers looks
        far better than it is. How strongly it is held back is chosen by the same scores.
        """
        tried = [self._scores(verdicts, strength) for strength in _STRENGTHS]
        worths = [auroc(scores, verdicts) or 0.5 for scores in tried]
        best = int(np.argmax(worths))
        return self._whole.probe(verdicts, strength=_STRENGTHS[best]), tried[best]

    def _scores(self, verdicts: Numbers, strength: float) -> Numbers:
        scores = np.zeros(len(verdicts))
        for part, others in zip(self._parts, self._others, strict=True):
            probe = others.probe(verdicts[~part], strength=strength)
            scores[part] = probe.score(self._states[part])
        return scores
