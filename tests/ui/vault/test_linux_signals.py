"""Against a real D-Bus daemon, with a login manager and a screen saver of our own on it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from PySide6.QtCore import ClassInfo, QObject, Slot
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusObjectPath,
    QDBusUnixFileDescriptor,
)

from ui.vault.linux_signals import LinuxSignals

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="D-Bus is Linux's"),
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="needs dbus-daemon"),
]
MANAGER = "org.freedesktop.login1.Manager"
SESSION_PATH = "/org/freedesktop/login1/session/_32"


@ClassInfo({"D-Bus Interface": MANAGER})
class LoginManager(QObject):
    """As much of systemd's as we ask."""

    def __init__(self):
        super().__init__()
        self.held_by = []
        self.readers = []

    @Slot(str, result="QDBusObjectPath")
    def GetSession(self, _name):
        return QDBusObjectPath(SESSION_PATH)

    @Slot(str, str, str, str, result="QDBusUnixFileDescriptor")
    def Inhibit(self, what, who, _why, mode):
        reader, writer = os.pipe()
        held = QDBusUnixFileDescriptor(writer)  # which has a copy of its own
        os.close(writer)
        os.set_blocking(reader, False)
        self.readers.append(reader)
        self.held_by.append((what, who, mode))
        return held

    def is_released(self):
        """The other end is closed in every process, so reading meets the end of the file."""
        try:
            return os.read(self.readers[-1], 1) == b""
        except BlockingIOError:
            return False


@pytest.fixture
def address():
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--print-address=1", "--nofork", "--nopidfile"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    yield daemon.stdout.readline().strip()
    daemon.terminate()
    daemon.wait(timeout=10)
    daemon.stdout.close()


@pytest.fixture
def bus(address):
    """The daemon as others see it, with the login manager on it."""
    connection = QDBusConnection.connectToBus(address, "others")
    manager = LoginManager()
    connection.registerObject(
        "/org/freedesktop/login1", manager, QDBusConnection.RegisterOption.ExportAllSlots
    )
    assert connection.registerService("org.freedesktop.login1")
    connection.manager = manager
    yield connection
    for reader in manager.readers:
        os.close(reader)
    QDBusConnection.disconnectFromBus("others")


@pytest.fixture
def signals(address, bus, qtbot):
    assert bus.isConnected()
    ours = QDBusConnection.connectToBus(address, "ours")
    made = LinuxSignals(system=ours, session=ours)
    assert made.begin()
    qtbot.waitUntil(lambda: made._delay is not None)
    qtbot.waitUntil(lambda: not made._calls)
    yield made
    made.let_sleep()
    made.deleteLater()
    QDBusConnection.disconnectFromBus("ours")


def tell(bus, path, interface, name, *values):
    message = QDBusMessage.createSignal(path, interface, name)
    message.setArguments(list(values))
    assert bus.send(message)


@pytest.mark.feature("vault.lock_on_sleep_linux")
def test_sleep_is_noticed_held_up_and_let_go(bus, signals, qtbot):
    """On Linux the computer's sleep waits until the vault is locked."""
    assert bus.manager.held_by == [("sleep", "Shvayambhu", "delay")]
    with qtbot.waitSignal(signals.sleeping):
        tell(bus, "/org/freedesktop/login1", MANAGER, "PrepareForSleep", True)
    assert not bus.manager.is_released()

    signals.let_sleep()
    qtbot.waitUntil(bus.manager.is_released)


def test_after_waking_the_next_sleep_is_held_up_again(bus, signals, qtbot):
    signals.let_sleep()
    tell(bus, "/org/freedesktop/login1", MANAGER, "PrepareForSleep", False)

    qtbot.waitUntil(lambda: len(bus.manager.held_by) == 2)
    qtbot.waitUntil(lambda: signals._delay is not None)


@pytest.mark.parametrize(
    "interface", ["org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.mate.ScreenSaver"]
)
def test_the_screens_lock_is_noticed_on_every_desktop(interface, bus, signals, qtbot):
    with qtbot.waitSignal(signals.screen_locked):
        tell(bus, "/org/some/ScreenSaver", interface, "ActiveChanged", True)


def test_unlocking_the_screen_locks_nothing(bus, signals, qtbot):
    heard = []
    signals.screen_locked.connect(lambda: heard.append("locked"))
    tell(bus, "/s", "org.freedesktop.ScreenSaver", "ActiveChanged", False)
    tell(bus, "/s", "org.freedesktop.ScreenSaver", "ActiveChanged", True)

    qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["locked"]


def test_the_login_managers_lock_is_noticed_for_our_own_session_only(bus, signals, qtbot):
    heard = []
    signals.screen_locked.connect(lambda: heard.append("locked"))
    interface = "org.freedesktop.login1.Session"
    tell(bus, "/org/freedesktop/login1/session/_99", interface, "Lock")
    tell(bus, SESSION_PATH, interface, "Lock")

    qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["locked"]


def test_without_any_bus_there_is_nothing_to_hear(monkeypatch, tmp_path):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    nowhere = QDBusConnection("a name that was never given")

    assert not LinuxSignals(system=nowhere).begin()
