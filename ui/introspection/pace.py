"""Draws as often as an eye can follow, however often something is measured."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

FRAME_MS = 16  # a frame at 60 Hz
WORDS_MS = 66  # 15 Hz: words that change faster cannot be read
GAUGE_MS = 200  # 5 Hz, with smoothing between
HALF_LIFE_S = 0.7  # of a gauge's smoothing


class Pace(QObject):
    """Does something at most once an interval, and only while a widget is in sight.

    What was asked for while it was hidden is done once when it is shown, so hidden views cost
    nothing and none is stale.
    """

    def __init__(self, widget: QWidget, interval_ms: int, act: Callable[[], object]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._act = act
        self._is_due = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._run)
        widget.installEventFilter(self)

    def ask(self) -> None:
        """It is done within the interval, or when the widget is shown again."""
        self._is_due = True
        if not self._timer.isActive() and self._widget.isVisible():
            self._timer.start()

    def now(self) -> None:
        """It is done at once, if the widget is in sight."""
        self._is_due = True
        if self._widget.isVisible():
            self._timer.stop()
            self._run()

    def is_waiting(self) -> bool:
        """Whether something was asked for that has not been done."""
        return self._is_due

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What has waited is done when the widget comes into sight."""
        if watched is self._widget and event.type() == QEvent.Type.Show and self._is_due:
            self._timer.start()
        return super().eventFilter(watched, event)

    def _run(self) -> None:
        if self._is_due and self._widget.isVisible():
            self._is_due = False
            self._act()


class Smoothed:
    """A figure that moves towards what was measured, half of the way in HALF_LIFE_S."""

    def __init__(self) -> None:
        self.value: float | None = None

    def follow(self, target: float | None, elapsed_s: float) -> float | None:
        """The figure after so much time; what is not measured is None at once."""
        if target is None or self.value is None:
            self.value = target
        else:
            share: float = 0.5 ** (elapsed_s / HALF_LIFE_S)
            self.value = target + (self.value - target) * share
        return self.value

    def is_near(self, target: float | None) -> bool:
        """Whether no further step would be seen."""
        if target is None or self.value is None:
            return target is self.value
        return abs(self.value - target) < 0.004
