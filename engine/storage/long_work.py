"""Work of seconds to minutes on a thread of its own: it tells how far it is, and can be stopped."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from engine.contract.errors import Cancelled

T = TypeVar("T")

Progress = Callable[[str, float], None]
"""Takes plain words for what is being done, and the share of it from 0 to 1."""


def tell_nobody(_stage: str, _share_ratio: float) -> None:
    """For work that nobody watches."""


class LongWork:
    """What a worker calls now and then; it raises Cancelled once nobody waits any more."""

    def __init__(self, progress: Progress = tell_nobody) -> None:
        self._progress = progress
        self._is_stopped = threading.Event()

    def step(self, stage: str, share_ratio: float) -> None:
        """So much is done.

        Raises:
            Cancelled: It is to end here.
        """
        if self._is_stopped.is_set():
            raise Cancelled("It was stopped. Nothing was changed.")
        self._progress(stage, min(max(share_ratio, 0.0), 1.0))

    def part(self, begin: float, end: float) -> LongWork:
        """The same work, whose shares from 0 to 1 count as `begin` to `end` here."""
        part = LongWork(lambda stage, share: self._progress(stage, begin + share * (end - begin)))
        part._is_stopped = self._is_stopped
        return part

    def stop(self) -> None:
        """The next step raises."""
        self._is_stopped.set()


async def conduct(worker: Callable[[LongWork], T], progress: Progress = tell_nobody) -> T:
    """What `worker` returns; it runs beside the loop, and `progress` is called on the loop.

    Cancelling the caller ends the worker at its next step, and this returns only then: nobody
    works on in the vault's folder after the vault is closed.
    """
    loop = asyncio.get_running_loop()
    work = LongWork(lambda *told: _tell(loop, progress, told))
    task = asyncio.ensure_future(asyncio.to_thread(worker, work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        work.stop()
        await asyncio.wait((task,))
        if not task.cancelled():
            # Asked for, so that an error that nobody waits for is not called forgotten.
            task.exception()
        raise


def _tell(loop: asyncio.AbstractEventLoop, progress: Progress, told: tuple[str, float]) -> None:
    if progress is not tell_nobody:
        loop.call_soon_threadsafe(progress, *told)
