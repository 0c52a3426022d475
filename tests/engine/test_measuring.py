"""Measuring through the real engine: what is told, in which order, and what goes on meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.contract import introspection_commands as orders
from engine.contract.calibration import Steering
from engine.contract.chat_commands import ContinueAnswer, ExplainAnswer
from engine.contract.chat_events import AnswerExplained
from engine.contract.commands import (
    ChangeSettings,
    LoadModel,
    SendMessage,
    StopGeneration,
    UnloadModel,
)
from engine.contract.events import CommandFailed, CommandFinished, TextGenerated, TurnFinished
from engine.contract.introspection_events import (
    DirectionsListed,
    InstrumentsTuned,
    LensRead,
    MeasuringBegun,
    SourcesConfirmed,
    SteeringChanged,
    TokenMeasured,
    TraceLoaded,
    TurnMeasured,
)
from engine.contract.settings import GenerationSettings, ModelSettings
from engine.contract.signals import Profile, SegmentKind
from engine.contract.vault_commands import LockVault, OpenVault
from tests.helpers.engine_reader import turn_of
from tests.helpers.launches import PASSPHRASE, SETTINGS, Launches, failure, only
from tests.helpers.tiny_model import write_tiny_model

KINDS = (MeasuringBegun, TextGenerated, TokenMeasured, TurnFinished, LensRead, TurnMeasured)


@pytest.fixture(scope="module")
def wide_folder(tmp_path_factory):
    """Its answers are printable letters, and its heads are wide enough for a cache of 8 bits."""
    return write_tiny_model(
        tmp_path_factory.mktemp("wide"), width=256, context_tokens=1024, is_ascii=True
    )


@pytest.fixture
def launch(tmp_path, resources, wide_folder):
    launches = Launches(tmp_path, resources, wide_folder)
    yield launches
    launches.end()


@pytest.fixture
def engine(launch):
    return launch()


def measure(engine, profile=Profile.LIVE):
    engine.do(orders.SetInstruments(profile=profile))


def send(engine, conversation_id, text="What is there to be seen?", **settings):
    generation = GenerationSettings(**{"temperature": 0.0, "max_tokens": 24, **settings})
    return engine.port.submit(
        SendMessage(conversation_id=conversation_id, text=text, generation=generation)
    )


def until_measured(engine, conversation_id, begun):
    """All events since `begun`, up to the measured turn of this conversation."""
    is_end = lambda e: isinstance(e, TurnMeasured) and e.conversation_id == conversation_id  # noqa: E731
    if not any(map(is_end, engine.events[begun:])):
        engine.until(is_end)
    return [
        e for e in engine.events[begun:] if getattr(e, "conversation_id", "") == conversation_id
    ]


def answered(engine, conversation_id=None, text="What is there to be seen?", **settings):
    """A question was answered and measured; its events."""
    conversation_id = conversation_id or engine.converse()
    begun = len(engine.events)
    send(engine, conversation_id, text, **settings)
    return until_measured(engine, conversation_id, begun)


def of(events, kind):
    return [event for event in events if isinstance(event, kind)]


def records(events):
    return [event.signals for event in of(events, TokenMeasured)]


def trace_of(engine, events):
    turn = of(events, TurnMeasured)[0]
    order = orders.LoadTrace(conversation_id=turn.conversation_id, message_id=turn.message_id)
    return only(engine.do(order), TraceLoaded).trace


@pytest.mark.feature("introspection.tokens")
def test_every_token_is_measured_just_after_it_was_written(engine):
    """Each token of an answer is shown with its probability, surprise and what else could come."""
    measure(engine)
    events = answered(engine)
    told = [event for event in events if isinstance(event, KINDS)]
    assert isinstance(told[0], MeasuringBegun)
    measured = of(events, TokenMeasured)
    assert [one.signals.index for one in measured] == list(range(24))
    for one in measured:
        before = told[told.index(one) - 1]
        assert isinstance(before, TextGenerated)
        assert before.completion_tokens == one.signals.index + 1
    last = [type(event) for event in told[told.index(measured[-1]) + 1 :]]
    assert set(last[:-3]) <= {TextGenerated}
    assert TurnFinished in last
    assert last[-1] is TurnMeasured
    assert all(kind is LensRead for kind in last[last.index(TurnFinished) + 1 : -1])
    text = of(events, TurnFinished)[0].message.text
    assert "".join(one.signals.text for one in measured).strip() == text
    for one in records(events):
        assert one.alternatives[0].probability >= one.alternatives[1].probability
        assert one.rank == 1
    turn = of(events, TurnMeasured)[0].signals
    assert (turn.tokens, turn.confidence) == (24, None)
    assert turn.confidence_reason


def test_off_nothing_is_told_and_nothing_is_made(engine):
    conversation_id = engine.converse()
    begun = len(engine.events)
    job_id = send(engine, conversation_id)
    engine.end_of(job_id)
    told = engine.events[begun:]
    assert not of(told, MeasuringBegun)
    assert not of(told, TokenMeasured)
    measure(engine)
    assert only(engine.events[::-1], InstrumentsTuned).profile is Profile.LIVE
    first = answered(engine)
    measure(engine, Profile.OFF)
    engine.end_of(send(engine, conversation_id))
    assert len(of(engine.events, MeasuringBegun)) == 1
    assert [e.text for e in of(first, TextGenerated)] == [
        e.text for e in told if isinstance(e, TextGenerated)
    ]


@pytest.mark.feature("introspection.lens")
@pytest.mark.parametrize("profile", [Profile.LIVE, Profile.FULL])
def test_what_every_layer_would_have_said_is_read_for_every_token(engine, profile):
    """For each token it is shown what each layer would have said, and where that settled."""
    measure(engine, profile)
    events = answered(engine)
    opening = of(events, MeasuringBegun)[0].opening
    assert opening.lens_layers == (1, 2)
    at_once = {one.index for one in records(events) if one.lens}
    later = {index for event in of(events, LensRead) for index, _, _ in event.readings}
    assert at_once | later == set(range(24))
    assert not at_once & later
    if profile is Profile.FULL:
        assert not later
    for one in trace_of(engine, events).tokens:
        assert [layer.layer for layer in one.lens] == [1, 2]
        assert one.lens[-1].top[0].token_id == one.alternatives[0].token_id
        assert one.commit_layer in (1, 2)
    assert of(events, TurnMeasured)[0].signals.lens_tokens == 24


@pytest.mark.feature("introspection.attention")
def test_where_a_token_looked_is_told_by_the_parts_of_the_prompt(engine):
    """It is shown from which part of the prompt each word of an answer drew."""
    measure(engine)
    conversation_id = engine.converse()
    answered(engine, conversation_id)
    events = answered(engine, conversation_id, "And then?")
    opening = of(events, MeasuringBegun)[0].opening
    kinds = [segment.kind for segment in opening.segments]
    assert [kind for kind in kinds if kind is not SegmentKind.FRAME] == [
        SegmentKind.SYSTEM,
        SegmentKind.HISTORY,
        SegmentKind.QUESTION,
        SegmentKind.OWN,
    ] or kinds[0] is not SegmentKind.SYSTEM
    for one in records(events):
        assert len(one.shares) == len(kinds)
        assert sum(one.shares) == pytest.approx(1)
        assert 0 < one.lookback_ratio <= 1


@pytest.mark.feature("introspection.user_surprise")
def test_the_users_words_are_weighed_while_they_are_read(engine):
    """It is shown how much the user's own words surprised the model."""
    measure(engine)
    turn = of(answered(engine, text="zq jx zq vv"), TurnMeasured)[0].signals
    assert turn.user_tokens == len("zq jx zq vv")
    assert turn.user_surprise_nats > 0


