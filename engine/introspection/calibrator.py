"""Turns what was measured of an answer into the chance that it is right.

A calibrator is worth nothing for another model, another temperature or another kind of question;
whoever keeps it keeps it under all three.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from engine.contract.signals import Confidence, ConfidencePart
from engine.introspection.answer_features import LENGTH, STATE
from engine.introspection.regression import on_steps, sigmoid
from engine.introspection.scoring import Numbers
from engine.introspection.state_probe import StateProbe

Corners: TypeAlias = tuple[Numbers, Numbers]

_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One answer whose verdict is known.

    Attributes:
        features: As `answer_features.features_of` gives them.
        group: The passage it is about; answers about one passage are not independent.
        state: Hidden state at the answer's end, (D,); None if it was not read.
    """

    features: Mapping[str, float]
    is_right: bool
    group: int
    state: Numbers | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """One way from standardised features to a probability.

    Attributes:
        weights: (1 + D,), the intercept first.
        corners: Steps over the log-odds that stand in place of the logistic curve; None for it.
    """

    weights: Numbers
    corners: Corners | None = None

    def log_odds(self, standard: Numbers) -> Numbers:
        """Of answers, (N, D) standardised."""
        result: Numbers = self.weights[0] + standard @ self.weights[1:]
        return result

    def probability(self, standard: Numbers) -> Numbers:
        """That each of the answers is right."""
        log_odds = self.log_odds(standard)
        return sigmoid(log_odds) if self.corners is None else on_steps(log_odds, self.corners)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrator:
    """What `confidence` needs.

    Attributes:
        names: The features it was fitted on; an answer that lacks one has no confidence.
        means: Of each, over the answers it was fitted on.
        scales: Standard deviation of each.
        lowest: Of each; what lies beyond counts as this, for nothing is known there.
        highest: Of each.
        refits: The same fit on resampled answers; their spread is the interval.
        probe: Makes the feature STATE of a hidden state; None if that is not among `names`.
        longest_tokens: Length of the longest answer it was fitted on.
        answers: How many it was fitted on.
        made_at_s: Seconds since the Unix epoch.
    """

    names: tuple[str, ...]
    means: Numbers
    scales: Numbers
    lowest: Numbers
    highest: Numbers
    fit: Fit
    refits: tuple[Fit, ...]
    probe: StateProbe | None
    longest_tokens: int
    answers: int
    made_at_s: float

    @property
    def method(self) -> str:
        """Either "logistic" or "isotonic"."""
        return "logistic" if self.fit.corners is None else "isotonic"

    def why_not(self, features: Mapping[str, float], state: Numbers | None = None) -> str:
        """Why an answer with these features has no confidence; empty if it has one."""
        if features.get(LENGTH, 0.0) > self.longest_tokens:
            return (
                f"It was calibrated on answers of at most {self.longest_tokens} tokens; "
                "this one is longer."
            )
        for name in self.names:
            if name not in features and (name != STATE or state is None):
                return f"It was calibrated with a measurement that this answer lacks: {name}."
        if self.probe is not None and state is not None and len(state) != len(self.probe.weights):
            return "It was calibrated on hidden states of another size."
        return ""

    def confidence(
        self, features: Mapping[str, float], state: Numbers | None = None
    ) -> Confidence | None:
        """The chance that an answer is right; None where `why_not` has a reason."""
        if self.why_not(features, state):
            return None
        measured = self._measured(features, state)
        standard = self.standardised(measured[None])
        value = float(self.fit.probability(standard)[0])
        drawn = [float(refit.probability(standard)[0]) for refit in self.refits] or [value]
        low, high = np.percentile(drawn, _INTERVAL)
        parts = [
            ConfidencePart(name=name, value=float(one), weight=float(weight))
            for name, one, weight in zip(
                self.names, measured, self.fit.weights[1:] * standard[0], strict=True
            )
        ]
        return Confidence(
            value=value,
            low=min(float(low), value),
            high=max(float(high), value),
            parts=tuple(sorted(parts, key=lambda part: -abs(part.weight))),
            answers=self.answers,
            measured_at_s=self.made_at_s,
        )

    def confidences(self, measured: Numbers) -> Numbers:
        """The chance that each answer is right, of its features in the order of `names`."""
        return self.fit.probability(self.standardised(measured))

    def standardised(self, measured: Numbers) -> Numbers:
        """Features in standard deviations, nothing beyond what was seen."""
        seen = np.clip(measured, self.lowest, self.highest)
        result: Numbers = (seen - self.means) / self.scales
        return result

    def table(self, examples: list[Example]) -> Numbers:
        """The features of many answers in the order of `names`, (N, D)."""
        return np.array([self._measured(one.features, one.state) for one in examples])

    def _measured(self, features: Mapping[str, float], state: Numbers | None) -> Numbers:
        found = dict(features)
        if self.probe is not None and state is not None:
            found[STATE] = float(self.probe.score(np.asarray(state)[None])[0])
        return np.array([found[name] for name in self.names])

    # -- as plain values ------------------------------------------------------------------------

    def to_values(self) -> dict[str, Any]:
        """Itself as values that JSON can write."""
        return {
            "names": list(self.names),
            **{name: getattr(self, name).tolist() for name in _ARRAYS},
            "fit": _fit_values(self.fit),
            "refits": [_fit_values(refit) for refit in self.refits],
            "probe": None
            if self.probe is None
            else {"weights": self.probe.weights.tolist(), "intercept": self.probe.intercept},
            "longest_tokens": self.longest_tokens,
            "answers": self.answers,
            "made_at_s": self.made_at_s,
        }

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Calibrator:
        """The calibrator that `to_values` wrote.

        Raises:
            ValueError: It is not one, or not whole.
        """
        try:
            probe = values["probe"]
            made = cls(
                names=tuple(map(str, values["names"])),
                **{name: np.array(values[name], dtype=np.float64) for name in _ARRAYS},
                fit=_fit_of(values["fit"]),
                refits=tuple(map(_fit_of, values["refits"])),
                probe=None
                if probe is None
                else StateProbe(
                    weights=np.array(probe["weights"], dtype=np.float64),
                    intercept=float(probe["intercept"]),
                ),
                longest_tokens=int(values["longest_tokens"]),
                answers=int(values["answers"]),
                made_at_s=float(values["made_at_s"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("this is no calibrator") from error
        sizes = {len(getattr(made, name)) for name in _ARRAYS}
        sizes |= {len(fit.weights) - 1 for fit in (made.fit, *made.refits)}
        if sizes != {len(made.names)} or (STATE in made.names) != (made.probe is not None):
            raise ValueError("this calibrator is not whole")
        return made


_ARRAYS = ("means", "scales", "lowest", "highest")


def _fit_values(fit: Fit) -> dict[str, Any]:
    corners = None if fit.corners is None else [part.tolist() for part in fit.corners]
    return {"weights": fit.weights.tolist(), "corners": corners}


def _fit_of(values: Mapping[str, Any]) -> Fit:
    corners = values["corners"]
    return Fit(
        weights=np.array(values["weights"], dtype=np.float64),
        corners=None
        if corners is None
        else (np.array(corners[0], dtype=np.float64), np.array(corners[1], dtype=np.float64)),
    )
