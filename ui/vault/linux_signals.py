"""Sleep and the screen's lock as Linux tells them, over D-Bus."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import SLOT, QObject, Signal, Slot
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusPendingCallWatcher,
    QDBusUnixFileDescriptor,
)

from ui.text import APP
from ui.text_lock import INHIBIT_WHY

_LOGIN = "org.freedesktop.login1"
_LOGIN_PATH = "/org/freedesktop/login1"
_MANAGER = "org.freedesktop.login1.Manager"
_SESSION = "org.freedesktop.login1.Session"
# GNOME, Cinnamon and MATE have names of their own beside the common one.
_SCREEN_SAVERS = (
    "org.freedesktop.ScreenSaver",
    "org.gnome.ScreenSaver",
    "org.cinnamon.ScreenSaver",
    "org.mate.ScreenSaver",
)


class LinuxSignals(QObject):
    """Listens to the login manager on the system's bus and to screen savers on the session's.

    Attributes:
        sleeping: The computer is about to sleep.
        screen_locked: The screen is locked now.
    """

    sleeping = Signal()
    screen_locked = Signal()

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        system: QDBusConnection | None = None,
        session: QDBusConnection | None = None,
    ) -> None:
        """Nothing is listened to yet.

        Args:
            parent: Owner.
            system: The system's bus; None takes this machine's.
            session: The session's bus; None takes the user's.
        """
        super().__init__(parent)
        self._system = system
        self._session = session
        self._delay: QDBusUnixFileDescriptor | None = None
        self._calls: list[QDBusPendingCallWatcher] = []

    def begin(self) -> bool:
        """Whether at least one of the buses can be heard."""
        system = self._system or _system_bus()
        session = self._session or _session_bus()
        is_heard = False
        if system is not None and system.isConnected():
            self._system = system
            is_heard = system.connect(
                _LOGIN, _LOGIN_PATH, _MANAGER, "PrepareForSleep", self, _slot("_asleep(bool)")
            )
            self._find_session()
            self._hold_sleep()
        if session is not None and session.isConnected():
            for name in _SCREEN_SAVERS:
                # Any sender and any path: they differ between desktops, the meaning does not.
                is_heard |= session.connect(
                    "", "", name, "ActiveChanged", self, _slot("_screen(bool)")
                )
        return is_heard

    def let_sleep(self) -> None:
        """The system need not wait any longer."""
        # The lock ends when its descriptor is closed, which its value does at its own end.
        self._delay = None

    @Slot(bool)
    def _asleep(self, is_beginning: bool) -> None:
        if is_beginning:
            self.sleeping.emit()
        else:
            self._hold_sleep()

    @Slot(bool)
    def _screen(self, is_locked: bool) -> None:
        if is_locked:
            self.screen_locked.emit()

    @Slot()
    def _session_locked(self) -> None:
        self.screen_locked.emit()

    def _find_session(self) -> None:
        """`Lock` is told by the session's own object, whose path is asked for."""
        # "auto" is the session of this process, else the one on this user's screen.
        self._ask("GetSession", ["auto"], self._session_found)

    def _session_found(self, reply: QDBusMessage) -> None:
        arguments = reply.arguments()
        if reply.type() != QDBusMessage.MessageType.ReplyMessage or not arguments:
            return  # not a session of the login manager, so none of ours is locked through it
        path = arguments[0]
        path = path.path() if hasattr(path, "path") else str(path)
        if self._system is not None:
            self._system.connect(_LOGIN, path, _SESSION, "Lock", self, _slot("_session_locked()"))

    def _hold_sleep(self) -> None:
        """The system waits, a little, until we have locked."""
        self._ask("Inhibit", ["sleep", APP, INHIBIT_WHY, "delay"], self._sleep_held)

    def _sleep_held(self, reply: QDBusMessage) -> None:
        arguments = reply.arguments()
        if arguments and isinstance(arguments[0], QDBusUnixFileDescriptor):
            self._delay = arguments[0]

    def _ask(self, name: str, arguments: list[str], take: Callable[[QDBusMessage], None]) -> None:
        if self._system is None:
            return
        call = QDBusMessage.createMethodCall(_LOGIN, _LOGIN_PATH, _MANAGER, name)
        call.setArguments(arguments)
        watcher = QDBusPendingCallWatcher(self._system.asyncCall(call), self)
        self._calls.append(watcher)
        watcher.finished.connect(lambda done: self._answered(done, take))

    def _answered(
        self, watcher: QDBusPendingCallWatcher, take: Callable[[QDBusMessage], None]
    ) -> None:
        if watcher in self._calls:
            self._calls.remove(watcher)
        take(watcher.reply())
        watcher.deleteLater()


def _slot(signature: str) -> Any:
    # PySide6 6.11.3 takes a text here, though its types ask for bytes.
    return SLOT(signature)


def _system_bus() -> QDBusConnection | None:
    return QDBusConnection.systemBus()


def _session_bus() -> QDBusConnection | None:
    """The user's bus, if there is one; asking for one that is not there may start a program."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.environ.get("DBUS_SESSION_BUS_ADDRESS") or (runtime and Path(runtime, "bus").exists()):
        return QDBusConnection.sessionBus()
    return None
