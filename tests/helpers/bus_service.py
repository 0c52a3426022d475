"""A real D-Bus daemon of our own, and services on it that say what a test lets them say."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QSocketNotifier

Answer = Callable[[str, tuple[Any, ...]], tuple[str, tuple[Any, ...]]]
"""Takes a method's name and what was sent along; gives types and values of the reply."""


def why_no_bus() -> str:
    """What is missing to run one; empty if nothing is."""
    return "" if shutil.which("dbus-daemon") else "needs dbus-daemon"


@contextmanager
def session_bus() -> Iterator[str]:
    """A session's bus runs in this block; yields its address."""
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--print-address=1", "--nofork", "--nopidfile"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert daemon.stdout is not None
    try:
        yield daemon.stdout.readline().strip()
    finally:
        daemon.terminate()
        daemon.wait(timeout=10)
        daemon.stdout.close()


class BusService:
    """One name on the bus; every call to it is noted and answered.

    Attributes:
        calls: Method and what was sent along, in order.
    """

    def __init__(self, address: str, name: str, answer: Answer) -> None:
        from jeepney import message_bus
        from jeepney.io.blocking import open_dbus_connection

        self._answer = answer
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.callers: list[str] = []
        self._connection = open_dbus_connection(address)
        self._connection.send_and_get_reply(message_bus.RequestName(name), timeout=5)
        fileno = self._connection.sock.fileno()
        self._notifier = QSocketNotifier(fileno, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(lambda: self._read())

    def tell(self, path: str, interface: str, name: str, signature: str, *values: Any) -> None:
        """A signal goes out to whoever listens."""
        from jeepney import DBusAddress, new_signal

        sender = DBusAddress(path, interface=interface)
        self._connection.send(new_signal(sender, name, signature, values))

    def close(self) -> None:
        self._notifier.setEnabled(False)
        self._connection.close()

    def _read(self) -> None:
        from jeepney import HeaderFields, MessageType, new_error, new_method_return

        while True:
            try:
                message = self._connection.receive(timeout=0)
            except (TimeoutError, ConnectionError, EOFError):
                return
            if message.header.message_type != MessageType.method_call:
                continue
            method = message.header.fields[HeaderFields.member]
            self.calls.append((method, message.body))
            self.callers.append(message.header.fields[HeaderFields.sender])
            try:
                signature, values = self._answer(method, message.body)
            except LookupError:
                name = "org.freedesktop.DBus.Error.UnknownMethod"
                self._connection.send(new_error(message, name, "s", ("no such method",)))
                continue
            reply = new_method_return(message, signature or None, values)
            self._connection.send(reply)
