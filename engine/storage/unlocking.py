"""From a vault on disk to an open one.

Runs on: io; disk and Argon2id go to other threads.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from engine.contract.errors import KeychainError, KeyMissingError, VaultDamagedError
from engine.storage import key_changes, making
from engine.storage.database import Reader, open_keyed
from engine.storage.disk import disk_errors
from engine.storage.envelope import FILE_NAME as KEYS_NAME
from engine.storage.envelope import Envelope, read_envelope, write_envelope
from engine.storage.keys import Purpose, Secret, subkey
from engine.storage.log_check import LogScan, inspect_log, log_of, scan_log
from engine.storage.migrations.upgrade import check_not_newer, upgrade, version_of
from engine.storage.opening import Offered, OpenedKey, Way, open_envelope
from engine.storage.session import Place, Session
from engine.storage.sql_errors import damaged
from engine.storage.store import Store

_log = logging.getLogger(__name__)


def is_there(folder: Path) -> bool:
    """Whether there is a vault, or what is left of one; no new key may be made then."""
    return any((folder / name).exists() for name in (making.DATABASE, KEYS_NAME))


async def unlock(place: Place, offered: Offered) -> Session:
    """The vault that is there, open.

    Raises:
        StorageError: See `Vault.open`. Nothing was changed.

    The lock is held by the caller.
    """
    if not (place.folder / KEYS_NAME).exists():
        raise KeyMissingError(
            "The vault is there, and its key file is not. No new key was made.",
            action="Restore a backup; it carries the keys too.",
        )
    making.remove_leftovers(place.folder)
    with disk_errors():
        envelope = await asyncio.to_thread(read_envelope, place.folder / KEYS_NAME)
    opened = await open_envelope(envelope, offered, place.keychain, place.tries)
    if not (place.folder / making.DATABASE).exists():
        envelope = await _make_again(place.folder, envelope, opened[0])
    right, note = await asyncio.to_thread(_find_right, place, opened)
    session = await open_session(place.folder, envelope, right.secret, offered.way)
    session.note = note
    try:
        await _upgrade(session, place)
        await session.load_dictionaries()
        await _drop_other_keys(session, envelope, right)
        if offered.way is Way.RECOVERY:
            await _mend_keychain(session, place)
    except BaseException:
        await session.close()
        raise
    return session


async def open_session(folder: Path, envelope: Envelope, data_key: Secret, way: Way) -> Session:
    """The database is open under this key.

    Raises:
        StorageError: It does not open; the key is wiped.
    """
    key = subkey(data_key, Purpose.DATABASE)
    try:
        store = await Store.open(folder / making.DATABASE, key)
    except BaseException:
        data_key.wipe()
        raise
    finally:
        key.wipe()
    return Session(store, folder, envelope, data_key, way)


async def _make_again(folder: Path, envelope: Envelope, opened: OpenedKey) -> Envelope:
    """The database that a killed process had not made yet; a lost one is never replaced."""
    if envelope.is_database_made:
        raise VaultDamagedError(
            "The vault's database is missing.", action="Restore the last good backup."
        )
    key = subkey(opened.secret, Purpose.DATABASE)
    try:
        await asyncio.to_thread(making.make_database, folder, key)
    finally:
        key.wipe()
    made = replace(envelope, is_database_made=True)
    await asyncio.to_thread(write_envelope, folder / KEYS_NAME, made)
    return made


def _find_right(place: Place, opened: list[OpenedKey]) -> tuple[OpenedKey, str]:
    """The key under which the database is, and what is to be told of its log; it is only read."""
    right: OpenedKey | None = None
    note = ""
    scan = scan_log(log_of(place.folder / making.DATABASE))
    try:
        for key in opened:
            found = _look(place, key.secret, scan)
            if found is not None:
                right, note = key, found
                break
    finally:
        for key in opened:
            if key is not right:
                key.secret.wipe()
    if right is None:
        raise damaged()
    return right, note


def _look(place: Place, data_key: Secret, scan: LogScan | None) -> str | None:
    """What is to be told of the log; None if the database is not under this key."""
    key = subkey(data_key, Purpose.DATABASE)
    database = place.folder / making.DATABASE
    try:
        connection = open_keyed(database, key, is_read_only=True)
    except VaultDamagedError:
        return None
    finally:
        key.wipe()
    try:
        version = version_of(Reader(connection))
        check_not_newer(version, place.steps[-1].version)
        # An empty file opens with any key; ours is never empty once it has its name.
        if version == 0:
            return None
        return inspect_log(connection, database, scan, was_open=place.tries.was_open)
    finally:
        connection.close()


async def _upgrade(session: Session, place: Place) -> None:
    if await session.store.read(version_of) < place.steps[-1].version:
        if place.before_upgrade is None:
            raise RuntimeError("an older vault is opened where nobody makes a backup of it first")
        await place.before_upgrade(session)
        await session.store.write(lambda writer: upgrade(writer, place.steps))


async def _drop_other_keys(session: Session, envelope: Envelope, right: OpenedKey) -> None:
    """A rotation that was cut short is at its end: one key is left, once every page fits it."""
    if len(envelope.keys) == 1:
        return
    await session.store.checkpoint()
    if await session.store.bad_pages():
        _log.warning("pages of the vault are damaged; both of its keys are kept")
        return
    await session.write_envelope(replace(envelope, keys=(right.sealed,)))


async def _mend_keychain(session: Session, place: Place) -> None:
    """The keychain opens it again, if it was to and has lost its key."""
    envelope = session.envelope
    if envelope is None or envelope.newest.keychain is None:
        return
    try:
        if await place.keychain.read(envelope.vault_id) is None:
            mended = await key_changes.opened_by_keychain(
                envelope, session.data_key, place.keychain
            )
            await session.write_envelope(mended)
    except KeychainError:
        _log.info("the keychain cannot be mended now")
