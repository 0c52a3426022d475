"""A real X server of our own, and fingers on its keyboard."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

_SHIFT, _CONTROL, _ALT = "Shift_L", "Control_L", "Alt_L"
_REVERT_TO_PARENT = 2
HELD = {"Shift": _SHIFT, "Ctrl": _CONTROL, "Alt": _ALT, "Meta": "Super_L"}


def why_no_x() -> str:
    """What is missing to run one; empty if nothing is."""
    if shutil.which("Xvfb") is None:
        return "needs Xvfb"
    try:
        ctypes.CDLL("libXtst.so.6")
    except OSError:
        return "needs libXtst"
    return ""


@contextmanager
def x_server(size: str = "1280x800x24") -> Iterator[str]:
    """A server without a screen to look at runs in this block; yields its display's name."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", size, "-nolisten", "tcp", "-noreset"],
        pass_fds=(writer,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(timeout=10)


class Fingers:
    """Presses keys as a person would: through the server, for whatever app has them."""

    def __init__(self, display_name: str) -> None:
        self._x = ctypes.CDLL("libX11.so.6")
        self._test = ctypes.CDLL("libXtst.so.6")
        pointer, symbol = ctypes.c_void_p, ctypes.c_ulong
        self._x.XOpenDisplay.restype = pointer
        self._x.XOpenDisplay.argtypes = (ctypes.c_char_p,)
        self._x.XStringToKeysym.restype = symbol
        self._x.XStringToKeysym.argtypes = (ctypes.c_char_p,)
        self._x.XKeysymToKeycode.restype = ctypes.c_ubyte
        self._x.XKeysymToKeycode.argtypes = (pointer, symbol)
        self._x.XSync.argtypes = (pointer, ctypes.c_int)
        self._x.XCloseDisplay.argtypes = (pointer,)
        self._x.XSetInputFocus.argtypes = (pointer, symbol, ctypes.c_int, symbol)
        for call in (self._test.XTestFakeKeyEvent,):
            call.argtypes = (pointer, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong)
        self._display = self._x.XOpenDisplay(display_name.encode())
        assert self._display, "the X server does not answer"

    def turn(self, name: str, *, is_down: bool) -> None:
        """A key goes down or up; `name` is X's."""
        code = self._x.XKeysymToKeycode(self._display, self._x.XStringToKeysym(name.encode()))
        assert code, f"no key is called {name}"
        self._test.XTestFakeKeyEvent(self._display, code, int(is_down), 0)
        self._x.XSync(self._display, 0)

    def press(self, *names: str) -> None:
        """The keys go down in order and up in reverse."""
        for name in names:
            self.turn(name, is_down=True)
        for name in reversed(names):
            self.turn(name, is_down=False)

    def focus(self, window: int) -> None:
        """Keys go to this window, as a window manager would see to after a click on it."""
        self._x.XSetInputFocus(self._display, window, _REVERT_TO_PARENT, 0)
        self._x.XSync(self._display, 0)

    def type(self, words: str) -> None:
        """Small letters and blanks are typed."""
        for letter in words:
            self.press("space" if letter == " " else letter)

    def close(self) -> None:
        """The hand is taken away."""
        self._x.XCloseDisplay(self._display)
