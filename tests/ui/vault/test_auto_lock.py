from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtTest import QTest

from engine.contract.settings import StorageSettings
from engine.contract.vault import LockReason, VaultState, VaultStatus
from engine.contract.vault_commands import LockVault
from engine.contract.vault_events import VaultStatusChanged
from ui.vault.idle_watch import IdleWatch


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class System(QObject):
    """Stands in for Linux or macOS: tells when a test says so."""

    sleeping = Signal()
    screen_locked = Signal()

    def __init__(self):
        super().__init__()
        self.sleeps = 0

    def begin(self):
        return True

    def let_sleep(self):
        self.sleeps += 1


@pytest.fixture
def system(window):
    source = System()
    window.vault.auto_lock.system_watch.listen_to(source)
    return source


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(window, clock, qtbot):
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    made = IdleWatch(now_s=clock)
    made.wait_for(60)
    yield made
    made.deleteLater()


def change(window, qtbot, **values):
    settings = window.session.settings
    for name, value in values.items():
        settings.change("storage", name, value)
    wanted = replace(StorageSettings(), **values)
    qtbot.waitUntil(lambda: settings.value.storage == wanted)


def reasons(engine):
    return [command.reason for command in engine.sent(LockVault)]


def is_idle(watch):
    told = []
    watch.idle.connect(lambda: told.append(True))
    watch.look()
    return bool(told)


def test_idle_is_told_only_after_the_whole_time(watch, clock):
    clock.now += 59
    assert not is_idle(watch)
    clock.now += 2
    assert is_idle(watch)


@pytest.mark.parametrize("touch", ["key", "click", "move"])
def test_a_key_a_click_or_the_pointer_begins_the_wait_anew(touch, watch, window, clock, qtbot):
    clock.now += 59
    handle = window.windowHandle()
    if touch == "key":
        QTest.keyClick(handle, Qt.Key.Key_A)
    elif touch == "click":
        QTest.mouseClick(handle, Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    else:
        QTest.mouseMove(handle, QPoint(200, 210))
        QTest.mouseMove(handle, QPoint(260, 260))
    qtbot.waitUntil(lambda: watch._last_s == clock.now)
    clock.now += 59

    assert not is_idle(watch)


def test_zero_minutes_never_lock(watch, clock):
    watch.wait_for(0)
    clock.now += 100_000

    assert not is_idle(watch)


@pytest.mark.feature("vault.auto_lock")
def test_nobody_there_locks_the_vault(window, engine):
    """When nobody has touched the window for a while, it locks itself."""
    window.vault.auto_lock.idle_watch.idle.emit()

    assert window.vault.curtain.is_down()
    assert reasons(engine) == [LockReason.IDLE]


def test_the_setting_of_the_lock_is_followed_at_once(window, qtbot):
    watch = window.vault.auto_lock.idle_watch
    assert watch._limit_s == 15 * 60
    change(window, qtbot, lock_after_min=3)
    assert watch._limit_s == 180
    change(window, qtbot, lock_after_min=0)
    assert not watch._timer.isActive()


def test_idleness_waits_for_the_end_of_an_answer(window, engine, qtbot):
    engine.hold.clear()
    window.page.composer.send("hi")
    window.vault.auto_lock.idle_watch.idle.emit()
    assert not engine.sent(LockVault)
    engine.hold.set()
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    window.vault.auto_lock.idle_watch.idle.emit()

    assert reasons(engine) == [LockReason.IDLE]


@pytest.mark.feature("vault.lock_on_sleep")
def test_sleep_locks_first_and_lets_the_computer_sleep_after(window, engine, system, qtbot):
    """Before the computer sleeps, the vault is locked."""
    system.sleeping.emit()
    assert window.vault.curtain.is_down()
    assert reasons(engine) == [LockReason.SLEEP]

    qtbot.waitUntil(lambda: system.sleeps > 0)
    assert not window.session.vault.is_open


def test_sleep_is_not_held_up_where_locking_is_not_wanted(window, engine, system, qtbot):
    change(window, qtbot, is_locked_on_sleep=False)
    system.sleeping.emit()

    assert system.sleeps == 1
    assert not engine.sent(LockVault)


@pytest.mark.feature("vault.lock_with_screen")
def test_the_screens_lock_locks_the_vault(window, engine, system, qtbot):
    """When the screen is locked, so is the vault."""
    system.screen_locked.emit()

    assert reasons(engine) == [LockReason.SCREEN_LOCKED]
    qtbot.waitUntil(lambda: not window.session.vault.is_locking)


def test_the_screens_lock_is_ignored_where_it_is_not_wanted(window, engine, system, qtbot):
    change(window, qtbot, is_locked_with_screen=False)
    system.screen_locked.emit()

    assert not engine.sent(LockVault)


def test_a_private_session_is_never_locked_by_itself(window, engine, system, qtbot):
    """Locking would end it, and all that was written in it."""
    engine.publish(VaultStatusChanged(status=VaultStatus(state=VaultState.PRIVATE)))
    qtbot.waitUntil(lambda: window.session.vault.is_private)
    window.vault.auto_lock.idle_watch.idle.emit()
    system.sleeping.emit()
    system.screen_locked.emit()

    assert not engine.sent(LockVault)
    assert system.sleeps == 1
