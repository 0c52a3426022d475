"""The chat page: 10,000 messages opened and scrolled, typing while an answer streams, memory."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.children import run_module
from tests.benchmarks.figures import percentile
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table

SHARE = 8
OPEN_MS, FRAME_MS = 300.0, 16.0
_DOING = {
    "typing_ms": "typing into the composer",
    "finding_ms": "typing into find",
    "searching_ms": "typing into the search over everything",
}


def run(ground: Ground) -> list[Table]:
    """One table of opening and scrolling, one of the loop's delays."""
    measured = run_module("tests.benchmarks.chat_child", {}, ground.say)
    return [_page_table(measured), _loop_table(measured)]


def _word(got: float, wanted: float) -> str:
    return "reached" if got < wanted else "not reached"


def _page_table(measured: dict[str, Any]) -> Table:
    opening = measured["opening_ms"]
    frames = measured["frames_ms"]
    memory = measured["memory_bytes"]
    opened, p99 = percentile(opening, 0.5), percentile(frames, 0.99)
    growth = memory[-1] / memory[1] - 1
    ratio = measured["browser_ms"] / opened
    return Table(
        name="chat_page",
        title="A conversation of 10,000 messages",
        columns=("", "median", "p99", "most"),
        rows=[
            ["opened, first frame, ms", f"{opened:.0f}", "", f"{max(opening):.0f}"],
            [
                "a frame while scrolling, ms",
                f"{percentile(frames, 0.5):.1f}",
                f"{p99:.1f}",
                f"{max(frames):.1f}",
            ],
            ["QTextBrowser with the same text, ms", f"{measured['browser_ms']:,.0f}", "", ""],
            ["**ours to it, opened**", f"**{ratio:,.0f}x faster**", "", ""],
        ],
        notes=[
            f"Wanted: opened in less than {OPEN_MS:g} ms: {_word(max(opening), OPEN_MS)}; a frame "
            f"in less than {FRAME_MS:g} ms at p99: {_word(p99, FRAME_MS)}.",
            f"After 1,000 opened conversations the process held {growth:+.1%} of what it held "
            f"after 200 ({memory[-1] / 1e6:,.0f} MB).",
        ],
        figures={**measured, "growth": growth, "times_faster": ratio},
    )


def _loop_table(measured: dict[str, Any]) -> Table:
    rows = []
    worst = 0.0
    for key, words in _DOING.items():
        gaps = measured[key]
        p99 = percentile(gaps, 0.99)
        worst = max(worst, p99)
        over = sum(gap > FRAME_MS for gap in gaps)
        cells = [f"{percentile(gaps, 0.5):.1f}", f"{p99:.1f}", f"{max(gaps):.1f}"]
        rows.append([words, *cells, f"{over:,} of {len(gaps):,}"])
    return Table(
        name="chat_loop",
        title="Delays of the event loop, 150 tokens a second into 10,000 messages",
        columns=("", "p50, ms", "p99, ms", "most, ms", "over a frame"),
        rows=rows,
        notes=[f"Wanted: p99 under {FRAME_MS:g} ms: {_word(worst, FRAME_MS)} ({worst:.1f} ms)."],
        figures={"worst_p99_ms": worst},
    )
