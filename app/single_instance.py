"""One window for each home: a second launch brings the first window forward and leaves."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import FolderError

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer

# The first window may still be starting: it listens within a second, ten on a slow disk.
_PATIENCE_S = 10.0
_RAISE = b"raise\n"


class WindowClaim:
    """The right to open the window of one home. The system takes it back when we end, however."""

    def __init__(self, lock: int, socket_file: Path) -> None:
        self._lock = lock
        self._socket_file = socket_file
        self._server: QLocalServer | None = None

    def listen(self, on_raise: Callable[[], None]) -> None:
        """`on_raise` is called on the main thread whenever the app is launched again.

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
                connection.disconnectFromServer()
                on_raise()

        server.newConnection.connect(greet)
        server.listen(str(self._socket_file))
        self._server = server

    def close(self) -> None:
        """Another launch may open the window."""
        if self._server is not None:
            self._server.close()
            self._server = None
        os.close(self._lock)


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


def raise_other_window(socket_file: Path, *, patience_s: float = _PATIENCE_S) -> bool:
    """Whether the process that has the window was reached and asked to bring it forward."""
    import time

    deadline = time.monotonic() + patience_s
    while True:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as knock:
            knock.settimeout(patience_s)
            knock.connect(str(socket_file))
            knock.sendall(_RAISE)
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)


def remove_socket(socket_file: Path) -> None:
    """Nothing lies at `socket_file` if it was a socket; other files are left alone."""
    with contextlib.suppress(OSError):
        if stat.S_ISSOCK(socket_file.lstat().st_mode):
            socket_file.unlink()
