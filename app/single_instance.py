"""One window for each home: a second launch brings the first window forward and leaves."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import FolderError

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

# The first window may still be starting: it listens within a second, ten on a slow disk.
_PATIENCE_S = 10.0
# Unlocking takes half a second for the passphrase, locking the end of what is being written.
_ANSWER_PATIENCE_S = 60.0
# A passphrase of 4 kB, escaped; whoever sends more is none of us.
_LONGEST_ORDER_BYTES = 32 * 1024
RAISE = {"order": "raise"}
QUICK = {"order": "quick"}

Order = dict[str, str]
"""What another launch asks of the window that is open."""

Answer = Callable[[Order], None]
"""Takes the reply; to be called once, on the main thread."""


class WindowClaim:
    """The right to open the window of one home. The system takes it back when we end, however."""

    def __init__(self, lock: int, socket_file: Path) -> None:
        self._lock = lock
        self._socket_file = socket_file
        self._server: QLocalServer | None = None

    def listen(
        self, on_raise: Callable[[], None], on_order: Callable[[Order, Answer], None] | None = None
    ) -> None:
        """`on_raise` is called on the main thread whenever the app is launched again.

        Args:
            on_raise: Brings the window forward.
            on_order: Called with any other order, and with what takes the reply to it.

        Runs on: main, with a Qt application there.
        """
        from PySide6.QtNetwork import QLocalServer

        # Whoever holds the lock owns the socket, so what lies there was left by a killed process.
        remove_socket(self._socket_file)
        server = QLocalServer()
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)

        def greet() -> None:
            while connection := server.nextPendingConnection():
                connection.disconnected.connect(connection.deleteLater)
                _Caller(connection, on_raise, on_order).listen()

        server.newConnection.connect(greet)
        server.listen(str(self._socket_file))
        self._server = server

    def close(self) -> None:
        """Another launch may open the window."""
        if self._server is not None:
            self._server.close()
            self._server = None
        os.close(self._lock)


class _Caller:
    """Another launch that has knocked: one line of JSON in, one line out."""

    def __init__(
        self,
        connection: QLocalSocket,
        on_raise: Callable[[], None],
        on_order: Callable[[Order, Answer], None] | None,
    ) -> None:
        self._connection: QLocalSocket | None = connection
        self._on_raise = on_raise
        self._on_order = on_order
        self._heard = b""

    def listen(self) -> None:
        """What was sent so far is read, and what comes later too."""
        if self._connection is not None:
            # PySide holds bound methods weakly, functions strongly; the connection keeps us.
            self._connection.readyRead.connect(lambda: self._read())
            self._connection.disconnected.connect(lambda: self._forget())
            self._read()

    def _read(self) -> None:
        if self._connection is None:
            return
        self._heard += bytes(self._connection.readAll().data())
        if b"\n" in self._heard:
            line, self._heard = self._heard, b""
            self._take(_order_of(line))
        elif len(self._heard) > _LONGEST_ORDER_BYTES:
            self._answer({})

    def _take(self, order: Order) -> None:
        if order == RAISE:
            self._answer({})
            self._on_raise()
        elif order and self._on_order is not None:
            self._on_order(order, self._answer)
        else:
            self._answer({"kind": "bad_request", "message": "The window does not know that order."})

    def _answer(self, reply: Order) -> None:
        if self._connection is not None:
            self._connection.write(json.dumps(reply).encode() + b"\n")
            self._connection.disconnectFromServer()

    def _forget(self) -> None:
        # Qt removes it; a reply that comes too late goes nowhere.
        self._connection = None


def _order_of(line: bytes) -> Order:
    try:
        order = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    is_order = isinstance(order, dict) and all(isinstance(value, str) for value in order.values())
    return order if is_order else {}


def claim_window(lock_file: Path, socket_file: Path) -> WindowClaim | None:
    """The claim, or None if another process has it.

    Raises:
        FolderError: The lock cannot be made.
    """
    try:
        lock = os.open(lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise FolderError(f"The window's lock cannot be made ({error.strerror}).") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    except OSError:
        # Some network folders know no locks; two windows are better than none.
        return WindowClaim(lock, socket_file)
    return WindowClaim(lock, socket_file)


def raise_other_window(
    socket_file: Path, order: Order | None = None, *, patience_s: float = _PATIENCE_S
) -> bool:
    """Whether the process that has the window was reached and asked to bring it forward.

    Args:
        socket_file: Where it listens.
        order: Another order, such as QUICK; None raises the window.
        patience_s: How long a process that is still starting is waited for.
    """
    import time

    deadline = time.monotonic() + patience_s
    while True:
        if tell_other_window(socket_file, order or RAISE, patience_s=patience_s) is not None:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)


def tell_other_window(
    socket_file: Path, order: Order, *, patience_s: float = _ANSWER_PATIENCE_S
) -> Order | None:
    """The reply of the process that has the window; None if there is none.

    The socket belongs to this user alone, and what is sent stays in this machine's memory.
    """
    heard: bytes | None = None
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as knock:
        knock.settimeout(patience_s)
        knock.connect(str(socket_file))
        knock.sendall(json.dumps(order).encode() + b"\n")
        # Reached; a reply that does not come in time is an empty one.
        heard = b""
        while b"\n" not in heard and len(heard) <= _LONGEST_ORDER_BYTES:
            piece = knock.recv(4096)
            if not piece:
                break
            heard += piece
    return None if heard is None else _order_of(heard)


def remove_socket(socket_file: Path) -> None:
    """Nothing lies at `socket_file` if it was a socket; other files are left alone."""
    with contextlib.suppress(OSError):
        if stat.S_ISSOCK(socket_file.lstat().st_mode):
            socket_file.unlink()
