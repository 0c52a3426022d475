"""Brings a backup's content into the open vault: first a plan, then, if it is wanted, the deed.

Restoring merges. What is new comes, what is newer in the backup replaces what is here and that
becomes an earlier version, what is newer here stays, and what was deleted here stays in the trash.
A second time it finds everything the same.

Runs on: io; the plan on a reader's thread, the deed on store, in one transaction.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from engine.contract.errors import BackupError, NotFoundError, VaultDamagedError
from engine.contract.ids import new_id
from engine.contract.vault import RestoreCount
from engine.storage import dictionaries
from engine.storage.backup import DATABASE, SEALED_FOLDER, Backups, OpenVault, discard
from engine.storage.backup_copy import Unpacked, check_database
from engine.storage.backup_folder import BEFORE_RESTORE
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer, connect
from engine.storage.dictionaries import Dictionaries
from engine.storage.disk import disk_errors, private_folder, sync_folder
from engine.storage.envelope import FILE_NAME
from engine.storage.long_work import LongWork, Progress, conduct, tell_nobody
from engine.storage.merge import Merge, Tally
from engine.storage.migrations.upgrade import upgrade
from engine.storage.sealed_files import SealedFiles, find
from engine.storage.sql_errors import in_plain_words

_ASIDE = "damaged-"


@dataclass(frozen=True, slots=True, kw_only=True)
class RestorePlan:
    """What would be done; holds until it is carried out, closed, or the vault is locked.

    Attributes:
        made_at_s: When the backup was made.
        unreadable: Rows of the backup that are not whole and would be left out.
    """

    id: str
    made_at_s: float
    counts: tuple[RestoreCount, ...]
    unreadable: int
    files: tuple[str, ...]
    opened: Unpacked = field(repr=False)

    def close(self) -> None:
        """What was unpacked for it is gone."""
        discard(self.opened)


class Restorer:
    """Plans and carries out restores into one open vault; it holds the last plan."""

    def __init__(
        self,
        vault: OpenVault,
        backups: Backups,
        files: SealedFiles,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._vault = vault
        self._backups = backups
        self._files = files
        self._now_s = clock
        self._plan: RestorePlan | None = None

    async def plan(
        self,
        name_or_path: str,
        *,
        passphrase: str = "",
        recovery_key: str = "",
        progress: Progress = tell_nobody,
    ) -> RestorePlan:
        """What restoring this would do. Nothing is changed; the plan before is closed.

        Raises:
            StorageError: See `Backups.open`.
            VaultNewerError: A newer version of the app made it.
        """
        self.close()
        opened = await self._backups.open(
            name_or_path, passphrase=passphrase, recovery_key=recovery_key, progress=progress
        )
        try:
            await conduct(lambda _: _make_ready(opened))
            store, codec, now_s = self._vault.store, self._vault.codec, self._now_s()
            tally = await store.read(lambda ours: _merged(opened, ours, codec, now_s))
        except BaseException:
            discard(opened)
            raise
        self._plan = RestorePlan(
            id=new_id("plan"),
            made_at_s=opened.manifest.made_at_s,
            counts=tally.as_counts(),
            unreadable=tally.unreadable,
            files=tuple(tally.files),
            opened=opened,
        )
        return self._plan

    async def apply(
        self, plan_id: str, *, backups_kept: int, progress: Progress = tell_nobody
    ) -> tuple[RestoreCount, ...]:
        """The plan is carried out, all of it or nothing; a backup was made first.

        Raises:
            NotFoundError: There is no such plan any more.
            StorageError: It could not be done. Nothing was changed.
        """
        plan = self._plan
        if plan is None or plan.id != plan_id:
            raise NotFoundError("That plan does not hold any more.", action="Plan it again.")
        await self._backups.make(
            BEFORE_RESTORE, kept=backups_kept, progress=_scaled(progress, 0.0, 0.4)
        )
        await conduct(
            lambda work: _bring_files(plan, self._files, work), _scaled(progress, 0.4, 0.5)
        )
        store, codec, now_s = self._vault.store, self._vault.codec, self._now_s()

        work = LongWork(_on_this_loop(_scaled(progress, 0.5, 1.0)))
        merging = asyncio.ensure_future(
            store.write(lambda ours: _merged(plan.opened, ours, codec, now_s, work))
        )
        try:
            tally = await asyncio.shield(merging)
        except BaseException:
            work.stop()
            await asyncio.wait((merging,))
            # What was on disk before it could be stopped keeps its files.
            if merging.exception() is not None:
                self._files.unlink(plan.files)
            raise
        self.close()
        return tally.as_counts()

    def close(self) -> None:
        """No plan holds any more; for when the vault is locked."""
        plan, self._plan = self._plan, None
        if plan is not None:
            plan.close()


def set_aside(folder: Path, now_s: float) -> Path | None:
    """A vault that does not open lies in a folder of its own, whole as it was; nothing is deleted.

    After that a new vault can be made in `folder`, and a backup restored into it: the backup
    carries the keys of its day. The backups themselves stay where they are.

    Returns:
        Where it lies now; None if there was none.

    Raises:
        StorageError: It could not be moved.
    """
    names = [DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", FILE_NAME, SEALED_FOLDER]
    there = [name for name in names if (folder / name).exists()]
    if not there:
        return None
    moment = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%d_%H%M%S")
    with disk_errors():
        aside = private_folder(folder / f"{_ASIDE}{moment}_{os.urandom(2).hex()}")
        # Keys last: as long as they are here, no other vault is made over this one.
        for name in sorted(there, key=lambda name: name == FILE_NAME):
            os.rename(folder / name, aside / name)
        sync_folder(aside)
        sync_folder(folder)
    return aside


def _make_ready(opened: Unpacked) -> None:
    """The backup's database is whole and in today's schema."""
    try:
        check_database(opened.database, opened.key)
        with in_plain_words(opened.database.parent):
            connection = connect(opened.database, opened.key)
            try:
                _check_harmless(Reader(connection))
                connection.execute("BEGIN IMMEDIATE")
                upgrade(Writer(connection))
                connection.execute("COMMIT")
                connection.execute("PRAGMA journal_mode = DELETE").fetchone()
            finally:
                connection.close()
    except VaultDamagedError as error:
        raise BackupError(
            "The database in this backup is not whole.", action="Take another backup."
        ) from error


def _check_harmless(reader: Reader) -> None:
    """A file from elsewhere may not bring anything that runs by itself."""
    kinds = reader.execute("SELECT DISTINCT type FROM sqlite_master").fetchall()
    if {kind for (kind,) in kinds} - {"table", "index"}:
        raise BackupError("This backup holds what no vault of ours does. It was not used.")


def _merged(
    opened: Unpacked, ours: Reader, codec: Codec, now_s: float, work: LongWork | None = None
) -> Tally:
    step = work or LongWork()
    connection = connect(opened.database, opened.key, is_read_only=True)
    try:
        theirs = Reader(connection)
        their_codec = Codec(Dictionaries(dictionaries.load(theirs)))
        return Merge(
            theirs,
            their_codec,
            ours,
            codec,
            now_s=now_s,
            step=lambda share: step.step("Merging", share),
        ).run()
    finally:
        connection.close()


def _bring_files(plan: RestorePlan, files: SealedFiles, work: LongWork) -> None:
    """The sealed files are here before the rows that give their keys are."""
    connection = connect(plan.opened.database, plan.opened.key, is_read_only=True)
    try:
        for number, id_ in enumerate(plan.files):
            work.step("Copying files", number / len(plan.files))
            # Reading it proves that it is the one the backup's database knows.
            for _ in plan.opened.files.read(find(Reader(connection), id_)):
                pass
            with plan.opened.files.open(id_) as source:
                files.adopt(id_, iter(lambda: source.read(1 << 20), b""))
    finally:
        connection.close()


def _scaled(progress: Progress, begin: float, end: float) -> Progress:
    if progress is tell_nobody:
        return tell_nobody
    return lambda stage, share: progress(stage, begin + share * (end - begin))


def _on_this_loop(progress: Progress) -> Progress:
    """The same for a worker on another thread."""
    if progress is tell_nobody:
        return tell_nobody
    loop = asyncio.get_running_loop()

    def tell(stage: str, share_ratio: float) -> None:
        loop.call_soon_threadsafe(progress, stage, share_ratio)

    return tell
