"""The window: seconds until it is drawn, and how long its event loop is ever held up."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from tests.benchmarks.children import run_module
from tests.benchmarks.contenders import meanwhile
from tests.benchmarks.figures import Spread, percentile, ratios
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table

SHARE = 14
WANTED_S = 2.0
FRAME_MS = 16.0
_STREAM_S = 20
_ANSWER_TOKENS = 2000
_OURS, _BARE = "Shvayambhu", "an empty Qt window"


def _start_ours(ground: Ground, **more: Any) -> dict[str, Any]:
    words = ["--home", str(ground.scratch / "home"), "--max-tokens", str(_ANSWER_TOKENS)]
    words += ground.app_words()
    request = {"words": words, **more, "begun_s": time.monotonic()}
    return run_module(
        "tests.benchmarks.window_child",
        request,
        ground.say,
        environment={"SHVAYAMBHU_MODELS_DIR": str(ground.models_dir)},
    )


def _start_bare(ground: Ground) -> dict[str, Any]:
    request = {"begun_s": time.monotonic()}
    return run_module("tests.benchmarks.bare_window", request, ground.say)


def run(ground: Ground) -> list[Table]:
    """Two tables."""
    ours, bare = [], []
    # Afterwards every file is in the system's cache and every module is compiled, for both.
    ground.say("window: a first start that does not count")
    _start_ours(ground)
    _start_bare(ground)
    for number in ground.rounds_in_time():
        ground.say(f"window, round {number} of {ground.rounds}: start")
        ours.append(_start_ours(ground))
        bare.append(_start_bare(ground))
    ground.say(f"window: answers stream into it for {_STREAM_S} s")
    streamed = _start_ours(ground, stream_s=_STREAM_S)
    ground.say("window: invented answers stream into a conversation of 1,000 messages")
    invented = run_module("tests.benchmarks.bench_ui", {}, ground.say)
    return [_start_table(ground, ours, bare), _loop_table(ground, ours, streamed, invented)]


def _start_table(
    ground: Ground, ours: Sequence[dict[str, Any]], bare: Sequence[dict[str, Any]]
) -> Table:
    shown = [result["shown_s"] for result in ours]
    loaded = [result["loaded_s"] for result in ours]
    bare_shown = [result["shown_s"] for result in bare]
    times = ratios(shown, bare_shown)
    got = Spread.of(shown).median
    word = "reached" if got < WANTED_S else "not reached"
    return Table(
        name="window_start",
        title="Window on screen",
        columns=("", "first frame, s", "model answers, s"),
        rows=[
            [_OURS, Spread.of(shown).text(2), Spread.of(loaded).text(2)],
            [_BARE, Spread.of(bare_shown).text(2), ""],
            ["**ours to it**", f"**{times.text(2, 'x')}**", ""],
        ],
        notes=[
            f"Wanted: the first frame in less than {WANTED_S:g} s: {word} ({got:.2f} s).",
            f"{ground.model_id}; median (lowest to highest) of {times.rounds} starts in fresh "
            "processes, taking turns, after one that did not count; from the start of the process "
            "to the end of the first frame, Qt's offscreen platform.",
            meanwhile([*ours, *bare]),
        ],
        figures={
            "first_frame_s": shown,
            "model_answers_s": loaded,
            "empty_window_s": bare_shown,
            "times_longer": times.median,
        },
    )


def _gaps(values: Sequence[float]) -> dict[str, float]:
    over = [gap for gap in values if gap > FRAME_MS]
    return {
        "p50_ms": percentile(values, 0.5),
        "p99_ms": percentile(values, 0.99),
        "max_ms": max(values),
        "gaps_over_a_frame": len(over),
        "gaps": len(values),
        # A count alone would make one long gap look like one short one.
        "time_share_over_a_frame": sum(over) / sum(values),
    }


def _invented(measured: dict[str, Any]) -> dict[str, float]:
    return {
        "p50_ms": measured["loop_gap_p50_ms"],
        "p99_ms": measured["loop_gap_p99_ms"],
        "max_ms": measured["loop_gap_max_ms"],
        "gaps_over_a_frame": measured["gaps_over_a_frame"],
        "gaps": measured["gaps"],
    }


def _loop_table(
    ground: Ground,
    ours: Sequence[dict[str, Any]],
    streamed: dict[str, Any],
    invented: dict[str, Any],
) -> Table:
    loading = [gap for result in ours for gap in result["loading_gaps_ms"]]
    tokens = streamed["streamed_tokens"]
    figures = {
        "window at rest": _gaps(streamed["idle_gaps_ms"]),
        "while the model loads": _gaps(loading),
        f"while {tokens} tokens stream, real engine": _gaps(streamed["streaming_gaps_ms"]),
    }
    for one in invented["measured"]:
        words = f"{one['tokens']:,} invented tokens at {one['tokens_per_second']:g}/s"
        figures[f"{words}, {one['kind']}, {one['messages']:,} messages"] = _invented(one)
    rows = [
        [
            name,
            *(f"{gaps[key]:.1f}" for key in ("p50_ms", "p99_ms", "max_ms")),
            f"{gaps['gaps_over_a_frame']:,} of {gaps['gaps']:,}",
            f"{gaps['time_share_over_a_frame']:.1%}" if "time_share_over_a_frame" in gaps else "",
        ]
        for name, gaps in figures.items()
    ]
    streams = [gaps for name, gaps in figures.items() if "tokens" in name]
    worst = max(gaps["p99_ms"] for gaps in streams)
    word = "reached" if worst <= FRAME_MS else "not reached"
    return Table(
        name="event_loop",
        title="Event loop",
        columns=("ms between two turns", "p50", "p99", "most", "over 16 ms", "time in these"),
        rows=rows,
        notes=[
            f"Wanted: p99 of {FRAME_MS:g} ms at most while an answer streams: {word} "
            f"({worst:.1f} ms in the worst row).",
            f"{ground.model_id}; a timer of 1 ms on the main thread, so 1 is the least there is. "
            "Real engine: the whole app, its answers one after the other in one conversation.",
            meanwhile([*ours, streamed, invented]),
        ],
        figures={"gaps": figures, "streamed_tokens": tokens},
    )
