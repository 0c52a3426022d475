"""Answers as the instruments would have measured them, made up so that the truth is known."""

from __future__ import annotations

import numpy as np

from engine.contract.signals import TokenSignals
from engine.introspection.calibrator import Example
from engine.introspection.regression import sigmoid


def token(index: int = 0, **signals: object) -> TokenSignals:
    """One token, unremarkable but for what is named."""
    values: dict[str, object] = {
        "token_id": 1,
        "text": "a",
        "surprisal_nats": 0.5,
        "entropy_nats": 1.0,
        "varentropy_nats2": 0.25,
        "rank": 1,
        "margin_nats": 2.0,
        "alternatives": (),
        **signals,
    }
    return TokenSignals(index=index, **values)


def examples(
    count: int,
    *,
    seed: int = 0,
    weights: tuple[float, ...] = (1.5, -1.0),
    bias: float = 0.0,
    width: int = 0,
    state_weight: float = 0.0,
    each: int = 4,
) -> list[Example]:
    """Answers whose chance of being right is a known function of what was measured.

    Args:
        count: How many.
        seed: Of everything drawn.
        weights: In log-odds, of the features "f0", "f1" and so on.
        bias: In log-odds.
        width: Of the hidden states; 0 for none.
        state_weight: In log-odds, of the first number of the state.
        each: Answers of one passage.
    """
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        values = random.normal(size=len(weights))
        state = random.normal(size=width) if width else None
        log_odds = bias + float(values @ np.array(weights))
        if state is not None:
            log_odds += state_weight * float(state[0])
        chance = float(sigmoid(np.array([log_odds]))[0])
        features = {f"f{place}": float(value) for place, value in enumerate(values)}
        made.append(
            Example(
                features={
                    **features,
                    "length": float(random.integers(1, 24)),
                    "entropy_mean": float(random.random()),
                    "log_probability_mean": -float(random.random()),
                },
                is_right=bool(random.random() < chance),
                group=number // each,
                state=state,
            )
        )
    return made
