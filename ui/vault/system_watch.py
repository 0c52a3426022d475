"""Sleep and the screen's lock, told by the system; one face for Linux and macOS."""

from __future__ import annotations

import logging
import sys
from typing import Protocol

from PySide6.QtCore import QObject, QTimer, Signal

_log = logging.getLogger(__name__)

# Linux waits at most five seconds for us (InhibitDelayMaxSec), macOS thirty.
_LONGEST_DELAY_MS = 4000


class SystemWatch(QObject):
    """Tells of sleep and of the screen's lock, and lets the system sleep once we are ready.

    Attributes:
        sleeping: The computer is about to sleep; it waits until `let_sleep`, a few seconds long.
        screen_locked: The screen is locked now.
    """

    sleeping = Signal()
    screen_locked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source: _Source | None = None
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.setInterval(_LONGEST_DELAY_MS)
        self._end.timeout.connect(self.let_sleep)

    def begin(self) -> bool:
        """The system is listened to from now on; whether it can be heard at all."""
        source = _source_here(self)
        if source is None or not source.begin():
            _log.info("sleep and the screen's lock cannot be noticed here")
            return False
        self.listen_to(source)
        return True

    def listen_to(self, source: _Source) -> None:
        """What this source tells is told on."""
        self._source = source
        source.sleeping.connect(self._fall_asleep)
        source.screen_locked.connect(self.screen_locked)

    def let_sleep(self) -> None:
        """The computer may sleep now, as far as we are concerned."""
        self._end.stop()
        if self._source is not None:
            self._source.let_sleep()

    def _fall_asleep(self) -> None:
        self._end.start()
        self.sleeping.emit()


class _Told(Protocol):
    """A bound signal."""

    def connect(self, receiver: object, /) -> object:
        """The receiver is called from now on."""
        ...


class _Source(Protocol):
    """Where one system tells of it."""

    @property
    def sleeping(self) -> _Told:
        """About to sleep."""
        ...

    @property
    def screen_locked(self) -> _Told:
        """Locked now."""
        ...

    def begin(self) -> bool:
        """Whether the system can be heard."""
        ...

    def let_sleep(self) -> None:
        """The system need not wait any longer."""
        ...


def _source_here(parent: QObject) -> _Source | None:
    # Loaded here: each of them leans on what only its own system has.
    platform: str = sys.platform
    if platform == "darwin":
        from ui.vault.mac_signals import MacSignals

        return MacSignals(parent)
    if platform.startswith("linux"):
        from ui.vault.linux_signals import LinuxSignals

        return LinuxSignals(parent)
    return None
