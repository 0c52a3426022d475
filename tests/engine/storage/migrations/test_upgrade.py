"""Old vaults open, newer ones are left alone, and a migration happens whole or not at all."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from engine.contract.errors import VaultFullError, VaultNewerError
from engine.contract.vault import VaultState
from engine.storage.keys import Purpose, subkey
from engine.storage.migrations.upgrade import STEPS, Step, upgrade, version_of
from engine.storage.store import Store
from engine.storage.vault import Vault
from tests.architecture.source import ROOT
from tests.engine.storage.old_vault import (
    MEASURED_TOKENS,
    PASSPHRASE,
    WORDS,
    make_no_backup,
    put_measurements,
    read_measurements,
    read_words,
)
from tests.engine.storage.some_traces import CALM_VECTOR
from tests.helpers.keychain import MemoryKeychain

OLD = sorted((ROOT / "tests/data/vaults").glob("version-*"))
LATEST = STEPS[-1].version
NEXT = Step(
    version=LATEST + 1,
    statements=("ALTER TABLE messages ADD COLUMN mood TEXT",),
    then=lambda w: w.execute("UPDATE messages SET mood = 'calm'"),
)


def schema_of(reader):
    rows = reader.execute("SELECT name, sql FROM sqlite_master WHERE sql NOT NULL ORDER BY name")
    return rows.fetchall()


def vault_in(folder, steps=STEPS):
    vault = Vault(folder, MemoryKeychain(is_absent=True), steps=steps)
    vault.before_upgrade = make_no_backup
    return vault


@pytest.fixture
def folder(tmp_path):
    """A copy of the latest stored vault."""
    shutil.copytree(OLD[-1], tmp_path / "vault")
    return tmp_path / "vault"


def test_the_steps_are_numbered_without_a_gap():
    assert [step.version for step in STEPS] == list(range(1, LATEST + 1))
    assert [path.name for path in OLD][: LATEST - 1] == [
        f"version-{version}" for version in range(1, LATEST)
    ]


@pytest.mark.feature("vault.old_versions")
@pytest.mark.parametrize("old", OLD, ids=lambda path: path.name)
def test_the_stored_vault_of_every_version_opens_with_all_it_holds(tmp_path, old):
    """A vault that an older version wrote opens with everything in it."""

    async def walk():
        shutil.copytree(old, tmp_path / "vault")
        vault = vault_in(tmp_path / "vault")
        assert await vault.open(PASSPHRASE) is False
        assert await vault.store.read(read_words) == WORDS
        assert await vault.store.read(version_of) == LATEST
        measured = await vault.store.read(lambda r: read_measurements(r, vault.codec))
        since_3 = int(old.name.removeprefix("version-")) >= 3
        assert measured == ((MEASURED_TOKENS, len(CALM_VECTOR)) if since_3 else (0, 0))
        # Whoever changes a released step makes two kinds of vault; that is noticed here.
        fresh = await Store.in_memory()
        await fresh.write(upgrade)
        assert await vault.store.read(schema_of) == await fresh.read(schema_of)
        await fresh.close()
        await vault.lock()

    asyncio.run(walk())


def test_a_vault_from_before_there_were_measurements_takes_them(tmp_path):
    async def walk():
        shutil.copytree(OLD[1], tmp_path / "vault")
        vault = vault_in(tmp_path / "vault")
        await vault.open(PASSPHRASE)
        await vault.store.write(lambda w: put_measurements(w, vault.codec))
        measured = await vault.store.read(lambda r: read_measurements(r, vault.codec))
        assert measured == (MEASURED_TOKENS, len(CALM_VECTOR))
        await vault.lock()

    asyncio.run(walk())


def test_a_migration_keeps_everything(folder):
    async def walk():
        vault = vault_in(folder, (*STEPS, NEXT))
        await vault.open(PASSPHRASE)
        assert await vault.store.read(read_words) == WORDS
        moods = await vault.store.read(
            lambda r: r.execute("SELECT DISTINCT mood FROM messages").fetchall()
        )
        assert moods == [("calm",)]
        await vault.lock()

    asyncio.run(walk())


def test_without_a_backup_there_is_no_migration(folder):
    async def full(_session):
        raise VaultFullError("The disk is full.")

    async def walk():
        for nobody, error in ((full, VaultFullError), (None, RuntimeError)):
            vault = vault_in(folder, (*STEPS, NEXT))
            vault.before_upgrade = nobody
            with pytest.raises(error):
                await vault.open(PASSPHRASE)
            assert vault.is_closed
        old = vault_in(folder)
        await old.open(PASSPHRASE)
        assert await old.store.read(version_of) == LATEST
        await old.lock()

    asyncio.run(walk())


def test_a_backup_is_made_of_the_old_vault_once(folder):
    seen = []

    async def backup(session):
        seen.append((await session.store.read(version_of), len(session.subkey(Purpose.BACKUPS))))

    async def walk():
        vault = vault_in(folder, (*STEPS, NEXT))
        vault.before_upgrade = backup
        await vault.open(PASSPHRASE)
        await vault.lock()
        # Once it is the latest there is nothing to be kept.
        await vault.open(PASSPHRASE)
        await vault.lock()

    asyncio.run(walk())
    assert seen == [(int(OLD[-1].name.removeprefix("version-")), 32)]


def test_a_migration_that_fails_halfway_leaves_the_vault_as_it_was(folder):
    def fail(_writer):
        raise ZeroDivisionError

    async def walk():
        broken = Step(version=LATEST + 1, statements=NEXT.statements, then=fail)
        vault = vault_in(folder, (*STEPS, broken))
        with pytest.raises(ZeroDivisionError):
            await vault.open(PASSPHRASE)
        assert vault.is_closed
        old = vault_in(folder)
        await old.open(PASSPHRASE)
        assert await old.store.read(read_words) == WORDS
        await old.lock()

    asyncio.run(walk())


@pytest.mark.feature("vault.newer_untouched")
def test_a_newer_vault_is_refused_and_not_a_byte_of_it_changes(folder):
    """A vault that a newer version wrote is left untouched, and you are told."""

    async def walk():
        newer = vault_in(folder, (*STEPS, NEXT))
        await newer.open(PASSPHRASE)
        await newer.lock()
        before = {name: (folder / name).read_bytes() for name in ("vault.db", "vault.keys")}
        old = vault_in(folder)
        with pytest.raises(VaultNewerError):
            await old.open(PASSPHRASE)
        assert old.status.state is VaultState.NEWER
        assert old.is_closed
        assert {name: (folder / name).read_bytes() for name in before} == before

    asyncio.run(walk())


def test_a_database_of_no_version_is_empty():
    async def walk():
        store = await Store.in_memory()
        assert await store.read(version_of) == 0
        assert await store.write(upgrade) == 0
        assert await store.write(upgrade) == LATEST
        with pytest.raises(VaultNewerError):
            await store.write(lambda w: upgrade(w, (Step(version=0),)))
        await store.close()

    asyncio.run(walk())


def test_a_key_of_one_purpose_is_not_that_of_another(folder):
    """Backups lie elsewhere, and may not open the database."""

    async def walk():
        vault = vault_in(folder)
        await vault.open(PASSPHRASE)
        data_key = vault._session.data_key
        assert vault.subkey(Purpose.DATABASE) == subkey(data_key, Purpose.DATABASE)
        assert vault.subkey(Purpose.DATABASE) != vault.subkey(Purpose.BACKUPS)
        await vault.lock()

    asyncio.run(walk())
