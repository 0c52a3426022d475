"""Kill -9 at any moment: what was said to be kept is kept, and the vault opens."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import threading

import pytest

from engine.storage.conversations import load_conversations
from engine.storage.envelope import read_envelope
from engine.storage.traces import load_trace
from tests.engine.storage import crash_child
from tests.engine.storage.crash_child import (
    PASSPHRASE,
    count_whole,
    new_vault,
    put_record,
)
from tests.engine.storage.some_traces import named


@pytest.fixture(scope="module")
def nursery():
    """Starts processes to be killed."""
    with crash_child.nursery() as started:
        yield started


def killed(nursery, walk, folder, within_s):
    """What the process had promised when it was killed, after a random part of `within_s`."""
    pid = crash_child.start(nursery, walk, folder)
    assert nursery.stdout.readline() == "ready\n"
    # A moment that nothing in the process has to do with.
    threading.Event().wait(random.uniform(0, within_s))
    os.kill(pid, signal.SIGKILL)
    return crash_child.promises(nursery)


async def inspected(folder):
    """The number of whole records in the vault, whose every page was checked."""
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    try:
        count = await vault.store.read(count_whole)
        await vault.store.checkpoint()
        assert await vault.store.bad_pages() == []
        healthy = "PRAGMA integrity_check"
        found = await vault.store.maintain(lambda w: w.execute(healthy).fetchall())
        assert found == [("ok",)]
    finally:
        await vault.lock()
    assert len(read_envelope(folder / "vault.keys").keys) == 1
    return count


def kill_while_writing(nursery, folder, kills):
    asyncio.run(filled(folder, 0))
    kept = 0
    for _ in range(kills):
        promised = killed(nursery, "write", folder, within_s=0.15)
        last = int(promised[-1]) + 1 if promised else kept
        # One more may be on disk than could be said.
        kept = asyncio.run(inspected(folder))
        assert kept in (last, last + 1)
    assert kept > kills


async def filled(folder, records):
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    for number in range(records):
        await vault.store.write(lambda writer, n=number: put_record(writer, n))
    await vault.lock()


def kill_while_rotating(nursery, folder, kills):
    asyncio.run(filled(folder, 300))
    rotated = 0
    for _ in range(kills):
        rotated += len(killed(nursery, "rotate", folder, within_s=0.4))
        assert asyncio.run(inspected(folder)) == 300
    return rotated


def kill_while_beginning(nursery, folder, kills):
    for _ in range(kills):
        # A busy machine takes ten times as long to begin as an idle one.
        promised = killed(nursery, "begin", folder, within_s=random.choice((0.03, 0.1, 0.4)))
        count = asyncio.run(inspected(folder))
        assert count >= len(promised)
        shutil.rmtree(folder)


def kill_while_measuring(nursery, folder, kills):
    asyncio.run(filled(folder, 0))
    kept: dict[str, set[int]] = {"message": set(), "trace": set()}
    for _ in range(kills):
        for line in killed(nursery, "measure", folder, within_s=0.15):
            kind, number = line.split()
            kept[kind].add(int(number))
        messages, traces = asyncio.run(inspected_answers(folder))
        assert kept["message"] <= set(messages)
        assert kept["trace"] <= traces <= set(messages)
        assert messages == list(range(len(messages)))
    assert kept["trace"]


async def inspected_answers(folder):
    """The numbers of the answers, and of those that have a trace; each trace is whole."""
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    try:
        kept = await vault.store.read(lambda r: load_conversations(r, vault.codec))
        messages = [message for conversation in kept for message in conversation.messages]
        numbers = [int(message.id.removeprefix("msg_")) for message in messages]
        assert messages == [crash_child.measured_message(number) for number in numbers]
        traces = set()
        for number in numbers:
            trace = await vault.store.read(
                lambda r, n=number: load_trace(r, vault.codec, f"msg_{n}", named)
            )
            if trace is not None:
                traces.add(number)
                assert len(trace.tokens) == 40
        healthy = await vault.store.maintain(
            lambda w: (
                w.execute("PRAGMA integrity_check").fetchall()
                + w.execute("PRAGMA foreign_key_check").fetchall()
            )
        )
        assert healthy == [("ok",)]
    finally:
        await vault.lock()
    return numbers, traces


@pytest.mark.feature("vault.crash")
def test_nothing_that_was_kept_is_lost_when_the_process_is_killed(nursery, tmp_path):
    """What you see as sent is still there after a crash at any moment."""
    kill_while_writing(nursery, tmp_path / "vault", 25)


def test_a_rotation_that_is_killed_leaves_one_key_that_opens_everything(nursery, tmp_path):
    kill_while_rotating(nursery, tmp_path / "vault", 8)


def test_a_vault_that_is_killed_while_it_is_made_is_made_by_the_next_start(nursery, tmp_path):
    kill_while_beginning(nursery, tmp_path / "vault", 6)


def test_a_kill_while_a_trace_is_written_loses_no_answer_and_leaves_no_half_trace(
    nursery, tmp_path
):
    kill_while_measuring(nursery, tmp_path / "vault", 10)


@pytest.mark.slow
def test_a_hundred_kills_while_traces_are_written_lose_no_answer(nursery, tmp_path):
    for number in range(5):
        kill_while_measuring(nursery, tmp_path / f"vault-{number}", 20)


@pytest.mark.slow
@pytest.mark.parametrize("round_number", range(10))
def test_five_hundred_kills_lose_nothing(nursery, tmp_path, round_number):
    """Ten vaults of fifty kills each, for all that is in one is checked after each kill."""
    kill_while_writing(nursery, tmp_path / f"vault-{round_number}", 50)


@pytest.mark.slow
def test_a_hundred_killed_rotations_lose_nothing(nursery, tmp_path):
    assert kill_while_rotating(nursery, tmp_path / "vault", 100) > 0


@pytest.mark.slow
def test_a_hundred_killed_beginnings_leave_a_whole_vault(nursery, tmp_path):
    kill_while_beginning(nursery, tmp_path / "vault", 100)
