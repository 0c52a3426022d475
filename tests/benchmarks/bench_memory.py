"""Memory over 500 short answers, and what is given back when a model is unloaded."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from tests.benchmarks.children import run_module
from tests.benchmarks.contenders import meanwhile
from tests.benchmarks.figures import slope
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table

SHARE = 18
_ANSWERS = 500
_CYCLES = 5
_MODULE = "tests.benchmarks.memory_child"
_LEAST_S = 30.0
# Samples from which on memory should stand still: the prompt cache is full, all shapes were met.
_SETTLED = 4
# Growth that counts as none: 2 % of what is held, over the whole run after it has settled.
_FLAT_SHARE = 0.02


def run(ground: Ground) -> list[Table]:
    """Two tables."""
    shared = {"models_dir": str(ground.models_dir), "model": ground.model_id}
    ground.say("memory: loading and unloading")
    loads = run_module(_MODULE, shared | {"cycles": _CYCLES}, ground.say)
    ground.say(f"memory: {_ANSWERS} short answers")
    request = shared | {"answers": _ANSWERS, "limit_s": max(ground.left_s(), _LEAST_S)}
    answers = run_module(_MODULE, request, ground.say)
    return [_answers_table(ground, answers), _loads_table(ground, loads)]


def _mb(count: float) -> str:
    return f"{count / 1e6:,.1f}"


def _settled_at(samples: int) -> int:
    return min(_SETTLED, samples // 3)


def growth(values: Sequence[float]) -> tuple[float, float]:
    """How much was held more at the end than after settling, and by how much each step adds.

    Medians of several samples: a single one may have met a buffer on its way in or out.
    """
    settled = values[_settled_at(len(values)) :]
    few = max(len(settled) // 4, 1)
    return median(settled[-few:]) - median(settled[:few]), slope(settled)


def _answers_table(ground: Ground, result: dict[str, Any]) -> Table:
    samples = result["samples"]
    count = samples[-1]["answers"]
    each = samples[0]["answers"]
    kinds = {
        "process (RSS)": "rss_bytes",
        "mlx, in use": "mlx_active_bytes",
        "mlx, kept for reuse": "mlx_cache_bytes",
        "of it the prompt cache": "prompt_cache_bytes",
    }
    settled = _settled_at(len(samples))
    shown = sorted({0, settled, len(samples) // 2, len(samples) - 1})
    rows, growths = [], {}
    for words, key in kinds.items():
        values = [float(sample[key]) for sample in samples]
        grown, per_step = growth(values)
        growths[key] = {"grown_bytes": grown, "bytes_per_answer": per_step / each}
        cells = [_mb(values[place]) for place in shown]
        rows.append([words, *cells, _mb(grown), f"{per_step / each / 1e3:+,.2f}"])
    last = samples[-1]["rss_bytes"]
    is_flat = growths["rss_bytes"]["grown_bytes"] <= _FLAT_SHARE * last
    settled_at = samples[settled]["answers"]
    return Table(
        name="memory_answers",
        title=f"Memory over {count} short answers",
        columns=(
            "MB",
            *(f"after {samples[place]['answers']}" for place in shown),
            f"growth since {settled_at}",
            "kB an answer (least squares)",
        ),
        rows=rows,
        notes=[
            f"{'Flat' if is_flat else 'Not flat'}: the process grew by "
            f"{growths['rss_bytes']['grown_bytes'] / last:+.1%} after the first {settled_at} "
            f"answers; below {_FLAT_SHARE:.0%} counts as flat.",
            f"{ground.model_id}; each answer in a new conversation, a sample every {each} "
            f"answers, prompt cache of {result['cache_mb']} MB so that it is full early. "
            f"Most ever held: {result['peak_bytes'] / 1e6:,.0f} MB.",
            *([f"Time was up after {count} of {_ANSWERS} answers."] if count < _ANSWERS else []),
            meanwhile([result]),
        ],
        figures={"is_flat": is_flat, "growth": growths, **result},
    )


def _loads_table(ground: Ground, result: dict[str, Any]) -> Table:
    before = result["before"]["rss_bytes"]
    rows, back = [], []
    for number, cycle in enumerate(result["cycles"], 1):
        loaded, after = cycle["loaded"]["rss_bytes"], cycle["after"]["rss_bytes"]
        back.append((loaded - after) / max(loaded - before, 1))
        rows.append(
            [
                f"cycle {number}",
                _mb(loaded),
                _mb(after),
                _mb(cycle["after"]["mlx_active_bytes"]),
                f"{back[-1]:.0%}",
            ]
        )
    left = [cycle["after"]["rss_bytes"] for cycle in result["cycles"]]
    return Table(
        name="memory_loads",
        title="Loading and unloading a model",
        columns=("MB", "process, loaded", "process, unloaded", "mlx, unloaded", "given back"),
        rows=rows,
        notes=[
            f"Before the first load the process held {_mb(before)} MB, with mlx imported. Given "
            "back: of what loading had added since then.",
            f"From the first unloading to the last the process grew by {_mb(left[-1] - left[0])} "
            f"MB. Most ever held: {result['peak_bytes'] / 1e6:,.0f} MB.",
            f"{ground.model_id}; one short answer in each cycle.",
            meanwhile([result]),
        ],
        figures={"given_back": back, **result},
    )
