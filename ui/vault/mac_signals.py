"""Sleep and the screen's lock as macOS tells them, through its C libraries.

Both are plain C interfaces, so no bridge to Objective-C is needed: the screen's lock is a
distributed notification (CoreFoundation), sleep a power message (IOKit). Either is delivered by
the main run loop, which Qt turns on a Mac. The interfaces are documented in Apple's
CFNotificationCenter reference and Technical Q&A QA1340.

Runs on: main.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Any

from PySide6.QtCore import QObject, Signal

_UTF8 = 0x08000100  # kCFStringEncodingUTF8
_AT_ONCE = 4  # CFNotificationSuspensionBehaviorDeliverImmediately
_MAY_SLEEP = 0xE0000270  # kIOMessageCanSystemSleep
_WILL_SLEEP = 0xE0000280  # kIOMessageSystemWillSleep

_POINTER = ctypes.c_void_p
_OnNotification = ctypes.CFUNCTYPE(None, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER)
_OnPower = ctypes.CFUNCTYPE(None, _POINTER, ctypes.c_uint32, ctypes.c_uint32, _POINTER)


class MacSignals(QObject):
    """Listens to the distributed notification centre and to power messages.

    Attributes:
        sleeping: The computer is about to sleep.
        screen_locked: The screen is locked now.
    """

    sleeping = Signal()
    screen_locked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # What C calls must stay alive as long as it may be called.
        self._on_lock = _OnNotification(self._locked)
        self._on_power = _OnPower(self._power_changed)
        self._power_port = 0
        self._waiting: list[int] = []
        self._core: Any = None
        self._kit: Any = None

    def begin(self) -> bool:
        """Whether the system can be heard."""
        core = ctypes.util.find_library("CoreFoundation")
        kit = ctypes.util.find_library("IOKit")
        if core is None or kit is None:
            return False
        self._core, self._kit = ctypes.CDLL(core), ctypes.CDLL(kit)
        self._listen_to_screen()
        return self._listen_to_power()

    def let_sleep(self) -> None:
        """The system need not wait any longer."""
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            self._allow(change)

    def _listen_to_screen(self) -> None:
        core = self._core
        core.CFStringCreateWithCString.restype = _POINTER
        core.CFStringCreateWithCString.argtypes = (_POINTER, ctypes.c_char_p, ctypes.c_uint32)
        core.CFNotificationCenterGetDistributedCenter.restype = _POINTER
        add = core.CFNotificationCenterAddObserver
        add.restype = None
        add.argtypes = (_POINTER, _POINTER, _OnNotification, _POINTER, _POINTER, ctypes.c_long)
        name = core.CFStringCreateWithCString(None, b"com.apple.screenIsLocked", _UTF8)
        center = core.CFNotificationCenterGetDistributedCenter()
        add(center, None, self._on_lock, name, None, _AT_ONCE)

    def _listen_to_power(self) -> bool:
        core, kit = self._core, self._kit
        kit.IORegisterForSystemPower.restype = ctypes.c_uint32
        kit.IORegisterForSystemPower.argtypes = (
            _POINTER,
            ctypes.POINTER(_POINTER),
            _OnPower,
            ctypes.POINTER(ctypes.c_uint32),
        )
        kit.IONotificationPortGetRunLoopSource.restype = _POINTER
        kit.IONotificationPortGetRunLoopSource.argtypes = (_POINTER,)
        kit.IOAllowPowerChange.argtypes = (ctypes.c_uint32, ctypes.c_long)
        core.CFRunLoopGetMain.restype = _POINTER
        core.CFRunLoopAddSource.restype = None
        core.CFRunLoopAddSource.argtypes = (_POINTER, _POINTER, _POINTER)
        port, notifier = _POINTER(), ctypes.c_uint32()
        self._power_port = kit.IORegisterForSystemPower(
            None, ctypes.byref(port), self._on_power, ctypes.byref(notifier)
        )
        if not self._power_port:
            return False
        source = kit.IONotificationPortGetRunLoopSource(port)
        modes = _POINTER.in_dll(core, "kCFRunLoopCommonModes")
        core.CFRunLoopAddSource(core.CFRunLoopGetMain(), source, modes)
        return True

    def _locked(self, *_told: object) -> None:
        self.screen_locked.emit()

    def _power_changed(
        self, _refcon: object, _service: object, kind: int, change: int | None
    ) -> None:
        if kind == _MAY_SLEEP:
            self._allow(change or 0)
        elif kind == _WILL_SLEEP:
            self._waiting.append(change or 0)
            self.sleeping.emit()

    def _allow(self, change: int) -> None:
        self._kit.IOAllowPowerChange(self._power_port, change)
