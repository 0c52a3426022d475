"""`instruments`: tries whether the instruments are real, on the model that answers."""

from __future__ import annotations

import contextlib
from typing import Any

from app import exit_codes
from app.console import Console
from app.errors import ReportedError
from app.measured_answer import plain
from app.model_opening import open_model
from app.port_reader import PortReader
from engine.contract.calibration import InstrumentCheck, InstrumentReport
from engine.contract.errors import ErrorReport
from engine.contract.introspection_commands import CheckInstruments
from engine.contract.introspection_events import InstrumentsChecked, InstrumentsProgressed
from engine.contract.port import EnginePort
from engine.contract.settings import Settings

_MARKS = {"passed": "ok  ", "failed": "FAIL", "left_out": "-   "}


def run(port: EnginePort, prompts: int, settings: Settings, console: Console) -> int:
    """Every check is on standard output with its verdict.

    Args:
        port: To the engine.
        prompts: How many are answered with and without instruments.
        settings: Those in force.
        console: The terminal.

    Returns:
        An exit code: TO_MEND if any check failed.

    Raises:
        EngineError: The checks could not be made.
    """
    reader = PortReader(port)
    with contextlib.closing(reader), reader.stopping_on_ctrl_c():
        open_model(reader, console, settings.models.model)
        report = _checked(reader, prompts, console)
    if console.is_json:
        console.write_json(_json(report))
    else:
        _show(report, console)
    return exit_codes.OK if report.is_passed else exit_codes.TO_MEND


def _checked(reader: PortReader, prompts: int, console: Console) -> InstrumentReport:
    report: InstrumentReport | None = None
    try:
        for event in reader.events_of(CheckInstruments(prompts=prompts)):
            if isinstance(event, InstrumentsProgressed):
                console.transient(f"{event.done} of {event.total} prompts, with and without")
            elif isinstance(event, InstrumentsChecked):
                report = event.report
    finally:
        console.clear_transient()
    if report is None:
        raise ReportedError(ErrorReport(kind="bug", message="The checks came to no end."))
    return report


def _verdict(check: InstrumentCheck) -> str:
    if check.is_left_out:
        return "left_out"
    return "passed" if check.is_passed else "failed"


def _json(report: InstrumentReport) -> dict[str, Any]:
    """The report as the object that programs read; what was not measured is null."""
    return {
        "ok": report.is_passed,
        "model": report.model_id,
        "architecture": report.architecture,
        "prompts": report.prompts,
        "checks": [{**plain(check), "verdict": _verdict(check)} for check in report.checks],
    }


def _show(report: InstrumentReport, console: Console) -> None:
    console.write(f"{report.model_id} ({report.architecture})\n\n")
    for title, is_control in (("Claims", False), ("Faults put in, to be caught", True)):
        console.write(f"{title}\n")
        for check in report.checks:
            if check.is_control is is_control:
                _show_one(check, console)
        console.write("\n")
    console.write(f"{_summary(report)}\n")


def _show_one(check: InstrumentCheck, console: Console) -> None:
    sides = "more than" if check.is_control else "at most"
    found = "left out" if check.value is None else f"{check.value:.2g}, {sides} {check.limit:g}"
    console.write(f"{_MARKS[_verdict(check)]}  {check.name:<18} {found:<24} {check.claim}\n")
    if check.detail:
        console.write(f"{'':<25}{check.detail}\n")


def _summary(report: InstrumentReport) -> str:
    verdicts = [_verdict(check) for check in report.checks]
    failed, left_out = verdicts.count("failed"), verdicts.count("left_out")
    told = f"{failed} failed" if failed else "All passed"
    return f"{told}; {left_out} left out." if left_out else f"{told}."
