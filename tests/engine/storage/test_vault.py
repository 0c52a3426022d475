"""The vault's life: made, opened, locked, changed, wiped; and what it says when it cannot."""

from __future__ import annotations

import asyncio
import os

import pytest

from engine.contract.errors import (
    BadRequestError,
    KeychainError,
    VaultBusyError,
    VaultDamagedError,
    VaultFullError,
    VaultLockedError,
    WrongKeyError,
)
from engine.contract.vault import VaultState
from engine.storage.database import connect
from engine.storage.envelope import read_envelope, write_envelope
from engine.storage.keys import Purpose
from engine.storage.vault import Vault
from tests.engine.storage.limits import file_limit
from tests.engine.storage.vault_walks import CHEAP, PASSPHRASE, files, names, opened, put
from tests.helpers.keychain import MemoryKeychain


@pytest.fixture
def keychain():
    return MemoryKeychain()


@pytest.fixture
def vault(tmp_path, keychain):
    return Vault(tmp_path / "vault", keychain, cost=CHEAP)


@pytest.mark.feature("vault.kept")
def test_what_was_written_is_there_after_a_restart(vault, keychain):
    """What you wrote is there again after a restart, without typing anything."""

    async def walk():
        async with opened(vault):
            assert vault.status.state is VaultState.UNLOCKED
            await put(vault, "one")
        again = Vault(vault.folder, keychain)
        assert await again.open() is False
        assert await names(again) == ["one"]
        await again.lock()

    asyncio.run(walk())
    assert files(vault.folder) == ["vault.db", "vault.keys", "vault.lock"]
    assert {path.stat().st_mode & 0o77 for path in vault.folder.iterdir()} == {0}
    assert vault.folder.stat().st_mode & 0o77 == 0


@pytest.mark.feature("vault.lock")
def test_a_locked_vault_gives_nothing_and_has_forgotten_its_key(vault):
    """Locking drops keys and content from memory, and unlocking brings them back."""

    async def walk():
        async with opened(vault):
            store, data_key = vault.store, vault._session.data_key
        assert vault.is_closed
        assert vault.status.state is VaultState.LOCKED
        assert len(data_key) == 0
        for ask in (lambda: vault.store, lambda: vault.codec, lambda: vault.subkey("backups")):
            with pytest.raises(VaultLockedError):
                ask()
        with pytest.raises(VaultLockedError):
            await store.read(lambda _: None)
        async with opened(vault):
            assert await names(vault) == []

    asyncio.run(walk())


@pytest.mark.feature("vault.private_session")
@pytest.mark.parametrize("trouble", ["is_absent", "is_mute"])
def test_without_a_keychain_nothing_is_written(tmp_path, trouble):
    """Where there is no keychain a private session begins, and nothing of it is written."""
    vault = Vault(tmp_path / "vault", MemoryKeychain(**{trouble: True}), cost=CHEAP)

    async def walk():
        assert await vault.open() is True
        assert vault.status.state is VaultState.PRIVATE
        assert "nothing of this session is kept" in vault.status.message
        await put(vault, "one")
        assert await names(vault) == ["one"]
        assert vault.codec.unpack(vault.codec.pack("message", "hello")) == "hello"
        with pytest.raises(VaultLockedError):
            vault.subkey(Purpose.BACKUPS)
        with pytest.raises(BadRequestError):
            await vault.make_recovery_key()
        with pytest.raises(BadRequestError):
            await vault.rotate_key()
        await vault.lock()
        with pytest.raises(KeychainError):
            await vault.open(is_private_allowed=False)

    asyncio.run(walk())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.feature("vault.keep_private_session")
def test_a_passphrase_keeps_a_private_session_with_all_it_holds(tmp_path):
    """Setting a passphrase in a private session keeps it, with everything written so far."""
    vault = Vault(tmp_path / "vault", MemoryKeychain(is_absent=True), cost=CHEAP)

    async def walk():
        await vault.open()
        store = vault.store
        await put(vault, "before")
        await store.write(
            lambda w: w.execute("INSERT INTO messages_index (rowid, text) VALUES (7, 'swift fox')")
        )
        late = [asyncio.create_task(put(vault, f"meanwhile {n}")) for n in range(5)]
        keeping = asyncio.create_task(vault.set_passphrase(new=PASSPHRASE))
        later = [asyncio.create_task(put(vault, f"right after {n}")) for n in range(5)]
        await asyncio.gather(keeping, *late, *later)
        assert vault.status.state is VaultState.UNLOCKED
        # Those who hold the store go on with it.
        assert vault.store is store
        assert len(await names(vault)) == 11
        await vault.lock()
        async with opened(vault, PASSPHRASE):
            assert len(await names(vault)) == 11
            question = "SELECT rowid FROM messages_index WHERE messages_index MATCH 'fox'"
            assert await vault.store.read(lambda r: r.execute(question).fetchall()) == [(7,)]
            assert await vault.store.bad_pages() == []

    asyncio.run(walk())
    assert vault.folder is not None
    assert files(vault.folder) == ["vault.db", "vault.keys", "vault.lock"]


