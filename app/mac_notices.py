"""Notices on macOS: UNUserNotificationCenter, for the app in its bundle.

Source: Apple's UserNotifications reference.

Runs on: main, on macOS only. Not run yet on a Mac; see DECISIONS 25.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

from app.objc import Runtime

_ALERT = 1 << 2  # UNAuthorizationOptionAlert
_NAME = "answer"  # a later notice with the same name takes the place of the one before


class MacNotices:
    """A click on a notice brings the app forward by itself, so nothing is called for it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._center: int | None = None
        self._has_asked = False

    def show(self, title: str, words: str, opened: Callable[[], None]) -> bool:
        """The notice is handed over; False outside a bundle, where macOS takes none."""
        del opened
        center = self._open()
        if center is None:
            return False
        send, text = self._runtime.send, self._runtime.text
        content = send(
            send(self._runtime.class_named("UNMutableNotificationContent"), "alloc"), "init"
        )
        send(content, "setTitle:", text(title), returns=None)
        send(content, "setBody:", text(words), returns=None)
        request = send(
            self._runtime.class_named("UNNotificationRequest"),
            "requestWithIdentifier:content:trigger:",
            text(_NAME),
            content,
            None,
        )
        send(center, "addNotificationRequest:withCompletionHandler:", request, None, returns=None)
        send(content, "release", returns=None)
        return True

    def withdraw(self) -> None:
        """None of ours is on screen."""
        if self._center is not None:
            self._runtime.send(self._center, "removeAllDeliveredNotifications", returns=None)

    def close(self) -> None:
        """None of ours is on screen."""
        self.withdraw()

    def _open(self) -> int | None:
        # Asked by a process without a bundle, macOS ends that process.
        if not getattr(sys, "frozen", None):
            return None
        if self._center is None:
            self._center = self._runtime.send(
                self._runtime.class_named("UNUserNotificationCenter"), "currentNotificationCenter"
            )
        if self._center is not None and not self._has_asked:
            self._has_asked = True
            block = self._runtime.block(
                lambda _granted, _error: None, ctypes.c_bool, ctypes.c_void_p
            )
            self._runtime.send(
                self._center,
                "requestAuthorizationWithOptions:completionHandler:",
                ctypes.c_ulong(_ALERT),
                block,
                returns=None,
            )
        return self._center
