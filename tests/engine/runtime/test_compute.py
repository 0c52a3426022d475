from __future__ import annotations

import asyncio
import threading
import time

import pytest

from engine.runtime.compute import Compute, Priority
from engine.runtime.threads import COMPUTE, runs_on


@pytest.fixture
def compute():
    thread = Compute()
    yield thread
    thread.close()


def counting(log, name, steps):
    def start():
        for number in range(steps):
            log.append(name)
            yield number

    return start


async def drain(stream):
    return [step async for step in stream]


def test_steps_come_in_order_and_from_the_compute_thread(compute):
    def start():
        for _ in range(3):
            yield threading.current_thread().name

    names = asyncio.run(drain(compute.stream(start, priority=Priority.CHAT)))

    assert names == [COMPUTE] * 3


@pytest.mark.feature("engine.fairness", "Two conversations being answered at once take turns.")
def test_two_jobs_of_one_priority_take_turns(compute):
    log = []

    async def both():
        gate = threading.Event()
        # A first job holds the thread until both others wait, or one would get ahead.
        first = asyncio.create_task(compute.call(gate.wait, priority=Priority.CHAT))
        jobs = [
            asyncio.create_task(
                drain(compute.stream(counting(log, name, 4), priority=Priority.CHAT))
            )
            for name in "ab"
        ]
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, *jobs)

    asyncio.run(both())

    assert log == list("abababab")


@pytest.mark.feature(
    "engine.chat_first", "Background work never delays a chat token by more than one step."
)
def test_background_job_delays_a_chat_by_at_most_one_step(compute):  # noqa: C901
    log = []
    release = threading.Event()

    def background():
        log.append("background")
        yield None
        release.wait()  # the step in which the chat arrives
        log.append("background")
        yield None
        for _ in range(5):
            log.append("background")
            yield None

    read = threading.Semaphore(0)

    def chat():
        for _ in range(5):
            log.append("chat")
            yield None
            read.acquire()  # a token takes longer than reading it, as with a real model

    async def read_chat():
        async for _ in compute.stream(chat, priority=Priority.CHAT):
            read.release()

    async def conduct():
        slow = asyncio.create_task(drain(compute.stream(background, priority=Priority.BACKGROUND)))
        while not log:
            await asyncio.sleep(0.001)
        reader = asyncio.create_task(read_chat())
        await asyncio.sleep(0)
        release.set()
        await asyncio.gather(slow, reader)

    asyncio.run(conduct())

    first, last = log.index("chat"), len(log) - log[::-1].index("chat")
    assert log[:first].count("background") <= 2
    assert log[first:last] == ["chat"] * 5


def test_leaving_the_loop_closes_the_iterator_before_its_next_step(compute):
    seen = []

    def start():
        try:
            number = 0
            while True:
                seen.append(number)
                yield number
                number += 1
        finally:
            seen.append("closed")

    async def take_two():
        stream = compute.stream(start, priority=Priority.CHAT)
        async for number in stream:
            if number == 1:
                break
        await stream.aclose()
        await compute.call(lambda: None, priority=Priority.BACKGROUND)

    asyncio.run(take_two())

    assert seen[-1] == "closed"
    # The thread may be four steps ahead of its reader, never more.
    assert len(seen) <= 7


@pytest.mark.feature("engine.errors", "An error in one answer leaves the engine serving.")
def test_an_error_reaches_the_asker_and_the_thread_lives_on(compute):
    def broken():
        yield 1
        raise ValueError("broken")

    async def conduct():
        with pytest.raises(ValueError, match="broken"):
            await drain(compute.stream(broken, priority=Priority.CHAT))
        return await compute.call(lambda: 42, priority=Priority.CHAT)

    assert asyncio.run(conduct()) == 42


def test_cancelling_the_reader_stops_the_job(compute):
    closed = threading.Event()

    def endless():
        try:
            while True:
                yield time.monotonic()
        finally:
            closed.set()

    async def conduct():
        reader = asyncio.create_task(drain(compute.stream(endless, priority=Priority.CHAT)))
        await asyncio.sleep(0.01)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader

    asyncio.run(conduct())

    assert closed.wait(2)


def test_closing_ends_waiting_jobs_and_refuses_new_ones(compute):
    compute.close()

    with pytest.raises(RuntimeError, match="closing"):
        asyncio.run(compute.call(lambda: None, priority=Priority.CHAT))


def test_a_function_of_one_thread_refuses_another():
    @runs_on(COMPUTE)
    def only_there():
        return True

    with pytest.raises(RuntimeError, match="runs on 'compute'"):
        only_there()
