"""Global keys on X11: the server is asked to hand them to us wherever they are pressed.

The connection is our own and not Qt's, so that an error about our keys never reaches Qt's, and so
that leaving it gives all keys back. Xlib is called as its manual describes it (XGrabKey,
XkbSetDetectableAutoRepeat); the constants are those of X.h.

Runs on: main.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSocketNotifier

from app.hotkey_keys import Chord, read_chord, x_name
from app.wording_outside import KEYS_TAKEN, KEYS_UNKNOWN, NO_X11

_log = logging.getLogger(__name__)

_SHIFT, _LOCK, _CONTROL, _MOD1, _MOD4 = 1, 2, 4, 8, 64
_MODIFIERS = {"Shift": _SHIFT, "Ctrl": _CONTROL, "Alt": _MOD1, "Meta": _MOD4}
_KEY_PRESS, _KEY_RELEASE, _MAPPING_NOTIFY = 2, 3, 34
_ASYNC = 1
_NUM_LOCK = 0xFF7F  # XK_Num_Lock
_BAD_ACCESS = 10


class _KeyEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("root", ctypes.c_ulong),
        ("subwindow", ctypes.c_ulong),
        ("time", ctypes.c_ulong),
        ("x", ctypes.c_int),
        ("y", ctypes.c_int),
        ("x_root", ctypes.c_int),
        ("y_root", ctypes.c_int),
        ("state", ctypes.c_uint),
        ("keycode", ctypes.c_uint),
        ("same_screen", ctypes.c_int),
    )


class _Event(ctypes.Union):
    # Xlib's XEvent is 24 longs, whatever is in it.
    _fields_ = (("type", ctypes.c_int), ("key", _KeyEvent), ("pad", ctypes.c_long * 24))


class _ErrorEvent(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("resourceid", ctypes.c_ulong),
        ("serial", ctypes.c_ulong),
        ("error_code", ctypes.c_ubyte),
        ("request_code", ctypes.c_ubyte),
        ("minor_code", ctypes.c_ubyte),
    )


class _ModifierMap(ctypes.Structure):
    _fields_ = (("keys_each", ctypes.c_int), ("codes", ctypes.POINTER(ctypes.c_ubyte)))


_OnError = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.POINTER(_ErrorEvent))


class X11Hotkey:
    """Holds one shortcut on the root window of one X server."""

    def __init__(self, display_name: str = "") -> None:
        """Nothing is held yet.

        Args:
            display_name: Such as ":0"; empty takes DISPLAY.
        """
        self._name = display_name.encode() or None
        self._x: Any = None
        self._display: int | None = None
        self._notifier: QSocketNotifier | None = None
        self._chord: Chord | None = None
        self._code = 0
        self._is_down = False
        self._pressed: Callable[[], None] = lambda: None
        self._faults: list[int] = []
        self._on_error = _OnError(self._note_error)

    def begin(self, keys: str, pressed: Callable[[], None], told: Callable[[str], None]) -> None:
        """The keys are ours, or `told` hears why not."""
        self.end()
        chord = read_chord(keys)
        if chord is None:
            told(KEYS_UNKNOWN)
        elif not self._open():
            told(NO_X11)
        else:
            self._chord, self._pressed = chord, pressed
            told(self._grab())

    def end(self) -> None:
        """No keys are held, and the connection is closed."""
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier.deleteLater()
            self._notifier = None
        if self._display is not None:
            # The server ends a client's grabs with its connection.
            self._x.XCloseDisplay(self._display)
            self._display = None
        self._chord, self._is_down = None, False

    def _open(self) -> bool:
        self._x = self._x or _xlib()
        if self._x is None:
            return False
        self._display = self._x.XOpenDisplay(self._name)
        if not self._display:
            self._display = None
            return False
        supported = ctypes.c_int()
        # A key held down is then many presses and one release, so one press can be told of many.
        self._x.XkbSetDetectableAutoRepeat(self._display, 1, ctypes.byref(supported))
        descriptor = self._x.XConnectionNumber(self._display)
        self._notifier = QSocketNotifier(descriptor, QSocketNotifier.Type.Read)
        self._notifier.activated.connect(lambda: self._read())
        return True

    def _grab(self) -> str:
        """Why the server did not give us the keys; empty if it did."""
        chord, x = self._chord, self._x
        if chord is None:
            return KEYS_UNKNOWN
        symbol = x.XStringToKeysym(x_name(chord.key).encode())
        self._code = x.XKeysymToKeycode(self._display, symbol) if symbol else 0
        if not self._code:
            return KEYS_UNKNOWN
        root = x.XDefaultRootWindow(self._display)
        held = sum(_MODIFIERS[name] for name in chord.modifiers)
        self._faults = []
        former = x.XSetErrorHandler(self._on_error)
        # The server compares modifiers exactly, and a lock that is on counts as one.
        for locks in self._lock_states():
            x.XGrabKey(self._display, self._code, held | locks, root, 1, _ASYNC, _ASYNC)
        x.XSync(self._display, 0)
        x.XSetErrorHandler(former)
        if not self._faults:
            return ""
        x.XUngrabKey(self._display, self._code, 1 << 15, root)  # any modifiers
        x.XSync(self._display, 0)
        return KEYS_TAKEN if _BAD_ACCESS in self._faults else KEYS_UNKNOWN

    def _lock_states(self) -> tuple[int, ...]:
        """Each way that CapsLock and NumLock can stand."""
        num = self._num_lock()
        return tuple(dict.fromkeys((0, _LOCK, num, _LOCK | num)))

    def _num_lock(self) -> int:
        """The modifier that NumLock is on this keyboard; 0 if it has none."""
        code = self._x.XKeysymToKeycode(self._display, _NUM_LOCK)
        if not code:
            return 0
        table = self._x.XGetModifierMapping(self._display)
        each = table.contents.keys_each
        codes = [table.contents.codes[n] for n in range(8 * each)]
        self._x.XFreeModifiermap(table)
        return 1 << (codes.index(code) // each) if code in codes else 0

    def _note_error(self, _display: object, error: Any) -> int:
        self._faults.append(error.contents.error_code)
        return 0

    def _read(self) -> None:
        event = _Event()
        presses = 0
        while self._display is not None and self._x.XPending(self._display):
            self._x.XNextEvent(self._display, ctypes.byref(event))
            if event.type == _MAPPING_NOTIFY:
                self._keyboard_changed(event)
            elif event.type == _KEY_PRESS and event.key.keycode == self._code:
                presses += not self._is_down
                self._is_down = True
            elif event.type == _KEY_RELEASE and event.key.keycode == self._code:
                self._is_down = False
        for _ in range(presses):
            self._pressed()

    def _keyboard_changed(self, event: _Event) -> None:
        """Another layout may have the key elsewhere."""
        self._x.XRefreshKeyboardMapping(ctypes.byref(event))
        root = self._x.XDefaultRootWindow(self._display)
        self._x.XUngrabKey(self._display, self._code, 1 << 15, root)
        fault = self._grab()
        if fault:
            _log.info("the global keys were lost when the keyboard changed")


def _xlib() -> Any:
    """Xlib with its functions' types; None where there is none."""
    name = ctypes.util.find_library("X11")
    try:
        x = ctypes.CDLL(name or "libX11.so.6")
    except OSError:
        return None
    pointer, number, window = ctypes.c_void_p, ctypes.c_int, ctypes.c_ulong
    x.XOpenDisplay.restype = pointer
    x.XOpenDisplay.argtypes = (ctypes.c_char_p,)
    x.XCloseDisplay.argtypes = (pointer,)
    x.XConnectionNumber.argtypes = (pointer,)
    x.XDefaultRootWindow.restype = window
    x.XDefaultRootWindow.argtypes = (pointer,)
    x.XStringToKeysym.restype = window
    x.XStringToKeysym.argtypes = (ctypes.c_char_p,)
    x.XKeysymToKeycode.restype = ctypes.c_ubyte
    x.XKeysymToKeycode.argtypes = (pointer, window)
    x.XGrabKey.argtypes = (pointer, number, ctypes.c_uint, window, number, number, number)
    x.XUngrabKey.argtypes = (pointer, number, ctypes.c_uint, window)
    x.XSync.argtypes = (pointer, number)
    x.XPending.argtypes = (pointer,)
    x.XNextEvent.argtypes = (pointer, ctypes.POINTER(_Event))
    x.XRefreshKeyboardMapping.argtypes = (ctypes.POINTER(_Event),)
    x.XSetErrorHandler.restype = pointer
    x.XSetErrorHandler.argtypes = (pointer,)
    x.XGetModifierMapping.restype = ctypes.POINTER(_ModifierMap)
    x.XGetModifierMapping.argtypes = (pointer,)
    x.XFreeModifiermap.argtypes = (ctypes.POINTER(_ModifierMap),)
    x.XkbSetDetectableAutoRepeat.argtypes = (pointer, number, ctypes.POINTER(number))
    return x
