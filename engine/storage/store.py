"""Who may touch the database when: one writer thread, two readers, one transaction per job.

Runs on: asked from io; works on the threads `store` and `store-read`.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlcipher3 import dbapi2 as sql  # type: ignore[import-untyped]

from engine.contract.errors import VaultBusyError, VaultDamagedError
from engine.runtime.threads import STORE
from engine.storage.database import Reader, Writer, change_key, connect, connect_in_memory
from engine.storage.keys import Secret
from engine.storage.page_check import PageCheck, check_pages
from engine.storage.sql_errors import in_plain_words, locked, translated, unfinished

T = TypeVar("T")

_READERS = 2
_CLOSE_WAIT_S = 30.0


class Store:
    """The open database. `read` and `write` are for conductors on an asyncio loop.

    A write that was begun is finished even if its asker is cancelled; one that waits is dropped.
    """

    def __init__(self, path: Path | None, key: Secret | None) -> None:
        """Threads run, and connections are opened by the first job; see `open`."""
        self.path = path
        self._key = key.copy() if key is not None else None
        self._writer = _Worker(STORE, lambda: self._connect(is_read_only=False), self._folder)
        # In memory there is one connection, for two would wait for each other's locks.
        self._readers = [] if path is None else self._new_readers()
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._alone = asyncio.Lock()
        self._checked = PageCheck()

    @classmethod
    async def open(cls, path: Path, key: Secret) -> Store:
        """The store of the database at `path`, which must be there.

        Raises:
            VaultDamagedError: It does not open under this key.
            StorageError: It cannot be opened.
        """
        store = cls(path, key)
        try:
            await store.maintain(lambda _: None)
        except BaseException:
            await store.close()
            raise
        return store

    @classmethod
    async def in_memory(cls) -> Store:
        """An empty store that is gone when it is closed; nothing of it is on disk."""
        store = cls(None, None)
        await store.maintain(lambda _: None)
        return store

    @property
    def is_in_memory(self) -> bool:
        """Whether it is a private session's."""
        return self.path is None

    async def write(self, function: Callable[[Writer], T]) -> T:
        """The result of `function`, whose changes are on disk, all of them.

        Raises:
            StorageError: None of them is. The store can be used again.
            VaultLockedError: It was closed.
        """
        return await self._writer.ask(lambda connection: _in_transaction(connection, function))

    async def read(self, function: Callable[[Reader], T]) -> T:
        """The result of `function`, which sees one state of the database throughout.

        Raises:
            StorageError: It could not be read.
            VaultLockedError: It was closed.
        """
        await self._may_read.wait()
        if not self._readers:
            return await self._writer.ask(lambda connection: _in_question(connection, function))
        freest = min(self._readers, key=lambda reader: reader.waiting)
        return await freest.ask(lambda connection: _in_snapshot(connection, function))

    async def maintain(self, function: Callable[[Writer], T]) -> T:
        """The result of `function`, run between two writes and outside a transaction.

        For what SQLite does only there: checkpoints, VACUUM, VACUUM INTO, integrity checks.
        """
        return await self._writer.ask(lambda connection: function(Writer(connection)))

    async def checkpoint(self) -> bool:
        """Everything is in the main file and the log is empty; False if somebody holds the log.

        A reader of ours or a backup may; it is waited for two seconds.
        """
        if self.path is None:
            return True
        return await self.maintain(empty_log)

    async def bad_pages(self) -> list[str]:
        """What is wrong with pages of the main file; run `checkpoint` before."""
        return await self.maintain(_bad_pages)

    async def check_some_pages(self, budget_s: float) -> PageCheck:
        """The next pages of the main file, for about so long; then it goes on from there.

        Cheap enough for a pause; writes wait meanwhile, reads do not.
        """
        path = self.path
        if path is None:
            return PageCheck()

        def check(_: Writer) -> PageCheck:
            # The key of now: it may have been changed while this waited.
            key, first_page = self._key or Secret(b""), self._checked.next_page
            return check_pages(path, key, first_page=first_page, budget_s=budget_s)

        self._checked = await self.maintain(check)
        return self._checked

    async def rekey(self, key: Secret) -> list[str]:
        """Every page is under `key`, on disk and checked; what is wrong, if anything is.

        Readers wait. If it fails, the connections are closed, and `reopen` is due: the file is
        under one key or the other, never under both.

        Raises:
            StorageError: The disk is full, for instance.
        """

        def change(connection: Any) -> list[str]:
            # Before: the log must not hold pages under two keys. After: until the log is in the
            # main file, that file opens with the old key, and the check, which reads it alone,
            # finds thousands of errors that are none.
            writer = Writer(connection)
            if not empty_log(writer):
                raise _held()
            change_key(connection, key)
            self._set_key(key)
            try:
                if not empty_log(writer):
                    raise _held()
            except sql.OperationalError as error:
                if error.sqlite_errorcode != sql.SQLITE_LOCKED:
                    raise
                # SQLCipher keeps to itself what stopped it, and leaves its own transaction open.
                raise unfinished(self._folder()) from error
            return _bad_pages(writer)

        async with self._without_readers():
            try:
                return await self._writer.ask(change)
            finally:
                await self._writer.disconnect()

    async def reopen(self, key: Secret) -> None:
        """Every connection is opened anew, under `key`.

        Raises:
            StorageError: It does not open under it.
        """
        async with self._without_readers():
            await self._writer.disconnect()
            self._set_key(key)
            await self.maintain(lambda _: None)

    async def move_to_disk(self, path: Path, key: Secret, move: Callable[[Any], None]) -> None:
        """What was in memory is at `path`, and so is everything written from now on.

        Args:
            move: Given the connection in memory, on the writer's thread; makes the file.
        """

        def switch(connection: Any) -> Any:
            move(connection)
            moved = connect(path, key)
            self.path = path
            self._set_key(key)
            return moved

        await self._writer.switch(switch)
        self._readers = self._new_readers()

    def _set_key(self, key: Secret) -> None:
        self._checked = PageCheck()
        before, self._key = self._key, key.copy()
        if before is not None:
            before.wipe()

    @contextlib.asynccontextmanager
    async def _without_readers(self) -> AsyncIterator[None]:
        async with self._alone:
            self._may_read.clear()
            try:
                for reader in self._readers:
                    await reader.disconnect()
                yield
            finally:
                self._may_read.set()

    async def close(self) -> None:
        """What was asked before is done, the connections are closed and the key is wiped."""
        # The writer last: the connection that closes last empties the write-ahead log.
        for worker in (*self._readers, self._writer):
            await asyncio.to_thread(worker.close)
        if self._key is not None:
            self._key.wipe()

    def _new_readers(self) -> list[_Worker]:
        def make() -> Any:
            return self._connect(is_read_only=True)

        return [
            _Worker(f"{STORE}-read-{number}", make, self._folder)
            for number in range(1, _READERS + 1)
        ]

    def _folder(self) -> Path | None:
        return None if self.path is None else self.path.parent

    def _connect(self, *, is_read_only: bool) -> Any:
        if self.path is None:
            return connect_in_memory()
        if not self._key:
            raise locked()
        return connect(self.path, self._key, is_read_only=is_read_only)


