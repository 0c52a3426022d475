"""What every vector index can do, whatever library is behind it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.contract.errors import BadRequestError

Floats = npt.NDArray[np.float32]


class VectorIndex(Protocol):
    """Vectors by identifier, in memory alone, for use from any thread.

    A score is the cosine of the angle, from -1 to 1; vectors of any length may be added.
    """

    def add(self, ids: Sequence[str], vectors: Floats) -> None:
        """These are found from now on, in place of what had the same identifiers.

        Args:
            ids: As many as vectors, each once.
            vectors: Shape (N, D).

        Raises:
            BadRequestError: Another shape, a number that is not finite, or a vector of zeros.
        """
        ...

    def remove(self, ids: Collection[str]) -> None:
        """These are not found any more; those that never were are passed over."""
        ...

    def search(self, vector: Floats, k: int) -> list[tuple[str, float]]:
        """At most `k` identifiers with their scores, the best first.

        Args:
            vector: Shape (D,).
            k: At least 1.
        """
        ...

    @property
    def count(self) -> int:
        """How many vectors there are."""
        ...

    def clear(self) -> None:
        """It is empty, and its memory is given back."""
        ...


def unit_rows(vectors: Floats, dims: int) -> Floats:
    """The same directions with length 1, shape (N, dims), for cosine by inner product.

    Raises:
        BadRequestError: Another shape, a number that is not finite, or a vector of zeros.
    """
    rows = np.ascontiguousarray(np.atleast_2d(vectors), np.float32)
    if rows.ndim != 2 or rows.shape[1] != dims:
        raise BadRequestError("A vector has not the length this index is for.")
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise BadRequestError("A vector has no direction. Nothing was added.")
    unit: Floats = rows / lengths
    return unit
