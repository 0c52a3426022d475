from __future__ import annotations

import asyncio
import threading

from engine.runtime.io_loop import IoLoop
from engine.runtime.threads import IO


def test_coroutines_run_on_the_io_thread():
    io = IoLoop()

    async def where():
        return threading.current_thread().name

    assert io.run(where()).result(5) == IO
    io.close()


def test_closing_cancels_what_still_waits():
    io = IoLoop()
    ended = threading.Event()

    async def wait_for_ever():
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    future = io.run(wait_for_ever())
    while not asyncio.all_tasks(io.loop):
        pass
    io.close()

    assert ended.is_set()
    assert future.cancelled()
