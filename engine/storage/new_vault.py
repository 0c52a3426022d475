"""A vault where none is: keys first, then the database, so that no kill leaves one without them.

Runs on: io; disk and Argon2id go to other threads.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from pathlib import Path

from engine.contract.errors import KeychainError, VaultBusyError
from engine.storage import key_changes, making
from engine.storage.disk import disk_errors, private_folder
from engine.storage.envelope import FILE_NAME as KEYS_NAME
from engine.storage.envelope import Envelope, write_envelope
from engine.storage.keys import Purpose, Secret, subkey
from engine.storage.opening import Way
from engine.storage.passphrase import check_new_passphrase
from engine.storage.session import Place, Session
from engine.storage.unlocking import is_there, open_session


async def make_vault(place: Place, passphrase: str) -> Session:
    """A new vault, open; by the keychain if the passphrase is empty.

    Raises:
        BadRequestError: The passphrase is too short.
        KeychainError: The keychain takes no key. Nothing is on disk.
        StorageError: The disk is full or cannot be written.
    """
    data_key, envelope, way = await _new_keys(place, passphrase)
    await _begin(place, envelope, data_key)
    key = subkey(data_key, Purpose.DATABASE)
    try:
        await asyncio.to_thread(making.make_database, place.folder, key)
    except BaseException:
        # The keys stay: the next opening makes the database under them.
        data_key.wipe()
        raise
    finally:
        key.wipe()
    made = await _finish(place.folder, envelope)
    return await open_session(place.folder, made, data_key, way)


async def keep_session(place: Place, session: Session, passphrase: str) -> None:
    """The private session goes on in a new vault, with all it holds.

    Raises:
        StorageError: It is as private as before, and nothing is on disk.
    """
    data_key, envelope, way = await _new_keys(place, passphrase)
    await _begin(place, envelope, data_key)
    key = subkey(data_key, Purpose.DATABASE)
    try:
        await session.store.move_to_disk(
            place.folder / making.DATABASE,
            key,
            lambda connection: making.export_to(place.folder, key, connection),
        )
    except BaseException:
        data_key.wipe()
        making.remove_leftovers(place.folder)
        # There is no database under these keys, so they open nothing.
        if not (place.folder / making.DATABASE).exists():
            with disk_errors():
                (place.folder / KEYS_NAME).unlink(missing_ok=True)
        raise
    finally:
        key.wipe()
    made = await _finish(place.folder, envelope)
    session.is_kept_in(place.folder, made, data_key, way)


async def _new_keys(place: Place, passphrase: str) -> tuple[Secret, Envelope, Way]:
    if passphrase:
        check_new_passphrase(passphrase)
    data_key = Secret.random()
    envelope = key_changes.new_envelope(data_key, place.clock.now_s())
    if passphrase:
        sealed = await key_changes.opened_by_passphrase(envelope, data_key, passphrase, place.cost)
        return data_key, sealed, Way.PASSPHRASE
    sealed = await key_changes.opened_by_keychain(envelope, data_key, place.keychain)
    return data_key, sealed, Way.KEYCHAIN


async def _begin(place: Place, envelope: Envelope, data_key: Secret) -> None:
    """The keys are on disk; or, if they cannot be, they are nowhere."""
    try:
        with disk_errors():
            private_folder(place.folder)
        place.tries.take()
        if is_there(place.folder):
            raise VaultBusyError("Another process has just made this vault.", action="Try again.")
        await asyncio.to_thread(write_envelope, place.folder / KEYS_NAME, envelope)
    except BaseException:
        data_key.wipe()
        if envelope.newest.keychain is not None:
            with contextlib.suppress(KeychainError):
                await place.keychain.delete(envelope.vault_id)
        raise


async def _finish(folder: Path, envelope: Envelope) -> Envelope:
    made = replace(envelope, is_database_made=True)
    await asyncio.to_thread(write_envelope, folder / KEYS_NAME, made)
    return made
