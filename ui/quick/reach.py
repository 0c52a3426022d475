"""Icon, keys and start at login follow the settings, and say where the system does not."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QSystemTrayIcon

from ui import text_quick as text
from ui.current_settings import CurrentSettings
from ui.quick.outside import Outside
from ui.quick.tray import Tray


class Reach(QObject):
    """Holds what the user wants against what the system gives.

    Attributes:
        changed: One of the notes may say something else.
        hotkey_fault: Why the keys are not ours; empty if they are, or if none are wanted.
        has_login_failed: Whether the system refused the last change.
    """

    changed = Signal()

    def __init__(
        self,
        settings: CurrentSettings,
        outside: Outside,
        tray: Tray,
        pressed: Callable[[], None],
        parent: QObject | None = None,
    ) -> None:
        """Nothing is asked of the system yet.

        Args:
            settings: Those that hold.
            outside: What the system has.
            tray: The icon.
            pressed: Called at each press of the keys.
            parent: Owner.
        """
        super().__init__(parent)
        self._settings = settings
        self._outside = outside
        self._tray = tray
        self._pressed = pressed
        self._keys: str | None = None
        self._is_begun = False
        self._login_fault = ""
        self._wanted = False
        self.hotkey_fault = ""
        self.has_login_failed = False

    def begin(self) -> None:
        """The settings are followed from now on."""
        self._is_begun = True
        self._wanted = self._settings.value.quick.is_started_at_login
        self._settings.changed.connect(self._follow)
        self._follow()

    def close(self) -> None:
        """Keys and icon are given back."""
        self._is_begun = False
        if self._outside.hotkey is not None:
            self._outside.hotkey.end()
        if self._outside.notices is not None:
            self._outside.notices.close()
        self._tray.close()

    def look(self) -> None:
        """The setting says what the system has noted, which others may have changed."""
        login = self._outside.login
        if login is None or login.why_not():
            return
        is_on = login.is_on()
        if self._is_begun and is_on != self._settings.value.quick.is_started_at_login:
            self._wanted = is_on
            self._settings.change("quick", "is_started_at_login", is_on)
        self.changed.emit()

    # notes for the page

    @property
    def tray_note(self) -> str:
        """Why there is no icon though one is wanted."""
        is_wanted = self._settings.value.quick.is_tray_shown
        return text.NO_TRAY if is_wanted and not QSystemTrayIcon.isSystemTrayAvailable() else ""

    @property
    def hotkey_note(self) -> str:
        """Whether the keys are ours, or why not."""
        if not self._settings.value.quick.hotkey:
            return ""
        if self._outside.hotkey is None:
            return text.NO_KEYS_HERE
        return self.hotkey_fault or self._outside.no_hotkey_because or text.HOTKEY_HOLDS

    @property
    def can_start_at_login(self) -> bool:
        """Whether it can be changed here."""
        return self._outside.login is not None and not self._outside.login.why_not()

    @property
    def login_note(self) -> str:
        """What the system will do at the next session, as it says itself."""
        login = self._outside.login
        if login is None:
            return text.NO_LOGIN_HERE
        if self._login_fault or login.why_not():
            return self._login_fault or login.why_not()
        return text.IS_STARTED if login.is_on() else text.IS_NOT_STARTED

    @property
    def dictation_note(self) -> str:
        """Where dictation comes from, or why there is none."""
        return text.DICTATION_MAC if sys.platform == "darwin" else text.DICTATION_LINUX

    # following the settings

    def _follow(self) -> None:
        if not self._is_begun:
            return
        quick = self._settings.value.quick
        self._tray.show(is_wanted=quick.is_tray_shown)
        if quick.hotkey != self._keys:
            self._keys = quick.hotkey
            self._hold_keys(quick.hotkey)
        self._start_at_login(is_wanted=quick.is_started_at_login)
        self.changed.emit()

    def _hold_keys(self, keys: str) -> None:
        hotkey = self._outside.hotkey
        self.hotkey_fault = ""
        self._tray.show_keys("")
        if hotkey is None:
            return
        if keys:
            hotkey.begin(keys, self._pressed, lambda fault: self._told(keys, fault))
        else:
            hotkey.end()

    def _told(self, keys: str, fault: str) -> None:
        self.hotkey_fault = fault
        self._tray.show_keys("" if fault else keys)
        self.changed.emit()

    def _start_at_login(self, *, is_wanted: bool) -> None:
        """Only what the user changes is done; what the system changed is looked at."""
        login = self._outside.login
        if login is None or login.why_not() or is_wanted == self._wanted:
            return
        self._wanted = is_wanted
        self._login_fault = login.set_on(is_wanted)
        self.has_login_failed = bool(self._login_fault)
        self.look()
