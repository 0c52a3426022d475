from __future__ import annotations

import threading
import time

import pytest
from PySide6.QtCore import QThread, QTimer

from engine.contract.commands import ListModels
from engine.contract.events import CommandFinished
from tests.helpers.fakes import FakeEngine
from ui.bridge import EngineBridge


class Burst:
    """A port whose listener is called from a thread as fast as it goes."""

    def __init__(self):
        self.listeners = []

    def subscribe(self, listener):
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def send(self, count):
        for number in range(count):
            for listener in self.listeners:
                listener(CommandFinished(job_id=str(number)))

    def send_from_thread(self, count):
        thread = threading.Thread(target=self.send, args=(count,))
        thread.start()
        return thread


@pytest.mark.feature("window.events")
def test_five_thousand_events_arrive_in_order_on_the_main_thread(qtbot):
    """Whatever the engine does reaches the window in order, however fast it comes.

    PySide6 6.12.0 aborts on Python 3.11 after about 570 emissions, so this guards the pin too.
    """
    port = Burst()
    bridge = EngineBridge(port)
    heard = []
    bridge.event_received.connect(
        lambda event: heard.append((event.job_id, QThread.isMainThread()))
    )

    thread = port.send_from_thread(5000)
    qtbot.waitUntil(lambda: len(heard) == 5000)
    thread.join()

    assert heard == [(str(number), True) for number in range(5000)]


def test_a_slow_listener_lets_the_loop_turn_between_events(qtbot):
    """One drain is bounded, so painting and typing get their turn however much is waiting."""
    port = Burst()
    bridge = EngineBridge(port)
    heard, longest = [], [0.0]
    last = [time.perf_counter()]

    def work(event):
        end = time.perf_counter() + 0.002
        while time.perf_counter() < end:
            pass
        heard.append(event)

    def tick():
        longest[0] = max(longest[0], len(heard) - tick.seen)
        tick.seen = len(heard)
        last[0] = time.perf_counter()

    tick.seen = 0
    bridge.event_received.connect(work)
    timer = QTimer()
    timer.setInterval(0)
    timer.timeout.connect(tick)
    timer.start()
    port.send(100)
    qtbot.waitUntil(lambda: len(heard) == 100)

    # 8 ms of 2 ms each is at most five events in one go.
    assert longest[0] <= 6


def test_after_closing_nothing_arrives(qtbot):
    port = Burst()
    bridge = EngineBridge(port)
    heard = []
    bridge.event_received.connect(heard.append)

    port.send(3)
    bridge.close()
    port.send(3)
    marker = []
    QTimer.singleShot(0, lambda: marker.append(1))
    qtbot.waitUntil(lambda: bool(marker))

    assert heard == []
    assert port.listeners == []


def test_commands_go_straight_through():
    engine = FakeEngine()
    bridge = EngineBridge(engine)

    job = bridge.submit(ListModels())
    bridge.cancel(job)
    engine.close()

    assert engine.submitted == [ListModels()]
    assert job.startswith("job_")
