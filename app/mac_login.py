"""Starting with the user's session on macOS 13 and later: SMAppService.

Source: Apple's ServiceManagement reference, SMAppService.

Runs on: main, on macOS only. Not run yet on a Mac; see DECISIONS 25.
"""

from __future__ import annotations

import ctypes
import sys

from app.objc import Runtime
from app.wording_outside import LOGIN_NEEDS_LEAVE, LOGIN_REFUSED, ONLY_IN_BUNDLE

_ENABLED, _NEEDS_LEAVE = 1, 2  # SMAppServiceStatus


class MacLoginItem:
    """The app's own entry among the login items; the system's word is the truth."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def why_not(self) -> str:
        """Only a bundle has an identity that the system can start."""
        has_class = self._runtime.class_named("SMAppService") is not None
        is_bundle = bool(getattr(sys, "frozen", None))
        return "" if has_class and is_bundle else ONLY_IN_BUNDLE

    def is_on(self) -> bool:
        """Whether the system will start it."""
        return not self.why_not() and self._status() == _ENABLED

    def set_on(self, is_on: bool) -> str:
        """The system was asked, and its own answer is looked at."""
        reason = self.why_not()
        if reason:
            return reason
        selector = "registerAndReturnError:" if is_on else "unregisterAndReturnError:"
        self._runtime.send(self._service(), selector, None, returns=ctypes.c_bool)
        status = self._status()
        if is_on and status == _NEEDS_LEAVE:
            return LOGIN_NEEDS_LEAVE
        return "" if (status == _ENABLED) is is_on else LOGIN_REFUSED

    def _service(self) -> int | None:
        found: int | None = self._runtime.send(
            self._runtime.class_named("SMAppService"), "mainAppService"
        )
        return found

    def _status(self) -> int:
        return int(self._runtime.send(self._service(), "status", returns=ctypes.c_long) or 0)
