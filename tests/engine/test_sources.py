"""Which file an answer was copied from is found out by leaving it out, on the starter model."""

from __future__ import annotations

import pytest

from engine.assembly import start_engine
from engine.contract.commands import LoadModel, SendMessage
from engine.contract.ids import new_id
from engine.contract.introspection_commands import ConfirmSources, SetInstruments
from engine.contract.introspection_events import MeasuringBegun, SourcesConfirmed, TurnMeasured
from engine.contract.library_commands import ReadAttachment
from engine.contract.library_events import AttachmentRead
from engine.contract.settings import GenerationSettings, Settings
from engine.contract.signals import Profile, SegmentKind
from tests.helpers.engine_reader import EngineReader, turn_of
from tests.helpers.launches import only

FACT = "The lighthouse of Quendale was painted violet by Ingrid Sandvik in 1873."
OTHER = "Bread is baked from flour, water, salt and yeast."


@pytest.fixture
def engine(resources, models_dir, starter_model_path):
    running = start_engine(
        settings=Settings(), models_dir=models_dir, resources=resources, version="0"
    )
    reader = EngineReader(running.port)
    reader.do(LoadModel(model_id=str(starter_model_path)))
    yield reader
    running.close()


def attach(engine, content, name):
    order = ReadAttachment(attachment_id=new_id("att"), content=content.encode(), name=name)
    return only(engine.do(order), AttachmentRead).attachment


@pytest.mark.slow
@pytest.mark.feature("introspection.sources")
def test_the_file_that_a_sentence_was_copied_from_is_named_and_no_other(engine):
    """It is confirmed which file a sentence rests on: without it the sentence would not come."""
    engine.do(SetInstruments(profile=Profile.LIVE))
    files = [attach(engine, OTHER, "bread.txt"), attach(engine, FACT, "tower.txt")]
    conversation_id = engine.converse()
    told = engine.do(
        SendMessage(
            conversation_id=conversation_id,
            text="Repeat what the file tower.txt says about the lighthouse, word for word.",
            generation=GenerationSettings(temperature=0.0, max_tokens=60),
            attachment_ids=tuple(file.id for file in files),
        )
    )
    answer = turn_of(told).message
    if not any(isinstance(event, TurnMeasured) for event in engine.events):
        engine.until(lambda event: isinstance(event, TurnMeasured))
    assert "Quendale" in answer.text
    segments = only(told, MeasuringBegun).opening.segments
    at = {part.label: n for n, part in enumerate(segments) if part.kind is SegmentKind.DOCUMENT}

    confirmed = only(
        engine.do(ConfirmSources(conversation_id=conversation_id, message_id=answer.id)),
        SourcesConfirmed,
    )

    drops = {
        name: max(sentence.drops_nats[place] for sentence in confirmed.sentences)
        for name, place in at.items()
    }
    # e^5: without its file, the copied sentence is a hundredfold less likely.
    assert drops["tower.txt"] > 5
    assert drops["tower.txt"] > 2 * drops["bread.txt"]
