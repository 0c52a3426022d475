"""The whole app with a clock beside its window: when it is drawn, and how long its loop is held up.

Run by bench_window.py in a process of its own. Nothing is imported before the app's own imports
that the app would not import, or it would be counted as the app's start.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QTimer

from app.main import main
from engine.contract.events import Event, ModelLoaded, TextGenerated
from tests.benchmarks.child_side import Request, Result, peak_bytes, serve
from ui import app_shell

if TYPE_CHECKING:
    from ui.main_window import MainWindow

_IDLE_S = 3.0
_PATIENCE_S = 120.0
_STORY = "Write a very long story about a lighthouse keeper. Use headings, lists and some code."


class Clock(QObject):
    """Notes what happens to the window.

    Attributes:
        facts: Seconds since the process was started, by what happened.
        tokens: Tokens that reached the window.
    """

    def __init__(self, window: MainWindow, begun_s: float) -> None:
        super().__init__(window)
        self.facts: dict[str, Any] = {}
        self.tokens = 0
        self._begun_s = begun_s
        window.session.bridge.event_received.connect(self._take)
        window.panes.installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Paint and "shown_s" not in self.facts:
            self.facts["shown_s"] = 0.0
            # The filter comes before the drawing; the loop's next turn comes after it.
            QTimer.singleShot(0, lambda: self._note("shown_s"))
        return False

    def _note(self, name: str) -> None:
        self.facts[name] = time.monotonic() - self._begun_s

    def _take(self, event: Event) -> None:
        if isinstance(event, ModelLoaded):
            self._note("loaded_s")
        elif isinstance(event, TextGenerated):
            self.tokens += 1


async def _until(holds: Callable[[], bool]) -> None:
    ends_at_s = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > ends_at_s:
            raise TimeoutError("the window did not get there in time")
        await asyncio.sleep(0.02)


async def _watch(window: MainWindow, clock: Clock, request: Request) -> None:
    """Walk through start, rest and answer; `clock.facts` holds what was seen."""
    await _until(lambda: bool(clock.facts.get("shown_s")))
    from tests.benchmarks.bench_ui import LoopWatch

    watch = LoopWatch()
    watch.start()
    await _until(lambda: "loaded_s" in clock.facts)
    clock.facts["loading_gaps_ms"] = list(watch.gaps_ms)
    stream_s = float(request.get("stream_s", 0))
    if stream_s:
        await asyncio.sleep(0.5)
        rested = len(watch.gaps_ms)
        await asyncio.sleep(_IDLE_S)
        clock.facts["idle_gaps_ms"] = watch.gaps_ms[rested:]
        begun, tokens = len(watch.gaps_ms), clock.tokens
        await _stream(window, stream_s)
        clock.facts["streaming_gaps_ms"] = watch.gaps_ms[begun:]
        clock.facts["streamed_tokens"] = clock.tokens - tokens


async def _stream(window: MainWindow, seconds: float) -> None:
    """Answers were written into the window for so long; a short one is followed by the next."""
    desk = window.session.desk
    ends_at_s = time.monotonic() + seconds
    while time.monotonic() < ends_at_s:
        window.page.composer.send(_STORY)
        await _until(desk.is_answering)
        await _until(lambda: not desk.is_answering() or time.monotonic() > ends_at_s)
    desk.stop()
    await _until(lambda: not desk.is_answering())


def measure(request: Request) -> Result:
    """The app ran as `python -m app` runs it, and was quit when all was seen."""
    facts: dict[str, Any] = {}
    tasks: list[asyncio.Task[None]] = []
    open_window = app_shell.open_window

    async def play(window: MainWindow) -> None:
        from PySide6.QtWidgets import QApplication

        clock = Clock(window, request["begun_s"])
        try:
            await _watch(window, clock, request)
        except TimeoutError as error:
            facts["error"] = f"{error} {window.page.banner.message()}"
        facts.update(clock.facts)
        QApplication.quit()

    def start(scene: Coroutine[Any, Any, None]) -> None:
        tasks.append(asyncio.ensure_future(scene))

    def open_and_watch(*given: Any, **named: Any) -> MainWindow:
        window = open_window(*given, **named)
        QTimer.singleShot(0, lambda: start(play(window)))
        return window

    app_shell.open_window = open_and_watch
    code = main(request["words"])
    if code or "error" in facts or "shown_s" not in facts:
        raise RuntimeError(f"the app ended with {code}: {facts.get('error', 'nothing was seen')}")
    return facts | {"peak_bytes": peak_bytes()}


if __name__ == "__main__":
    serve(measure)
