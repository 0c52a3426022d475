"""Backups and exports: when they are made, what opens them, and how many are kept.

A backup of ours is sealed under the vault's own key and carries the key envelope of its day, so
that on another machine the passphrase or the recovery key of that day opens it. An export is
sealed under a passphrase of its own.

Runs on: io; the work is done on threads of its own, while the vault is in use.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from engine.contract.errors import (
    BackupError,
    NotFoundError,
    StorageError,
    VaultDamagedError,
    WrongKeyError,
)
from engine.contract.vault import BackupCard
from engine.storage import backup_folder
from engine.storage.backup_copy import Source, Unpacked, check_database, sweep, unpack, write_sealed
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.disk import disk_errors, private_folder
from engine.storage.envelope import (
    FILE_NAME,
    PassphraseSlot,
    envelope_bytes,
    envelope_from,
    read_envelope,
)
from engine.storage.keychain import Keychain
from engine.storage.keys import Purpose, Secret, subkey
from engine.storage.long_work import LongWork, Progress, conduct, tell_nobody
from engine.storage.opening import Offered, Way, open_envelope
from engine.storage.passphrase import (
    check_new_passphrase,
    open_with_passphrase,
    seal_with_passphrase,
    tune_cost,
)
from engine.storage.sealed_files import SealedFiles
from engine.storage.sealed_stream import SealedReader, fits
from engine.storage.store import Store

FOLDER, SEALED_FOLDER = "backups", "sealed"
DATABASE = "vault.db"
DAY_S = 86_400.0
_EXPORT_CONTEXT = b"shvayambhu export"
_KEY_NAME = "backup key "


class OpenVault(Protocol):
    """What of an unlocked vault is needed here."""

    @property
    def folder(self) -> Path | None:
        """Where it lies; None in a private session."""
        ...

    @property
    def store(self) -> Store:
        """Its database."""
        ...

    @property
    def codec(self) -> Codec:
        """Its texts."""
        ...

    def subkey(self, purpose: Purpose) -> Secret:
        """Its key for one purpose; the caller wipes it."""
        ...


class Backups:
    """Makes, lists, opens and removes the backups of one unlocked vault."""

    def __init__(
        self,
        vault: OpenVault,
        files: SealedFiles,
        keychain: Keychain,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._vault = vault
        self._files = files
        self._keychain = keychain
        self._now_s = clock

    @property
    def _folder(self) -> Path | None:
        # A private session may know where it would lie once it is kept.
        return None if self._vault.store.is_in_memory else self._vault.folder

    def cards(self) -> tuple[BackupCard, ...]:
        """All backups, the latest first; none in a private session."""
        folder = self._folder
        return backup_folder.cards(folder / FOLDER) if folder is not None else ()

    def is_due(self) -> bool:
        """Whether a day has passed since the latest good one."""
        if self._folder is None:
            return False
        latest = max((card.made_at_s for card in self.cards() if card.is_verified), default=0.0)
        # A clock that was set back must not stop the backups.
        return not 0 <= self._now_s() - latest < DAY_S

    async def make(self, reason: str, *, kept: int, progress: Progress = tell_nobody) -> BackupCard:
        """A new backup is there, read back and checked; of the older ones `kept` - 1 are left.

        Raises:
            BackupError: This is a private session, or what was written was not whole.
            VaultFullError: There is no room. Nothing was removed.
            VaultDamagedError: The vault is not whole; its earlier backups are kept.
        """
        source, now_s, key = self._source(), self._now_s(), self._vault.subkey(Purpose.BACKUPS)
        folder = source.scratch
        envelope = _read_keys(folder.parent)
        header = {"kind": "backup", "reason": reason, "made_at_s": now_s, "envelope": envelope}
        name = backup_folder.new_name(reason, now_s)
        try:
            # So that it opens after the vault's key was changed, too.
            await self._vault.store.write(lambda writer: _remember_key(writer, key))
            await conduct(
                lambda work: write_sealed(source, folder / name, key.raw, header, now_s, work),
                progress,
            )
        finally:
            key.wipe()
            source.key.wipe()
        backup_folder.prune(folder, kept)
        return next(card for card in self.cards() if card.name == name)

    async def export(self, path: Path, passphrase: str, progress: Progress = tell_nobody) -> int:
        """Everything is in one sealed file at `path`, read back and checked; its size.

        Raises:
            BadRequestError: The passphrase is too short.
            BackupError: There is a file already, or this place cannot be used.
            VaultFullError: There is no room.
        """
        check_new_passphrase(passphrase)
        source, now_s = self._source(), self._now_s()

        def work_on_it(work: LongWork) -> int:
            work.step("Making the key", 0.0)
            key = Secret.random()
            slot = seal_with_passphrase(key, passphrase, _EXPORT_CONTEXT, tune_cost())
            header = {"kind": "export", "made_at_s": now_s, "slot": _plain(slot)}
            try:
                return write_sealed(source, path, key.raw, header, now_s, work)
            finally:
                key.wipe()

        try:
            return await conduct(work_on_it, progress)
        finally:
            source.key.wipe()

    async def open(
        self,
        name_or_path: str,
        *,
        passphrase: str = "",
        recovery_key: str = "",
        progress: Progress = tell_nobody,
    ) -> Unpacked:
        """A backup's content, in a folder that the caller removes.

        Args:
            name_or_path: A name as `cards` gave it, or the path of an export or backup.
            passphrase: The export's, or that of the vault the backup is of.
            recovery_key: In its place.
            progress: Told how far it is.

        Raises:
            NotFoundError: There is no such file.
            BackupError: It is no backup, or not whole.
            WrongKeyError: It is one of another vault and the passphrase is missing or wrong.
            VaultFullError: There is no room to unpack it.
        """
        folder = self._folder
        if folder is None:
            raise _private()
        path = backup_folder.path_of(folder / FOLDER, name_or_path) or Path(name_or_path)
        header = await conduct(lambda _: read_header(path))
        offered = Offered(passphrase=passphrase, recovery_key=recovery_key)
        keys = await self._keys_for(header, offered)
        try:
            return await conduct(
                lambda work: unpack_file(path, keys, folder / FOLDER, work), progress
            )
        finally:
            for key in keys:
                key.wipe()

    async def check(self, name: str, progress: Progress = tell_nobody) -> None:
        """The backup opens and every page in it is whole.

        Raises:
            StorageError: It does not, or they are not.
        """
        opened = await self.open(name, progress=progress)
        try:
            await conduct(lambda _: check_unpacked(opened))
        finally:
            discard(opened)

    async def _keys_for(self, header: dict[str, Any], offered: Offered) -> list[Secret]:
        """Keys that may have sealed the file; several while a key was being changed."""
        keys = await self._vault.store.read(_remembered_keys)
        keys.append(self._vault.subkey(Purpose.BACKUPS))
        if header.get("kind") == "export":
            if offered.way is Way.PASSPHRASE:
                slot = _slot_of(header.get("slot"))
                keys.append(
                    await asyncio.to_thread(
                        open_with_passphrase, slot, offered.passphrase, _EXPORT_CONTEXT
                    )
                )
            return keys
        if offered.way is Way.KEYCHAIN and _is_any_right(header, keys):
            return keys
        with _as_backup_errors():
            envelope = envelope_from(str(header.get("envelope")).encode())
        # No try of ours is spent: this envelope may be another vault's.
        for opened in await open_envelope(envelope, offered, self._keychain):
            keys.append(subkey(opened.secret, Purpose.BACKUPS))
            opened.secret.wipe()
        return keys

    def _source(self) -> Source:
        folder = self._folder
        if folder is None:
            raise _private()
        with disk_errors():
            private_folder(folder / FOLDER)
        return Source(
            database=folder / DATABASE,
            key=self._vault.subkey(Purpose.DATABASE),
            files=self._files,
            scratch=folder / FOLDER,
        )


async def does_open(header: dict[str, Any], offered: Offered, keychain: Keychain) -> bool:
    """Whether what was offered opens the backup or export, without any vault's help.

    Raises:
        BackupError: The header is not whole.
        StorageError: See `open_envelope`.
    """
    if header.get("kind") == "export":
        if offered.way is not Way.PASSPHRASE:
            return False
        slot = _slot_of(header.get("slot"))
        key = await asyncio.to_thread(
            open_with_passphrase, slot, offered.passphrase, _EXPORT_CONTEXT
        )
        keys = [key]
    else:
        with _as_backup_errors():
            envelope = envelope_from(str(header.get("envelope")).encode())
        opened = await open_envelope(envelope, offered, keychain)
        keys = [subkey(each.secret, Purpose.BACKUPS) for each in opened]
        for each in opened:
            each.secret.wipe()
    try:
        return _is_any_right(header, keys)
    finally:
        for key in keys:
            key.wipe()


def sweep_folder(folder: Path) -> None:
    """What a killed process left half made among the backups of this vault is gone."""
    sweep(folder / FOLDER)


def read_header(path: Path) -> dict[str, Any]:
    """What a backup says of itself before it is opened: kind, reason, envelope.

    Raises:
        BackupError: It is none of ours, or not whole.
        NotFoundError: There is no such file.
    """
    with _as_backup_errors(), path.open("rb") as sealed:
        return SealedReader(sealed).header


def unpack_file(path: Path, keys: list[Secret], scratch: Path, work: LongWork) -> Unpacked:
    """The content of the backup or export at `path`, in a new folder of `scratch`.

    Raises:
        StorageError: See `Backups.open`.
    """
    with _as_backup_errors(), path.open("rb") as sealed:
        header = SealedReader(sealed).header
        right = next((key for key in keys if fits(header, key.raw)), None)
        if right is None:
            raise WrongKeyError(
                "This backup does not open with that key.",
                action="Give the passphrase or the recovery key that held when it was made.",
            )
        with _folder_for(scratch) as folder:
            return unpack(sealed, right.raw, folder, work)


def check_unpacked(opened: Unpacked) -> None:
    """Its database and its sealed files are whole.

    Raises:
        VaultDamagedError: They are not.
    """
    check_database(opened.database, opened.key)


def discard(opened: Unpacked) -> None:
    """What was unpacked is gone, and its key with it."""
    opened.key.wipe()
    shutil.rmtree(opened.folder, ignore_errors=True)


@contextlib.contextmanager
def _as_backup_errors() -> Iterator[None]:
    try:
        with disk_errors("The backup cannot be read.", BackupError):
            yield
    except VaultDamagedError as error:
        raise BackupError(
            "This file is no backup of Shvayambhu, or it is not whole.",
            action="Take another backup; the vault was not changed.",
        ) from error
    except BackupError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise NotFoundError("There is no backup of that name.") from error
        raise


@contextlib.contextmanager
def _folder_for(scratch: Path) -> Iterator[Path]:
    """A new folder that outlives this context unless it ends in an error."""
    folder = private_folder(scratch) / f".stage-{os.urandom(6).hex()}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _is_any_right(header: dict[str, Any], keys: list[Secret]) -> bool:
    return any(fits(header, key.raw) for key in keys)


def _plain(slot: PassphraseSlot) -> dict[str, Any]:
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for name, value in asdict(slot).items()
    }


def _slot_of(plain: object) -> PassphraseSlot:
    try:
        if not isinstance(plain, dict):
            raise TypeError("no slot")
        return PassphraseSlot(
            sealed=base64.b64decode(plain["sealed"], validate=True),
            salt=base64.b64decode(plain["salt"], validate=True),
            memory_kib=int(plain["memory_kib"]),
            passes=int(plain["passes"]),
            lanes=int(plain["lanes"]),
        )
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise VaultDamagedError("The export is not whole.") from error


def _read_keys(folder: Path) -> str:
    try:
        return envelope_bytes(read_envelope(folder / FILE_NAME)).decode()
    except (OSError, StorageError) as error:
        raise BackupError(
            "The vault's keys cannot be read, so nothing was backed up.",
            action="Make a new recovery key, which writes them anew.",
        ) from error


def _remember_key(writer: Writer, key: Secret) -> None:
    name = _KEY_NAME + hashlib.sha256(key.raw).hexdigest()[:16]
    writer.execute("INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)", (name, bytes(key.raw)))


def _remembered_keys(reader: Reader) -> list[Secret]:
    rows = reader.execute("SELECT value FROM meta WHERE name LIKE ?", (_KEY_NAME + "%",))
    return [Secret(value) for (value,) in rows.fetchall()]


def _private() -> BackupError:
    return BackupError(
        "This is a private session: nothing of it is on disk.",
        action="Set a passphrase to keep it.",
    )
