"""The instruments are tried through the whole engine."""

from __future__ import annotations

import pytest

from engine.contract.events import CommandFailed, CommandFinished
from engine.contract.introspection_commands import CheckInstruments
from engine.contract.introspection_events import InstrumentsChecked, InstrumentsProgressed


def test_progress_is_told_and_the_report_comes_last(brief):
    events = brief.do(CheckInstruments(prompts=2))

    told = [(e.done, e.total) for e in events if isinstance(e, InstrumentsProgressed)]
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert isinstance(events[-1], CommandFinished)
    report = events[-2].report
    assert report.prompts == 2
    assert report.architecture == "llama"
    assert {check.name for check in report.checks} >= {"identical_tokens", "push"}


@pytest.mark.parametrize("prompts", [0, -1, 10_001])
def test_a_number_of_prompts_that_makes_no_sense_is_refused(brief, prompts):
    (failed,) = brief.do(CheckInstruments(prompts=prompts))

    assert failed.error.kind == "bad_request"


def test_without_a_model_there_is_nothing_to_try(start):
    (failed,) = start(with_model=False).do(CheckInstruments(prompts=1))

    assert failed.error.kind == "model_not_loaded"


def test_the_checks_can_be_stopped_and_the_model_answers_afterwards(brief):
    job_id = brief.port.submit(CheckInstruments(prompts=10_000))
    brief.until(lambda event: isinstance(event, InstrumentsProgressed))
    brief.port.cancel(job_id)

    end = brief.end_of(job_id)

    assert isinstance(end, CommandFailed)
    assert end.error.kind == "cancelled"
    assert not any(isinstance(event, InstrumentsChecked) for event in brief.events)
    assert isinstance(brief.ask(brief.converse(), "Still there?")[-1], CommandFinished)
