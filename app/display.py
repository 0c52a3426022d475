"""Whether a window can be opened here, and why not."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

NO_DISPLAY = "No display here"


def why_no_window(environment: Mapping[str, str] = os.environ) -> str:
    """The first half of a sentence on why no window can be opened; empty if one can.

    Qt ends the whole process when it finds no display, so this must be known before it starts.
    """
    if environment.get("QT_QPA_PLATFORM"):
        # Whoever chose a platform, "offscreen" for one, means it.
        return missing_qt()
    if not has_display(environment):
        return NO_DISPLAY
    return missing_qt() or _missing_platform_libraries(environment)


def has_display(environment: Mapping[str, str]) -> bool:
    """Whether a display answers."""
    if sys.platform == "darwin":
        return _has_mac_session()
    return _answers_wayland(environment) or _answers_x11(environment)


def missing_qt() -> str:
    """What keeps Qt from being loaded; empty if it loads."""
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ModuleNotFoundError:
        return "Qt is not installed (`make setup` installs it)"
    except ImportError as error:
        library = str(error).split(":", 1)[0]
        return f"Qt cannot be loaded ({library} is missing; `make setup` mends it)"
    return ""


def _missing_platform_libraries(environment: Mapping[str, str]) -> str:
    if not sys.platform.startswith("linux"):
        return ""
    spec = importlib.util.find_spec("PySide6")
    name = "libqwayland.so" if _answers_wayland(environment) else "libqxcb.so"
    folder = Path(spec.origin).parent if spec and spec.origin else Path()
    plugin = folder / "Qt" / "plugins" / "platforms" / name
    if not plugin.exists():
        return ""
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        library = str(error).split(":", 1)[0]
        return f"Qt cannot use this display ({library} is missing; `make setup` mends it)"
    return ""


def _answers_wayland(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY")
    if not name:
        return False
    return _answers(os.path.join(environment.get("XDG_RUNTIME_DIR", ""), name))


def _answers_x11(environment: Mapping[str, str]) -> bool:
    display = environment.get("DISPLAY", "")
    host, colon, number = display.rpartition(":")
    screen = number.split(".", 1)[0]
    if not colon or not screen.isdigit():
        return False
    if host in ("", "unix") or host.startswith("/"):
        path = f"/tmp/.X11-unix/X{screen}"
        # XQuartz names its socket in full; Linux servers also listen in the abstract namespace.
        return any(_answers(name) for name in (display, path, f"\0{path}"))
    try:
        # 6000 is the X11 protocol's first port. One second: forwarded displays are on loopback.
        with socket.create_connection((host.strip("[]"), 6000 + int(screen)), timeout=1.0):
            return True
    except (OSError, OverflowError):
        return False


def _answers(path: str) -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as knock:
            knock.settimeout(1.0)
            knock.connect(path)
            return True
    except (OSError, ValueError):
        return False


def _has_mac_session() -> bool:
    """Apple: CGSessionCopyCurrentDictionary is null outside a graphical session."""
    try:
        graphics = ctypes.CDLL("/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics")
        ask = graphics.CGSessionCopyCurrentDictionary
    except (OSError, AttributeError):
        return True
    ask.restype = ctypes.c_void_p
    return ask() is not None
