"""Two small fits: logistic regression, and the best rising steps through a cloud of verdicts."""

from __future__ import annotations

import numpy as np

from engine.introspection.scoring import Numbers

_STEPS = 50
_SMALL_STEP = 1e-9


def sigmoid(log_odds: Numbers) -> Numbers:
    """Log-odds as probabilities, without overflow."""
    result: Numbers = 0.5 * (1.0 + np.tanh(0.5 * log_odds))
    return result


def fit_logistic(inputs: Numbers, verdicts: Numbers, *, ridge: float = 1.0) -> Numbers:
    """Intercept and weights that fit the verdicts best, by Newton's steps.

    Args:
        inputs: (N, D), standardised.
        verdicts: (N,), 1 for right and 0 for wrong.
        ridge: Half of it times the squared weights is added to the loss, which is a sum over
            answers; the intercept is free.

    Returns:
        (1 + D,), the intercept first.

    Source: iteratively reweighted least squares, McCullagh and Nelder 1989; ridge penalty as in
        le Cessie and van Houwelingen 1992.
    """
    rows = np.column_stack([np.ones(len(inputs)), inputs])
    penalty = np.full(rows.shape[1], ridge)
    # A trace keeps the intercept finite where all verdicts are equal.
    penalty[0] = 1e-6
    weights = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        sure = sigmoid(rows @ weights)
        slope = rows.T @ (sure - verdicts) + penalty * weights
        bend = (rows * (sure * (1 - sure))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        # Far from the end a whole step may overshoot.
        weights = weights - step * min(1.0, 5.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < _SMALL_STEP:
            break
    return weights


def fit_steps(scores: Numbers, verdicts: Numbers) -> tuple[Numbers, Numbers]:
    """The rising function of the score that fits the verdicts best in squares.

    Returns:
        Corners: scores, rising, and the value at each; between two corners the line is straight,
        outside it is level.

    Source: pool adjacent violators, Ayer et al. 1955; for calibration Zadrozny and Elkan 2002.
    """
    places, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(where, weights=verdicts) / counts
    # Each block: value, weight, first and last score.
    blocks: list[tuple[float, float, float, float]] = []
    for place, mean, count in zip(places, means, counts, strict=True):
        block = (float(mean), float(count), float(place), float(place))
        while blocks and blocks[-1][0] >= block[0]:
            value, weight, first, _ = blocks.pop()
            both = weight + block[1]
            block = ((value * weight + block[0] * block[1]) / both, both, first, block[3])
        blocks.append(block)
    corners = [
        (score, value)
        for value, _, first, last in blocks
        for score in ((first,) if first == last else (first, last))
    ]
    return np.array([score for score, _ in corners]), np.array([value for _, value in corners])


def on_steps(scores: Numbers, corners: tuple[Numbers, Numbers]) -> Numbers:
    """The values of `fit_steps` at these scores."""
    values: Numbers = np.interp(scores, *corners)
    return values
