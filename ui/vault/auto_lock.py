"""Locks the vault by itself: after idleness, before sleep, and with the screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject

from engine.contract.vault import LockReason
from ui.current_settings import CurrentSettings
from ui.vault.idle_watch import IdleWatch
from ui.vault.system_watch import SystemWatch
from ui.vault.vault_desk import VaultDesk


class AutoLock(QObject):
    """Follows the settings; leaves a private session alone, which locking would end.

    Attributes:
        idle_watch: Whether somebody is there.
        system_watch: Sleep and the screen's lock.
    """

    def __init__(
        self,
        vault: VaultDesk,
        settings: CurrentSettings,
        is_busy: Callable[[], bool],
        parent: QObject | None = None,
    ) -> None:
        """Nothing is locked before `begin`.

        Args:
            vault: What is locked.
            settings: When.
            is_busy: Whether an answer is being written; idleness waits for its end.
            parent: Owner.
        """
        super().__init__(parent)
        self._vault = vault
        self._settings = settings
        self._is_busy = is_busy
        self._minutes = -1
        self.idle_watch = IdleWatch(self)
        self.system_watch = SystemWatch(self)
        self.idle_watch.idle.connect(self._nobody_there)
        self.system_watch.sleeping.connect(self._fall_asleep)
        self.system_watch.screen_locked.connect(self._screen_locked)
        settings.changed.connect(self._follow)
        vault.changed.connect(self._vault_changed)
        self._follow()

    def begin(self) -> None:
        """The system's signals are listened to."""
        self.system_watch.begin()

    def _follow(self) -> None:
        minutes = self._settings.value.storage.lock_after_min
        if minutes != self._minutes:
            self._minutes = minutes
            self.idle_watch.wait_for(60.0 * minutes)

    def _nobody_there(self) -> None:
        if not self._is_busy():
            self._vault.lock(LockReason.IDLE)

    def _screen_locked(self) -> None:
        if self._settings.value.storage.is_locked_with_screen:
            self._vault.lock(LockReason.SCREEN_LOCKED)

    def _fall_asleep(self) -> None:
        wants = self._settings.value.storage.is_locked_on_sleep
        if not wants or not self._vault.lock(LockReason.SLEEP):
            self.system_watch.let_sleep()

    def _vault_changed(self) -> None:
        if not self._vault.is_open and not self._vault.is_locking:
            self.system_watch.let_sleep()
