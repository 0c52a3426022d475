"""What opens a vault: passphrase, keychain, recovery key; and what it says when none does."""

from __future__ import annotations

import asyncio
import os

import pytest

from engine.contract.errors import (
    KeychainError,
    KeyMissingError,
    VaultDamagedError,
    VaultLockedError,
    WrongKeyError,
)
from engine.contract.vault import VaultState
from engine.storage.envelope import read_envelope, write_envelope
from engine.storage.keys import Secret
from engine.storage.vault import Vault
from engine.storage.vault_lock import Clock
from tests.engine.storage.vault_walks import CHEAP, PASSPHRASE, names, opened, put
from tests.helpers.keychain import MemoryKeychain


@pytest.fixture
def keychain():
    return MemoryKeychain()


@pytest.fixture
def vault(tmp_path, keychain):
    return Vault(tmp_path / "vault", keychain, cost=CHEAP)


@pytest.mark.feature("vault.passphrase")
def test_a_passphrase_is_needed_from_when_it_is_set(vault, keychain):
    """A passphrase you set is needed from then on; a wrong one says so and changes nothing."""

    async def walk():
        async with opened(vault):
            await put(vault, "one")
            before = (vault.folder / "vault.db").read_bytes()
            await vault.set_passphrase(new=PASSPHRASE)
            # Only the envelope changes: no page is written anew.
            assert (vault.folder / "vault.db").read_bytes() == before
        assert keychain.keys == {}
        status = vault.status
        assert (status.has_passphrase, status.has_keychain_key) == (True, False)
        with pytest.raises(VaultLockedError):
            await vault.open()
        assert vault.status.state is VaultState.LOCKED
        with pytest.raises(WrongKeyError):
            await vault.open("wrong horse")
        assert vault.status.state is VaultState.LOCKED
        async with opened(vault, PASSPHRASE):
            assert await names(vault) == ["one"]
            with pytest.raises(WrongKeyError):
                await vault.set_passphrase(new="another horse")
            with pytest.raises(WrongKeyError):
                await vault.set_passphrase("wrong horse", "another horse")
            await vault.set_passphrase(PASSPHRASE, "another horse")
        with pytest.raises(WrongKeyError):
            await vault.open(PASSPHRASE)
        async with opened(vault, "another horse"):
            await vault.set_passphrase("another horse", "")
        async with opened(vault):
            assert await names(vault) == ["one"]

    asyncio.run(walk())


@pytest.mark.feature("vault.slow_wrong_tries")
def test_wrong_passphrases_slow_down_and_never_destroy(tmp_path):
    """Each wrong passphrase makes the next try wait longer, and none destroys anything."""
    hands = {"now": 1000.0}
    clock = Clock(now_s=lambda: hands["now"], steady_s=lambda: hands["now"])
    folder = tmp_path / "vault"

    async def walk():
        vault = Vault(folder, MemoryKeychain(is_absent=True), cost=CHEAP, clock=clock)
        async with opened(vault, PASSPHRASE):
            await put(vault, "one")
        waits = []
        for _ in range(12):
            # Each in a process of its own, as it were.
            vault = Vault(folder, MemoryKeychain(is_absent=True), cost=CHEAP, clock=clock)
            with pytest.raises(WrongKeyError):
                await vault.open("wrong horse")
            waits.append(vault.status.retry_after_s)
            if waits[-1]:
                with pytest.raises(WrongKeyError, match="next one is tried in"):
                    await vault.open(PASSPHRASE)
            hands["now"] += waits[-1]
        assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
        async with opened(vault, PASSPHRASE):
            assert await names(vault) == ["one"]
            assert vault.status.retry_after_s == 0

    asyncio.run(walk())


@pytest.mark.feature("vault.recovery_key")
def test_a_recovery_key_opens_it_when_the_passphrase_is_forgotten(vault):
    """A recovery key on paper opens the vault, and lets you set a new passphrase."""

    async def walk():
        async with opened(vault):
            first = await vault.make_recovery_key()
            await vault.set_passphrase(new=PASSPHRASE)
            paper = await vault.make_recovery_key()
            await put(vault, "one")
        assert vault.status.has_recovery_key
        with pytest.raises(WrongKeyError):
            await vault.open(recovery_key=first)
        async with opened(vault, recovery_key=paper.lower()):
            assert await names(vault) == ["one"]
            await vault.set_passphrase(new="another horse")
        async with opened(vault, "another horse"):
            assert await names(vault) == ["one"]

    asyncio.run(walk())
    assert b"-" not in (vault.folder / "vault.keys").read_bytes()


