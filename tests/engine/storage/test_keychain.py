"""The keychain: the real one where there is one, and what is done where it fails."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import SecretService

from engine.contract.errors import KeychainError, VaultDamagedError
from engine.storage import keychain as keychains
from engine.storage.keychain import OFF_VARIABLE, NoKeychainError, SystemKeychain
from engine.storage.keys import Secret
from tests.helpers.keychain import MemoryKeychain

CHILD = str(Path(__file__).with_name("keychain_child.py"))
HAS_SECRET_SERVICE = bool(shutil.which("dbus-run-session") and shutil.which("gnome-keyring-daemon"))
needs_secret_service = pytest.mark.skipif(
    not HAS_SECRET_SERVICE, reason="needs dbus-run-session and gnome-keyring-daemon"
)


def in_session(folder, *words, is_unlocked):
    """The child's words, run on a bus of its own beside a gnome-keyring of its own."""
    (folder / "run").mkdir(mode=0o700)
    environment = {
        **os.environ,
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "share"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "GNOME_KEYRING_CONTROL": "",
    }
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", OFF_VARIABLE)
    for name in hidden:
        environment.pop(name, None)
    unlock = "printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; "
    script = (unlock if is_unlocked else "") + 'exec "$0" "$@"'
    command = ["dbus-run-session", "--", "sh", "-c", script, sys.executable, CHILD, *words]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def may_ask(monkeypatch):
    monkeypatch.delenv(OFF_VARIABLE, raising=False)


@needs_secret_service
@pytest.mark.feature("vault.keychain")
def test_the_key_lies_in_the_systems_keychain(tmp_path):
    """Your vault opens without a passphrase, by a key in your system's keychain."""
    assert in_session(tmp_path, "keep", is_unlocked=True) == "none key none none same"


@needs_secret_service
def test_a_vault_is_made_opened_and_wiped_with_the_real_keychain(tmp_path):
    words = in_session(tmp_path, "vault", str(tmp_path / "vault"), is_unlocked=True)
    assert words == "new opened wiped"


@needs_secret_service
def test_a_keychain_that_nobody_unlocks_does_not_answer(tmp_path):
    """It is there, so it must not be taken for one without a key."""
    assert in_session(tmp_path, "ask", is_unlocked=False) == "KeychainError"


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac has always one")
def test_no_session_bus_means_no_keychain(monkeypatch):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nonexistent")
    with pytest.raises(NoKeychainError):
        asyncio.run(SystemKeychain().read("one"))


class _Backend(KeyringBackend):
    """A keychain as keyring sees one."""

    priority = 5
    entries: dict = {}  # noqa: RUF012 - one keychain for the whole system, as the real ones are

    def get_password(self, service, username):
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self.entries[service, username] = password

    def delete_password(self, service, username):
        del self.entries[service, username]


@pytest.fixture
def system(monkeypatch):
    """SystemKeychain on a backend of the test's own, in place of both real ones."""
    _Backend.entries = {}

    def use(backend):
        monkeypatch.setattr(SecretService, "Keyring", backend)
        monkeypatch.setattr(keychains.sys, "platform", "linux")
        return SystemKeychain(answer_wait_s=5.0)

    return use


async def _contract(keychain):
    one, two = Secret.random(), Secret.random()
    assert await keychain.read("one") is None
    await keychain.write("one", one)
    await keychain.write("two", two)
    assert await keychain.read("one") == one
    await keychain.write("one", two)
    assert await keychain.read("one") == two
    await keychain.delete("one")
    await keychain.delete("one")
    assert await keychain.read("one") is None
    assert await keychain.read("two") == two


@pytest.mark.parametrize("kind", ["memory", "system"])
def test_every_keychain_keeps_replaces_and_forgets(system, kind):
    """The one in memory stands in for the real one in other tests, so it must do the same."""
    asyncio.run(_contract(MemoryKeychain() if kind == "memory" else system(_Backend)))


def test_service_and_account_both_name_the_vault(system):
    asyncio.run(system(_Backend).write("abc123", Secret.random()))
    ((service, account),) = _Backend.entries
    assert "abc123" in service
    assert "abc123" in account


def test_a_keychain_that_hangs_does_not_hang_us(system):
    release = threading.Event()

    class Hanging(_Backend):
        def get_password(self, service, username):
            release.wait()
            return super().get_password(service, username)

    async def walk():
        keychain = system(Hanging)
        keychain._answer_wait_s = 0.05
        for _ in range(2):
            with pytest.raises(KeychainError, match="does not answer"):
                await keychain.read("one")
        # Both asked in vain, and only the first has a thread that waits.
        assert [thread.name for thread in threading.enumerate()].count("keychain") == 1
        release.set()

    asyncio.run(walk())


def test_a_keychain_that_keeps_nothing_is_not_trusted(system):
    """ "null" and broken backends take a key and forget it; the vault would be lost with it."""

    class Forgetful(_Backend):
        def set_password(self, service, username, password):
            pass

    with pytest.raises(KeychainError, match="did not keep"):
        asyncio.run(system(Forgetful).write("one", Secret.random()))


def test_whatever_a_backend_raises_is_told_in_plain_words_without_its_text(system):
    class Failing(_Backend):
        def get_password(self, service, username):
            raise OSError(f"cannot read {service} of {username} at /home/someone/.keys")

    with pytest.raises(KeychainError) as caught:
        asyncio.run(system(Failing).read("one"))
    assert "someone" not in str(caught.value)


def test_a_backend_that_cannot_work_here_is_no_keychain(system):
    class Absent(_Backend):
        priority = 0

    with pytest.raises(NoKeychainError):
        asyncio.run(system(Absent).read("one"))


def test_an_entry_that_is_no_key_is_never_replaced(system):
    keychain = system(_Backend)
    _Backend.entries[keychains._names("one")] = "not a key"
    with pytest.raises(VaultDamagedError):
        asyncio.run(keychain.read("one"))
    assert list(_Backend.entries.values()) == ["not a key"]
