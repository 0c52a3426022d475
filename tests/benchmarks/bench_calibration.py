"""What the model's confidence is worth, on the questions that come with the app.

All of them take half an hour on two cores, so this one runs only when it is named.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import asdict

from app.port_reader import PortReader
from engine.assembly import start_engine
from engine.contract.calibration import CalibrationReport, Interval
from engine.contract.commands import LoadModel
from engine.contract.introspection_commands import Calibrate
from engine.contract.introspection_events import CalibrationFinished, CalibrationProgressed
from engine.contract.settings import GenerationSettings, Settings
from tests.benchmarks.ground import Ground
from tests.benchmarks.machine import ROOT
from tests.benchmarks.report import Table

SHARE = 0
_CONDITIONS = {"closed": "without the passage", "open": "with the passage"}
_TOLD_EVERY = 100


def run(ground: Ground) -> list[Table]:
    """One table."""
    begun = time.monotonic()
    running = start_engine(
        settings=Settings(generation=GenerationSettings(temperature=0.0)),
        models_dir=ground.models_dir,
        resources=ROOT / "resources",
        version="bench",
    )
    reader = PortReader(running.port)
    try:
        with contextlib.closing(reader):
            reader.run(LoadModel(model_id=ground.model_id))
            finished = _calibrated(reader, ground)
    finally:
        running.close()
    return [_table(ground, finished, time.monotonic() - begun)]


def _calibrated(reader: PortReader, ground: Ground) -> CalibrationFinished:
    finished = None
    for event in reader.events_of(Calibrate(limit=ground.limit, is_kept=False)):
        if isinstance(event, CalibrationFinished):
            finished = event
        elif isinstance(event, CalibrationProgressed) and event.done % _TOLD_EVERY == 0:
            left = "" if event.remaining_s is None else f", {event.remaining_s / 60:.0f} min left"
            ground.say(f"{event.done} of {event.total} answers, {event.right} right{left}")
    if finished is None:
        raise ValueError("the calibration did not end")
    return finished


def _table(ground: Ground, finished: CalibrationFinished, took_s: float) -> Table:
    reports = finished.reports
    names = [baseline.name for baseline in reports[0].baselines]
    rows = [
        ["answers that are right", *(_percent(one.accuracy) for one in reports)],
        ["AUROC of the confidence", *(f"**{_plain(one.auroc)}**" for one in reports)],
        *[[f"AUROC of {name}", *(_baseline(one, name) for one in reports)] for name in names],
        ["AUROC, verdicts shuffled", *(f"{one.shuffled_auroc:.3f}" for one in reports)],
        ["ECE, ten equal bins", *(f"**{_plain(one.ece)}**" for one in reports)],
        ["ECE that chance allows (95 %)", *(f"{one.ece_null:.3f}" for one in reports)],
        ["Brier score", *(f"{one.brier:.3f}" for one in reports)],
        *[
            [f"wrong among the surest {share} %", *(_risk(one, share) for one in reports)]
            for share in (10, 25, 50, 100)
        ],
        ["fitted on, tested on", *(f"{one.trained}, {one.tested}" for one in reports)],
        ["method", *(one.method for one in reports)],
    ]
    heaviest = [
        f"{_CONDITIONS[one.condition]}: "
        + ", ".join(f"{each.name} {each.weight:+.2f}" for each in one.features[:5])
        for one in reports
    ]
    return Table(
        name="calibration",
        title="What the confidence is worth",
        columns=("", *(_CONDITIONS[one.condition] for one in reports)),
        rows=rows,
        notes=[
            f"{ground.model_id}, {reports[0].data}, temperature 0; fitted on half of the articles "
            "and tested on the other half. In brackets: 95 % intervals, passages drawn whole.",
            "Heaviest features, in log-odds for one standard deviation: " + "; ".join(heaviest),
            f"{took_s / 60:.0f} minutes in all.",
            *finished.left_out,
        ],
        figures={"reports": [asdict(one) for one in reports], "took_s": took_s},
    )


def _plain(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"


def _percent(interval: Interval) -> str:
    return f"{interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})"


def _baseline(report: CalibrationReport, name: str) -> str:
    return next((_plain(one.auroc) for one in report.baselines if one.name == name), "")


def _risk(report: CalibrationReport, share: int) -> str:
    wanted = share / 100
    point = min(report.risk, key=lambda one: abs(one.coverage_ratio - wanted))
    return f"{point.risk_ratio:.1%} ({point.low:.1%} to {point.high:.1%})"
