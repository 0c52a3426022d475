from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from engine.contract.introspection_events import MeasuringBegun, TokenMeasured
from tests.helpers import instrument_window as measured

COUNT = len(measured.WORDS)


@pytest.fixture
def port():
    return measured.measured_port()


@pytest.fixture
def opened(open_fake_window, qtbot, port):
    window, view = measured.open_measured(open_fake_window, qtbot, port, "depth")
    return window, view, window.panel_tools.replay, window.panel_tools.bar


@pytest.mark.feature("introspection.replay")
def test_a_past_turn_plays_again_token_by_token(opened, qtbot):
    """What was measured in a past answer plays again as it grew, with pause, step and speed."""
    window, view, replay, bar = opened
    desk = window.session.measuring
    whole = desk.current
    assert (bar.isVisible(), bar.place.text()) == (True, "11 of 11")
    replay.set_speed(8.0)
    seen = []
    replay.changed.connect(lambda: seen.append((replay.position, len(desk.current.tokens))))
    bar.play.click()
    assert bar.play.accessibleName() == "Pause"
    qtbot.waitUntil(lambda: not replay.is_playing())

    positions = [position for position, _ in seen]
    assert sorted(set(positions)) == list(range(COUNT + 1))
    assert positions == sorted(positions[1:] and positions)
    assert all(position == tokens for position, tokens in seen)
    assert desk.current is whole
    assert view.measured is whole


def test_it_is_stepped_and_sought(opened, qtbot):
    window, view, replay, bar = opened
    desk = window.session.measuring
    bar.back.click()
    assert [token.text for token in desk.current.tokens] == list(measured.WORDS[:-1])
    bar.slider.setValue(3)
    assert [token.text for token in desk.current.tokens] == ["The", " sky", " is"]
    qtbot.waitUntil(lambda: len(view.grid.cells.tokens) == 3)
    bar.on.click()
    assert desk.current.tokens[-1].text == " blue"
    qtbot.keyClick(bar.slider, Qt.Key.Key_Left)
    assert replay.position == 3
    assert bar.place.text() == "3 of 11"
    qtbot.keyClick(bar.slider, Qt.Key.Key_End)
    assert not replay.is_staged()
    assert not bar.on.isEnabled()


def test_what_is_only_known_at_the_end_is_not_shown_before(opened):
    window, _, replay, _ = opened
    desk = window.session.measuring
    replay.seek(4)
    assert desk.current.turn is None
    assert desk.current.is_live
    replay.seek(COUNT)
    assert desk.current.turn is not None


def test_it_is_as_fast_as_it_was_written(opened):
    _, _, replay, _ = opened

    assert replay.tokens_per_second() == pytest.approx(COUNT / measured.turn().elapsed_s)
    replay.set_speed(2.0)
    assert replay.tokens_per_second() == pytest.approx(2 * COUNT / measured.turn().elapsed_s)


def test_a_click_takes_the_next_speed(opened):
    _, _, replay, bar = opened
    said = []
    for _ in range(5):
        bar.speed.click()
        said.append(bar.speed.text())

    assert said == [f"{n}\N{MULTIPLICATION SIGN}" for n in ("2", "4", "8", "0.5", "1")]
    assert replay.speed == 1.0


def test_a_new_answer_ends_the_replay(opened, port, qtbot):
    _, _, replay, _ = opened
    replay.seek(4)
    ids = {"conversation_id": measured.CONVERSATION, "message_id": "a_new"}
    port.play(
        MeasuringBegun(**ids, opening=measured.opening()),
        TokenMeasured(**ids, signals=measured.token(0, "New")),
    )

    qtbot.waitUntil(lambda: not replay.is_staged())


def test_nothing_is_played_of_an_answer_that_is_being_written(opened, port, qtbot):
    window, _, replay, bar = opened
    port.play(
        MeasuringBegun(
            conversation_id=measured.CONVERSATION,
            message_id=measured.ANSWER,
            opening=measured.opening(),
        )
    )
    qtbot.waitUntil(lambda: not bar.isVisible())

    replay.play()
    assert not replay.is_playing()
    assert window.session.measuring.current.is_live
