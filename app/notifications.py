"""Notices on Linux: org.freedesktop.Notifications on the user's bus.

Source: Desktop Notifications Specification 1.2.

Runs on: main.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.session_bus import SessionBus, is_error

_NAME = "org.freedesktop.Notifications"
_PLACE = (_NAME, "/org/freedesktop/Notifications", _NAME)
_USUAL_TIME = -1  # the desktop decides how long a notice stays

Connect = Callable[[], SessionBus]


class DesktopNotices:
    """Shows notices and hears which was clicked; a new one takes the place of the one before."""

    def __init__(self, app: str, open_words: str, connect: Connect) -> None:
        """Nothing is shown, and the bus is not asked, before the first notice.

        Args:
            app: What the desktop names as the sender.
            open_words: What a click on a notice is called, where a desktop shows it as a button.
            connect: Makes a connection to the user's bus; raises OSError where there is none.
        """
        self._app = app
        self._open_words = open_words
        self._connect = connect
        self._bus: SessionBus | None = None
        self._has_failed = False
        self._shown = 0
        self._opened: Callable[[], None] = lambda: None

    def show(self, title: str, words: str, opened: Callable[[], None]) -> bool:
        """The notice is on its way; False where no desktop takes any."""
        if self._has_failed or not self._open() or self._bus is None:
            return False
        self._opened = opened
        # "desktop-entry" lets the desktop group it with the app's window and icon.
        hints = {"desktop-entry": ("s", "shvayambhu"), "category": ("s", "transfer.complete")}
        actions = ["default", self._open_words]
        body = (self._app, self._shown, "shvayambhu", title, _plain(words), actions, hints)
        self._bus.call(_PLACE, "Notify", "susssasa{sv}i", (*body, _USUAL_TIME), self._answered)
        return True

    def withdraw(self) -> None:
        """The notice is gone from the screen."""
        if self._bus is not None and self._shown:
            self._bus.call(_PLACE, "CloseNotification", "u", (self._shown,))
        self._shown = 0

    def close(self) -> None:
        """What was shown is gone, and nothing is heard any more."""
        self.withdraw()
        if self._bus is not None:
            self._bus.close()
            self._bus = None

    def _open(self) -> bool:
        if self._bus is not None:
            return True
        try:
            self._bus = self._connect()
        except OSError:
            self._has_failed = True
            return False
        self._bus.hear(_NAME, "ActionInvoked", _PLACE[1], self._clicked)
        self._bus.hear(_NAME, "NotificationClosed", _PLACE[1], self._gone)
        return True

    def _answered(self, message: Any) -> None:
        if is_error(message):
            # No desktop shows notices here; from now on the caller knows another way.
            self._has_failed = True
            return
        self._shown = message.body[0]

    def _clicked(self, message: Any) -> None:
        if message.body[0] == self._shown:
            self._opened()

    def _gone(self, message: Any) -> None:
        if message.body[0] == self._shown:
            self._shown = 0


def _plain(words: str) -> str:
    """The body may hold a little HTML, so what is meant as text says so."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