def _in_transaction(connection: Any, function: Callable[[Writer], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = function(Writer(connection))
        connection.execute("COMMIT")
    except BaseException:
        # SQLite has rolled back by itself after some errors, such as a full disk.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _in_snapshot(connection: Any, function: Callable[[Reader], T]) -> T:
    connection.execute("BEGIN")
    try:
        with _our_mistakes():
            return function(Reader(connection))
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _in_question(connection: Any, function: Callable[[Reader], T]) -> T:
    connection.execute("PRAGMA query_only = ON")
    try:
        with _our_mistakes():
            return function(Reader(connection))
    finally:
        connection.execute("PRAGMA query_only = OFF")


@contextlib.contextmanager
def _our_mistakes() -> Iterator[None]:
    """A reader that writes is a bug of ours, not a disk that cannot be written."""
    try:
        yield
    except sql.OperationalError as error:
        if error.sqlite_errorcode == sql.SQLITE_READONLY:
            raise RuntimeError("a reader tried to write") from error
        raise


def empty_log(writer: Writer) -> bool:
    """The write-ahead log is in the main file and empty; False if somebody holds it."""
    row = writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return row is not None and row[0] == 0


def _bad_pages(writer: Writer) -> list[str]:
    return [str(row[0]) for row in writer.execute("PRAGMA cipher_integrity_check")]


def _held() -> VaultBusyError:
    return VaultBusyError(
        "A backup is being made, so the key was not changed.",
        action="Try again when it is done.",
    )


class _Worker:
    """One thread and its connection, which nobody else ever touches."""

    def __init__(
        self, name: str, make: Callable[[], Any], folder: Callable[[], Path | None]
    ) -> None:
        self._make = make
        self._folder = folder
        self._connection: Any = None
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]
        self._jobs = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Jobs that wait, about."""
        return self._jobs.qsize()

    async def ask(self, function: Callable[[Any], T]) -> T:
        """The result of `function`, called with the connection on this thread."""
        return await self._queue(lambda: self._with_connection(function))

    async def switch(self, change: Callable[[Any], Any]) -> None:
        """The connection is the one that `change` made of it; jobs that wait get that one."""

        def act() -> None:
            after = self._with_connection(change)
            self._drop()
            self._connection = after

        await self._queue(act)

    async def disconnect(self) -> None:
        """The connection is closed; the next job opens another."""
        await self._queue(self._drop)

    def close(self) -> None:
        """What waits is done, and the connection is closed. Blocks; for any thread but its own."""
        with self._lock:
            if not self._is_closed:
                self._is_closed = True
                self._jobs.put(None)
        self._thread.join(_CLOSE_WAIT_S)

    async def _queue(self, action: Callable[[], T]) -> T:
        future: Future[T] = Future()
        with self._lock:
            if self._is_closed:
                raise locked()
            self._jobs.put((future, action))
        return await asyncio.wrap_future(future)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            _do(*job, self._folder())
            # It must not hold the last job's text until the next one comes.
            del job
        self._drop()

    def _with_connection(self, function: Callable[[Any], T]) -> T:
        if self._connection is None:
            self._connection = self._make()
        try:
            return function(self._connection)
        except sql.Error as error:
            # After one damaged page a connection calls good pages bad too (sqlcipher#617).
            # In memory there are no pages to go bad, and nothing to open anew.
            if isinstance(translated(error), VaultDamagedError) and self._folder() is not None:
                self._drop()
            raise

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _do(future: Future[Any], action: Callable[[], Any], folder: Path | None) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        with in_plain_words(folder):
            result = action()
    except BaseException as error:  # noqa: BLE001 - it goes to the asker, the thread lives on
        future.set_exception(error)
    else:
        future.set_result(result)
