"""The second peer: llama.cpp through llama-cpp-python, with its own defaults, on the same file.

Runs in whatever environment has it, so nothing of ours but child_side.py is imported.
"""

from __future__ import annotations

import os
import time
from typing import Any

import llama_cpp

from tests.benchmarks.child_side import Request, Result, peak_bytes, serve


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _answer(model: Any, job: dict[str, Any]) -> dict[str, Any]:
    times_s: list[float] = []
    ids: list[int] = []
    # Otherwise it would keep what this prompt shares with the one before.
    model.reset()
    begun = time.perf_counter()
    for token in model.generate(job["prompt_ids"], temp=0.0, repeat_penalty=1.0):
        times_s.append(time.perf_counter())
        if token in job["stop_ids"]:
            break
        ids.append(int(token))
        if len(ids) == job["max_tokens"]:
            break
    ended = time.perf_counter()
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
    model = llama_cpp.Llama(
        request["model_path"],
        n_ctx=request["context_tokens"],
        n_threads=_cores(),
        n_threads_batch=_cores(),
        # On a Mac as ours does; elsewhere it changes nothing.
        n_gpu_layers=-1,
        verbose=False,
    )
    load_s = time.perf_counter() - begun
    answers = [_answer(model, job) for job in request["jobs"]]
    system = llama_cpp.llama_print_system_info()
    return {
        "answers": answers,
        "load_s": load_s,
        "version": llama_cpp.__version__,
        "system": system.decode() if isinstance(system, bytes) else str(system),
        "weights_bytes": int(llama_cpp.llama_model_size(model.model)),
        "peak_bytes": peak_bytes(),
    }


if __name__ == "__main__":
    serve(measure)
