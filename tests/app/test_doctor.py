from __future__ import annotations

import sys

import pytest

from engine.contract import commands as c
from engine.contract.errors import ErrorReport

NAMES = [
    *("app", "python", "packages", "libraries", "memory", "display", "keychain", "permissions"),
    *("files", "logs", "models", "crashes", "settings", "device", "blas", "model"),
]


def checks(outcome):
    return {check["name"]: check for check in outcome.json["checks"]}


@pytest.mark.feature("cli.doctor")
def test_every_check_has_a_verdict_and_a_mend_where_one_is_needed(app):
    """`doctor` tells what is installed and what is missing, each with a verdict and its mend."""
    outcome = app("doctor", "--json")

    found = checks(outcome)
    assert list(found) == NAMES
    for check in found.values():
        assert check["says"]
        assert check["verdict"] in ("ok", "warn", "fail")
        assert (check["mend"] != "") == (check["verdict"] != "ok")
    assert outcome.json["ok"] == (outcome.code == 0)


def test_people_get_lines_with_a_summary(app):
    out = app("doctor").out

    assert "Shvayambhu 0.1.0" in out
    assert "OpenBLAS" in out
    assert "Everything works" in out


def test_a_slow_blas_is_warned_of(app):
    app.engine.blas = "reference"

    assert checks(app("doctor", "--json"))["blas"]["verdict"] == "warn"


def test_a_model_that_does_not_fit_or_is_not_there_is_told(app):
    assert checks(app("doctor", "--json", "--model", "large"))["model"]["verdict"] == "fail"
    assert app("doctor", "--model", "large").code == 1
    assert checks(app("doctor", "--json", "--model", "tiny"))["model"]["verdict"] == "ok"
    assert checks(app("doctor", "--json", "--model", "else"))["model"]["verdict"] == "warn"


def test_an_engine_that_cannot_work_is_a_verdict_not_a_crash(app, monkeypatch):
    app.engine.failures[c.InspectEngine] = ErrorReport(kind="bug", message="No device.")
    outcome = app("doctor", "--json")
    assert outcome.code == 1
    assert checks(outcome)["engine"]["says"] == "No device."

    # None in sys.modules makes the import fail, as a missing library does.
    monkeypatch.setitem(sys.modules, "engine.assembly", None)
    assert checks(app("doctor", "--json"))["engine"]["verdict"] == "fail"


@pytest.mark.logs_warning("cannot be used")
def test_a_bad_setting_is_a_check_and_not_a_line_of_its_own(app, app_home):
    (app_home / "settings.json").write_text('{"generation": {"temperature": 9}}')

    outcome = app("doctor", "--json")

    assert outcome.err == ""
    assert "generation.temperature" in checks(outcome)["settings"]["says"]
