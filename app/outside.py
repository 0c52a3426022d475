"""Finds what this system has for the quick question, notices and starting at login."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from app.session_bus import SessionBus, session_address
from app.wording_outside import ONLY_IN_X_APPS
from ui.quick.outside import Hotkey, LoginItem, Notices, Outside
from ui.text import APP
from ui.text_quick import OPEN_IT, QUICK_QUESTION


def outside_here(home: str | None) -> Outside:
    """What there is on this machine.

    Args:
        home: What `--home` said, so that a start at login opens the same home.

    Runs on: main, with a Qt application there.
    """
    if sys.platform == "darwin":
        return _mac()
    hotkey, note = _linux_hotkey(os.environ)
    return Outside(
        hotkey=hotkey,
        notices=_linux_notices(),
        login=_linux_login(home, os.environ),
        no_hotkey_because=note,
    )


def launch_words(home: str | None) -> tuple[str, ...]:
    """The command that starts this app without showing its window."""
    if getattr(sys, "frozen", None):
        start: tuple[str, ...] = (sys.executable,)
    else:
        start = (sys.executable, "-m", "app")
    chosen = ("--home", os.path.abspath(Path(home).expanduser())) if home else ()
    return (*start, *chosen, "background")


def connect_session_bus() -> SessionBus:
    """A connection to the user's bus.

    Raises:
        OSError: There is none, or it does not answer.
    """
    address = session_address()
    if not address:
        raise OSError("there is no bus of a session here")
    return SessionBus(address)


def _linux_notices() -> Notices:
    from app.notifications import DesktopNotices

    return DesktopNotices(APP, OPEN_IT, connect_session_bus)


def _linux_hotkey(environment: Mapping[str, str]) -> tuple[Hotkey | None, str]:
    from PySide6.QtGui import QGuiApplication

    platform = QGuiApplication.platformName()
    is_wayland = bool(environment.get("WAYLAND_DISPLAY")) or platform.startswith("wayland")
    if is_wayland and session_address():
        from app.hotkey_portal import PortalHotkey

        return PortalHotkey(connect_session_bus, QUICK_QUESTION), ""
    if platform != "xcb":
        # The offscreen platform has no keyboard that another app could have.
        return None, ""
    from app.hotkey_x11 import X11Hotkey

    return X11Hotkey(), ONLY_IN_X_APPS if is_wayland else ""


def _linux_login(home: str | None, environment: Mapping[str, str]) -> LoginItem:
    from app.login_item import XdgLoginItem, autostart_folder

    source = Path(__file__).resolve().parent.parent
    return XdgLoginItem(autostart_folder(environment), launch_words(home), source)


def _mac() -> Outside:
    from app.hotkey_mac import MacHotkey
    from app.mac_login import MacLoginItem
    from app.mac_notices import MacNotices
    from app.objc import Runtime

    try:
        runtime = Runtime("AppKit", "UserNotifications", "ServiceManagement")
    except OSError:
        return Outside(hotkey=MacHotkey())
    return Outside(hotkey=MacHotkey(), notices=MacNotices(runtime), login=MacLoginItem(runtime))
