"""Parts of a set of answers such that no passage lies in two of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

FOLDS = 5


def folds_of(
    groups: Sequence[int], *, count: int = FOLDS, seed: int = 0
) -> list[npt.NDArray[np.bool_]]:
    """Masks of about equal size that cover every answer once; whole groups in each.

    There are fewer if there are fewer groups.
    """
    names, members = np.unique(np.asarray(groups), return_inverse=True)
    count = min(count, len(names))
    order = np.random.default_rng(seed).permutation(len(names))
    sizes = np.bincount(members)
    place = np.zeros(len(names), dtype=int)
    filled = [0] * count
    for group in order:
        smallest = min(range(count), key=lambda part: filled[part])
        place[group] = smallest
        filled[smallest] += int(sizes[group])
    return [place[members] == part for part in range(count)]