def test_two_conversations_at_once_are_each_measured_whole(engine):
    alone = {}
    for text in ("One thing", "Another matter"):
        measure(engine, Profile.OFF)
        alone[text] = turn_of(engine.ask(engine.converse(), text, max_tokens=40)).message.text
    measure(engine)
    ids = {text: engine.converse() for text in alone}
    begun = len(engine.events)
    for text, conversation_id in ids.items():
        send(engine, conversation_id, text, max_tokens=40)
    for text, conversation_id in ids.items():
        events = until_measured(engine, conversation_id, begun)
        assert [one.index for one in records(events)] == list(range(40))
        assert of(events, TurnFinished)[0].message.text == alone[text]
        assert "".join(one.text for one in records(events)).strip() == alone[text]


def test_an_answer_that_is_stopped_is_measured_as_far_as_it_went(engine):
    measure(engine)
    conversation_id = engine.converse()
    begun = len(engine.events)
    send(engine, conversation_id, max_tokens=600)
    engine.until(lambda e: isinstance(e, TokenMeasured) and e.signals.index == 5)
    engine.port.submit(StopGeneration(conversation_id=conversation_id))
    events = until_measured(engine, conversation_id, begun)
    tokens = trace_of(engine, events).tokens
    assert 6 <= len(tokens) < 600
    assert [one.index for one in tokens] == list(range(len(tokens)))
    assert len(tokens) == len(records(events))
    assert all(one.lens for one in tokens)


