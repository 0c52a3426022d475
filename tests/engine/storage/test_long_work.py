from __future__ import annotations

import asyncio
import threading

import pytest

from engine.contract.errors import Cancelled
from engine.storage.long_work import LongWork, conduct


def test_progress_is_told_on_the_loop():
    async def scenario():
        told = []

        def work(work: LongWork) -> str:
            assert threading.current_thread() is not threading.main_thread()
            work.part(0.5, 1.0).step("half", 0.5)
            return "done"

        result = await conduct(
            work, lambda *step: told.append((*step, threading.current_thread().name))
        )
        assert result == "done"
        await asyncio.sleep(0)
        assert told == [("half", 0.75, threading.current_thread().name)]

    asyncio.run(scenario())


def test_a_cancelled_asker_waits_until_the_worker_has_ended():
    async def scenario():
        begun, has_ended = threading.Event(), threading.Event()

        def work(work: LongWork) -> None:
            begun.set()
            try:
                while True:
                    work.step("on and on", 0.0)
            finally:
                has_ended.set()

        task = asyncio.ensure_future(conduct(work))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert has_ended.is_set()

    asyncio.run(scenario())


def test_an_error_reaches_the_asker():
    def fail(_work: LongWork) -> None:
        raise Cancelled("no")

    with pytest.raises(Cancelled):
        asyncio.run(conduct(fail))
