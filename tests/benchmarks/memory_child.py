"""Holds the engine for hours in little: many short answers, or a model that comes and goes.

Run by bench_memory.py in a process of its own.
"""

from __future__ import annotations

import time
from typing import Any

import psutil

from engine.contract.commands import UnloadModel
from engine.contract.events import ModelUnloaded
from tests.benchmarks.child_side import Request, Result, peak_bytes, say, serve
from tests.benchmarks.ours import Session, session

_SAMPLE_EVERY = 25
_ANSWER_TOKENS = 4
# Small, so that it is full after the first few answers: what it may hold is no leak.
_CACHE_MB = 64
_QUESTIONS = (
    "What is the colour of number {}?",
    "Name an animal that weighs {} pounds.",
    "Say {} in another way.",
    "Is {} a good age for a tree?",
)


def _sample(ours: Session, answers: int) -> dict[str, Any]:
    inspected = ours.inspect()
    return {
        "answers": answers,
        "rss_bytes": psutil.Process().memory_info().rss,
        "mlx_active_bytes": inspected.active_bytes,
        "mlx_cache_bytes": inspected.cache_bytes,
        "prompt_cache_bytes": inspected.prompt_cache_bytes,
    }


def _many_answers(request: Request) -> Result:
    """Memory after every 25 of them; fewer than asked for if the time is up."""
    wanted = int(request["answers"])
    ends_at_s = time.monotonic() + float(request["limit_s"])
    samples = []
    with session(request["models_dir"], prompt_cache_mb=_CACHE_MB) as ours:
        ours.load(request["model"])
        for number in range(1, wanted + 1):
            # A new conversation each time, as a person or another program would open them.
            question = _QUESTIONS[number % len(_QUESTIONS)].format(number)
            ours.ask(ours.reader.converse(), question, _ANSWER_TOKENS)
            # Every event that was ever seen would be memory of ours, not of the engine's.
            ours.reader.events.clear()
            if number % _SAMPLE_EVERY == 0:
                samples.append(_sample(ours, number))
                say(f"{number} of {wanted} answers")
                if time.monotonic() > ends_at_s:
                    break
    return {"samples": samples, "cache_mb": _CACHE_MB, "peak_bytes": peak_bytes()}


def _loads(request: Request) -> Result:
    """Memory before the first load, and loaded and unloaded in each cycle."""
    cycles = []
    with session(request["models_dir"]) as ours:
        before = _sample(ours, 0)
        for number in range(1, int(request["cycles"]) + 1):
            say(f"load and unload {number} of {request['cycles']}")
            ours.load(request["model"])
            ours.ask(ours.reader.converse(), "Say hello.", _ANSWER_TOKENS)
            loaded = _sample(ours, 1)
            events = ours.reader.do(UnloadModel())
            freed = next(event for event in events if isinstance(event, ModelUnloaded))
            cycles.append(
                {"loaded": loaded, "after": _sample(ours, 1), "freed_bytes": freed.freed_bytes}
            )
    return {"before": before, "cycles": cycles, "peak_bytes": peak_bytes()}


def measure(request: Request) -> Result:
    """What the request names."""
    return _loads(request) if "cycles" in request else _many_answers(request)


if __name__ == "__main__":
    serve(measure)
