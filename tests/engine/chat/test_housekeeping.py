from __future__ import annotations

import asyncio

import pytest

from engine.chat.housekeeping import Duty, Housekeeping
from engine.contract.errors import VaultFullError


def run_for(duties, *, is_idle=lambda: True, until):
    async def conduct():
        keeper = Housekeeping(is_idle, duties, first_after_s=0, look_every_s=0.001)
        keeper.begin()
        async with asyncio.timeout(5):
            await until.wait()
        await keeper.end()

    asyncio.run(conduct())


def counted(name, done, *, ends=None, fails=None):
    async def run():
        done.append(name)
        if ends is not None:
            ends.set()
        if fails is not None:
            raise fails

    return Duty(name=name, every_s=3600, run=run)


@pytest.mark.logs_warning("could not be done|bug failed")
def test_each_duty_is_done_once_in_its_time_even_if_one_before_it_fails():
    done, last = [], asyncio.Event()
    duties = (
        counted("full", done, fails=VaultFullError("full")),
        counted("bug", done, fails=ZeroDivisionError()),
        counted("last", done, ends=last),
    )

    run_for(duties, until=last)

    assert done == ["full", "bug", "last"]


def test_nothing_is_done_while_an_answer_is_written():
    done, idle, looked = [], [], asyncio.Event()

    def is_idle():
        idle.append(None)
        if len(idle) > 5:
            looked.set()
        return False

    run_for((counted("any", done),), is_idle=is_idle, until=looked)

    assert done == []


def test_ending_breaks_off_the_duty_that_is_being_done():
    async def conduct():
        begun, broken = asyncio.Event(), asyncio.Event()

        async def slow():
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                broken.set()

        keeper = Housekeeping(
            lambda: True, (Duty(name="slow", every_s=1, run=slow),), first_after_s=0
        )
        keeper.begin()
        await begun.wait()
        await keeper.end()
        assert broken.is_set()

    asyncio.run(conduct())