@pytest.mark.parametrize(
    ("models", "sampling"),
    [
        ({"speculation": "lookup"}, {}),
        ({"speculation": "lookup"}, {"temperature": 1.0}),
        ({"speculation": "draft"}, {}),
        ({"kv_bits": "8"}, {}),
        ({"is_context_rolling": True, "max_context_tokens": 192}, {"max_tokens": 120}),
        ({}, {"repetition_penalty": 1.3}),
    ],
)
def test_however_an_answer_is_written_it_is_the_same_and_measured_whole(
    engine, wide_folder, models, sampling
):
    if models.get("speculation") == "draft":
        models = {**models, "draft_model": str(wide_folder)}
    engine.do(ChangeSettings(settings=replace(SETTINGS, models=ModelSettings(**models))))
    asked = {"max_tokens": 60, "seed": 5, **sampling}
    text = "to be or not to be, to be or not to be, to be or"
    plain = turn_of(engine.ask(engine.converse(), text, **asked)).message
    measure(engine)
    events = answered(engine, text=text, **asked)
    final = of(events, TurnFinished)[0].message
    assert final.text == plain.text
    count = final.stats.completion_tokens
    assert [one.index for one in records(events)] == list(range(count))
    assert "".join(one.text for one in records(events)).strip() == final.text
    assert len(trace_of(engine, events).tokens) == count


@pytest.mark.feature("introspection.branch")
def test_another_token_in_its_place_makes_another_version(engine):
    """A click on what else could have come writes the answer again from there."""
    measure(engine)
    first = answered(engine)
    turn = of(first, TurnMeasured)[0]
    trace = trace_of(engine, first)
    other = trace.tokens[4].alternatives[1]
    begun = len(engine.events)
    engine.port.submit(
        orders.BranchAtToken(
            conversation_id=turn.conversation_id,
            message_id=turn.message_id,
            index=4,
            token_id=other.token_id,
        )
    )
    events = until_measured(engine, turn.conversation_id, begun)
    version = trace_of(engine, events)
    expected = [*(one.token_id for one in trace.tokens[:4]), other.token_id]
    assert [one.token_id for one in version.tokens[:5]] == expected
    assert [one.index for one in version.tokens] == list(range(len(version.tokens)))
    assert [one.index for one in records(events)] == list(range(len(version.tokens)))
    message = of(events, TurnFinished)[0].message
    assert "".join(one.text for one in version.tokens).strip() == message.text.strip()
    assert version.turn.sentences[-1].end == len(version.tokens)
    assert version.turn.tokens == len(version.tokens)
    explained = only(
        engine.do(
            ExplainAnswer(conversation_id=turn.conversation_id, message_id=version.message_id)
        ),
        AnswerExplained,
    )
    assert explained.is_exact, explained.notice


