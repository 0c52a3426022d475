"""Backups under faults: a kill at any moment, a full disk, a folder that cannot be written."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time

import pytest

from engine.contract.errors import VaultFullError
from engine.storage import backup, backup_copy
from engine.storage.database import connect
from engine.storage.keys import Purpose
from tests.engine.storage.backup_vault import small_vault
from tests.engine.storage.test_backup import a_backups, notes_in, remember

CHILD = """
import asyncio, sys
from pathlib import Path
from engine.storage.keys import Secret
from engine.storage.store import Store
from tests.engine.storage.backup_vault import SmallVault
from tests.engine.storage.test_backup import a_backups
from engine.storage.keys import Purpose, subkey

async def main():
    folder, key = Path(sys.argv[1]), Secret(bytes.fromhex(sys.argv[2]))
    store = await Store.open(folder / "vault.db", subkey(key, Purpose.DATABASE))
    vault = SmallVault(folder, key, store)
    print("ready", flush=True)
    while True:
        card = await a_backups(vault).make("daily", kept=3)
        print(card.name, flush=True)

asyncio.run(main())
"""


def test_a_full_disk_is_known_before_anything_is_written(tmp_path, monkeypatch):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            monkeypatch.setattr(backup_copy, "free_bytes", lambda _folder: 1000)
            with pytest.raises(VaultFullError):
                await a_backups(vault).make("daily", kept=3)
            assert os.listdir(tmp_path / "backups") == []

    asyncio.run(scenario())


@pytest.mark.parametrize("after", range(0, 400_000, 37_000))
def test_a_disk_that_fills_up_midway_costs_nothing(tmp_path, monkeypatch, after):
    """Whenever the disk is full, the earlier backups stay and no half one is left."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            await remember(vault, *(f"n{n}" for n in range(50)))
            good = await a_backups(vault).make("daily", kept=1)
            writer = backup_copy.SealedWriter
            left = after

            class Full(writer):
                def write(self, piece: bytes) -> None:
                    nonlocal left
                    left -= len(piece)
                    if left < 0:
                        raise OSError(28, "No space left on device")
                    super().write(piece)

            monkeypatch.setattr(backup_copy, "SealedWriter", Full)
            try:
                await a_backups(vault).make("daily", kept=5)
            except VaultFullError:
                assert os.listdir(tmp_path / "backups") == [good.name]
            else:
                assert left >= 0

    asyncio.run(scenario())


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_only_whole_backups(tmp_path):
    chance = random.Random(5)

    async def scenario():
        async with small_vault(tmp_path) as vault:
            await remember(vault, *(f"n{n}" for n in range(500)))
            key = vault.data_key.raw.hex()
            database = vault.subkey(Purpose.DATABASE)
        for _ in range(25):
            child = subprocess.Popen(
                [sys.executable, "-c", CHILD, str(tmp_path), key],
                stdout=subprocess.PIPE,
                cwd=os.getcwd(),
            )
            with child:
                assert child.stdout.readline() == b"ready\n"
                deadline = time.monotonic() + chance.uniform(0, 0.4)
                while time.monotonic() < deadline:
                    pass
                child.kill()
            backup.sweep_folder(tmp_path)
            connect(tmp_path / "vault.db", database).close()
        async with small_vault(tmp_path / "other") as other:
            other.data_key = vault.data_key
            cards = a_backups(vault_at(tmp_path, vault, other)).cards()
            assert 0 < len(cards) <= 4
            assert all(card.is_verified for card in cards)
            for card in cards:
                opened = await a_backups(other).open(str(tmp_path / "backups" / card.name))
                assert len(notes_in(opened)) == 500
                backup.discard(opened)
            names = {card.name for card in cards}
            assert set(os.listdir(tmp_path / "backups")) == names

    asyncio.run(scenario())


def vault_at(folder, vault, other):
    vault.folder, vault.store = folder, other.store
    return vault
