"""Every state of the introspection panel, with invented measurements."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from engine.contract.commands import SendMessage
from engine.contract.events import MessageAdded, TextGenerated
from engine.contract.introspection_commands import LoadTrace, SetInstruments
from engine.contract.introspection_events import (
    InstrumentsTuned,
    MeasuringBegun,
    TokenMeasured,
    TraceLoaded,
)
from engine.contract.messages import Conversation, Message, Role
from engine.contract.signals import Profile, Trace
from ui import screen_content as content
from ui import screen_instruments
from ui import screen_measurements as measurements
from ui.main_window import MainWindow
from ui.screen_stage import Stage, settle

Builder = Callable[[Stage], QWidget]
ID = "conv_shown"
_PLACE_OF_38 = next(
    place for place, token in enumerate(measurements.tokens()) if token.text == " 38"
)


def talk(answer: str = measurements.ANSWER) -> Conversation:
    """A question and its measured answer."""
    return content.conversation(
        ID,
        "Why evening light is red",
        content.user("u1", content.RED_QUESTION),
        content.answer("a1", answer),
    )


def open_panel(
    stage: Stage, trace: Trace | None, *, width: int = 0, answer: str = measurements.ANSWER
) -> MainWindow:
    """The window with the panel open on the answer, whose trace is this one."""
    loaded = TraceLoaded(conversation_id=ID, message_id="a1", trace=trace)
    window = stage.open(
        talk(answer),
        width=width,
        answers={LoadTrace: loaded, SetInstruments: InstrumentsTuned(profile=Profile.LIVE)},
    )
    window.introspection.open()
    settle(0.3)
    return window


def begin_live(stage: Stage, *, shown: int) -> MainWindow:
    """The window with the panel open while an answer is written, so many tokens in."""
    window = open_panel(stage, measurements.trace("a1"))
    window.page.composer.send("And why is it blue at noon? " * 2)
    job = stage.port.job_of(SendMessage)
    begun = Message(id="a2", role=Role.ASSISTANT, text="", created_at_s=time.time(), parent_id="u2")
    asked = content.user("u2", "And once more, with a figure for the path?", after="a1")
    stage.play(
        MessageAdded(job_id=job, conversation_id=ID, message=asked),
        MessageAdded(job_id=job, conversation_id=ID, message=begun),
        MeasuringBegun(
            job_id=job, conversation_id=ID, message_id="a2", opening=measurements.opening()
        ),
    )
    for token in measurements.unread(measurements.tokens())[:shown]:
        stage.port.play(
            TextGenerated(
                job_id=job,
                conversation_id=ID,
                message_id="a2",
                text=token.text,
                is_reasoning=False,
                completion_tokens=token.index + 1,
            ),
            TokenMeasured(job_id=job, conversation_id=ID, message_id="a2", signals=token),
        )
    settle(0.7)
    return window


def pin(window: MainWindow, place: int = _PLACE_OF_38) -> None:
    """The token at this place is pinned."""
    window.session.measuring.current.pick(place, is_pinned=True)
    settle(0.2)


def _live(stage: Stage) -> QWidget:
    return begin_live(stage, shown=_PLACE_OF_38 + 3)


def _pinned(stage: Stage) -> QWidget:
    window = open_panel(stage, measurements.trace("a1"))
    pin(window)
    return window


def _by_depth(stage: Stage) -> QWidget:
    window = begin_live(stage, shown=60)
    window.session.settings.change("introspection", "tint", "commit")
    settle(0.2)
    return window


def _long(stage: Stage) -> QWidget:
    text = "\n\n".join([content.RED_ANSWER, *[measurements.ANSWER] * 30, content.ARABIC_ANSWER])
    return open_panel(stage, measurements.trace("a1", text), answer=text)


def _empty(stage: Stage) -> QWidget:
    window = stage.open(answers={SetInstruments: InstrumentsTuned(profile=Profile.LIVE)})
    window.introspection.open()
    settle(0.2)
    return window


def _not_measured(stage: Stage) -> QWidget:
    return open_panel(stage, None)


def _unavailable(stage: Stage) -> QWidget:
    lacks = measurements.NO_STREAM
    return open_panel(stage, measurements.trace("a1", measurements.ANSWER, lacks))


def _over(stage: Stage) -> QWidget:
    window = open_panel(stage, measurements.trace("a1"), width=760)
    pin(window)
    return window


def _out(stage: Stage) -> QWidget:
    window = open_panel(stage, measurements.trace("a1"))
    window.introspection.panel.out_wanted.emit()
    pin(window)
    return window.introspection.panel.window()


def _keys(stage: Stage) -> QWidget:
    window = open_panel(stage, measurements.trace("a1"))
    ribbon = window.introspection.panel.view().findChild(QWidget, "TokenRibbon")
    assert ribbon is not None
    ribbon.setFocus(Qt.FocusReason.TabFocusReason)
    pin(window)
    return window


def _doubt(stage: Stage) -> QWidget:
    loaded = TraceLoaded(
        conversation_id=ID,
        message_id="a1",
        trace=measurements.trace("a1", content.RICH_ANSWER),
    )
    window = stage.open(
        talk(content.RICH_ANSWER),
        answers={LoadTrace: loaded, SetInstruments: InstrumentsTuned(profile=Profile.LIVE)},
    )
    window.introspection.toggle_doubt()
    settle(0.2)
    window.page.view.verticalScrollBar().setValue(0)
    settle(0.2)
    return window


def _pulse(stage: Stage) -> QWidget:
    loaded = TraceLoaded(conversation_id=ID, message_id="a1", trace=measurements.trace("a1"))
    window = stage.open(
        talk(),
        answers={LoadTrace: loaded, SetInstruments: InstrumentsTuned(profile=Profile.LIVE)},
    )
    window.introspection.toggle_doubt()
    settle(0.8)
    return window


def screens() -> list[tuple[str, Builder]]:
    """Name and builder of each state."""
    return [
        ("stream-live", _live),
        ("stream-pinned", _pinned),
        ("stream-depth", _by_depth),
        ("stream-keys", _keys),
        ("stream-long", _long),
        ("panel-empty", _empty),
        ("panel-not-measured", _not_measured),
        ("panel-unavailable", _unavailable),
        ("panel-over", _over),
        ("panel-window", _out),
        ("doubt", _doubt),
        ("pulse", _pulse),
        *screen_instruments.screens(),
    ]
