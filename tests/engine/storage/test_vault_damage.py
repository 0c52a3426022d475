"""A flipped byte in the vault is survived or named, and never taken for a wrong key."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
from collections import Counter

import pytest

from engine.contract.errors import VaultDamagedError
from engine.contract.vault import VaultState
from tests.engine.storage import crash_child
from tests.engine.storage.crash_child import PASSPHRASE, count_whole, new_vault

RECORDS = 60


def killed_vault(folder):
    """A vault with a write-ahead log that nobody has put away."""
    with crash_child.nursery() as nursery:
        pid = crash_child.start(nursery, "write", folder)
        while (line := nursery.stdout.readline()) != f"{RECORDS}\n":
            assert line
        os.kill(pid, signal.SIGKILL)
        rest = crash_child.promises(nursery)
    assert (folder / "vault.db-wal").stat().st_size > 0
    return int(rest[-1]) if rest else RECORDS


async def told(folder):
    """What opening and reading and checking everything says: the count, or "damaged"."""
    vault = new_vault(folder)
    try:
        await vault.open(PASSPHRASE)
        count = await vault.store.read(count_whole)
        await vault.store.checkpoint()
        checked = await vault.store.check_some_pages(60)
        assert checked.is_round_done
        official = await vault.store.bad_pages()
        assert bool(checked.bad_pages) == bool(official)
        if checked.bad_pages:
            raise VaultDamagedError("named by the check")
        message = vault.status.message
    except VaultDamagedError:
        assert vault.status.state in (VaultState.DAMAGED, VaultState.UNLOCKED)
        return "damaged"
    finally:
        await vault.lock()
    return f"cut: {message}" if message else count


def flip(folder, dice, name):
    path = folder / name
    content = bytearray(path.read_bytes())
    place = dice.randrange(len(content))
    content[place] ^= dice.randrange(1, 256)
    path.write_bytes(content)


def corrupt(folder, flips, seed):
    """What became of so many copies of one vault, each with one changed byte."""
    whole, dice, outcomes = folder / "whole", random.Random(seed), Counter()
    last = killed_vault(whole)
    names = ["vault.db", "vault.db-wal", "vault.keys", "vault.db-shm", "vault.lock"]
    for number in range(flips):
        copy = folder / "copy"
        shutil.copytree(whole, copy)
        name = names[number % len(names)]
        flip(copy, dice, name)
        outcome = asyncio.run(told(copy))
        if outcome == "damaged" or str(outcome).startswith("cut"):
            assert name in ("vault.db", "vault.db-wal")
            outcomes[name, "named"] += 1
        else:
            # A changed byte in the last write of all looks like a write that a kill cut off.
            assert outcome == last + 1 or (name == "vault.db-wal" and outcome == last)
            outcomes[name, "survived"] += 1
        shutil.rmtree(copy)
    return outcomes


@pytest.mark.feature("vault.damage_named")
def test_a_flipped_byte_is_survived_or_named(tmp_path):
    """A damaged file is noticed and named, and never taken for a wrong passphrase."""
    outcomes = corrupt(tmp_path, 20, seed=os.getpid())
    assert sum(outcomes.values()) == 20


@pytest.mark.slow
def test_two_hundred_flipped_bytes_are_survived_or_named(tmp_path):
    outcomes = corrupt(tmp_path, 200, seed=5)
    assert outcomes["vault.keys", "survived"] == 40
    assert outcomes["vault.db", "named"] > 0


@pytest.mark.parametrize("record", ["kept", "lost"])
def test_a_missing_log_is_named_and_what_was_in_the_file_is_whole(tmp_path, record):
    """A log that somebody removed takes its writes along; that is told, not passed over."""
    folder = tmp_path / "vault"
    last = killed_vault(folder)
    for name in ("vault.db-wal", "vault.db-shm"):
        (folder / name).unlink()
    if record == "lost":
        (folder / "vault.lock").unlink()
    outcome = asyncio.run(told(folder))
    if record == "kept":
        assert outcome == "damaged" or outcome.startswith("cut: The newest changes")
        # Told once; from then on the vault is what it is.
        assert outcome == "damaged" or 0 < asyncio.run(told(folder)) <= last
    else:
        assert outcome == "damaged" or 0 < outcome <= last


def test_a_damaged_log_is_put_aside_and_what_comes_before_is_read(tmp_path):
    folder = tmp_path / "vault"
    last = killed_vault(folder)
    log = bytearray((folder / "vault.db-wal").read_bytes())
    log[len(log) // 2] ^= 1
    (folder / "vault.db-wal").write_bytes(log)
    outcome = asyncio.run(told(folder))
    if outcome != "damaged":
        assert outcome.startswith("cut: The newest changes")
        assert (folder / "vault.db-wal.damaged").read_bytes() == bytes(log)
        assert 0 < asyncio.run(told(folder)) < last


def test_a_log_that_is_cut_at_any_point_is_no_damage(tmp_path):
    """So does a crash leave it; what was committed before the cut is read without a word."""
    folder = tmp_path / "vault"
    killed_vault(folder)
    whole = (folder / "vault.db-wal").read_bytes()
    dice = random.Random(13)
    for _ in range(10):
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy)
        (copy / "vault.db-wal").write_bytes(whole[: dice.randrange(1, len(whole))])
        outcome = asyncio.run(told(copy))
        assert isinstance(outcome, int)
        shutil.rmtree(copy)


def test_a_database_that_was_cut_is_damaged_and_never_an_empty_vault(tmp_path):
    folder = tmp_path / "vault"
    killed_vault(folder)
    asyncio.run(told(folder))
    whole, dice = (folder / "vault.db").read_bytes(), random.Random(17)
    for length in (0, 1, 4096, *(dice.randrange(len(whole)) for _ in range(17))):
        (folder / "vault.db").write_bytes(whole[:length])
        assert asyncio.run(told(folder)) == "damaged"
        assert (folder / "vault.db").read_bytes() == whole[:length]
    (folder / "vault.db").write_bytes(whole)
    assert asyncio.run(told(folder)) > RECORDS
