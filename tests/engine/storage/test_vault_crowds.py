"""Many processes at once: one has the vault, each of the others is told so."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter

import pytest

from tests.engine.storage import crowd_child
from tests.engine.storage.crash_child import PASSPHRASE, count_whole, new_vault


def crowd(count, folder):
    """What so many processes met."""
    done = subprocess.run(
        [sys.executable, crowd_child.__file__, str(count), str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Counter(done.stdout.split())


async def records(folder):
    """How many whole records the vault holds; its pages are sound."""
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    try:
        count = await vault.store.read(count_whole)
        await vault.store.checkpoint()
        assert await vault.store.bad_pages() == []
        return count
    finally:
        await vault.lock()


def rounds(folder, processes, times):
    """The first round finds no vault yet, so all of them begin one."""
    for number in range(times):
        assert crowd(processes, folder) == {"open": 1, "VaultBusyError": processes - 1}
        assert asyncio.run(records(folder)) == number + 1


@pytest.mark.feature("vault.one_process")
def test_one_of_many_processes_has_the_vault_and_the_others_are_told(tmp_path):
    """Opened twice at once, the vault serves one copy of the app; the other says why it waits."""
    rounds(tmp_path / "vault", processes=50, times=2)


@pytest.mark.slow
def test_a_thousand_openings_at_once_leave_one_owner_and_a_whole_vault(tmp_path):
    rounds(tmp_path / "vault", processes=50, times=20)