def test_a_recovery_key_mends_a_keychain_that_lost_its_key(vault, keychain):
    async def walk():
        async with opened(vault):
            paper = await vault.make_recovery_key()
        keychain.keys.clear()
        with pytest.raises(KeyMissingError):
            await vault.open()
        assert vault.status.state is VaultState.KEY_MISSING
        async with opened(vault, recovery_key=paper):
            assert vault.status.has_keychain_key
        async with opened(vault):
            assert vault.status.state is VaultState.UNLOCKED

    asyncio.run(walk())


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "vault.lock"}


@pytest.mark.feature("vault.no_new_key")
@pytest.mark.parametrize(
    ("trouble", "error", "state"),
    [
        ("is_absent", KeychainError, VaultState.KEYCHAIN_UNREADABLE),
        ("is_mute", KeychainError, VaultState.KEYCHAIN_UNREADABLE),
        ("is_empty", KeyMissingError, VaultState.KEY_MISSING),
        ("is_another", KeyMissingError, VaultState.KEY_MISSING),
    ],
)
def test_a_keychain_in_trouble_never_makes_a_new_key(vault, keychain, trouble, error, state):
    """If the keychain fails, your vault is left as it is, and no new key replaces the old one."""

    async def walk():
        async with opened(vault):
            await put(vault, "one")
        before, keys = contents(vault.folder), dict(keychain.keys)
        if trouble == "is_empty":
            keychain.keys.clear()
        elif trouble == "is_another":
            keychain.keys.update({name: Secret.random() for name in keychain.keys})
        else:
            setattr(keychain, trouble, True)
        held = dict(keychain.keys)
        for _ in range(3):
            with pytest.raises(error):
                await vault.open()
            assert vault.status.state is state
            assert vault.status.message
        assert contents(vault.folder) == before
        assert keychain.keys == held
        keychain.keys.update(keys)
        keychain.is_absent = keychain.is_mute = False
        async with opened(vault):
            assert await names(vault) == ["one"]

    asyncio.run(walk())


def test_missing_files_are_told_apart_and_nothing_is_made_in_their_place(vault):
    async def walk():
        async with opened(vault):
            pass
        whole = contents(vault.folder)
        for name, error, state in (
            ("vault.keys", KeyMissingError, VaultState.KEY_MISSING),
            ("vault.db", VaultDamagedError, VaultState.DAMAGED),
        ):
            (vault.folder / name).unlink()
            for words in ((), (PASSPHRASE,)):
                with pytest.raises((error, WrongKeyError)):
                    await vault.open(*words)
            with pytest.raises(error):
                await vault.open()
            assert vault.status.state is state
            assert not (vault.folder / name).exists()
            (vault.folder / name).write_bytes(whole[name])
        (vault.folder / "vault.keys").write_bytes(b"nonsense")
        with pytest.raises(VaultDamagedError, match="key file"):
            await vault.open()
        assert vault.status.state is VaultState.DAMAGED
        assert (vault.folder / "vault.keys").read_bytes() == b"nonsense"

    asyncio.run(walk())


def test_a_wrong_key_and_a_damaged_database_are_told_apart(vault):
    async def walk():
        async with opened(vault, PASSPHRASE):
            pass
        path = vault.folder / "vault.db"
        whole = path.read_bytes()
        path.write_bytes(os.urandom(4096) + whole[4096:])
        with pytest.raises(WrongKeyError):
            await vault.open("wrong horse")
        assert vault.status.state is VaultState.LOCKED
        with pytest.raises(VaultDamagedError):
            await vault.open(PASSPHRASE)
        assert vault.status.state is VaultState.DAMAGED
        path.write_bytes(whole)
        async with opened(vault, PASSPHRASE):
            assert vault.status.state is VaultState.UNLOCKED

    asyncio.run(walk())


def test_keys_of_another_vault_do_not_open_this_one(tmp_path):
    """Two right halves of two vaults are named as damage, not as a wrong passphrase."""

    async def walk():
        vaults = [Vault(tmp_path / name, MemoryKeychain(), cost=CHEAP) for name in ("a", "b")]
        for vault in vaults:
            async with opened(vault, PASSPHRASE):
                pass
        write_envelope(tmp_path / "a" / "vault.keys", read_envelope(tmp_path / "b" / "vault.keys"))
        with pytest.raises(VaultDamagedError):
            await vaults[0].open(PASSPHRASE)

    asyncio.run(walk())
