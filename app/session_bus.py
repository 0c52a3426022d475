"""The user's D-Bus session, heard through Qt's loop.

Qt's own D-Bus module cannot write every type from Python (an unsigned number, a list of structs),
which notifications and the shortcuts portal need; jeepney can, and comes with the keychain.

Runs on: main.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSocketNotifier, QTimer

_log = logging.getLogger(__name__)

Take = Callable[[Any], None]
"""Takes a message: its `body` is a tuple; its header says what it is."""


def session_address() -> str:
    """Where the user's bus listens; empty if there is none. Nothing is started by asking."""
    address = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
    socket = Path(os.environ.get("XDG_RUNTIME_DIR", "") or "/nowhere", "bus")
    return address or (f"unix:path={socket}" if socket.exists() else "")


class SessionBus(QObject):
    """One connection: calls with an answer, and signals that are listened to."""

    def __init__(self, address: str) -> None:
        """It is connected.

        Raises:
            OSError: The bus does not answer.
        """
        from jeepney.io.blocking import open_dbus_connection

        super().__init__()
        self._answers: dict[int, Take] = {}
        self._rules: list[tuple[Any, Take]] = []
        try:
            self._connection: Any = open_dbus_connection(address)
        except (ValueError, KeyError) as error:
            raise OSError("this address of a bus is not understood") from error
        self.name: str = self._connection.unique_name
        self._notifier = QSocketNotifier(
            self._connection.sock.fileno(), QSocketNotifier.Type.Read, self
        )
        self._notifier.activated.connect(lambda: self._read())
        # What came together with an earlier answer waits in no socket.
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(0)
        self._rest.timeout.connect(self._read)

    def call(
        self,
        to: tuple[str, str, str],
        method: str,
        signature: str = "",
        body: tuple[Any, ...] = (),
        take: Take = lambda _message: None,
    ) -> None:
        """The call is sent; `take` gets the answer, an error too.

        Args:
            to: Bus name, object path and interface.
            method: What is called.
            signature: Types of `body` as D-Bus writes them; variants are (signature, value).
            body: What is sent along.
            take: Called on main.
        """
        from jeepney import DBusAddress, new_method_call

        bus_name, path, interface = to
        address = DBusAddress(path, bus_name=bus_name, interface=interface)
        message = new_method_call(address, method, signature or None, body)
        serial = next(self._connection.outgoing_serial)
        self._answers[serial] = take
        try:
            self._connection.send(message, serial=serial)
        except OSError:
            self._lose()

    def hear(self, interface: str, member: str, path: str, take: Take) -> None:
        """`take` gets each such signal from now on."""
        from jeepney import MatchRule

        rule = MatchRule(type="signal", interface=interface, member=member, path=path)
        self._rules.append((rule, take))
        self.call(
            ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus"),
            "AddMatch",
            "s",
            (rule.serialise(),),
        )

    def close(self) -> None:
        """Nothing is heard any more."""
        self._notifier.setEnabled(False)
        self._rest.stop()
        self._rules.clear()
        self._answers.clear()
        self._connection.close()

    def _read(self) -> None:
        from jeepney import HeaderFields

        try:
            message = self._connection.receive(timeout=0)
        except TimeoutError:
            return
        except (OSError, EOFError):
            self._lose()
            return
        self._rest.start()
        serial = message.header.fields.get(HeaderFields.reply_serial)
        if serial is not None:
            take = self._answers.pop(serial, None)
            if take is not None:
                take(message)
            return
        for rule, take in tuple(self._rules):
            if rule.matches(message):
                take(message)

    def _lose(self) -> None:
        _log.info("the session's bus has gone")
        self._notifier.setEnabled(False)
        self._rules.clear()
        self._answers.clear()


def is_error(message: Any) -> bool:
    """Whether an answer says that the call failed."""
    from jeepney import MessageType

    return bool(message.header.message_type == MessageType.error)
