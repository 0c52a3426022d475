"""What an open vault has in memory: its store, its texts' codec and its key, until it is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.storage import dictionaries
from engine.storage.codec import Codec
from engine.storage.dictionaries import Dictionaries
from engine.storage.envelope import FILE_NAME, Envelope, write_envelope
from engine.storage.keychain import Keychain
from engine.storage.keys import Purpose, Secret, subkey
from engine.storage.migrations.upgrade import STEPS, Step, upgrade
from engine.storage.opening import Way
from engine.storage.passphrase import Cost
from engine.storage.sql_errors import locked
from engine.storage.store import Store
from engine.storage.vault_lock import Clock, VaultLock


class Session:
    """An open vault; `vault.py` hands out what of it others may use.

    Attributes:
        folder: None if it is private.
        envelope: What `vault.keys` says; None if it is private.
        way: How it was opened; None if it is private.
        note: What the user is to know of it; mostly empty.
    """

    def __init__(
        self,
        store: Store,
        folder: Path | None = None,
        envelope: Envelope | None = None,
        data_key: Secret | None = None,
        way: Way | None = None,
    ) -> None:
        self.folder = folder
        self.store = store
        self.envelope = envelope
        self.way = way
        self.note = ""
        self._data_key = data_key
        self.dictionaries = Dictionaries()
        self.codec = Codec(self.dictionaries)

    @property
    def data_key(self) -> Secret:
        """The one key of all others.

        Raises:
            VaultLockedError: It is private, or closed by now.
        """
        if not self._data_key:
            raise locked()
        return self._data_key

    def subkey(self, purpose: Purpose) -> Secret:
        """The key for one purpose; the caller wipes it.

        Raises:
            VaultLockedError: It is private, or closed by now.
        """
        return subkey(self.data_key, purpose)

    async def load_dictionaries(self) -> None:
        """The codec has those that the database holds."""
        for dictionary in await self.store.read(dictionaries.load):
            self.dictionaries.add(dictionary)

    async def write_envelope(self, envelope: Envelope) -> None:
        """`vault.keys` says this.

        Raises:
            StorageError: It still says what it said.
        """
        if self.folder is None:
            raise locked()
        await asyncio.to_thread(write_envelope, self.folder / FILE_NAME, envelope)
        self.envelope = envelope

    def take_key(self, data_key: Secret) -> None:
        """Another data key holds, and the one before is wiped."""
        before, self._data_key = self._data_key, data_key
        if before is not None:
            before.wipe()

    def is_kept_in(self, folder: Path, envelope: Envelope, data_key: Secret, way: Way) -> None:
        """What was private is on disk from now on."""
        self.folder, self.envelope, self.way = folder, envelope, way
        self.take_key(data_key)

    async def close(self) -> None:
        """What was asked of the store is done; keys and dictionaries are no longer in memory."""
        await self.store.close()
        self.codec.forget()
        if self._data_key is not None:
            self._data_key.wipe()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a vault lies and what opening it needs.

    Attributes:
        tries: Its lock, which counts wrong passphrases.
        cost: Of a new passphrase; None finds what takes half a second here.
        before_upgrade: Keeps a copy before a migration; what it raises stops the opening.
        steps: The migrations.
    """

    folder: Path
    keychain: Keychain
    tries: VaultLock
    clock: Clock
    cost: Cost | None
    before_upgrade: Callable[[Session], Awaitable[object]] | None
    steps: Sequence[Step] = STEPS


async def begin_private() -> Session:
    """A session in memory; nothing of it is on disk."""
    store = await Store.in_memory()
    await store.write(upgrade)
    return Session(store)
