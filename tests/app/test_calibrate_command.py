from __future__ import annotations

import json

import pytest

from app import exit_codes
from app.arguments import parse
from app.calibrate_options import CalibrateOptions
from app.errors import UsageError
from engine.contract.errors import ErrorReport
from engine.contract.introspection_commands import Calibrate
from engine.contract.introspection_events import CalibrationFinished, CalibrationProgressed
from engine.contract.settings import Settings
from tests.helpers.reports import calibration_report

PROGRESS = tuple(
    CalibrationProgressed(
        done=done, total=200, right=done // 4, remaining_s=(200 - done) * 1.5 if done else None
    )
    for done in range(201)
)
OPEN = calibration_report(condition="open")
DONE = CalibrationFinished(
    reports=(OPEN,), left_out=("Closed: 1 of 100 answers were right: too few.",)
)


@pytest.fixture
def calibrating(app):
    app.engine.answers[Calibrate] = (*PROGRESS, DONE)
    return app


@pytest.mark.feature("cli.calibrate")
def test_the_report_is_readable(calibrating):
    """`calibrate` asks the model known questions and tells what its confidence is worth."""
    outcome = calibrating("calibrate")

    assert outcome.code == exit_codes.OK
    for words in (
        "With the passage in the context: tiny",
        "SQuAD 1.1, development set",
        "25.0% (20.0% to 30.0%)",
        "0.710 (0.660 to 0.760); 0.5 is chance",
        "up to 0.051 is chance",
        "length alone                0.600",
        "10% answered",
        "12.0% of 68 right",
        "entropy_mean",
        "-0.80",
        "Closed: 1 of 100 answers were right",
    ):
        assert words in outcome.out, words


def test_progress_with_the_time_left_goes_to_standard_error(calibrating):
    told = calibrating("calibrate").err.splitlines()

    lines = [line for line in told if " of 200 answers" in line]
    assert 15 <= len(lines) <= 25
    assert lines[0] == "10 of 200 answers, 2 right, 5 min left"
    assert lines[-1] == "200 of 200 answers, 50 right, 0 s left"


def test_json_has_all_figures_and_nothing_else(calibrating):
    found = calibrating("calibrate", "--json").json

    (report,) = found["reports"]
    assert report["auroc"] == {"value": 0.71, "low": 0.66, "high": 0.76}
    assert len(report["risk"]) == 20
    assert report["ece_null"] == 0.051
    assert report["features"] == [{"name": "entropy_mean", "weight": -0.8}]
    assert found["left_out"] == list(DONE.left_out)
    assert json.loads(json.dumps(found)) == found


def test_options_become_the_order(calibrating, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    calibrating("calibrate", "--questions", "q.jsonl", "--limit", "60", "--condition", "open")

    assert (
        Calibrate(questions_path=str(tmp_path / "q.jsonl"), limit=60, condition="open")
        in calibrating.engine.commands
    )


def test_the_temperature_may_stand_before_or_after_the_command():
    for words in (["--temperature", "0", "calibrate"], ["calibrate", "--temperature", "0"]):
        found = parse(words)
        assert found.applied_to(Settings()).generation.temperature == 0.0
        assert found.calibrate == CalibrateOptions()


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["calibrate", "--limit", "-1"], "--limit is -1"),
        (["calibrate", "--limit", "few"], "invalid int value"),
        (["calibrate", "--condition", "ajar"], "invalid choice"),
        (["calibrate", "--temperature", "9"], "--temperature is 9.0"),
        (["calibrate", "now"], "nrecognized arguments"),
    ],
)
def test_what_cannot_be_used_is_said(words, part):
    with pytest.raises(UsageError) as caught:
        parse(words)
    assert part in caught.value.message


def test_a_bad_file_ends_it_with_the_line(app):
    app.engine.failures[Calibrate] = ErrorReport(
        kind="unreadable_file", message="Line 3 of the questions is not JSON."
    )
    outcome = app("calibrate", "--questions", "q.jsonl")

    assert outcome.code == exit_codes.BAD_INPUT
    assert "Line 3 of the questions is not JSON." in outcome.err


def test_stopping_it_says_that_nothing_was_lost(app):
    app.engine.failures[Calibrate] = ErrorReport(kind="cancelled", message="It was stopped.")
    outcome = app("calibrate")

    assert outcome.code == exit_codes.INTERRUPTED
    assert "What was known of this model before still holds." in outcome.err
    assert outcome.out == ""
