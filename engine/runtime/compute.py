"""The one thread that may touch mlx; it runs jobs in small steps, by priority.

A job is an iterator: each `next()` is one step (one token, one training step). Between two steps
the thread looks again at who waits. A job of higher priority always goes first, so background
work delays a chat token by at most the step it is in. Jobs of the same priority take turns.

Runs on: compute, which it makes. Results leave it as plain Python values.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Generic, TypeVar

from engine.runtime import blas
from engine.runtime.threads import COMPUTE

_log = logging.getLogger(__name__)

T = TypeVar("T")

# How far a job may be ahead of its reader. A reader needs a tenth of a millisecond, so a job is
# held only behind one that stands still; background work may then use the gap.
_STEPS_AHEAD = 4


class Priority(IntEnum):
    """Who goes first; the lowest number does."""

    CHAT = 0
    INTERACTIVE = 1
    """The user waits for it, but not for each word: counting tokens, embedding a query."""
    LOADING = 2
    BACKGROUND = 3


@dataclass(eq=False)
class _Job(Generic[T]):
    """One iterator and the way its results go back."""

    start: Callable[[], Iterator[T]]
    priority: Priority
    deliver: Callable[[str, Any], None]
    steps: Iterator[T] | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)
    unread: int = 0
    is_parked: bool = False


class Compute:
    """Owns the compute thread. `call` and `stream` are for conductors on an asyncio loop."""

    def __init__(self) -> None:
        self._ready: dict[Priority, deque[_Job[Any]]] = {p: deque() for p in Priority}
        self._wake = threading.Condition()
        self._closing = False
        self._last: Callable[[], object] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=COMPUTE, daemon=True)
        self._thread.start()

    async def call(self, function: Callable[[], T], *, priority: Priority) -> T:
        """The result of `function`, run as one step."""

        def one_step() -> Iterator[T]:
            yield function()

        async for result in self.stream(one_step, priority=priority):
            return result
        raise RuntimeError("the compute thread ended a job without a result")

    async def stream(
        self, start: Callable[[], Iterator[T]], *, priority: Priority
    ) -> AsyncIterator[T]:
        """The steps of the iterator that `start` makes, as they come.

        Leaving the loop early (break, exception, cancellation) closes the iterator on the compute
        thread before its next step.

        Args:
            start: Called on the compute thread; its values must be plain Python.
        """
        loop = asyncio.get_running_loop()
        inbox: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

        def deliver(kind: str, value: Any) -> None:
            # A loop that is closed while we close has nobody left to tell.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(inbox.put_nowait, (kind, value))

        job: _Job[T] = _Job(start=start, priority=priority, deliver=deliver)
        self._enqueue(job)
        try:
            while True:
                kind, value = await inbox.get()
                if kind == "step":
                    self._was_read(job)
                    yield value
                elif kind == "error":
                    raise value
                else:
                    return
        finally:
            job.cancelled.set()
            self._unpark(job)

    def _enqueue(self, job: _Job[Any]) -> None:
        with self._wake:
            if self._closing:
                job.deliver("error", RuntimeError("the engine is closing"))
                return
            self._ready[job.priority].append(job)
            self._wake.notify()

    def _was_read(self, job: _Job[Any]) -> None:
        with self._wake:
            job.unread -= 1
        self._unpark(job)

    def _unpark(self, job: _Job[Any]) -> None:
        with self._wake:
            if job.is_parked:
                job.is_parked = False
                self._ready[job.priority].append(job)
                self._wake.notify()

    def _queue_again(self, job: _Job[Any]) -> None:
        """To the back of its queue, for the other conversation is next; or wait for the reader."""
        with self._wake:
            job.unread += 1
            if job.unread >= _STEPS_AHEAD and not job.cancelled.is_set():
                job.is_parked = True
            else:
                self._ready[job.priority].append(job)

    def _next_job(self) -> _Job[Any] | None:
        with self._wake:
            while True:
                for queue in self._ready.values():
                    if queue:
                        return queue.popleft()
                if self._closing:
                    return None
                self._wake.wait()

    def _run(self) -> None:
        blas.preload()
        while (job := self._next_job()) is not None:
            if self._step(job):
                self._queue_again(job)
        if self._last is not None:
            try:
                self._last()
            except Exception:  # noqa: BLE001 - nobody listens any more
                _log.exception("taking down the compute thread's own things failed")
        self._last = None
        self._ended.set()
        # The thread is not let end: mlx would take down this thread's streams while the main
        # thread takes down the process, and the two race (1 of 3 exits of a busy machine aborted,
        # 2026-11-23). Parked, it costs nothing, and the process ends it.
        threading.Event().wait()

    def _step(self, job: _Job[Any]) -> bool:
        """Run one step of `job`; whether it has more."""
        if job.cancelled.is_set() or self._closing:
            self._end(job)
            job.deliver("end", None)
            return False
        try:
            if job.steps is None:
                job.steps = job.start()
            value = next(job.steps)
        except StopIteration:
            job.deliver("end", None)
            return False
        except BaseException as error:  # noqa: BLE001 - it goes to the asker, the thread lives on
            job.deliver("error", error)
            return False
        job.deliver("step", value)
        return True

    def _end(self, job: _Job[Any]) -> None:
        close = getattr(job.steps, "close", None)
        if close is None:
            return
        try:
            close()
        except Exception:  # noqa: BLE001 - nobody listens any more
            _log.exception("a cancelled job failed while it was closed")

    def close(self, *, last: Callable[[], object] | None = None, timeout_s: float = 10.0) -> None:
        """Jobs end after the step they are in; nothing runs any more, or `timeout_s` has passed.

        Args:
            last: Run on the compute thread after every job: what lives there is taken down there.
        """
        with self._wake:
            self._last = last
            self._closing = True
            self._wake.notify()
        self._ended.wait(timeout_s)
