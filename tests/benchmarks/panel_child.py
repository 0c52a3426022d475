"""Streams measured tokens into an open introspection panel, view by view, and watches the loop.

Run as `python -m tests.benchmarks.panel_child`; prints one JSON object.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget

from engine.contract.events import MessageAdded, TextGenerated
from engine.contract.introspection_events import MeasuringBegun, TokenMeasured
from engine.contract.messages import Message, Role
from tests.benchmarks.bench_ui import ROOT, LoopWatch
from ui import screen_content as content
from ui import screen_measurements as measurements
from ui.app_shell import open_window
from ui.replay import ReplayPort
from ui.screen_stage import settle

_TOKENS, _PER_SECOND = 1000, 150.0
_VIEWS = ("", "stream", "depth", "attention", "confidence", "steering")
_ID = "conv_shown"


class _Paints(QObject):
    """Counts how often anything of the panel is painted."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        self.moments: list[float] = []
        for part in (panel, *panel.findChildren(QWidget)):
            part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Paint:
            self.moments.append(time.perf_counter())
        return super().eventFilter(watched, event)

    def frames(self) -> int:
        """Paints that follow each other within 4 ms are one frame."""
        gaps = itertools.pairwise(self.moments)
        return bool(self.moments) + sum(later - sooner > 0.004 for sooner, later in gaps)


def _begin(port: ReplayPort) -> None:
    port.play(
        MessageAdded(conversation_id=_ID, message=content.user("u2", "And noon?", after="a1")),
        MessageAdded(
            conversation_id=_ID,
            message=Message(
                id="a2", role=Role.ASSISTANT, text="", created_at_s=time.time(), parent_id="u2"
            ),
        ),
        MeasuringBegun(conversation_id=_ID, message_id="a2", opening=measurements.opening()),
    )


def _stream(port: ReplayPort) -> None:
    """Plays a measured answer from another thread, as the engine does."""
    tokens = measurements.tokens(" ".join([measurements.ANSWER] * 16))[:_TOKENS]
    for token in tokens:
        names = {"conversation_id": _ID, "message_id": "a2"}
        port.play(
            TextGenerated(
                **names, text=token.text, is_reasoning=False, completion_tokens=token.index + 1
            ),
            TokenMeasured(**names, signals=token),
        )
        time.sleep(1 / _PER_SECOND)


def measure(view: str) -> dict[str, float | str]:
    """A window with this view open; empty is a closed panel."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    talk = content.conversation(
        _ID, "Evening", content.user("u1", "Why?"), content.answer("a1", content.RED_ANSWER)
    )
    port = ReplayPort([talk], content.CARDS, content.MODEL)
    with tempfile.TemporaryDirectory() as scratch:
        window = open_window(port, state_path=Path(scratch) / "w.ini", resources=ROOT / "resources")
        window.resize(1280, 800)
        settle(0.3)
        window.session.desk.show(_ID)
        settle(0.3)
        if view:
            window.introspection.open()
            window.introspection.panel.show_tab(view)
            settle(0.3)
        _begin(port)
        settle(0.3)
        watch, paints = LoopWatch(), _Paints(window.introspection.panel)
        thread = threading.Thread(target=_stream, args=(port,))
        begun = time.perf_counter()
        watch.start()
        thread.start()
        while thread.is_alive():
            app.processEvents()
        took_s = time.perf_counter() - begun
        measured = len(window.session.measuring.current.tokens)
        window.quick.close()
        window.session.close()
        window.close()
    gaps = sorted(watch.gaps_ms)
    return {
        "view": view or "closed",
        "measured": measured,
        "tokens_per_second": round(_TOKENS / took_s, 1),
        "frames_per_second": round(paints.frames() / took_s, 1),
        "gap_p50_ms": round(gaps[len(gaps) // 2], 2),
        "gap_p99_ms": round(gaps[int(len(gaps) * 0.99)], 2),
        "gap_max_ms": round(gaps[-1], 2),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"views": [measure(view) for view in _VIEWS]}) + "\n")
