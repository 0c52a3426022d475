"""Notices that nobody has touched the window for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

_ACTIVITY = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TabletMove,
        QEvent.Type.NativeGesture,
        QEvent.Type.FocusIn,
    }
)


# Whoever could not act on it at once, for an answer was being written, hears of it again.
_AGAIN_S = 30.0


class IdleWatch(QObject):
    """Tells when there was no key, click or pointer movement for a given time, and tells again.

    It listens to each native window that gets the focus. What the system sends arrives there
    first, and far less often than events pass through the whole application.

    Attributes:
        idle: Nobody was there for that long.
    """

    idle = Signal()

    def __init__(
        self, parent: QObject | None = None, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._now_s = now_s
        self._limit_s = 0.0
        self._last_s = now_s()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)
        self._watched: set[QWindow] = set()
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.focusWindowChanged.connect(self._window_focused)
        self._window_focused(QGuiApplication.focusWindow())

    def wait_for(self, limit_s: float) -> None:
        """From now on, this long without a touch is idle; 0 is never."""
        self._limit_s = limit_s
        self.touched()
        if limit_s > 0:
            self._timer.start(_milliseconds(limit_s))
        else:
            self._timer.stop()

    def touched(self) -> None:
        """Somebody is there now."""
        self._last_s = self._now_s()

    def look(self) -> None:
        """It is told if the time is over; else the rest of it is waited for."""
        if self._limit_s <= 0:
            return
        left_s = self._limit_s - (self._now_s() - self._last_s)
        if left_s > 0:
            self._timer.start(_milliseconds(left_s))
            return
        self._timer.start(_milliseconds(min(self._limit_s, _AGAIN_S)))
        self.idle.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A touch is noted and goes on its way."""
        if event.type() in _ACTIVITY:
            self._last_s = self._now_s()
        return super().eventFilter(watched, event)

    def _window_focused(self, window: QWindow | None) -> None:
        self.touched()
        if window is not None and window not in self._watched:
            self._watched.add(window)
            window.installEventFilter(self)
            window.destroyed.connect(lambda: self._watched.discard(window))


def _milliseconds(seconds: float) -> int:
    # A timer holds at most 2^31 ms; a day is far below.
    return max(1, min(round(seconds * 1000), 86_400_000))
