"""Vectors that lie as a model's embeddings do: around topics that touch."""

from __future__ import annotations

import numpy as np

DIMS = 64


def topics(count: int, *, seed: int = 0, dims: int = DIMS) -> np.ndarray:
    """`count` unit vectors around 40 topics, the same topics for every seed."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(1).normal(size=(40, dims))
    vectors = centres[chance.integers(0, 40, count)] + 0.7 * chance.normal(size=(count, dims))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def names(count: int) -> list[str]:
    """Identifiers of that many text units."""
    return [f"unit-{number:05d}" for number in range(count)]


def recall(index, exact, queries, k: int = 10) -> float:
    """The share of the true nearest `k` that `index` finds, over all queries."""
    shares = [
        len({id_ for id_, _ in index.search(query, k)} & {id_ for id_, _ in exact.search(query, k)})
        / k
        for query in queries
    ]
    return float(np.mean(shares))
