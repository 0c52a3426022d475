"""What the window keeps of measurements, and when it has answers measured."""

from __future__ import annotations

import pytest

from engine.contract import introspection_events as told
from engine.contract.introspection_commands import LoadTrace, SetInstruments
from engine.contract.messages import Role
from engine.contract.signals import LayerReading, Profile, Trace
from engine.contract.vault import LockReason
from tests.helpers.fake_instruments import OPENING, measured_token, measured_turn
from ui.introspection.measured import Measured

PIECES = ["The", " sky", " is", " blue", "."]


@pytest.fixture
def desk(window, engine):
    engine.answers = PIECES
    window.resize(1280, 800)
    return window.session.measuring


@pytest.fixture
def ask(window, qtbot, desk):
    def ask_(words="Why?"):
        window.page.composer.send(words)
        qtbot.waitUntil(lambda: not window.session.desk.is_answering())
        qtbot.waitUntil(lambda: not desk.current.is_live)

    return ask_


def last_answer(window):
    return window.session.desk.tree.last_of(Role.ASSISTANT).id


@pytest.mark.feature("introspection.live")
def test_an_answer_is_measured_while_it_is_written(window, desk, ask, qtbot):
    """With the panel open, every token of an answer is measured while it is written."""
    window.introspection.open()
    qtbot.waitUntil(lambda: desk.profile is Profile.LIVE)
    seen = []
    window.session.bridge.event_received.connect(lambda event: seen.append(type(event).__name__))
    ask()
    qtbot.waitUntil(lambda: desk.current.turn is not None)

    assert desk.current.message_id == last_answer(window)
    assert [token.text for token in desk.current.tokens] == PIECES
    assert desk.current.turn.tokens == len(PIECES)
    begun = seen.index("MeasuringBegun")
    assert seen.index("MessageAdded") < begun < seen.index("TokenMeasured")
    assert seen.index("TurnFinished") < seen.index("TurnMeasured")


@pytest.mark.feature("introspection.off")
def test_a_closed_panel_measures_nothing(window, engine, desk, ask, qtbot):
    """Nothing is measured while the panel is closed, so nothing is slower."""
    ask()
    assert not engine.sent(SetInstruments)
    assert not desk.current.is_measured()

    window.introspection.open()
    window.introspection.toggle()
    qtbot.waitUntil(lambda: len(engine.sent(SetInstruments)) == 2)
    assert [one.profile for one in engine.sent(SetInstruments)] == [Profile.LIVE, Profile.OFF]


def test_doubt_in_the_chat_keeps_measuring_on(window, desk, qtbot):
    window.introspection.open()
    window.introspection.toggle_doubt()
    qtbot.waitUntil(lambda: window.session.settings.value.introspection.is_doubt_shown)
    window.introspection.toggle()

    assert desk.wanted_profile() is Profile.LIVE
    window.session.settings.change("introspection", "profile", "full")
    qtbot.waitUntil(lambda: desk.profile is Profile.FULL)
    window.introspection.toggle_doubt()
    qtbot.waitUntil(lambda: desk.profile is Profile.OFF)


def test_an_older_answer_is_asked_for_when_it_is_looked_at(window, engine, desk, ask, qtbot):
    window.introspection.open()
    qtbot.waitUntil(lambda: desk.profile is Profile.LIVE)
    ask()
    first = last_answer(window)
    qtbot.waitUntil(lambda: first in engine.instruments.traces)
    window.new_conversation()
    assert not desk.current.message_id
    assert desk.measured(first) is None, "measurements stay in memory after their conversation"

    window.session.desk.show(next(iter(engine.conversations)))
    qtbot.waitUntil(lambda: len(desk.current.tokens) == len(PIECES))
    assert [one.message_id for one in engine.sent(LoadTrace)] == [first]


def test_an_answer_without_a_trace_says_so(window, desk, ask, qtbot):
    ask()
    window.introspection.open()
    qtbot.waitUntil(lambda: desk.current.is_loaded)

    assert not desk.current.is_measured()
    view = window.introspection.panel.view()
    qtbot.waitUntil(lambda: "not measured" in view.said_instead())


