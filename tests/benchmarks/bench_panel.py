"""The introspection panel: how long the event loop is held up while measured tokens stream in."""

from __future__ import annotations

from tests.benchmarks.children import run_module
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table

SHARE = 3
_FRAME_MS = 16.7


def run(ground: Ground) -> list[Table]:
    """One table."""
    ground.say("panel: measured tokens stream into each view")
    found = run_module("tests.benchmarks.panel_child", {}, ground.say)["views"]
    columns = ("gap_p50_ms", "gap_p99_ms", "gap_max_ms", "frames_per_second", "tokens_per_second")
    return [
        Table(
            name="panel",
            title="The introspection panel while 150 measured tokens a second stream in, ms",
            columns=(
                "view",
                "median",
                "99 of 100",
                "longest",
                "frames a second",
                "tokens a second",
            ),
            rows=[[one["view"], *(f"{one[name]:.1f}" for name in columns)] for one in found],
            notes=[
                "How late a timer of 1 ms fires: what the event loop was held up. At most "
                f"{_FRAME_MS} ms for 99 of 100 is 60 frames a second.",
                "Frames are those that were drawn because something had changed. One view is open "
                "at a time; the others cost nothing while they are hidden.",
            ],
            figures={"panel": found},
        )
    ]
