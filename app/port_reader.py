"""Lets the main thread wait for what the engine reports about one job; Ctrl-C stops that job."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from app.errors import ReportedError
from engine.contract.commands import Command
from engine.contract.events import CommandFailed, CommandFinished, Event
from engine.contract.port import EnginePort

# What is done after an answer says so at every step; a step takes seconds at most.
_PATIENCE_S = 60.0


class PortReader:
    """The counter as the terminal faces see it: one job at a time, its events in order.

    Attributes:
        port: For orders that nobody waits for.
        was_interrupted: Ctrl-C was pressed while a job ran, and the job was told to stop.
    """

    def __init__(self, port: EnginePort) -> None:
        self.port = port
        self.was_interrupted = False
        self._is_waiting = False
        # SimpleQueue because its `put` may interrupt its own `get`: a signal handler calls it.
        self._arrivals: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self.close = port.subscribe(self._arrivals.put)

    def events_of(
        self,
        command: Command,
        *,
        stop: Callable[[], None] | None = None,
        until: type[Event] | None = None,
    ) -> Iterator[Event]:
        """Hand over `command` and yield each event it leads to, CommandFinished last.

        Args:
            command: The order.
            stop: What Ctrl-C does; None cancels the job.
            until: What comes of the job after its end; if nothing is heard for a minute, it is
                not waited for any longer.

        Raises:
            ReportedError: The command failed; kind "cancelled" if it was stopped.
        """
        job_id = self.port.submit(command)
        has_ended, is_awaited = False, until is not None
        self._is_waiting = True
        try:
            while not has_ended or is_awaited:
                event = self._arrivals.get(timeout=_PATIENCE_S if has_ended else None)
                if event is None and has_ended:
                    return
                if event is None:
                    (stop or (lambda: self.port.cancel(job_id)))()
                    continue
                if event.job_id != job_id:
                    continue
                has_ended = has_ended or isinstance(event, (CommandFinished, CommandFailed))
                is_awaited = is_awaited and not (until and isinstance(event, until))
                if isinstance(event, CommandFailed):
                    raise ReportedError(event.error)
                yield event
        except queue.Empty:
            return
        finally:
            self._is_waiting = False
            if not has_ended:
                self.port.cancel(job_id)

    def run(self, command: Command) -> list[Event]:
        """Every event of `command`, once it has ended."""
        return list(self.events_of(command))

    def interrupt(self) -> None:
        """The running job is told to stop; safe to call from a signal handler."""
        self.was_interrupted = True
        self._arrivals.put(None)

    @contextmanager
    def stopping_on_ctrl_c(self) -> Iterator[None]:
        """The first Ctrl-C stops the running job, the second leaves without waiting for it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._on_ctrl_c)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _on_ctrl_c(self, _number: int, _frame: FrameType | None) -> None:
        if self._is_waiting and not self.was_interrupted:
            self.interrupt()
            return
        raise KeyboardInterrupt
