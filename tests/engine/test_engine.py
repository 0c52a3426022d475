"""The whole engine, with a tiny model and its real threads."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from engine.assembly import start_engine
from engine.contract.commands import (
    ChangeSettings,
    CreateConversation,
    DeleteConversation,
    FetchModel,
    InspectEngine,
    ListConversations,
    ListModels,
    LoadModel,
    MeasureContext,
    RenameConversation,
    RestoreConversation,
    SendMessage,
    StopGeneration,
    UnloadModel,
)
from engine.contract.events import (
    CommandFailed,
    CommandFinished,
    ContextMeasured,
    ConversationChanged,
    ConversationCreated,
    EngineInspected,
    HistoryCut,
    MessageAdded,
    ModelLoaded,
    ModelLoadProgressed,
    ModelsListed,
    ModelUnloaded,
    PrefillProgressed,
    TextGenerated,
    TurnFinished,
)
from engine.contract.ids import new_id
from engine.contract.messages import FinishReason, Role
from engine.contract.model_cards import ModelState
from engine.contract.settings import (
    GenerationSettings,
    ModelSettings,
    NetworkSettings,
    Settings,
)
from tests.helpers.engine_reader import EngineReader, turn_of
from tests.helpers.tiny_model import write_tiny_model

SETTINGS = Settings(generation=GenerationSettings(system_prompt="Be brief."))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("tiny"), context_tokens=256)


@pytest.fixture
def bare(tmp_path, resources):
    running = start_engine(
        settings=SETTINGS, models_dir=tmp_path / "models", resources=resources, version="0"
    )
    yield EngineReader(running.port)
    running.close()


@pytest.fixture
def engine(bare, tiny):
    bare.do(LoadModel(model_id=str(tiny)))
    return bare


def test_loading_tells_its_stages_and_the_model(bare, tiny):
    events = bare.do(LoadModel(model_id=str(tiny)))

    kinds = [type(event) for event in events]
    assert ModelLoadProgressed in kinds
    assert kinds[-2:] == [ModelLoaded, CommandFinished]
    info = events[-2].model
    assert (info.architecture, info.device, info.context_tokens) == ("llama", "cpu", 256)


@pytest.mark.feature("chat.answer", "It answers, word by word, and says how fast it was.")
def test_a_message_is_answered_word_by_word(engine):
    conversation = engine.converse()

    events = engine.ask(conversation, "Hello")

    kinds = [type(event) for event in events]
    assert kinds[0] is MessageAdded
    assert kinds[-2:] == [TurnFinished, CommandFinished]
    added = [event.message for event in events if isinstance(event, MessageAdded)]
    assert [m.role for m in added] == [Role.USER, Role.ASSISTANT]
    assert added[1].parent_id == added[0].id
    message = turn_of(events).message
    streamed = "".join(e.text for e in events if isinstance(e, TextGenerated))
    assert streamed.strip() == message.text.strip() != ""
    stats = message.stats
    assert stats.completion_tokens == 12
    assert stats.ttft_ms > 0
    assert stats.tokens_per_second > 0
    assert PrefillProgressed in kinds


def test_the_first_question_becomes_the_title(engine):
    conversation = engine.converse()

    events = engine.ask(conversation, "  Why is\nthe sky blue? ")

    changed = next(event for event in events if isinstance(event, ConversationChanged))
    assert changed.conversation.title == "Why is the sky blue?"


def test_the_next_turn_uses_what_was_read(engine):
    conversation = engine.converse()
    engine.ask(conversation, "Hello")

    stats = turn_of(engine.ask(conversation, "And more")).message.stats

    assert stats.cached_tokens > stats.prompt_tokens / 2


@pytest.mark.feature("chat.two_at_once", "Two conversations can be answered at the same time.")
def test_two_conversations_are_answered_side_by_side(engine):
    one, two = engine.converse(), engine.converse()
    alone = turn_of(engine.ask(one, "Hello", max_tokens=24)).message.text
    three = engine.converse()
    settings = GenerationSettings(temperature=0.0, max_tokens=24)
    start = len(engine.events)

    jobs = [
        engine.port.submit(SendMessage(conversation_id=c, text="Hello", generation=settings))
        for c in (two, three)
    ]
    ended = set()
    engine.until(
        lambda e: (
            isinstance(e, CommandFinished | CommandFailed)
            and (ended.add(e.job_id) or ended >= set(jobs))
        )
    )

    events = engine.events[start:]
    turns = [e.message.text for e in events if isinstance(e, TurnFinished)]
    assert turns == [alone, alone]
    order = [e.conversation_id for e in events if isinstance(e, TextGenerated)]
    changes = sum(a != b for a, b in itertools.pairwise(order))
    assert changes > len(order) / 2, "they did not take turns"


@pytest.mark.feature(
    "chat.stop", "Stop ends an answer within one token and keeps what was written."
)
@pytest.mark.parametrize("way", ["stop", "cancel"])
def test_stopping_keeps_what_was_written(engine, way):
    conversation = engine.converse()
    long = GenerationSettings(temperature=0.0, max_tokens=200)
    job = engine.port.submit(
        SendMessage(conversation_id=conversation, text="Hello", generation=long)
    )
    engine.until(lambda e: isinstance(e, TextGenerated) and e.completion_tokens >= 3)

    if way == "stop":
        engine.port.submit(StopGeneration(conversation_id=conversation))
    else:
        engine.port.cancel(job)

    message = engine.until(lambda e: isinstance(e, TurnFinished)).message
    assert message.finish_reason is FinishReason.STOPPED
    assert message.text
    end = engine.end_of(job)
    assert (type(end), end.error.kind) == (CommandFailed, "cancelled")
    assert turn_of(engine.ask(conversation, "Go on")).message.text


def test_a_second_message_waits_for_the_first_answer(engine):
    conversation = engine.converse()
    settings = GenerationSettings(temperature=0.0, max_tokens=10)
    jobs = [
        engine.port.submit(
            SendMessage(conversation_id=conversation, text=text, generation=settings)
        )
        for text in ("One", "Two")
    ]
    engine.end_of(jobs[1])

    listed = engine.do(ListConversations())[0].conversations[0]
    assert [m.role for m in listed.messages] == [Role.USER, Role.ASSISTANT] * 2
    assert [m.text for m in listed.messages if m.role is Role.USER] == ["One", "Two"]


@pytest.mark.feature(
    "chat.history_cut", "When older messages no longer fit, it says which were left out."
)
def test_history_that_does_not_fit_is_cut_and_told(engine):
    conversation = engine.converse()
    for number in range(4):
        engine.ask(conversation, f"{number} " + "word " * 12, max_tokens=5)

    events = engine.ask(conversation, "word " * 12, max_tokens=5)

    cut = next(event for event in events if isinstance(event, HistoryCut))
    messages = engine.do(ListConversations())[0].conversations[0].messages
    assert cut.message_ids == tuple(m.id for m in messages[: len(cut.message_ids)])
    assert messages[len(cut.message_ids)].role is Role.USER
    stats = turn_of(events).message.stats
    assert stats.prompt_tokens + 5 <= 256


def test_a_message_longer_than_the_context_is_refused_and_nothing_is_lost(engine):
    conversation = engine.converse()

    events = engine.ask(conversation, "word " * 100)

    assert events[-1].error.kind == "prompt_too_long"
    assert "Nothing was sent" in events[-1].error.message
    assert turn_of(engine.ask(conversation, "Hello")).message.text


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_message_is_refused(engine, text):
    assert engine.ask(engine.converse(), text)[-1].error.kind == "bad_request"


def test_an_unknown_conversation_is_refused(engine):
    assert engine.ask("conv_none", "Hello")[-1].error.kind == "not_found"


def test_without_a_model_a_message_is_refused_with_the_reason(bare):
    assert bare.ask(bare.converse(), "Hello")[-1].error.kind == "model_not_loaded"


def test_a_message_sent_while_the_model_loads_is_answered(bare, tiny):
    """The window is there before the model is; what is typed meanwhile must not be lost."""
    conversation = new_id("conv")
    bare.port.submit(LoadModel(model_id=str(tiny)))
    bare.port.submit(CreateConversation(conversation_id=conversation))

    assert turn_of(bare.ask(conversation, "Hello")).message.text


@pytest.mark.feature(
    "models.switch", "Another model can be loaded; the one before gives its memory back first."
)
def test_another_model_takes_over_and_the_first_is_unloaded_before(engine, tmp_path):
    other = write_tiny_model(tmp_path / "other", seed=5)

    events = engine.do(LoadModel(model_id=str(other)))

    kinds = [type(event) for event in events]
    assert kinds.index(ModelUnloaded) < kinds.index(ModelLoaded)
    assert turn_of(engine.ask(engine.converse(), "Hello")).message.stats.model == str(other)


@pytest.mark.feature(
    "models.fit",
    "A model that would not fit is refused with the numbers; the one before still answers.",
)
def test_a_model_that_does_not_fit_is_refused_and_the_first_still_answers(engine, tmp_path):
    other = write_tiny_model(tmp_path / "other")
    small = Settings(models=ModelSettings(memory_share=0.1))
    config = other / "config.json"
    config.write_text(config.read_text().replace('"hidden_size": 32', '"hidden_size": 32000000'))
    engine.do(ChangeSettings(settings=small))

    error = engine.do(LoadModel(model_id=str(other)))[-1].error

    assert error.kind == "not_enough_memory"
    assert "GB" in error.message
    assert turn_of(engine.ask(engine.converse(), "Hello")).message.text


def test_a_model_that_is_not_there_is_named_in_the_error(bare):
    error = bare.do(LoadModel(model_id="smollm2-135"))[-1].error

    assert error.kind == "model_not_found"
    assert "smollm2-135m" in error.message


def test_unloading_leaves_an_engine_that_can_load_again(engine, tiny):
    engine.do(UnloadModel())
    refused = engine.ask(engine.converse(), "Hello")[-1].error.kind
    engine.do(LoadModel(model_id=str(tiny)))

    assert refused == "model_not_loaded"
    assert turn_of(engine.ask(engine.converse(), "Hello")).message.text


@pytest.mark.feature("chat.delete_undo", "A deleted conversation can be brought back.")
def test_a_deleted_conversation_comes_back_with_its_messages(engine):
    conversation = engine.converse()
    engine.ask(conversation, "Hello")
    engine.do(DeleteConversation(conversation_id=conversation))
    assert engine.do(ListConversations())[0].conversations == ()

    events = engine.do(RestoreConversation(conversation_id=conversation))

    assert isinstance(events[0], ConversationCreated)
    assert len(events[0].conversation.messages) == 2


def test_deleting_a_conversation_ends_its_answer(engine):
    conversation = engine.converse()
    long = GenerationSettings(temperature=0.0, max_tokens=200)
    job = engine.port.submit(
        SendMessage(conversation_id=conversation, text="Hello", generation=long)
    )
    engine.until(lambda e: isinstance(e, TextGenerated))

    engine.port.submit(DeleteConversation(conversation_id=conversation))

    assert engine.end_of(job).error.kind == "cancelled"


def test_renaming_is_told(engine):
    conversation = engine.converse()
    events = engine.do(RenameConversation(conversation_id=conversation, title=" Sky "))

    assert events[0].conversation.title == "Sky"


@pytest.mark.feature(
    "chat.context_meter", "It shows how full the context is, counted in the model's own tokens."
)
def test_the_context_meter_counts_what_the_prompt_will_hold(engine):
    """The meter is only worth showing if it agrees with what is really sent."""
    conversation = engine.converse()
    engine.ask(conversation, "Hello", max_tokens=5, system_prompt="Be brief.")

    measured = engine.do(MeasureContext(conversation_id=conversation, draft="And more"))[0]
    stats = turn_of(
        engine.ask(conversation, "And more", max_tokens=5, system_prompt="Be brief.")
    ).message.stats

    assert isinstance(measured, ContextMeasured)
    total = measured.system_tokens + measured.history_tokens + measured.draft_tokens
    # An answer that is not valid UTF-8 is counted as it will be written, so the two agree.
    assert total == stats.prompt_tokens
    assert measured.limit_tokens == 256


def test_settings_hold_from_the_next_message_on(engine):
    changed = replace(SETTINGS, generation=GenerationSettings(max_tokens=3, temperature=0.0))
    engine.do(ChangeSettings(settings=changed))
    conversation = engine.converse()

    events = engine.do(SendMessage(conversation_id=conversation, text="Hello"))

    assert turn_of(events).message.stats.completion_tokens == 3


def test_the_engine_tells_what_runs_underneath(engine, tiny):
    told = engine.do(InspectEngine())[0]

    assert isinstance(told, EngineInspected)
    assert told.model.id == str(tiny)
    assert told.active_bytes >= told.model.weights_bytes > 0
    assert told.limit_bytes > told.active_bytes


def test_models_are_listed_with_their_state(engine):
    listed = engine.do(ListModels())[0]

    assert isinstance(listed, ModelsListed)
    starter = next(card for card in listed.models if card.id == "smollm2-135m")
    assert (starter.licence, starter.state) == ("Apache-2.0", ModelState.OFFERED)


@pytest.mark.feature("network.offline-setting")
def test_while_offline_is_set_no_model_is_fetched(bare):
    """While Offline is on in the settings, no model is fetched, and it says why."""
    offline = Settings(network=NetworkSettings(is_offline=True))
    bare.do(ChangeSettings(settings=offline))

    error = bare.do(FetchModel(model_id="smollm2-135m"))[-1].error

    assert error.kind == "offline"
    assert "Offline mode is on" in error.message


def test_a_bug_in_one_command_ends_only_that_command(engine, monkeypatch, caplog):
    from engine import engine as door

    async def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setitem(door.HANDLERS, ListModels, broken)

    error = engine.do(ListModels())[-1].error

    assert error.kind == "bug"
    assert "ZeroDivisionError" in caplog.text
    assert turn_of(engine.ask(engine.converse(), "Hello")).message.text
