"""Kill -9 at any moment: what was said to be kept is kept, and the vault opens."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.storage.envelope import read_envelope
from tests.engine.storage.crash_child import (
    PASSPHRASE,
    count_whole,
    new_vault,
    put_record,
)

CHILD = str(Path(__file__).with_name("crash_child.py"))


def killed(walk, folder, within_s):
    """What the child had promised when it was killed, after a random part of `within_s`."""
    child = subprocess.Popen(
        [sys.executable, CHILD, walk, str(folder)], stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout.readline() == "ready\n"
        try:
            child.wait(timeout=random.uniform(0, within_s))
        except subprocess.TimeoutExpired:
            child.kill()
        promised = child.stdout.read().split()
    assert child.returncode == -9
    return promised


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


def kill_while_writing(folder, kills):
    asyncio.run(filled(folder, 0))
    kept = 0
    for _ in range(kills):
        promised = killed("write", folder, within_s=0.15)
        last = int(promised[-1]) + 1 if promised else kept
        # One more may be on disk than could be said.
        kept = asyncio.run(inspected(folder))
        assert kept in (last, last + 1)
    assert kept > kills
    return kept


async def filled(folder, records):
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    for number in range(records):
        await vault.store.write(lambda writer, n=number: put_record(writer, n))
    await vault.lock()


def kill_while_rotating(folder, kills):
    asyncio.run(filled(folder, 300))
    rotated = 0
    for _ in range(kills):
        rotated += len(killed("rotate", folder, within_s=0.4))
        assert asyncio.run(inspected(folder)) == 300
    return rotated


def kill_while_beginning(folder, kills):
    made = 0
    for _ in range(kills):
        promised = killed("begin", folder, within_s=0.06)
        count = asyncio.run(inspected(folder))
        assert count >= len(promised)
        made += count
        shutil.rmtree(folder)
    return made


@pytest.mark.feature("vault.crash")
def test_nothing_that_was_kept_is_lost_when_the_process_is_killed(tmp_path):
    """What you see as sent is still there after a crash at any moment."""
    kill_while_writing(tmp_path / "vault", 25)


def test_a_rotation_that_is_killed_leaves_one_key_that_opens_everything(tmp_path):
    kill_while_rotating(tmp_path / "vault", 8)


def test_a_vault_that_is_killed_while_it_is_made_is_made_by_the_next_start(tmp_path):
    kill_while_beginning(tmp_path / "vault", 6)


@pytest.mark.slow
def test_five_hundred_kills_lose_nothing(tmp_path):
    kill_while_writing(tmp_path / "vault", 500)


@pytest.mark.slow
def test_a_hundred_killed_rotations_lose_nothing(tmp_path):
    assert kill_while_rotating(tmp_path / "vault", 100) > 0


@pytest.mark.slow
def test_a_hundred_killed_beginnings_leave_a_whole_vault(tmp_path):
    made = kill_while_beginning(tmp_path / "vault", 100)
    # Some were killed before the record and some after it.
    assert 0 < made < 100