def test_a_version_of_an_answer_that_was_gone_on_with_keeps_all_before_it(engine):
    measure(engine)
    first = answered(engine, max_tokens=8)
    turn, beginning = of(first, TurnMeasured)[0], of(first, TurnFinished)[0].message.text
    begun = len(engine.events)
    engine.port.submit(
        ContinueAnswer(conversation_id=turn.conversation_id, message_id=turn.message_id)
    )
    events = until_measured(engine, turn.conversation_id, begun)
    whole = trace_of(engine, events)
    other = whole.tokens[2].alternatives[1]
    begun = len(engine.events)
    engine.port.submit(
        orders.BranchAtToken(
            conversation_id=turn.conversation_id,
            message_id=whole.message_id,
            index=2,
            token_id=other.token_id,
        )
    )
    events = until_measured(engine, turn.conversation_id, begun)
    text = of(events, TurnFinished)[0].message.text
    lead = "".join(one.text for one in whole.tokens[:2]) + other.text
    assert text.startswith(beginning + lead)
    confirmed = engine.do(
        orders.ConfirmSources(
            conversation_id=turn.conversation_id, message_id=of(events, TurnMeasured)[0].message_id
        )
    )
    assert of(confirmed, SourcesConfirmed)


def test_another_models_answer_is_not_branched_with_this_ones_tokens(engine, tiny_folder):
    measure(engine)
    turn = of(answered(engine), TurnMeasured)[0]
    engine.do(LoadModel(model_id=str(tiny_folder)))
    order = orders.BranchAtToken(
        conversation_id=turn.conversation_id, message_id=turn.message_id, index=0, token_id=1
    )
    assert failure(engine.do(order)).kind == "bad_request"


def test_sources_are_left_out_and_what_that_does_is_kept(engine):
    measure(engine)
    conversation_id = engine.converse()
    answered(engine, conversation_id)
    events = answered(engine, conversation_id, "And then?")
    turn = of(events, TurnMeasured)[0]
    told = only(
        engine.do(
            orders.ConfirmSources(conversation_id=conversation_id, message_id=turn.message_id)
        ),
        SourcesConfirmed,
    )
    segments = of(events, MeasuringBegun)[0].opening.segments
    sources = {SegmentKind.SYSTEM, SegmentKind.HISTORY}
    for sentence in told.sentences:
        tried = [drop is not None for drop in sentence.drops_nats]
        assert tried == [segment.kind in sources for segment in segments]
    assert trace_of(engine, events).turn.sentences == told.sentences


@pytest.mark.parametrize("profile", [Profile.LIVE, Profile.FULL])
def test_locking_while_an_answer_is_looked_back_at_leaves_nothing_going_on(engine, profile):
    measure(engine, profile)
    conversation_id = engine.converse()
    engine.end_of(send(engine, conversation_id, max_tokens=300))
    engine.do(LockVault())
    engine.do(OpenVault(passphrase=PASSPHRASE))
    events = answered(engine)
    assert len(records(events)) == 24


def test_locking_ends_the_leaving_out_of_sources(engine):
    measure(engine)
    turn = of(answered(engine, max_tokens=300), TurnMeasured)[0]
    job_id = engine.port.submit(
        orders.ConfirmSources(conversation_id=turn.conversation_id, message_id=turn.message_id)
    )
    engine.do(LockVault())
    ends = [e for e in engine.events if e.job_id == job_id]
    if not any(isinstance(e, CommandFinished | CommandFailed) for e in ends):
        engine.end_of(job_id)
    engine.do(OpenVault(passphrase=PASSPHRASE))
    assert len(records(answered(engine))) == 24


def test_a_model_that_is_unloaded_while_its_answer_is_looked_back_at_takes_nothing_along(engine):
    measure(engine)
    conversation_id = engine.converse()
    begun = len(engine.events)
    send(engine, conversation_id, max_tokens=300)
    engine.until(lambda e: isinstance(e, TokenMeasured) and e.signals.index == 290)
    engine.do(UnloadModel())
    events = until_measured(engine, conversation_id, begun)
    trace = trace_of(engine, events)
    assert len(trace.tokens) == 300
    assert trace.turn.lens_tokens == len([one for one in trace.tokens if one.lens])


