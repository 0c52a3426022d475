"""Global keys on macOS: Carbon's RegisterEventHotKey, which needs no permission.

Source: Apple's Carbon Event Manager reference (CarbonEvents.h, Events.h for the key codes).

Runs on: main, on macOS only. Not run yet on a Mac; see DECISIONS 25.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from app.hotkey_keys import read_chord
from app.wording_outside import KEYS_TAKEN, KEYS_UNKNOWN

# Qt calls the command key "Ctrl" and the control key "Meta" on a Mac.
_MODIFIERS = {"Ctrl": 1 << 8, "Shift": 1 << 9, "Alt": 1 << 11, "Meta": 1 << 12}
_SIGNATURE = int.from_bytes(b"Shva", "big")
_KEYBOARD = int.from_bytes(b"keyb", "big")  # kEventClassKeyboard
_HOT_KEY_PRESSED = 5  # kEventHotKeyPressed
_POINTER = ctypes.c_void_p

# Virtual key codes are places on the keyboard, named after an American one.
_LETTERS = "asdfhgzxcv bqweryt123465=97-80]ou[ip lj'k;\\,/nm."
CODES: dict[str, int] = {
    letter.upper(): code for code, letter in enumerate(_LETTERS) if letter != " "
}
CODES |= {
    "Return": 0x24,
    "Tab": 0x30,
    "Space": 0x31,
    "`": 0x32,
    "Backspace": 0x33,
    "Esc": 0x35,
    "Home": 0x73,
    "PgUp": 0x74,
    "Del": 0x75,
    "End": 0x77,
    "PgDown": 0x79,
    "Left": 0x7B,
    "Right": 0x7C,
    "Down": 0x7D,
    "Up": 0x7E,
}
_FUNCTION_KEYS = (0x7A, 0x78, 0x63, 0x76, 0x60, 0x61, 0x62, 0x64, 0x65, 0x6D, 0x67, 0x6F)
CODES |= {f"F{number}": code for number, code in enumerate(_FUNCTION_KEYS, 1)}


class _EventType(ctypes.Structure):
    _fields_ = (("kind_class", ctypes.c_uint32), ("kind", ctypes.c_uint32))


class _HotKeyId(ctypes.Structure):
    _fields_ = (("signature", ctypes.c_uint32), ("id", ctypes.c_uint32))


_OnEvent = ctypes.CFUNCTYPE(ctypes.c_int32, _POINTER, _POINTER, _POINTER)


class MacHotkey:
    """Holds one shortcut; the system tells of it through the main run loop, which Qt turns."""

    def __init__(self) -> None:
        self._carbon: Any = None
        self._key = _POINTER()
        self._pressed: Callable[[], None] = lambda: None
        # What C calls must stay alive as long as it may be called.
        self._on_event = _OnEvent(self._take)

    def begin(self, keys: str, pressed: Callable[[], None], told: Callable[[str], None]) -> None:
        """The keys are ours, or `told` hears why not."""
        self.end()
        chord = read_chord(keys)
        code = CODES.get(chord.key) if chord is not None else None
        if chord is None or code is None:
            told(KEYS_UNKNOWN)
            return
        carbon = self._load()
        self._pressed = pressed
        held = sum(_MODIFIERS[name] for name in chord.modifiers)
        status = carbon.RegisterEventHotKey(
            code,
            held,
            _HotKeyId(_SIGNATURE, 1),
            carbon.GetEventDispatcherTarget(),
            0,
            ctypes.byref(self._key),
        )
        told(KEYS_TAKEN if status else "")

    def end(self) -> None:
        """No keys are held any more."""
        if self._key:
            self._carbon.UnregisterEventHotKey(self._key)
            self._key = _POINTER()

    def _load(self) -> Any:
        if self._carbon is not None:
            return self._carbon
        carbon = ctypes.CDLL("/System/Library/Frameworks/Carbon.framework/Carbon")
        carbon.GetEventDispatcherTarget.restype = _POINTER
        carbon.GetEventDispatcherTarget.argtypes = ()
        carbon.RegisterEventHotKey.restype = ctypes.c_int32
        carbon.RegisterEventHotKey.argtypes = (
            ctypes.c_uint32,
            ctypes.c_uint32,
            _HotKeyId,
            _POINTER,
            ctypes.c_uint32,
            ctypes.POINTER(_POINTER),
        )
        carbon.UnregisterEventHotKey.restype = ctypes.c_int32
        carbon.UnregisterEventHotKey.argtypes = (_POINTER,)
        carbon.InstallEventHandler.restype = ctypes.c_int32
        carbon.InstallEventHandler.argtypes = (
            _POINTER,
            _OnEvent,
            ctypes.c_ulong,
            ctypes.POINTER(_EventType),
            _POINTER,
            _POINTER,
        )
        kind = _EventType(_KEYBOARD, _HOT_KEY_PRESSED)
        carbon.InstallEventHandler(
            carbon.GetEventDispatcherTarget(), self._on_event, 1, ctypes.byref(kind), None, None
        )
        self._carbon = carbon
        return carbon

    def _take(self, _next: object, _event: object, _given: object) -> int:
        self._pressed()
        return 0
