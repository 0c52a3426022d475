"""Semantic entropy through the engine's door, on a tiny model."""

from __future__ import annotations

import math

import pytest

from engine.contract.commands import LoadModel
from engine.contract.events import CommandFailed, CommandFinished
from engine.contract.introspection_commands import LoadTrace, MeasureMeanings, SetInstruments
from engine.contract.introspection_events import (
    MeaningsMeasured,
    MeaningsProgressed,
    TraceLoaded,
    TurnMeasured,
)
from engine.contract.signals import Profile
from tests.helpers.engine_reader import turn_of
from tests.helpers.tiny_model import write_tiny_model


def last(events, kind):
    return next(event for event in reversed(events) if isinstance(event, kind))


@pytest.mark.feature("introspection.semantic_entropy")
def test_an_answer_is_drawn_several_times_and_its_meanings_are_compared(brief):
    """On demand an answer is drawn several times, and how far the meanings part is measured."""
    brief.do(SetInstruments(profile=Profile.LIVE))
    conversation_id = brief.converse()
    message_id = turn_of(brief.ask(conversation_id, "Hello")).message.id
    brief.until(lambda event: isinstance(event, TurnMeasured))

    events = brief.do(MeasureMeanings(conversation_id=conversation_id, message_id=message_id))
    assert isinstance(events[-1], CommandFinished)
    progress = [event for event in events if isinstance(event, MeaningsProgressed)]
    assert [(one.done, one.total) for one in progress] == [(n, 8) for n in range(1, 9)]
    found = last(events, MeaningsMeasured).semantic_entropy
    assert found.samples == 8
    assert sum(one.count for one in found.clusters) == 8
    assert 0.0 <= found.entropy_nats <= math.log(8) + 1e-9
    assert "8 answers at temperature 1" in found.method

    trace = last(
        brief.do(LoadTrace(conversation_id=conversation_id, message_id=message_id)), TraceLoaded
    ).trace
    assert trace.turn.semantic_entropy == found


def test_the_same_is_drawn_again(brief):
    conversation_id = brief.converse()
    message_id = turn_of(brief.ask(conversation_id, "Hello")).message.id
    command = MeasureMeanings(conversation_id=conversation_id, message_id=message_id, samples=3)

    first, second = (last(brief.do(command), MeaningsMeasured) for _ in range(2))
    assert first.semantic_entropy == second.semantic_entropy


def test_what_cannot_be_drawn_is_said(brief, tmp_path):
    conversation_id = brief.converse()
    message = turn_of(brief.ask(conversation_id, "Hello")).message

    def fault(message_id, samples=8):
        end = brief.do(
            MeasureMeanings(conversation_id=conversation_id, message_id=message_id, samples=samples)
        )[-1]
        assert isinstance(end, CommandFailed)
        return end.error

    assert "samples must be" in fault(message.id, 1).message
    assert "Only an answer" in fault(message.parent_id).message
    assert fault("msg_none").kind == "not_found"
    brief.do(LoadModel(model_id=str(write_tiny_model(tmp_path / "other", seed=9))))
    assert "Another model" in fault(message.id).message


def test_stopping_it_measures_nothing(brief):
    conversation_id = brief.converse()
    message_id = turn_of(brief.ask(conversation_id, "Hello")).message.id
    job = brief.port.submit(
        MeasureMeanings(conversation_id=conversation_id, message_id=message_id, samples=64)
    )
    brief.until(lambda event: isinstance(event, MeaningsProgressed))
    brief.port.cancel(job)

    assert brief.end_of(job).error.kind == "cancelled"
