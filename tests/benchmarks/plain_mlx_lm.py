"""The first peer: mlx-lm's own loader and generator, as `pip install mlx-lm` brings them.

It imports nothing of ours that touches mlx, so mlx computes on the BLAS it was linked with.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_lm.generate import generate_step
from mlx_lm.utils import load_model

from tests.benchmarks.child_side import (
    Request,
    Result,
    is_openblas_loaded,
    peak_bytes,
    say,
    serve,
)


def _answer(network: Any, job: dict[str, Any]) -> dict[str, Any]:
    times_s: list[float] = []
    ids: list[int] = []
    begun = time.perf_counter()
    steps = generate_step(mx.array(job["prompt_ids"]), network, max_tokens=job["max_tokens"])
    for token, _ in steps:
        times_s.append(time.perf_counter())
        if token in job["stop_ids"]:
            break
        ids.append(int(token))
    ended = time.perf_counter()
    # Closed in the open: the step it has begun ahead belongs to no measured time.
    steps.close()
    return {
        "ids": ids,
        "prompt_tokens": len(job["prompt_ids"]),
        "tokens": len(ids),
        "ttft_s": times_s[0] - begun,
        "decode_s": times_s[max(len(ids) - 1, 0)] - times_s[0],
        "total_s": ended - begun,
    }


def measure(request: Request) -> Result:
    """Answer every job, each from an empty cache."""
    begun = time.perf_counter()
    network, _ = load_model(Path(request["folder"]))
    load_s = time.perf_counter() - begun
    answers = []
    for number, job in enumerate(request["jobs"], 1):
        say(f"answer {number} of {len(request['jobs'])}")
        answers.append(_answer(network, job))
    parameters: Any = tree_flatten(network.parameters())
    return {
        "answers": answers,
        "load_s": load_s,
        "weights_bytes": sum(value.nbytes for _, value in parameters),
        "dtypes": sorted({str(value.dtype) for _, value in parameters}),
        "is_openblas_loaded": is_openblas_loaded(),
        "mlx_peak_bytes": int(mx.get_peak_memory()),
        "peak_bytes": peak_bytes(),
    }


if __name__ == "__main__":
    serve(measure)
