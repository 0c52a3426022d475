"""A vault just large enough for backups: a database, keys, and sealed files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from engine.storage.codec import Codec
from engine.storage.database import Writer, connect
from engine.storage.envelope import FILE_NAME, Envelope, SealedKey, write_envelope
from engine.storage.keys import Purpose, Secret, key_check, subkey
from engine.storage.migrations.upgrade import upgrade
from engine.storage.passphrase import Cost, seal_with_passphrase
from engine.storage.recovery_key import new_recovery_key, public_half, seal_for_recovery
from engine.storage.sealed_files import SealedFiles
from engine.storage.store import Store

PASSPHRASE = "correct horse battery"
# The floor of what a slot may say, so that tests do not wait.
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


class SmallVault:
    """What `backup.OpenVault` asks for."""

    def __init__(self, folder: Path, data_key: Secret, store: Store) -> None:
        self.folder: Path | None = folder
        self.data_key = data_key
        self.store = store
        self.codec = Codec()
        self.files = SealedFiles(folder / "sealed")
        self.recovery_key = ""

    def subkey(self, purpose: Purpose) -> Secret:
        return subkey(self.data_key, purpose)


@asynccontextmanager
async def small_vault(folder: Path) -> AsyncIterator[SmallVault]:
    """A new vault in `folder`, open."""
    folder.mkdir(parents=True, exist_ok=True)
    data_key = Secret.random()
    recovery = new_recovery_key()
    _write_keys(folder, data_key, recovery)
    key = subkey(data_key, Purpose.DATABASE)
    connection = connect(folder / "vault.db", key, may_create=True)
    connection.execute("BEGIN")
    upgrade(Writer(connection))
    connection.execute("COMMIT")
    connection.close()
    store = await Store.open(folder / "vault.db", key)
    vault = SmallVault(folder, data_key, store)
    vault.recovery_key = recovery
    try:
        yield vault
    finally:
        await store.close()


def _write_keys(folder: Path, data_key: Secret, recovery: str) -> None:
    envelope = Envelope(vault_id="vault_test", made_at_s=1.0, is_database_made=True)
    sealed = SealedKey(
        check=key_check(data_key),
        passphrase=seal_with_passphrase(
            data_key, PASSPHRASE, envelope.context("passphrase"), CHEAP
        ),
        recovery=seal_for_recovery(data_key, public_half(recovery), envelope.context("recovery")),
    )
    write_envelope(
        folder / FILE_NAME,
        Envelope(vault_id=envelope.vault_id, made_at_s=1.0, is_database_made=True, keys=(sealed,)),
    )
