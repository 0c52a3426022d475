"""Calibration through the engine's door, on a tiny model whose answers are known beforehand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine.contract.commands import ChangeSettings, LoadModel, UnloadModel
from engine.contract.events import CommandFailed, CommandFinished, TextGenerated
from engine.contract.introspection_commands import Calibrate, LoadCalibration, SetInstruments
from engine.contract.introspection_events import (
    CalibrationFinished,
    CalibrationLoaded,
    CalibrationProgressed,
    TurnMeasured,
)
from engine.contract.settings import GenerationSettings, IntrospectionSettings
from engine.contract.signals import Profile
from engine.contract.vault_commands import LockVault
from engine.introspection import scoring
from engine.introspection.examination import Examination
from engine.introspection.grading import normalised
from engine.introspection.probe import NetworkProbe
from engine.introspection.questions import Question
from engine.models import loader
from tests.helpers.exchanges import SHORT
from tests.helpers.tiny_model import write_tiny_model

SUBJECTS = [f"What is thing {number}?" for number in range(60)]
GREEDY = replace(SHORT, generation=replace(SHORT.generation, temperature=0.0))


@pytest.fixture(scope="module")
def readable(tmp_path_factory):
    """A tiny model that writes letters."""
    return write_tiny_model(
        tmp_path_factory.mktemp("readable"), context_tokens=512, is_ascii=True, seed=3
    )


@pytest.fixture(scope="module")
def lines(readable):
    """Questions of which the model knows every other answer."""
    loaded = loader.load_model(
        readable,
        model_id="tiny",
        name="tiny",
        licence="",
        limit_bytes=10**9,
        on_progress=lambda *_: None,
    )
    sitting = Examination(
        settings=IntrospectionSettings(), generation=GenerationSettings(temperature=0.0)
    )
    probe, found = NetworkProbe(loaded.network), []
    for number, text in enumerate(SUBJECTS):
        passage = f"Passage {number}."
        question = Question(text=text, golds=(), passage=passage, group=number, topic="")
        both = [
            list(
                sitting.answer(
                    loaded, probe, loaded.tokenizer.token_text, question, is_open=is_open, seed=0
                )
            )[-1]
            for is_open in (False, True)
        ]
        golds = [one.text for one in both if normalised(one.text)]
        answer = golds if number % 2 and golds else "nothing of the kind"
        found.append({"question": text, "answer": answer, "passage": passage})
    return found


@pytest.fixture(autouse=True)
def fewer_resamples(monkeypatch):
    """Intervals are tested elsewhere; here they would take most of the time."""
    monkeypatch.setattr(scoring, "RESAMPLES", 100)


@pytest.fixture
def questions(lines, tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


@pytest.fixture
def greedy(brief, readable):
    """A session in memory with that model, at temperature 0."""
    brief.do(ChangeSettings(settings=GREEDY))
    brief.do(LoadModel(model_id=str(readable)))
    return brief


def last(events, kind):
    return next(event for event in reversed(events) if isinstance(event, kind))


@pytest.mark.feature("introspection.calibrate")
def test_a_model_is_calibrated_on_questions_with_known_answers(greedy, questions):
    """The model answers questions with known answers; how far its confidence fits is reported."""
    events = greedy.do(Calibrate(questions_path=questions))

    assert isinstance(events[-1], CommandFinished)
    closed, opened = last(events, CalibrationFinished).reports
    assert (closed.condition, opened.condition) == ("closed", "open")
    assert closed.trained + closed.tested == len(SUBJECTS)
    assert closed.temperature == 0.0
    assert closed.data == "60 questions of your own"
    assert closed.accuracy.value == pytest.approx(0.5, abs=0.2)
    assert closed.auroc.low <= closed.auroc.value <= closed.auroc.high
    assert "retrieval_agreement" not in {one.name for one in closed.features}
    progress = [event for event in events if isinstance(event, CalibrationProgressed)]
    assert [one.done for one in progress] == list(range(121))
    assert progress[0].remaining_s is None
    assert progress[-1].remaining_s == 0.0
    assert 40 <= progress[-1].right <= 60


def test_what_was_learnt_is_told_for_this_model_and_no_other(greedy, questions, tiny_folder):
    assert last(greedy.do(LoadCalibration()), CalibrationLoaded).reports == ()
    greedy.do(Calibrate(questions_path=questions, condition="closed"))

    (report,) = last(greedy.do(LoadCalibration()), CalibrationLoaded).reports
    assert report.condition == "closed"
    greedy.do(LoadModel(model_id=str(tiny_folder)))
    assert last(greedy.do(LoadCalibration()), CalibrationLoaded).reports == ()
    greedy.do(UnloadModel())
    assert last(greedy.do(LoadCalibration()), CalibrationLoaded).reports == ()


def test_a_trial_is_not_kept(greedy, questions):
    events = greedy.do(Calibrate(questions_path=questions, condition="open", is_kept=False))

    assert last(events, CalibrationFinished).reports
    assert last(greedy.do(LoadCalibration()), CalibrationLoaded).reports == ()


def test_stopping_it_leaves_what_was_known(greedy, questions):
    greedy.do(Calibrate(questions_path=questions, condition="closed"))
    before = last(greedy.do(LoadCalibration()), CalibrationLoaded).reports

    job = greedy.port.submit(Calibrate(questions_path=questions))
    greedy.until(lambda e: isinstance(e, CalibrationProgressed) and e.job_id == job and e.done > 2)
    greedy.port.cancel(job)
    end = greedy.end_of(job)

    assert isinstance(end, CommandFailed)
    assert end.error.kind == "cancelled"
    assert last(greedy.do(LoadCalibration()), CalibrationLoaded).reports == before


def test_a_chat_answer_goes_before_the_questions(greedy, questions):
    job = greedy.port.submit(Calibrate(questions_path=questions))
    greedy.until(lambda e: isinstance(e, CalibrationProgressed) and e.job_id == job and e.done)
    start = len(greedy.events)
    greedy.ask(greedy.converse(), "Hello", max_tokens=40)

    meanwhile = greedy.events[start:]
    written = [place for place, e in enumerate(meanwhile) if isinstance(e, TextGenerated)]
    answered = [
        place
        for place, e in enumerate(meanwhile)
        if isinstance(e, CalibrationProgressed) and written[0] < place < written[-1]
    ]
    assert len(answered) <= 3
    greedy.port.cancel(job)
    greedy.end_of(job)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (Calibrate(questions_path="/nowhere/questions.jsonl"), "cannot be opened"),
        (Calibrate(condition="ajar"), "condition can be one of"),
        (Calibrate(limit=-1), "limit"),
    ],
)
def test_what_cannot_be_used_is_said(greedy, command, words):
    end = greedy.do(command)[-1]

    assert isinstance(end, CommandFailed)
    assert words in end.error.message


def test_too_few_right_answers_are_said(greedy, lines, tmp_path):
    path = tmp_path / "few.jsonl"
    path.write_text(
        "".join(json.dumps({"question": line["question"], "answer": "?!"}) + "\n" for line in lines)
    )
    end = greedy.do(Calibrate(questions_path=str(path)))[-1]

    assert isinstance(end, CommandFailed)
    assert "0 of 60 answers were right" in end.error.message


def test_open_needs_passages(greedy, tmp_path):
    path = tmp_path / "bare.jsonl"
    path.write_text('{"question": "a", "answer": "b"}\n')
    end = greedy.do(Calibrate(questions_path=str(path), condition="open"))[-1]

    assert "No question has a passage" in end.error.message


def test_without_a_model_nothing_is_calibrated(greedy, questions):
    greedy.do(UnloadModel())
    end = greedy.do(Calibrate(questions_path=questions))[-1]

    assert isinstance(end, CommandFailed)
    assert end.error.kind == "model_not_loaded"


def measured(reader, text, **settings):
    """What was measured of an answer, once all of it has been."""
    reader.ask(reader.converse(), text, max_tokens=12, **settings)
    return reader.until(lambda event: isinstance(event, TurnMeasured)).signals


@pytest.mark.feature("introspection.confidence")
def test_an_answer_has_a_confidence_that_rests_on_answers_that_were_checked(greedy, questions):
    """Each measured answer says how likely it is right, with an interval and what it rests on."""
    greedy.do(SetInstruments(profile=Profile.LIVE))
    before = measured(greedy, SUBJECTS[0])
    assert before.confidence is None
    assert "has not been calibrated" in before.confidence_reason

    greedy.do(Calibrate(questions_path=questions, condition="closed"))
    (report,) = last(greedy.do(LoadCalibration()), CalibrationLoaded).reports
    found = measured(greedy, SUBJECTS[0])
    assert found.confidence_reason == ""
    assert 0.0 <= found.confidence.low <= found.confidence.value <= found.confidence.high <= 1.0
    assert found.confidence.answers == report.trained
    assert {part.name for part in found.confidence.parts} == {one.name for one in report.features}


def test_an_answer_drawn_otherwise_has_no_confidence(greedy, questions):
    greedy.do(SetInstruments(profile=Profile.LIVE))
    greedy.do(Calibrate(questions_path=questions, condition="closed"))
    settings = replace(SHORT, generation=replace(SHORT.generation, temperature=0.7))
    greedy.do(ChangeSettings(settings=settings))

    found = measured(greedy, SUBJECTS[0], temperature=0.7)
    assert found.confidence is None
    assert "temperature 0; this answer was drawn at 0.7" in found.confidence_reason


def test_an_answer_longer_than_those_that_were_checked_has_no_confidence(greedy, questions):
    greedy.do(SetInstruments(profile=Profile.LIVE))
    greedy.do(Calibrate(questions_path=questions, condition="closed"))

    greedy.ask(greedy.converse(), SUBJECTS[0], max_tokens=60)
    found = greedy.until(lambda event: isinstance(event, TurnMeasured)).signals
    assert found.tokens > 24
    assert found.confidence is None
    assert "at most 24 tokens" in found.confidence_reason


def test_what_was_learnt_is_there_after_a_restart(start, readable, questions):
    first = start(with_model=False)
    first.do(ChangeSettings(settings=GREEDY))
    first.do(LoadModel(model_id=str(readable)))
    first.do(Calibrate(questions_path=questions))
    before = last(first.do(LoadCalibration()), CalibrationLoaded).reports
    assert len(before) == 2

    second = start(with_model=False)
    second.do(LoadModel(model_id=str(readable)))
    assert last(second.do(LoadCalibration()), CalibrationLoaded).reports == before


def test_locking_the_vault_ends_it(start, readable, questions):
    reader = start(with_model=False)
    reader.do(LoadModel(model_id=str(readable)))
    job = reader.port.submit(Calibrate(questions_path=questions))
    reader.until(lambda e: isinstance(e, CalibrationProgressed) and e.job_id == job and e.done)
    lock = reader.port.submit(LockVault())

    ends = {reader.until(is_end).job_id for _ in range(2)}
    assert ends == {job, lock}
    assert any(isinstance(event, CommandFailed) and event.job_id == job for event in reader.events)


def is_end(event):
    return isinstance(event, CommandFinished | CommandFailed)
