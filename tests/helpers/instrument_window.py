"""A window with the introspection panel open on an answer whose measurements are known."""

from __future__ import annotations

from dataclasses import replace

from engine.contract.introspection_commands import (
    ListDirections,
    LoadCalibration,
    LoadTrace,
    SetInstruments,
)
from engine.contract.introspection_events import (
    CalibrationLoaded,
    DirectionsListed,
    InstrumentsTuned,
    TraceLoaded,
)
from engine.contract.messages import Conversation
from engine.contract.signals import (
    Alternative,
    LayerReading,
    Opening,
    Profile,
    Segment,
    SegmentKind,
    SentenceSources,
    TokenSignals,
    Trace,
    TurnSignals,
)
from ui import screen_content as content
from ui import screen_instrument_content as invented
from ui.replay import ReplayPort

CONVERSATION, ANSWER = "conv_measured", "a1"
LAYERS, LENS = 12, (4, 8, 12)
WORDS = ("The", " sky", " is", " blue", ".", " At", " night", " it", " is", " black", ".")
SEGMENTS = (
    Segment(kind=SegmentKind.FRAME, start=0, end=4),
    Segment(kind=SegmentKind.SYSTEM, start=4, end=20),
    Segment(kind=SegmentKind.DOCUMENT, start=20, end=80, label="notes.md", source_id="att_1"),
    Segment(kind=SegmentKind.HISTORY, start=80, end=90, source_id="u0"),
    Segment(kind=SegmentKind.QUESTION, start=90, end=99, source_id="u1"),
    Segment(kind=SegmentKind.OWN, start=99),
)
SHARES = (0.02, 0.08, 0.4, 0.1, 0.3, 0.1)


def reading(layer: int, text: str, probability: float = 0.5) -> LayerReading:
    """A layer that would say this."""
    top = (
        Alternative(token_id=1, text=text, probability=probability),
        Alternative(token_id=2, text=" else", probability=(1 - probability) / 2),
    )
    return LayerReading(layer=layer, top=top, entropy_nats=1.25, kl_nats=0.75)


def token(index: int, text: str, *, commit: int | None = 8, **signals: object) -> TokenSignals:
    """One measured token; without a commit layer its lens was not read."""
    lens = (
        ()
        if commit is None
        else tuple(reading(n, text if n >= commit else " no", n / 16) for n in LENS)
    )
    values = {
        "token_id": 100 + index,
        "text": text,
        "surprisal_nats": 0.5,
        "entropy_nats": 1.0,
        "varentropy_nats2": 0.25,
        "rank": 1,
        "margin_nats": 2.0,
        "alternatives": (Alternative(token_id=100 + index, text=text, probability=0.6),),
        "lens": lens,
        "commit_layer": commit,
        "shares": SHARES,
        "sink_share": 0.34,
        "lookback_ratio": 0.9,
        **signals,
    }
    return TokenSignals(index=index, **values)  # type: ignore[arg-type]


def tokens() -> tuple[TokenSignals, ...]:
    """Two sentences."""
    return tuple(token(index, word) for index, word in enumerate(WORDS))


def opening(**changes: object) -> Opening:
    """What is measured in them."""
    made = Opening(
        model_id="qwen3-8b",
        layers=LAYERS,
        profile=Profile.FULL,
        lens_layers=LENS,
        attention_layers=(4, 12),
        segments=SEGMENTS,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def turn(**changes: object) -> TurnSignals:
    """What is known of the whole answer: its sentences, and nothing else."""
    made = TurnSignals(
        tokens=len(WORDS),
        sentences=(
            SentenceSources(start=0, end=5, shares=SHARES),
            SentenceSources(start=5, end=11, shares=SHARES),
        ),
        elapsed_s=0.4,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def trace(**changes: object) -> Trace:
    """All that is kept of it."""
    made = Trace(message_id=ANSWER, opening=opening(), tokens=tokens(), turn=turn())
    return replace(made, **changes)  # type: ignore[arg-type]


def talk() -> Conversation:
    """The conversation that the answer stands in."""
    return content.conversation(
        CONVERSATION,
        "The sky",
        content.user("u0", "Hello."),
        content.answer("a0", "Good evening."),
        content.user("u1", "What colour is the sky?", after="a0"),
        content.answer(ANSWER, "".join(WORDS)),
    )


def measured_port(kept: Trace | None = None, *, reports=(), directions=()) -> ReplayPort:
    """A port that knows the answer's measurements."""
    loaded = TraceLoaded(conversation_id=CONVERSATION, message_id=ANSWER, trace=kept or trace())
    return ReplayPort(
        [talk()],
        content.CARDS,
        content.MODEL,
        answers={
            SetInstruments: InstrumentsTuned(profile=Profile.LIVE),
            LoadTrace: loaded,
            LoadCalibration: CalibrationLoaded(reports=reports),
            ListDirections: DirectionsListed(directions=directions, model_key=invented.KEY),
        },
    )


def open_measured(open_fake_window, qtbot, port: ReplayPort, tab: str):
    """The window and its view, once the measurements are drawn."""
    window = open_fake_window(port=port)
    qtbot.waitUntil(lambda: window.session.models.loaded is not None)
    window.session.desk.show(CONVERSATION)
    window.introspection.open()
    window.introspection.panel.show_tab(tab)
    qtbot.waitUntil(lambda: bool(window.session.measuring.current.tokens))
    view = window.introspection.panel.view()
    draw(qtbot, view)
    return window, view


def draw(qtbot, view) -> None:
    """What is known is on screen."""
    view.ask()
    qtbot.waitUntil(lambda: not view._frame.is_waiting())
