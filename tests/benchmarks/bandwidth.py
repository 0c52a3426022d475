"""How fast this machine reads memory: the limit of a decoder that reads every weight a token."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from tests.benchmarks.child_side import Request, Result, serve

_TRIES = 12


def _best_gb_per_s(size_bytes: int, work: Callable[[], object]) -> float:
    work()
    best = float("inf")
    for _ in range(_TRIES):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return size_bytes / best / 1e9


def measure(request: Request) -> Result:
    """The same bytes read in two ways; a limit is the better of them."""
    columns = 1024
    rows = max(int(request["bytes"]) // (4 * columns), 1)
    matrix = np.ones((rows, columns), dtype=np.float32)
    vector = np.ones(columns, dtype=np.float32)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parts = np.array_split(matrix.reshape(-1), cores or 1)
    with ThreadPoolExecutor(cores) as pool:
        gemv = _best_gb_per_s(matrix.nbytes, lambda: matrix @ vector)
        # numpy lets go of the interpreter while it adds up.
        added = _best_gb_per_s(matrix.nbytes, lambda: list(pool.map(np.sum, parts)))
    return {"sgemv_gb_per_s": gemv, "sum_gb_per_s": added, "gb_per_s": max(gemv, added)}


if __name__ == "__main__":
    serve(measure)
