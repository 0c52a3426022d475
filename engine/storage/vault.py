"""The vault: opens it, locks it, and changes what opens it.

One walk each: `open`, `lock`, `set_passphrase`, `make_recovery_key`, `rotate_key`, `wipe`; they
take turns. A new data key is made only where neither `vault.db` nor `vault.keys` is.

Runs on: io; disk and Argon2id go to other threads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from engine.contract.errors import (
    BadRequestError,
    KeychainError,
    KeyMissingError,
    StorageError,
    VaultBusyError,
    VaultDamagedError,
    VaultNewerError,
    WrongKeyError,
)
from engine.contract.vault import VaultState, VaultStatus
from engine.storage import key_changes, making, new_vault, rotation, unlocking, wiping
from engine.storage.codec import Codec
from engine.storage.dictionaries import Dictionaries
from engine.storage.envelope import FILE_NAME as KEYS_NAME
from engine.storage.envelope import Envelope, read_envelope
from engine.storage.keychain import Keychain, NoKeychainError
from engine.storage.keys import Purpose, Secret, subkey
from engine.storage.log_check import log_of
from engine.storage.long_work import Progress, tell_nobody
from engine.storage.migrations.upgrade import STEPS, Step
from engine.storage.opening import Offered, Way, open_envelope
from engine.storage.passphrase import Cost, check_new_passphrase
from engine.storage.session import Place, Session, begin_private
from engine.storage.sql_errors import damaged, locked
from engine.storage.store import Store
from engine.storage.vault_lock import FILE_NAME as LOCK_NAME
from engine.storage.vault_lock import Clock, VaultLock

_log = logging.getLogger(__name__)

T = TypeVar("T")

_STATES: tuple[tuple[type[StorageError], VaultState], ...] = (
    (KeyMissingError, VaultState.KEY_MISSING),
    (KeychainError, VaultState.KEYCHAIN_UNREADABLE),
    (VaultDamagedError, VaultState.DAMAGED),
    (VaultNewerError, VaultState.NEWER),
    (VaultBusyError, VaultState.BUSY),
)


async def _opens(store: Store, data_key: Secret) -> bool:
    key = subkey(data_key, Purpose.DATABASE)
    try:
        await store.reopen(key)
    except VaultDamagedError:
        return False
    finally:
        key.wipe()
    return True


class Vault:
    """One vault in one folder, open or not.

    Attributes:
        folder: Where it lies; None for sessions that are private whatever the keychain says.
        before_upgrade: Makes a backup before a migration: given the session, whose schema is the
            old one still. What it raises stops the opening, and without one nothing is migrated.
    """

    def __init__(
        self,
        folder: Path | None,
        keychain: Keychain,
        *,
        clock: Clock | None = None,
        cost: Cost | None = None,
        steps: Sequence[Step] = STEPS,
    ) -> None:
        """Nothing is touched until `open`.

        Args:
            folder: See the attribute.
            keychain: Where the key of a vault without a passphrase is sealed.
            clock: Another than the system's.
            cost: Of a passphrase; None finds what takes half a second here.
            steps: Other migrations than ours.
        """
        self.folder = folder
        self.before_upgrade: Callable[[Session], Awaitable[object]] | None = None
        self._keychain = keychain
        self._clock = clock or Clock()
        self._cost = cost
        self._steps = steps
        self._gate = asyncio.Lock()
        self._walks: set[asyncio.Task[Any]] = set()
        self._tries = VaultLock(folder / LOCK_NAME, self._clock) if folder else None
        self._state = VaultState.LOCKED
        self._message = ""
        self._session: Session | None = None
        self._seen: Envelope | None = None

    # What it is.

    @property
    def status(self) -> VaultStatus:
        """Where it stands, as a face may know it; of a closed vault, as it was last looked at."""
        envelope = self._session.envelope if self._session else self._seen
        slots = envelope.newest if envelope else None
        return VaultStatus(
            state=self._state,
            has_passphrase=bool(slots and slots.passphrase),
            has_keychain_key=bool(slots and slots.keychain),
            has_recovery_key=bool(slots and slots.recovery),
            retry_after_s=self._tries.wait_s() if self._tries else 0.0,
            message=self._message,
        )

    @property
    def is_closed(self) -> bool:
        """Whether nothing can be read or written: it is neither unlocked nor private."""
        return self._session is None

    @property
    def store(self) -> Store:
        """Reads and writes.

        Raises:
            VaultLockedError: It is closed.
        """
        return self._opened().store

    @property
    def codec(self) -> Codec:
        """Packs and unpacks texts with this vault's dictionaries.

        Raises:
            VaultLockedError: It is closed.
        """
        return self._opened().codec

    @property
    def dictionaries(self) -> Dictionaries:
        """Those of the codec; a newly trained one is added here.

        Raises:
            VaultLockedError: It is closed.
        """
        return self._opened().dictionaries

    def subkey(self, purpose: Purpose) -> Secret:
        """The key for one purpose; the caller wipes it. It changes when the key is rotated.

        Raises:
            VaultLockedError: It is closed, or private and without keys.
        """
        return self._opened().subkey(purpose)

    async def look(self) -> None:
        """What `status` says of a closed vault is what its files say now."""
        if self._session is None:
            self._seen = await asyncio.to_thread(self._peeked)

    def _opened(self) -> Session:
        if self._session is None:
            raise locked()
        return self._session

    def _peeked(self) -> Envelope | None:
        """The keys of a vault that is not open, and how long the next passphrase has to wait."""
        if self.folder is None or self._tries is None:
            return None
        self._tries.wait_s()
        try:
            return read_envelope(self.folder / KEYS_NAME)
        except (OSError, StorageError):
            return None

    def _place(self) -> Place:
        if self.folder is None or self._tries is None:
            raise BadRequestError("This session has no place on disk.")
        return Place(
            folder=self.folder,
            keychain=self._keychain,
            tries=self._tries,
            clock=self._clock,
            cost=self._cost,
            before_upgrade=self.before_upgrade,
            steps=self._steps,
        )

    # Opening and locking.

    async def open(
        self, passphrase: str = "", recovery_key: str = "", *, is_private_allowed: bool = True
    ) -> bool:
        """It is unlocked, or a private session began, as `status` says; whether it is new.

        Raises:
            VaultLockedError: It waits for its passphrase.
            WrongKeyError: What was offered does not open it.
            KeyMissingError: The keychain has no key for it. None was made.
            KeychainError: The keychain does not answer. Nothing was changed.
            VaultDamagedError: A file of it is not whole. It was left as it is.
            VaultNewerError: A newer version wrote it. It was left as it is.
            VaultBusyError: Another process has it open.
            StorageError: The disk is full or cannot be written.
        """
        offered = Offered(passphrase=passphrase, recovery_key=recovery_key)
        return await self._in_turn(self._open(offered, is_private_allowed))

    async def _open(self, offered: Offered, is_private_allowed: bool) -> bool:
        if self._session is not None:
            return False
        try:
            self._session, is_new = await self._begin(offered, is_private_allowed)
        except StorageError as error:
            self._fail(error)
            raise
        finally:
            if self._tries is not None and (self._session is None or not self._session.folder):
                self._tries.release()
        is_kept = self._session.folder is not None
        self._state = VaultState.UNLOCKED if is_kept else VaultState.PRIVATE
        self._message = self._message or self._session.note
        if self._tries is not None and is_kept:
            self._tries.note_open(is_open=True)
        return is_new

    async def _in_turn(self, walk: Coroutine[Any, Any, T]) -> T:
        """The walk's result; once asked for it is walked to its end, even for a cancelled asker.

        A thread that writes keys cannot be stopped halfway, and must not be forgotten either.
        """

        async def alone() -> T:
            async with self._gate:
                try:
                    return await walk
                finally:
                    await self.look()

        task = asyncio.create_task(alone())
        self._walks.add(task)
        task.add_done_callback(self._walks.discard)
        return await asyncio.shield(task)

    def _fail(self, error: StorageError) -> None:
        found = (state for kind, state in _STATES if isinstance(error, kind))
        self._state = next(found, VaultState.LOCKED)
        self._message = "" if self._state is VaultState.LOCKED else error.message

    async def _begin(self, offered: Offered, is_private_allowed: bool) -> tuple[Session, bool]:
        self._message = ""
        if self.folder is None:
            self._message = "Nothing of this session is kept."
            return await begin_private(), True
        place = self._place()
        if wiping.is_wipe_due(self.folder):
            place.tries.take()
            await asyncio.to_thread(wiping.end_wipe, self.folder)
        if unlocking.is_there(self.folder):
            place.tries.take()
            return await unlocking.unlock(place, offered), False
        if offered.way is Way.RECOVERY:
            raise WrongKeyError("There is no vault here yet. Nothing was changed.")
        try:
            return await new_vault.make_vault(place, offered.passphrase), True
        except KeychainError as error:
            if not is_private_allowed:
                raise
            is_absent = isinstance(error, NoKeychainError)
            reason = "There is no keychain here" if is_absent else "The keychain does not answer"
            self._message = f"{reason}, so nothing of this session is kept."
            return await begin_private(), True

    async def lock(self) -> None:
        """Nothing of it is in memory: connections are closed, keys wiped, and others may open it.

        A private session is over, for there is nothing that would open it again. A vault that is
        closed stays as it is, and so does what `status` says of it.
        """
        await self._in_turn(self._close())

    async def _close(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        self._state, self._message = VaultState.LOCKED, ""
        try:
            await session.close()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self._tries is None or not self._tries.is_held:
            return
        log = log_of(self._place().folder / making.DATABASE)
        if not log.exists() or log.stat().st_size == 0:
            # Whoever opens it next need not miss a log.
            self._tries.note_open(is_open=False)
        self._tries.release()

    # Changing what opens it.

    async def set_passphrase(self, old: str = "", new: str = "") -> None:
        """The passphrase `new` opens it, or the keychain alone if `new` is empty.

        A private session is kept on disk from now on, with all it holds.

        Raises:
            WrongKeyError: `old` is not the passphrase. After the recovery key none is needed.
            BadRequestError: `new` is too short, or a private session needs one.
            KeychainError: The keychain takes no key. Nothing was changed.
            StorageError: It could not be written. Nothing was changed.
        """
        await self._in_turn(self._set_passphrase(old, new))

    async def _set_passphrase(self, old: str, new: str) -> None:
        session = self._opened()
        if new:
            check_new_passphrase(new)
        if session.envelope is None:
            await self._keep_private(session, new)
        else:
            await self._change_passphrase(session, session.envelope, old, new)

    async def _keep_private(self, session: Session, passphrase: str) -> None:
        if not passphrase:
            raise BadRequestError("Keeping this session needs a passphrase.", action="Type one.")
        place = self._place()
        try:
            await new_vault.keep_session(place, session, passphrase)
        except BaseException:
            place.tries.release()
            raise
        self._state, self._message = VaultState.UNLOCKED, ""
        place.tries.note_open(is_open=True)

    async def _change_passphrase(
        self, session: Session, envelope: Envelope, old: str, new: str
    ) -> None:
        place = self._place()
        if envelope.newest.passphrase is not None and session.way is not Way.RECOVERY:
            if not old:
                raise WrongKeyError("The passphrase that holds now is needed.", action="Type it.")
            offered = Offered(passphrase=old)
            for key in await open_envelope(envelope, offered, place.keychain, place.tries):
                key.secret.wipe()
        elif not new and envelope.newest.passphrase is None:
            return
        data_key = session.data_key
        if new:
            changed = await key_changes.opened_by_passphrase(envelope, data_key, new, place.cost)
        else:
            changed = await key_changes.opened_by_keychain(envelope, data_key, place.keychain)
        await session.write_envelope(changed)
        if session.way is Way.RECOVERY:
            place.tries.was_right()
            session.way = Way.PASSPHRASE if new else Way.KEYCHAIN
        if new and envelope.newest.keychain is not None:
            await self._forget_keychain(envelope.vault_id)

    async def _forget_keychain(self, vault_id: str) -> None:
        """Its key opened a slot that is gone, so it is no loss if it stays."""
        try:
            await self._keychain.delete(vault_id)
        except KeychainError:
            _log.info("a key that opens nothing any more stays in the keychain")

    async def make_recovery_key(self) -> str:
        """A new recovery key, which is kept nowhere; the one before opens nothing any more.

        Raises:
            VaultLockedError: It is closed.
            BadRequestError: It is a private session.
        """
        return await self._in_turn(self._make_recovery_key())

    async def _make_recovery_key(self) -> str:
        session = self._opened()
        if session.envelope is None:
            raise BadRequestError(
                "A private session has nothing to recover.", action="Set a passphrase first."
            )
        changed, recovery_key = key_changes.opened_by_recovery_key(
            session.envelope, session.data_key
        )
        await session.write_envelope(changed)
        return recovery_key

    async def rotate_key(self, passphrase: str = "", progress: Progress = tell_nobody) -> None:
        """Everything is encrypted under a new key, on disk and checked; the old one is gone.

        Args:
            passphrase: The one that holds, if there is one.
            progress: Told on this loop what is being done and the share of it, from 0 to 1.

        Raises:
            BadRequestError: It is a private session, or the passphrase is missing.
            WrongKeyError: That is not the passphrase.
            KeychainError: The keychain does not answer.
            VaultDamagedError: A page is damaged; both keys are kept.
            StorageError: The disk is full, for instance; the old key holds as before.
        """
        await self._in_turn(self._rotate(passphrase, progress))

    async def _rotate(self, passphrase: str, progress: Progress) -> None:
        session = self._opened()
        before = session.envelope
        if before is None:
            raise BadRequestError("A private session has no key to change.")
        place, new_key = self._place(), Secret.random()
        both = await key_changes.with_new_key(
            before, new_key, passphrase, place.keychain, place.tries
        )
        await session.write_envelope(both)
        key = subkey(new_key, Purpose.DATABASE)
        try:
            async with rotation.told(session.store, place.folder / making.DATABASE, progress):
                bad_pages = await session.store.rekey(key)
        except BaseException:
            await self._go_on(session, before, new_key)
            raise
        finally:
            key.wipe()
        session.take_key(new_key)
        if bad_pages:
            raise damaged()
        await session.write_envelope(replace(both, keys=both.keys[:1]))

    async def _go_on(self, session: Session, before: Envelope, new_key: Secret) -> None:
        """The session goes on under the key that the file is under, whichever that is."""
        if await _opens(session.store, session.data_key):
            new_key.wipe()
            await session.write_envelope(before)
        elif await _opens(session.store, new_key):
            # Both keys stay in the envelope; the next opening checks every page and drops one.
            session.take_key(new_key)
        else:
            await self._close()
            self._fail(damaged())

    async def wipe(self, *, are_backups_included: bool = True) -> None:
        """Nothing is left: the keys first, without which the rest is noise, then the files.

        Raises:
            VaultBusyError: Another process has it open. Nothing was changed.
            StorageError: A file could not be removed; the keys are gone already.
        """
        await self._in_turn(self._wipe(are_backups_included))

    async def _wipe(self, are_backups_included: bool) -> None:
        envelope = self._session.envelope if self._session else self._peeked()
        await self._close()
        self._state, self._message = VaultState.LOCKED, ""
        if self.folder is None or not self.folder.exists():
            return
        place = self._place()
        place.tries.take()
        try:
            wiping.begin_wipe(place.folder, are_backups_included=are_backups_included)
            if envelope is not None:
                await self._forget_keychain(envelope.vault_id)
            await asyncio.to_thread(wiping.end_wipe, place.folder)
            place.tries.was_right()
        finally:
            place.tries.release()
