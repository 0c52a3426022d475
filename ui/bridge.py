"""Brings engine events to the main thread, the only file where they meet Qt.

Runs on: main, except `_enqueue`, which any thread may enter.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from engine.contract.commands import Command
from engine.contract.events import Event
from engine.contract.port import EnginePort

# Half of a 60 Hz frame: the other half is left for painting, so no drain costs a frame.
_DRAIN_LIMIT_S = 0.008


class EngineBridge(QObject):
    """Lets widgets listen to the engine without knowing about its threads.

    Attributes:
        event_received: Emitted on the main thread, once for each event, in their order.
    """

    event_received = Signal(object)
    _events_waiting = Signal()

    def __init__(self, port: EnginePort, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._port = port
        self._events: deque[Event] = deque()
        self._is_drain_due = False
        self._is_closed = False
        # Held while another thread wakes the main one: until it has done so, nobody takes down
        # what it does that with.
        self._waking = threading.Lock()
        # A posted event is handled in the same turn of the loop as its poster, so going on needs
        # a timer: only then do painting and the user's input get their turn in between.
        self._go_on = QTimer(self)
        self._go_on.setSingleShot(True)
        self._go_on.setInterval(0)
        self._go_on.timeout.connect(self._drain)
        self._events_waiting.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        self._unsubscribe = port.subscribe(self._enqueue)

    def submit(self, command: Command) -> str:
        """The engine has the command; its job identifier is returned."""
        return self._port.submit(command)

    def cancel(self, job_id: str) -> None:
        """The job stops within one step."""
        self._port.cancel(job_id)

    def close(self) -> None:
        """No event arrives any more, those already waiting included."""
        with self._waking:
            self._is_closed = True
        self._unsubscribe()
        self._events.clear()

    def _enqueue(self, event: Event) -> None:
        self._events.append(event)
        # One wake-up is enough for all that arrives before the main thread gets to it. The flag
        # is lowered before the queue is read, so an event can cause one too many, never too few.
        if self._is_drain_due:
            return
        with self._waking:
            if not self._is_closed:
                self._is_drain_due = True
                self._events_waiting.emit()

    @Slot()
    def _drain(self) -> None:
        self._is_drain_due = False
        deadline = time.perf_counter() + _DRAIN_LIMIT_S
        while self._events:
            self.event_received.emit(self._events.popleft())
            if time.perf_counter() > deadline and self._events:
                self._go_on.start()
                return
