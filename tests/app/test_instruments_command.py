from __future__ import annotations

import json

import pytest

from engine.contract.calibration import InstrumentCheck, InstrumentReport
from engine.contract.errors import ErrorReport
from engine.contract.introspection_commands import CheckInstruments
from engine.contract.introspection_events import InstrumentsChecked, InstrumentsProgressed
from tests.app.test_real_answers import ask  # noqa: F401 - a fixture


def check(name, *, value, is_passed=True, limit=0.001, is_control=False, detail=""):
    return InstrumentCheck(
        name=name,
        claim=f"What {name} claims.",
        is_passed=is_passed,
        value=value,
        limit=limit,
        is_control=is_control,
        detail=detail,
    )


SAME = check("identical_tokens", value=0.0, limit=0.0, detail="9 answers")
MISSING = check("lens_is_output", value=None, is_passed=False, detail="There is no lens.")
CAUGHT = check("push", value=0.5, is_control=True)
MISSED = check("keys_shifted", value=0.0, is_passed=False, is_control=True)


def finds(app, *checks):
    report = InstrumentReport(model_id="tiny", architecture="llama", prompts=9, checks=checks)
    told = InstrumentsProgressed(done=9, total=9), InstrumentsChecked(report=report)
    app.engine.answers[CheckInstruments] = told


def test_every_check_is_told_with_its_verdict_and_what_it_is_held_against(app):
    finds(app, SAME, MISSING, CAUGHT)

    outcome = app("instruments")

    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert lines[0] == "tiny (llama)"
    same = next(line for line in lines if "identical_tokens" in line)
    assert same.startswith("ok    identical_tokens   0, at most 0 ")
    assert same.endswith("What identical_tokens claims.")
    missing = next(place for place, line in enumerate(lines) if "lens_is_output" in line)
    assert lines[missing].startswith("-     lens_is_output     left out ")
    assert lines[missing + 1].strip() == "There is no lens."
    assert lines.index("Faults put in, to be caught") > missing
    assert any("push" in line and "0.5, more than 0.001" in line for line in lines)
    assert lines[-1] == "All passed; 1 left out."


def test_a_fault_that_was_not_caught_is_something_to_mend(app):
    finds(app, SAME, MISSED)

    outcome = app("instruments")

    assert outcome.code == 1
    assert "FAIL  keys_shifted" in outcome.out
    assert outcome.out.splitlines()[-1] == "1 failed."


def test_json_has_every_check_and_null_for_what_was_not_measured(app):
    finds(app, SAME, MISSING, MISSED)

    outcome = app("instruments", "--json")

    told = outcome.json
    assert outcome.code == 1
    assert (told["ok"], told["model"], told["prompts"]) == (False, "tiny", 9)
    assert [one["verdict"] for one in told["checks"]] == ["passed", "left_out", "failed"]
    assert told["checks"][1] == {
        "name": "lens_is_output",
        "claim": "What lens_is_output claims.",
        "is_passed": False,
        "value": None,
        "limit": 0.001,
        "is_control": False,
        "detail": "There is no lens.",
        "verdict": "left_out",
    }


def test_how_many_prompts_is_up_to_the_user(app):
    finds(app, SAME)

    app("instruments")
    app("--model", "large", "instruments", "--prompts", "7")

    asked = [one for one in app.engine.commands if isinstance(one, CheckInstruments)]
    assert [one.prompts for one in asked] == [200, 7]


@pytest.mark.parametrize("prompts", ["0", "-3", "many"])
def test_a_number_of_prompts_that_makes_no_sense_is_a_usage_error(app, prompts):
    outcome = app("instruments", "--prompts", prompts)

    assert outcome.code == 2
    assert "--prompts" in outcome.err
    assert app.engine.commands == []


def test_an_engine_that_cannot_is_one_sentence(app):
    app.engine.failures[CheckInstruments] = ErrorReport(kind="bug", message="It broke.")

    outcome = app("instruments")

    assert (outcome.code, outcome.err) == (70, "It broke.\n")


@pytest.mark.slow
def test_the_starter_models_instruments_are_real_in_a_process_of_its_own(ask):  # noqa: F811
    outcome = ask("instruments", "--json", "--prompts", "2")

    told = json.loads(outcome.out)
    assert outcome.code == 0
    assert told["ok"] is True
    assert {one["verdict"] for one in told["checks"]} == {"passed"}
    assert told["architecture"] == "llama"
