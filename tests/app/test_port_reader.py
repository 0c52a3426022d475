from __future__ import annotations

import threading

import pytest

from app.errors import ReportedError
from app.port_reader import PortReader
from engine.contract import commands as c
from engine.contract.errors import ErrorReport
from engine.contract.events import (
    CommandFinished,
    MessageAdded,
    ModelsListed,
    TextGenerated,
    TurnFinished,
)
from engine.contract.messages import FinishReason


@pytest.fixture
def reader(engine):
    made = PortReader(engine)
    yield made
    made.close()


def test_only_the_jobs_own_events_come_and_in_order(reader, engine):
    engine.submit(c.ListModels())

    events = reader.run(c.SendMessage(conversation_id="c", text="echo a b"))

    assert [type(event) for event in events] == [
        MessageAdded,
        MessageAdded,
        TextGenerated,
        TextGenerated,
        TurnFinished,
        CommandFinished,
    ]
    assert isinstance(reader.run(c.ListModels())[0], ModelsListed)


def test_a_failure_is_raised_with_its_kind(reader, engine):
    engine.failures[c.ListModels] = ErrorReport(kind="offline", message="No.", action="Do.")

    with pytest.raises(ReportedError) as caught:
        reader.run(c.ListModels())

    assert (caught.value.kind, caught.value.message, caught.value.action) == (
        "offline",
        "No.",
        "Do.",
    )


def test_an_interrupt_stops_the_job_and_its_end_is_still_read(reader, engine):
    command = c.SendMessage(conversation_id="c", text="forever")
    stop = c.StopGeneration(conversation_id="c")
    threading.Timer(0.05, reader.interrupt).start()

    events = []

    def read():
        for event in reader.events_of(command, stop=lambda: engine.submit(stop)):
            events.append(event)

    with pytest.raises(ReportedError) as caught:
        read()

    assert caught.value.kind == "cancelled"
    assert isinstance(events[-1], TurnFinished)
    assert events[-1].message.finish_reason is FinishReason.STOPPED
    assert reader.was_interrupted


def test_a_reader_that_leaves_early_cancels_the_job(reader, engine):
    events = reader.events_of(c.SendMessage(conversation_id="c", text="forever"))
    first = next(events)
    events.close()

    assert first.job_id in engine.cancelled