POSITIVES = ("I love it", "so good and fine", "what joy", "a happy day", "great", "wonderful")
NEGATIVES = ("I hate it", "so bad and foul", "what woe", "a gloomy day", "awful", "terrible")


def directed(engine):
    """There is a direction."""
    order = orders.MakeDirection(name="joy", positives=POSITIVES, negatives=NEGATIVES)
    listed = only(engine.do(order), DirectionsListed)
    assert listed.directions[0].model_key == listed.model_key
    return listed.directions[0]


@pytest.mark.feature("introspection.steering")
def test_a_push_changes_the_answer_is_said_with_it_and_ends_when_it_is_let_go_of(launch):
    """Chats can be pushed along a direction made from pairs of texts, and answers say so."""
    engine = launch()
    measure(engine)
    plain = answered(engine)
    direction = directed(engine)
    assert 0 <= direction.auroc <= 1
    push = Steering(direction_id=direction.id, name="", layer=0, strength=4.0)
    told = only(engine.do(orders.Steer(steering=(push,))), SteeringChanged)
    assert (told.steering[0].name, told.steering[0].layer) == ("joy", direction.layer)
    pushed = answered(engine)
    opening = of(pushed, MeasuringBegun)[0].opening
    assert opening.steering == (f"joy +4.0 at layer {direction.layer}",)
    assert opening.directions == ("joy",)
    assert all(len(one.projections) == 1 for one in records(pushed))
    assert [o.token_id for o in records(pushed)] != [o.token_id for o in records(plain)]
    control = replace(push, is_control=True)
    engine.do(orders.Steer(steering=(control,)))
    random = answered(engine)
    assert "random" in of(random, MeasuringBegun)[0].opening.steering[0]
    engine.do(orders.Steer())
    again = answered(engine)
    assert of(again, MeasuringBegun)[0].opening.steering == ()
    assert [o.token_id for o in records(again)] == [o.token_id for o in records(plain)]
    # Locking lets go of it too, and the direction is there after a restart until it is deleted.
    engine.do(orders.Steer(steering=(push,)))
    engine.do(LockVault())
    engine.do(OpenVault(passphrase=PASSPHRASE))
    assert of(answered(engine), MeasuringBegun)[0].opening.steering == ()
    engine = launch()
    assert only(engine.do(orders.ListDirections()), DirectionsListed).directions == (direction,)
    engine.do(orders.Steer(steering=(push,)))
    events = engine.do(orders.DeleteDirection(direction_id=direction.id))
    assert only(events, SteeringChanged).steering == ()
    assert only(events, DirectionsListed).directions == ()


@pytest.mark.parametrize("strength", [float("nan"), float("inf")])
def test_a_strength_that_is_no_number_is_refused(engine, strength):
    direction = directed(engine)
    push = Steering(direction_id=direction.id, name="", layer=0, strength=strength)
    assert failure(engine.do(orders.Steer(steering=(push,)))).kind == "bad_request"


@pytest.mark.parametrize("layer", [-1, 3])
def test_a_layer_that_is_not_there_is_refused(engine, layer):
    order = orders.MakeDirection(name="joy", positives=POSITIVES, negatives=NEGATIVES, layer=layer)
    assert failure(engine.do(order)).kind == "bad_request"


@pytest.mark.feature("introspection.replay_trace")
def test_a_trace_is_the_same_after_a_restart(launch):
    """What was measured in an answer can be looked at again later, token by token."""
    engine = launch()
    measure(engine)
    events = answered(engine)
    before = trace_of(engine, events)
    engine.do(LockVault())
    again = trace_of(launch(), events)
    assert again == before
    assert [one.token_id for one in again.tokens] == [one.token_id for one in records(events)]
