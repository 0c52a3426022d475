from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from engine.contract.calibration import Steering
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, CommandFinished
from engine.contract.introspection_commands import DeleteDirection, MakeDirection, Steer
from engine.contract.introspection_events import DirectionsListed, SteeringChanged
from tests.helpers import instrument_window as measured
from ui import screen_instrument_content as invented
from ui.text_steering import fault

CALM = Steering(direction_id="d1", name="calm", layer=14, strength=1.5)


@pytest.fixture
def port():
    return measured.measured_port(directions=invented.directions())


@pytest.fixture
def opened(open_fake_window, qtbot, port):
    window, view = measured.open_measured(open_fake_window, qtbot, port, "steering")
    qtbot.waitUntil(lambda: len(view.rows) == 3)
    return window, view


@pytest.mark.feature("introspection.steering")
def test_the_model_is_pushed_and_it_is_always_said(opened, port, qtbot):
    """The model can be pushed along a direction; while it is, the panel and the chat say so."""
    window, view = opened
    view.slider.setValue(15)
    view.apply.click()
    assert port.submitted[-1] == Steer(steering=(CALM,))
    port.play(SteeringChanged(steering=(CALM,)))
    qtbot.waitUntil(lambda: window.panel_tools.strip.isVisible())

    said = "The model is being pushed: calm +1.5 at layer 14."
    assert (window.panel_tools.strip.words(), view.strip.words()) == (said, said)
    composer = window.page.composer
    assert window.panel_tools.strip.geometry().bottom() < composer.geometry().top()
    window.introspection.toggle()
    assert window.panel_tools.strip.isVisible()

    window.panel_tools.strip.let_go.click()
    assert port.submitted[-1] == Steer()
    port.play(SteeringChanged(steering=()))
    qtbot.waitUntil(lambda: not window.panel_tools.strip.isVisible())


def test_the_control_is_pushed_with_and_named(opened, port, qtbot):
    window, view = opened
    view.control.click()
    view.slider.setValue(-20)
    view.apply.click()
    pushed = port.submitted[-1].steering[0]
    assert (pushed.strength, pushed.is_control) == (-2.0, True)
    port.play(SteeringChanged(steering=(pushed,)))
    qtbot.waitUntil(lambda: window.panel_tools.strip.isVisible())

    assert window.panel_tools.strip.words() == (
        "The model is being pushed: a random direction instead of calm \N{MINUS SIGN}2.0 "
        "at layer 14."
    )


def test_the_bench_stands_as_the_model_is_pushed(opened, port, qtbot):
    _, view = opened
    formal = Steering(direction_id="d2", name="formal", layer=18, strength=-0.5, is_control=True)
    port.play(SteeringChanged(steering=(formal,)))
    qtbot.waitUntil(lambda: view.rows[1].choice.isChecked())

    assert view.slider.value() == -5
    assert view.control.isChecked()
    assert view.rows[1].property("pushed") == "true"


def test_no_strength_is_no_push(opened):
    _, view = opened
    view.slider.setValue(0)

    assert not view.apply.isEnabled()


def test_a_direction_says_what_it_is_worth_beside_a_random_one(opened):
    _, view = opened

    assert [row.worth.text() for row in view.rows] == [
        "Tells held-out pairs apart: AUROC 0.94; a random direction 0.52.",
        "Tells held-out pairs apart: AUROC 0.81; a random direction 0.52.",
        "Too few pairs to hold any out, so it was not tested.",
    ]


def test_a_direction_of_another_model_cannot_push_this_one(opened):
    _, view = opened

    assert [row.choice.isEnabled() for row in view.rows] == [True, True, False]
    assert "of another model" in view.rows[2].facts.text()


@pytest.mark.parametrize(
    ("name", "positives", "negatives", "said"),
    [
        ("", ("a", "b"), ("c", "d"), "It needs a name."),
        ("calm", ("a",), ("b",), "It needs at least two texts on either side."),
        ("calm", (), (), "It needs at least two texts on either side."),
        (
            "calm",
            ("a", "b", "c"),
            ("d",),
            "Both sides need as many texts: there are 3 with it and 1 without.",
        ),
        ("calm", ("a", "b"), ("c", "d"), ""),
    ],
)
def test_what_is_missing_is_said_in_plain_words(name, positives, negatives, said):
    assert fault(name, positives, negatives) == said


@pytest.mark.feature("introspection.directions")
def test_a_direction_is_made_from_two_kinds_of_text(opened, port, qtbot):
    """A direction is made from pairs of texts that differ in one thing, and kept under a name."""
    _, view = opened
    view.open_maker.click()
    maker = view.maker
    assert not maker.errand.button.isEnabled()
    maker.name.setText(" curious ")
    maker.positives.setPlainText("I wonder.\n\n  Why? ")
    maker.negatives.setPlainText("I know.\nThat is so.")
    maker.errand.button.click()

    assert port.submitted[-1] == MakeDirection(
        name="curious", positives=("I wonder.", "Why?"), negatives=("I know.", "That is so.")
    )
    port.play(CommandFinished(job_id=port.job_of(MakeDirection)))
    qtbot.waitUntil(lambda: view.open_maker.isVisible())
    assert maker.texts() == ((), ())


def test_what_was_typed_stays_if_it_could_not_be_made(opened, port, qtbot):
    _, view = opened
    view.open_maker.click()
    view.maker.name.setText("x")
    view.maker.positives.setPlainText("a\nb")
    view.maker.negatives.setPlainText("c\nd")
    view.maker.errand.button.click()
    error = ErrorReport(kind="bad", message="This model cannot be watched.")
    port.play(CommandFailed(job_id=port.job_of(MakeDirection), error=error))

    qtbot.waitUntil(lambda: view.maker.errand.fault.isVisible())
    assert view.maker.texts()[0] == ("a", "b")


def test_deleting_asks_first_and_the_way_back_has_the_focus(opened, port, qtbot):
    window, view = opened
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    row = view.rows[0]
    row.bin.click()
    assert row.question.isVisible()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is row.keep)
    row.keep.click()
    assert not row.question.isVisible()
    assert not any(isinstance(one, DeleteDirection) for one in port.submitted)

    row.bin.click()
    row.confirm.click()
    assert port.submitted[-1] == DeleteDirection(direction_id="d1")
    rest = invented.directions()[1:]
    port.play(DirectionsListed(directions=rest, model_key=invented.KEY))
    qtbot.waitUntil(lambda: len(view.rows) == 2)


def test_what_pushes_is_let_go_before_it_is_deleted(opened, port, qtbot):
    _, view = opened
    port.play(SteeringChanged(steering=(CALM,)))
    qtbot.waitUntil(lambda: bool(view.desk.steering))
    view.rows[0].bin.click()
    view.rows[0].confirm.click()

    assert port.submitted[-2:] == [Steer(), DeleteDirection(direction_id="d1")]


def test_without_directions_there_is_one_thing_to_do(open_fake_window, qtbot):
    port = measured.measured_port()
    _, view = measured.open_measured(open_fake_window, qtbot, port, "steering")
    measured.draw(qtbot, view)

    assert "Make one from two kinds of text" in view.state.text()
    assert not view.push.isVisible()
    assert view.open_maker.isVisible()
