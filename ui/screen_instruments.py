"""Every state of depth, attention, confidence, steering and replay, with invented content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from engine.contract.calibration import Steering
from engine.contract.introspection_commands import ListDirections, LoadCalibration, LoadTrace
from engine.contract.introspection_events import (
    CalibrationLoaded,
    CalibrationProgressed,
    DirectionsListed,
    SteeringChanged,
    TraceLoaded,
)
from engine.contract.signals import Trace
from ui import screen_content as content
from ui import screen_instrument_content as measured
from ui import screen_vault_content as vault_content
from ui.introspection.block import Block
from ui.introspection.confidence_view import ConfidenceView
from ui.introspection.depth_view import DepthView
from ui.introspection.steering_view import SteeringView
from ui.main_window import MainWindow
from ui.screen_stage import Stage, settle

Builder = Callable[[Stage], QWidget]
_CONVERSATION = "conv_shown"
_LARGE = {"text_percent": 200}


def _trace(**how: Any) -> Trace:
    return measured.trace("a1", content.RED_ANSWER, **how)


def _window(
    stage: Stage,
    tab: str,
    trace: Trace | None = None,
    look: dict[str, Any] | None = None,
    *,
    is_calibrated: bool = True,
) -> MainWindow:
    stage.look = look or {}
    reports = (measured.report(), measured.report("open", 0.81)) if is_calibrated else ()
    answers = vault_content.answers(
        (
            LoadTrace,
            TraceLoaded(conversation_id=_CONVERSATION, message_id="a1", trace=trace or _trace()),
        ),
        (LoadCalibration, CalibrationLoaded(reports=reports)),
        (
            ListDirections,
            DirectionsListed(directions=measured.directions(), model_key=measured.KEY),
        ),
    )
    talk = content.conversation(
        _CONVERSATION,
        "Why evening light is red",
        content.user("u1", content.RED_QUESTION),
        content.answer("a1", content.RED_ANSWER),
    )
    window = stage.open(talk, vault=vault_content.WITH_ALL, answers=answers)
    window.introspection.open()
    window.introspection.panel.show_tab(tab)
    settle(0.15)
    return window


def _depth(stage: Stage) -> QWidget:
    window = _window(stage, "depth")
    view = window.introspection.panel.view()
    assert isinstance(view, DepthView)
    view.grid.choose(len(view.grid.cells.tokens) - 3, 2)
    settle()
    return window


def _depth_far(stage: Stage) -> QWidget:
    window = _window(stage, "depth")
    view = window.introspection.panel.view()
    assert isinstance(view, DepthView)
    for _ in range(3):
        view.grid.zoom(-1)
    settle()
    return window


def _depth_unread(stage: Stage) -> QWidget:
    trace = _trace()
    unread = measured.tokens(content.RED_ANSWER, unread_from=len(trace.tokens) - 4)
    return _window(stage, "depth", replace(trace, tokens=unread))


def _attention(stage: Stage) -> QWidget:
    return _window(stage, "attention")


def _attention_tried(stage: Stage) -> QWidget:
    return _window(stage, "attention", _trace(is_tried=True))


def _attention_lacking(stage: Stage) -> QWidget:
    trace = _trace()
    lacks = measured.no_attention()
    return _window(stage, "attention", replace(trace, opening=measured.opening(lacks=lacks)))


def _confidence(stage: Stage) -> QWidget:
    return _window(stage, "confidence")


def _reliability(stage: Stage) -> QWidget:
    window = _window(stage, "confidence")
    view = window.introspection.panel.view()
    assert isinstance(view, ConfidenceView)
    view.area.verticalScrollBar().setValue(view.worth.y() - 12)
    settle()
    return window


def _confidence_charts(stage: Stage) -> QWidget:
    window = _window(stage, "confidence")
    view = window.introspection.panel.view()
    assert isinstance(view, ConfidenceView)
    bar = view.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    settle()
    return window


def _unmeasured(stage: Stage) -> QWidget:
    return _window(stage, "confidence", _trace(full=False), is_calibrated=False)


def _calibrating(stage: Stage) -> QWidget:
    window = _window(stage, "confidence", _trace(full=False), is_calibrated=False)
    view = window.introspection.panel.view()
    assert isinstance(view, ConfidenceView)
    view.errand.button.click()
    stage.play(CalibrationProgressed(done=412, total=2_000, right=130, remaining_s=1_310.0))
    settle()
    return window


def _steering(stage: Stage) -> QWidget:
    window = _window(stage, "steering")
    pushed = Steering(direction_id="d1", name="calm", layer=14, strength=1.5)
    stage.play(SteeringChanged(steering=(pushed,)))
    settle()
    return window


def _steering_make(stage: Stage) -> QWidget:
    window = _window(stage, "steering")
    view = window.introspection.panel.view()
    assert isinstance(view, SteeringView)
    view.open_maker.click()
    view.maker.name.setText("curious")
    view.maker.positives.setPlainText("I wonder why.\nWhat would happen if it rained?")
    view.maker.negatives.setPlainText("I know why.")
    settle()
    bar = view.area.verticalScrollBar()
    bar.setValue(bar.maximum())
    settle()
    return window


def _steering_delete(stage: Stage) -> QWidget:
    window = _window(stage, "steering")
    view = window.introspection.panel.view()
    assert isinstance(view, SteeringView)
    view.rows[0].bin.click()
    settle()
    return window


def _steering_empty(stage: Stage) -> QWidget:
    window = _window(stage, "steering")
    stage.play(DirectionsListed(directions=(), model_key=measured.KEY))
    settle()
    return window


def _explained(term: str, tab: str) -> Builder:
    def build(stage: Stage) -> QWidget:
        window = _window(stage, tab)
        view = window.introspection.panel.view()
        shown = next(b for b in view.findChildren(Block) if b.term == term and b.isVisible())
        view.area.ensureWidgetVisible(shown, 0, 120)
        settle()
        window.panel_tools.explainer.show(term, window.introspection.panel.view())
        settle()
        return window

    return build


def _replayed(stage: Stage) -> QWidget:
    window = _window(stage, "depth")
    window.panel_tools.replay.seek(24)
    settle()
    return window


def _export(stage: Stage) -> QWidget:
    window = _window(stage, "attention")
    window.panel_tools.export.click()
    settle()
    return window


def _large(tab: str) -> Builder:
    return lambda stage: _window(stage, tab, look=_LARGE)


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each."""
    return [
        ("depth", _depth),
        ("depth-far", _depth_far),
        ("depth-unread", _depth_unread),
        ("depth-large", _large("depth")),
        ("attention", _attention),
        ("attention-tried", _attention_tried),
        ("attention-lacking", _attention_lacking),
        ("attention-large", _large("attention")),
        ("confidence", _confidence),
        ("confidence-reliability", _reliability),
        ("confidence-charts", _confidence_charts),
        ("confidence-unmeasured", _unmeasured),
        ("confidence-calibrating", _calibrating),
        ("steering", _steering),
        ("steering-make", _steering_make),
        ("steering-delete", _steering_delete),
        ("steering-empty", _steering_empty),
        ("explained", _explained("ECE", "confidence")),
        ("explained-lens", _explained("logit lens", "depth")),
        ("replayed", _replayed),
        ("panel-export", _export),
        ("steering-large", _large("steering")),
    ]
