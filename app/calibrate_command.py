"""`calibrate`: has the model answer known questions, and tells what its confidence is worth."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict

from app import exit_codes
from app.calibrate_options import CalibrateOptions
from app.console import Console
from app.errors import ReportedError
from app.model_opening import open_model
from app.port_reader import PortReader
from app.vault_opening import open_vault
from app.wording import as_duration
from engine.contract.calibration import CalibrationReport, Interval
from engine.contract.errors import Cancelled, ErrorReport
from engine.contract.introspection_commands import Calibrate
from engine.contract.introspection_events import CalibrationFinished, CalibrationProgressed
from engine.contract.port import EnginePort
from engine.contract.settings import Settings

_CONDITIONS = {"closed": "Without the passage", "open": "With the passage in the context"}
_STOPPED = "Stopped. What was known of this model before still holds."
# Where nobody watches a line that changes, a line is told after so much more of the work.
_TOLD_SHARE = 0.05


def run(port: EnginePort, options: CalibrateOptions, settings: Settings, console: Console) -> int:
    """The loaded model's confidence is calibrated, and the report on standard output.

    Raises:
        EngineError: It could not be; the caller tells it.
    """
    reader = PortReader(port)
    with contextlib.closing(reader), reader.stopping_on_ctrl_c():
        open_vault(reader, console)
        open_model(reader, console, settings.models.model)
        try:
            found = _calibrated(reader, options, console)
        except ReportedError as error:
            if error.kind == Cancelled.kind:
                console.notice(_STOPPED)
            raise
    if console.is_json:
        console.write_json(
            {
                "reports": [asdict(report) for report in found.reports],
                "left_out": list(found.left_out),
            }
        )
    else:
        console.write("\n".join(_lines(found)) + "\n")
    return exit_codes.OK


def _calibrated(
    reader: PortReader, options: CalibrateOptions, console: Console
) -> CalibrationFinished:
    command = Calibrate(
        questions_path=options.questions, limit=options.limit, condition=options.condition
    )
    progress = _Progress(console)
    finished: CalibrationFinished | None = None
    try:
        for event in reader.events_of(command):
            if isinstance(event, CalibrationProgressed):
                progress.show(event)
            elif isinstance(event, CalibrationFinished):
                finished = event
    finally:
        console.clear_transient()
    if finished is None:
        raise ReportedError(ErrorReport(kind="bug", message="The calibration did not end."))
    return finished


class _Progress:
    """Shows how far it is, on standard error."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told = 0.0

    def show(self, event: CalibrationProgressed) -> None:
        """What `event` says is on screen, in a line that the next one replaces if it can be."""
        share = event.done / event.total if event.total else 0.0
        left = "" if event.remaining_s is None else f", {as_duration(event.remaining_s)} left"
        line = f"{event.done:,} of {event.total:,} answers, {event.right:,} right{left}"
        if self._console.is_err_terminal:
            self._console.transient(line)
        elif event.done and (share - self._told >= _TOLD_SHARE or event.done == event.total):
            self._told = share
            self._console.notice(line)


def _lines(found: CalibrationFinished) -> Iterator[str]:
    for report in found.reports:
        yield from _report_lines(report)
        yield ""
    yield from found.left_out
    if found.reports:
        yield "Figures in brackets are 95 % intervals over passages."


def _report_lines(report: CalibrationReport) -> Iterator[str]:
    yield f"{_CONDITIONS.get(report.condition, report.condition)}: {report.model_id}"
    yield (
        f"  {report.data}, temperature {report.temperature:g}; "
        f"fitted on {report.trained:,} answers, tested on {report.tested:,} about other topics"
    )
    yield _row("right answers", _percent(report.accuracy))
    yield _row("AUROC", f"{_plain(report.auroc)}; 0.5 is chance")
    yield _row("with shuffled verdicts", f"{report.shuffled_auroc:.3f}")
    for baseline in report.baselines:
        yield _row(baseline.name, _plain(baseline.auroc))
    yield _row(
        "ECE",
        f"{_plain(report.ece)}; up to {report.ece_null:.3f} is chance with so few answers",
    )
    yield _row("Brier score", f"{report.brier:.3f}")
    yield _row("method", report.method)
    yield "  if only the surest were answered, wrong would be"
    for point in report.risk:
        if round(point.coverage_ratio * 100) in (10, 25, 50, 75, 100):
            yield _row(
                f"  {point.coverage_ratio:.0%} answered",
                f"{point.risk_ratio:.1%} ({point.low:.1%} to {point.high:.1%})",
            )
    yield "  confidence and what came of it"
    for one in report.bins:
        yield _row(f"  {one.confidence:.1%}", f"{one.accuracy:.1%} of {one.count} right")
    yield "  weights, in log-odds for one standard deviation"
    yield from _weights(report)


def _weights(report: CalibrationReport) -> Iterator[str]:
    for feature in report.features:
        yield _row(f"  {feature.name}", f"{feature.weight:+.2f}")


def _row(name: str, value: str) -> str:
    return f"  {name:<28}{value}"


def _plain(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"


def _percent(interval: Interval) -> str:
    return f"{interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})"