@pytest.mark.feature("introspection.look")
def test_a_message_leads_to_its_measurements(window, desk, ask, qtbot):
    """Any answer can be looked at again: its menu has What was measured."""
    window.introspection.open()
    qtbot.waitUntil(lambda: desk.profile is Profile.LIVE)
    ask("one")
    first = last_answer(window)
    ask("two")
    window.introspection.toggle()

    window.page.face.look(first)
    assert window.introspection.is_shown()
    assert desk.current.message_id == first
    ask("three")
    assert desk.current.message_id == first, "what was chosen stays"
    desk.look_at("")
    assert desk.current.message_id == last_answer(window)


@pytest.mark.feature("introspection.lock")
def test_a_lock_forgets_what_was_measured(window, engine, desk, ask, qtbot):
    """Locking the vault takes every measurement off the screen and out of the window's memory."""
    window.introspection.open()
    qtbot.waitUntil(lambda: desk.profile is Profile.LIVE)
    ask()
    measured = desk.current
    view = window.introspection.panel.view()
    qtbot.waitUntil(lambda: len(view.ribbon.pieces) == len(PIECES))
    window.session.vault.lock(LockReason.ASKED)
    qtbot.waitUntil(lambda: not window.session.vault.is_open)
    assert window.introspection.panel.view() is not view
    assert not window.introspection.panel.view().ribbon.pieces

    assert desk.current is not measured
    assert not desk.current.tokens
    assert desk.measured(measured.message_id) is None
    engine.publish(
        told.MeasuringBegun(conversation_id="c", message_id=measured.message_id, opening=OPENING)
    )
    engine.publish(
        told.TraceLoaded(
            conversation_id="c",
            message_id=measured.message_id,
            trace=Trace(message_id=measured.message_id, opening=OPENING, tokens=()),
        )
    )
    window.session.bridge._drain()
    assert desk.measured(measured.message_id) is None


def test_what_is_unknown_or_late_does_no_harm(window, engine, desk, ask, qtbot):
    window.introspection.open()
    qtbot.waitUntil(lambda: desk.profile is Profile.LIVE)
    ask()
    where = {"conversation_id": next(iter(engine.conversations)), "message_id": "msg_unknown"}
    engine.publish(told.TokenMeasured(**where, signals=measured_token(0, "x")))
    engine.publish(told.LensRead(**where, readings=((0, (), 3),)))
    engine.publish(told.TurnMeasured(**where, signals=measured_turn(1)))
    engine.publish(told.SourcesConfirmed(**where, sentences=()))
    engine.publish(told.MeaningsProgressed(**where, done=1, total=8))
    engine.publish(told.InstrumentsTuned(profile=Profile.FULL))
    qtbot.waitUntil(lambda: desk.profile is Profile.FULL)

    assert desk.measured("msg_unknown") is None
    assert len(desk.current.tokens) == len(PIECES)


def test_tokens_stand_in_the_order_of_their_index():
    measured = Measured("c", "m")
    measured.begin(OPENING)
    for index in (3, 5, 4, 3):
        measured.add(measured_token(index, f"t{index}"))

    assert [token.index for token in measured.tokens] == [3, 4, 5]
    assert measured.place_of(4) == 1
    assert measured.place_of(9) is None


def test_a_picked_token_stays_the_same_one_when_another_comes_before_it():
    measured = Measured("c", "m")
    measured.begin(OPENING)
    for index in (0, 2, 3):
        measured.add(measured_token(index, f"t{index}"))
    measured.pick(1, is_pinned=True)
    measured.add(measured_token(1, "t1"))

    assert measured.looked_at().text == "t2"
    measured.hover(0)
    assert measured.looked_at().text == "t2", "a pinned token stays"
    measured.pick(None)
    assert measured.looked_at().text == "t3"


def test_the_lens_is_read_later():
    measured = Measured("c", "m")
    measured.begin(OPENING)
    measured.add(measured_token(0, "a"))
    reading = LayerReading(layer=4, top=(), entropy_nats=1.0, kl_nats=0.5)
    heard = []
    measured.reviewed.connect(lambda: heard.append(True))
    measured.read_lens(((0, (reading,), 8), (7, (reading,), 8)))

    assert measured.tokens[0].lens == (reading,)
    assert measured.tokens[0].commit_layer == 8
    assert heard == [True]
