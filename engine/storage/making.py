"""Making the database file: whole under another name first, then in its place in one step.

Runs on: any thread but io; `export_to` on the store's, which owns the connection it is given.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2 as sql  # type: ignore[import-untyped]

from engine.contract.errors import StorageError, VaultFullError
from engine.storage.database import Writer, connect, key_literal, open_keyed
from engine.storage.disk import disk_errors, sync_folder
from engine.storage.keys import Secret
from engine.storage.migrations.upgrade import upgrade
from engine.storage.sql_errors import in_plain_words

DATABASE = "vault.db"
_PART = "vault.db.new"
BESIDE = ("", "-wal", "-shm", "-journal")


def make_database(folder: Path, key: Secret) -> None:
    """An empty vault of the latest schema is in its place.

    Raises:
        StorageError: It could not be made; nothing is in its place.
    """
    part = _new_part(folder)
    connection = connect(part, key)
    try:
        with in_plain_words(folder):
            connection.execute("BEGIN IMMEDIATE")
            upgrade(Writer(connection))
            connection.execute("COMMIT")
    finally:
        connection.close()
    _put_in_place(part)


def export_to(folder: Path, key: Secret, connection: Any) -> None:
    """All that the connection's database holds is in its place, encrypted, counted and checked.

    Raises:
        StorageError: It is not; the connection's database is unharmed.
    """
    part = _new_part(folder)
    with in_plain_words(folder):
        spelled = key_literal(key)
        connection.execute("ATTACH DATABASE ? AS kept KEY ?", (str(part), spelled))
        try:
            (version,) = connection.execute("PRAGMA main.user_version").fetchone()
            _export(connection)
            connection.execute(f"PRAGMA kept.user_version = {int(version):d}")
        finally:
            # A failed export leaves a transaction behind, and that would hold the file.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            connection.execute("DETACH DATABASE kept")
        copy = open_keyed(part, key)
        try:
            same = row_counts(copy) == row_counts(connection)
            whole = copy.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]
            sealed = not copy.execute("PRAGMA cipher_integrity_check").fetchmany(1)
        finally:
            copy.close()
    if not (same and whole and sealed):
        remove_database(folder, _PART)
        raise StorageError(
            "What was kept on disk differs from this session, so it was removed again.",
            action="Look after this disk, then try again.",
        )
    _put_in_place(part)


def _export(connection: Any) -> None:
    try:
        connection.execute("SELECT sqlcipher_export('kept')").fetchall()
    except sql.Error as error:
        # Whatever went wrong, the function gives SQLite's code for a mistake in a statement.
        raise VaultFullError(
            "This session could not be written to the disk. It goes on as before.",
            action="Make room on the disk, then try again.",
        ) from error


def row_counts(connection: Any) -> dict[str, int]:
    """Rows by table, the full-text indexes' own tables included."""
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).fetchall()
    return {
        name: int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])
        for (name,) in names
    }


def remove_database(folder: Path, name: str = DATABASE) -> None:
    """The database's files are gone."""
    with disk_errors():
        for suffix in BESIDE:
            (folder / f"{name}{suffix}").unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """What a killed process had half made is gone."""
    # It is no loss if they stay: they are in nobody's way.
    with contextlib.suppress(StorageError):
        remove_database(folder, _PART)


def _new_part(folder: Path) -> Path:
    remove_database(folder, _PART)
    part = folder / _PART
    with disk_errors():
        # Made here, so that nobody else may read it; the log beside it gets the same mode.
        os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    return part


def _put_in_place(part: Path) -> None:
    with disk_errors():
        descriptor = os.open(part, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(part, part.with_name(DATABASE))
        sync_folder(part.parent)