def test_a_private_session_that_cannot_be_kept_goes_on(tmp_path):
    vault = Vault(tmp_path / "vault", MemoryKeychain(is_absent=True), cost=CHEAP)

    async def walk():
        await vault.open()
        await put(vault, "one")
        with pytest.raises(BadRequestError):
            await vault.set_passphrase(new="short")
        with pytest.raises(BadRequestError):
            await vault.set_passphrase()
        other = Vault(vault.folder, MemoryKeychain(), cost=CHEAP)
        async with opened(other):
            with pytest.raises(VaultBusyError):
                await vault.set_passphrase(new=PASSPHRASE)
        assert vault.status.state is VaultState.PRIVATE
        assert await names(vault) == ["one"]
        await vault.lock()

    asyncio.run(walk())


def test_a_full_disk_does_not_cost_a_private_session(tmp_path):
    vault = Vault(tmp_path / "vault", MemoryKeychain(is_absent=True), cost=CHEAP)

    async def walk():
        await vault.open()
        await put(vault, "one", bytes(300_000))
        for limit in (100, 10_000, 100_000):
            with file_limit(limit), pytest.raises(VaultFullError):
                await vault.set_passphrase(new=PASSPHRASE)
            assert vault.status.state is VaultState.PRIVATE
            assert await names(vault) == ["one"]
            assert files(vault.folder) in (["vault.lock"], [])
        await vault.set_passphrase(new=PASSPHRASE)
        await vault.lock()
        async with opened(vault, PASSPHRASE):
            assert await names(vault) == ["one"]

    asyncio.run(walk())


@pytest.mark.feature("vault.one_process")
def test_a_second_opener_is_refused_and_changes_nothing(vault, keychain):
    """Only one process has your vault open; a second one is told so."""

    async def walk():
        second = Vault(vault.folder, keychain)
        async with opened(vault):
            for act in (second.open, second.wipe):
                with pytest.raises(VaultBusyError):
                    await act()
            assert second.status.state in (VaultState.BUSY, VaultState.LOCKED)
            await put(vault, "one")
        async with opened(second):
            assert await names(second) == ["one"]

    asyncio.run(walk())


def test_of_fifty_who_open_at_once_one_has_it(tmp_path, keychain):
    async def walk():
        for _ in range(2):
            vaults = [Vault(tmp_path / "vault", keychain, cost=CHEAP) for _ in range(50)]
            results = await asyncio.gather(*(v.open() for v in vaults), return_exceptions=True)
            assert sum(not isinstance(result, Exception) for result in results) == 1
            losers = [result for result in results if isinstance(result, Exception)]
            assert {type(loser) for loser in losers} == {VaultBusyError}
            for vault in vaults:
                await vault.lock()
        # Those who came too late have taken their keys out of the keychain again.
        assert len(keychain.keys) == 1

    asyncio.run(walk())


@pytest.mark.feature("vault.rotate_key")
def test_a_new_key_encrypts_everything_and_the_old_one_opens_nothing(vault):
    """You can have everything encrypted under a new key; what opened it before still does."""
    told = []

    async def walk():
        async with opened(vault):
            paper = await vault.make_recovery_key()
            await put(vault, "one", bytes(500_000))
            old = read_envelope(vault.folder / "vault.keys")
            await vault.rotate_key(progress=lambda stage, share: told.append((stage, share)))
            await put(vault, "two")
            assert await names(vault) == ["one", "two"]
        new = read_envelope(vault.folder / "vault.keys")
        assert len(new.keys) == 1
        assert new.newest.check != old.newest.check
        async with opened(vault):
            await vault.set_passphrase(new=PASSPHRASE)
            with pytest.raises(BadRequestError):
                await vault.rotate_key()
            with pytest.raises(WrongKeyError):
                await vault.rotate_key("wrong horse")
            before = read_envelope(vault.folder / "vault.keys")
            await vault.rotate_key(PASSPHRASE)
        for words in ({"passphrase": PASSPHRASE}, {"recovery_key": paper}):
            async with opened(vault, **words):
                assert await names(vault) == ["one", "two"]
        # The database of today does not open with the keys of before.
        write_envelope(vault.folder / "vault.keys", before)
        with pytest.raises(VaultDamagedError):
            await vault.open(PASSPHRASE)

    asyncio.run(walk())
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_a_new_key_waits_for_a_backup_and_a_full_disk_keeps_the_old_one(vault):
    async def walk():
        async with opened(vault, PASSPHRASE):
            await put(vault, "one", bytes(300_000))
            before = read_envelope(vault.folder / "vault.keys")
            key = vault.subkey(Purpose.DATABASE)
            backup = connect(vault.folder / "vault.db", key, is_read_only=True)
            backup.execute("BEGIN")
            backup.execute("SELECT count(*) FROM meta").fetchone()
            await put(vault, "two")
            with pytest.raises(VaultBusyError):
                await vault.rotate_key(PASSPHRASE)
            backup.close()
            with file_limit(200_000), pytest.raises(VaultFullError):
                await vault.rotate_key(PASSPHRASE)
            assert vault.status.state is VaultState.UNLOCKED
            assert read_envelope(vault.folder / "vault.keys") == before
            await put(vault, "three")
            await vault.rotate_key(PASSPHRASE)
            assert read_envelope(vault.folder / "vault.keys") != before
        async with opened(vault, PASSPHRASE):
            assert await names(vault) == ["one", "three", "two"]

    asyncio.run(walk())


