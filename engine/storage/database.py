"""Connections to the encrypted database, and the two types through which rooms use them.

SQLCipher fails open in three ways, so each is checked after opening: a library without it ignores
the key, an empty key writes plainly, and a raw key that is not 64 hex digits is a passphrase.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlcipher3  # type: ignore[import-untyped]
from sqlcipher3 import dbapi2 as sql

from engine.storage.keys import KEY_BYTES, Secret
from engine.storage.sql_errors import damaged, in_plain_words

# sqlite-utils looks for `pysqlite3` first; under that name it sees SQLCipher's own exceptions.
sys.modules.setdefault("pysqlite3", sqlcipher3)
sys.modules.setdefault("pysqlite3.dbapi2", sql)

if TYPE_CHECKING:
    from sqlite_utils import Database

PLAIN_MAGIC = b"SQLite format 3\x00"
Row = tuple[Any, ...]

# Another process may check or copy the file for a moment; within ours there is one writer.
_BUSY_WAIT_MS = 2000
# A write-ahead log grows while a reader holds it; it is cut back to this after a checkpoint.
_LOG_LIMIT_BYTES = 16 << 20
_SETUP = (
    # FULL: a message that was said to be kept outlasts a loss of power, not only a crash.
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    # Mapped pages would be written around SQLCipher's checks.
    "PRAGMA mmap_size = 0",
    f"PRAGMA journal_size_limit = {_LOG_LIMIT_BYTES}",
)


class Rows(Protocol):
    """What a statement found, or how many rows it changed."""

    @property
    def rowcount(self) -> int:
        """Rows that were changed; -1 for a question."""
        ...

    @property
    def lastrowid(self) -> int:
        """Row that was inserted last."""
        ...

    def fetchone(self) -> Row | None:
        """The next row; None after the last."""
        ...

    def fetchmany(self, size: int = ...) -> list[Row]:
        """The next rows."""
        ...

    def fetchall(self) -> list[Row]:
        """All that are left."""
        ...

    def __iter__(self) -> Iterator[Row]: ...


class Reader:
    """May ask and never change: its connection is opened read-only and set to questions only."""

    __slots__ = ("_connection",)

    def __init__(self, connection: sql.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> Rows:
        """The rows of a question."""
        rows: Rows = self._connection.execute(statement, parameters)
        return rows


class Writer(Reader):
    """May do both, inside the transaction that the store has begun and will commit."""

    __slots__ = ("_tables",)

    def __init__(self, connection: sql.Connection) -> None:
        super().__init__(connection)
        self._tables: Database | None = None

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> Rows:
        """The statement was run once for each row."""
        done: Rows = self._connection.executemany(statement, rows)
        return done

    @property
    def tables(self) -> Database:
        """The same connection through sqlite-utils: `writer.tables["memories"].upsert(...)`."""
        if self._tables is None:
            # Imported on first use: it takes 0.1 s, and reading needs none of it.
            from sqlite_utils import Database

            self._tables = Database(self._connection, execute_plugins=False)
        return self._tables


def connect(
    path: Path, key: Secret, *, is_read_only: bool = False, may_create: bool = False
) -> Any:
    """An open, keyed and checked connection of sqlcipher3, with every setting made.

    Args:
        may_create: Whether a missing file is made; else it is an error.

    Raises:
        VaultDamagedError: The file does not open under this key.
        StorageError: It cannot be opened.

    Runs on: the thread that will use it.
    """
    connection = open_keyed(path, key, is_read_only=is_read_only, may_create=may_create)
    with in_plain_words(path.parent):
        try:
            if not is_read_only:
                _use_log(connection)
            for setting in _SETUP:
                connection.execute(setting)
            if is_read_only:
                connection.execute("PRAGMA query_only = ON")
            _check_temporary(connection)
        except BaseException:
            connection.close()
            raise
    return connection


def open_keyed(
    path: Path, key: Secret, *, is_read_only: bool = False, may_create: bool = False
) -> Any:
    """A connection that has proved its key by reading the schema; nothing was written.

    Raises:
        VaultDamagedError: The file does not open under this key.
        StorageError: It cannot be opened.
    """
    mode = "ro" if is_read_only else "rwc" if may_create else "rw"
    with in_plain_words(path.parent):
        connection = sql.connect(
            f"{path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
            timeout=_BUSY_WAIT_MS / 1000,
        )
        try:
            connection.execute("PRAGMA cipher_log_level = NONE")
            set_key(connection, key)
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            _check_encrypted(connection)
            _check_header(path)
        except BaseException:
            connection.close()
            raise
    return connection


def connect_in_memory() -> Any:
    """A connection to an empty database that is gone with it; nothing of it is on disk."""
    connection = sql.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    _check_temporary(connection)
    return connection


def set_key(connection: Any, key: Secret) -> None:
    """The connection's key; as raw bytes, for deriving one from a text takes 0.1 s each time."""
    spelled = key_literal(key)
    try:
        connection.set_key(spelled)
    finally:
        _clear(spelled)


def change_key(connection: Any, key: Secret) -> None:
    """Every page is under `key`, in one transaction of SQLite's."""
    spelled = key_literal(key)
    try:
        connection.reset_key(spelled)
    finally:
        _clear(spelled)


def key_literal(key: Secret) -> bytearray:
    """SQLCipher's spelling of a raw key; the caller clears it."""
    if len(key) != KEY_BYTES:
        raise ValueError("a database key has 32 bytes")
    digits = b"0123456789abcdef"
    spelled = bytearray(b"x'")
    for byte in key.raw:
        spelled.append(digits[byte >> 4])
        spelled.append(digits[byte & 15])
    spelled += b"'"
    return spelled


def _clear(spelled: bytearray) -> None:
    for place in range(len(spelled)):
        spelled[place] = 0


def _use_log(connection: Any) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise damaged()


def _check_encrypted(connection: Any) -> None:
    version = connection.execute("PRAGMA cipher_version").fetchone()
    status = connection.execute("PRAGMA cipher_status").fetchone()
    if not version or not version[0] or not status or str(status[0]) != "1":
        raise RuntimeError("this SQLite does not encrypt")


def _check_header(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(PLAIN_MAGIC)) == PLAIN_MAGIC:
            raise RuntimeError("the database lies in plain bytes")


def _check_temporary(connection: Any) -> None:
    """Sorting must never spill to a plain file: 5 files with 1,962 plain rows were measured."""
    connection.execute("PRAGMA temp_store = MEMORY")
    (place,) = connection.execute("PRAGMA temp_store").fetchone()
    if place != 2:
        raise RuntimeError("temporary tables would go to disk")
