"""Kill -9 at any moment: what was said to be kept is kept, and the vault opens."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import threading

import pytest

from engine.storage.envelope import read_envelope
from tests.engine.storage import crash_child
from tests.engine.storage.crash_child import (
    PASSPHRASE,
    count_whole,
    new_vault,
    put_record,
)


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


@pytest.mark.feature("vault.crash")
def test_nothing_that_was_kept_is_lost_when_the_process_is_killed(nursery, tmp_path):
    """What you see as sent is still there after a crash at any moment."""
    kill_while_writing(nursery, tmp_path / "vault", 25)


def test_a_rotation_that_is_killed_leaves_one_key_that_opens_everything(nursery, tmp_path):
    kill_while_rotating(nursery, tmp_path / "vault", 8)


def test_a_vault_that_is_killed_while_it_is_made_is_made_by_the_next_start(nursery, tmp_path):
    kill_while_beginning(nursery, tmp_path / "vault", 6)


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