@pytest.mark.feature("vault.wipe")
@pytest.mark.parametrize("are_backups_included", [True, False])
def test_forgetting_everything_destroys_the_keys_first(vault, keychain, are_backups_included):
    """Forgetting everything destroys the keys, then the files; a new vault begins empty."""

    async def walk():
        async with opened(vault):
            await put(vault, "one")
            for name in ("sealed", "backups"):
                (vault.folder / name).mkdir()
                (vault.folder / name / "file").write_bytes(b"x")
            (vault.folder / "somebody's own.txt").write_bytes(b"x")
            with (vault.folder / "vault.keys").open("rb") as keys:
                await vault.wipe(are_backups_included=are_backups_included)
                assert b"shvayambhu" not in keys.read()
        assert keychain.keys == {}
        left = {"somebody's own.txt", "vault.lock"} | (
            set() if are_backups_included else {"backups"}
        )
        assert set(files(vault.folder)) == left
        assert vault.is_closed
        assert await vault.open() is True
        assert await names(vault) == []
        await vault.lock()

    asyncio.run(walk())


def test_a_wipe_that_was_cut_short_is_ended_by_the_next_start(vault, keychain, monkeypatch):
    async def walk():
        async with opened(vault):
            await put(vault, "one")
        monkeypatch.setattr("engine.storage.wiping.destroy_envelope", _killed)
        with pytest.raises(KilledError):
            await vault.wipe()
        monkeypatch.undo()
        assert (vault.folder / "vault.db").exists()
        again = Vault(vault.folder, keychain)
        assert await again.open() is True
        assert await names(again) == []
        await again.lock()

    asyncio.run(walk())


class KilledError(Exception):
    """Stands for a kill where a test needs one at a given line."""


def _killed(_path):
    raise KilledError


def test_a_wiped_locked_vault_needs_no_passphrase(vault):
    """Whoever forgot everything must be able to begin anew."""

    async def walk():
        async with opened(vault, PASSPHRASE):
            pass
        await vault.wipe()
        assert await vault.open() is True
        await vault.lock()

    asyncio.run(walk())


def test_a_cancelled_asker_leaves_a_whole_vault(vault):
    async def walk():
        for _ in range(3):
            asked = asyncio.create_task(vault.open())
            await asyncio.sleep(0)
            asked.cancel()
            await asyncio.wait((asked,))
        await vault.lock()
        async with opened(vault):
            changing = asyncio.create_task(vault.set_passphrase(new=PASSPHRASE))
            await asyncio.sleep(0)
            changing.cancel()
            await asyncio.wait((changing,))
            await vault.make_recovery_key()
        async with opened(vault, PASSPHRASE):
            assert vault.status.has_recovery_key

    asyncio.run(walk())


def test_a_read_only_folder_is_named(tmp_path, keychain):
    if os.geteuid() == 0:
        pytest.skip("root may write anywhere")
    (tmp_path / "vault").mkdir(mode=0o500)
    vault = Vault(tmp_path / "vault", keychain, cost=CHEAP)

    async def walk():
        with pytest.raises(Exception, match="cannot be written"):
            await vault.open()

    asyncio.run(walk())
    assert keychain.keys == {}


def test_a_vault_without_a_folder_is_always_private(keychain):
    async def walk():
        vault = Vault(None, keychain)
        async with opened(vault):
            assert vault.status.state is VaultState.PRIVATE
            with pytest.raises(BadRequestError):
                await vault.set_passphrase(new=PASSPHRASE)
        await vault.wipe()

    asyncio.run(walk())
    assert keychain.keys == {}
