"""Python's circles are freed on the main thread between two turns of its loop, and nowhere else.

Python frees what refers to itself in a circle whenever it has made enough new objects: on any
thread, in the middle of any call. Among them are widgets. One that is freed while Qt hands its list
of widgets to Python leaves a pointer to nothing in that list, and the process ends (`ui/` asks for
such lists when the vault is locked); one that is freed on the engine's thread is taken down while
the main thread may draw it. So while there is a window Python does not do this by itself.

Runs on: main.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# A busy second leaves some 10,000 new objects, which are gone through in 4 ms (2026-12-01).
LOOK_MS = 1000
# As in Python itself: to go through everything takes a tenth of a second, so it waits for growth.
_GROWTH_RATIO = 0.25


class Garbage:
    """Does when it is asked what Python would by its own thresholds have done by now."""

    def __init__(self) -> None:
        self._old = 0
        self._grown = 0

    def collect_due(self) -> None:
        """What is due is freed here."""
        is_new, is_young, is_old = (
            count > threshold
            for count, threshold in zip(gc.get_count(), gc.get_threshold(), strict=True)
        )
        if is_old and self._grown > self._old * _GROWTH_RATIO:
            gc.collect()
            self._old, self._grown = len(gc.get_objects(2)), 0
        elif is_young:
            self._grown += len(gc.get_objects(1))
            gc.collect(1)
        elif is_new:
            gc.collect(0)


@contextmanager
def collecting_between_turns() -> Iterator[None]:
    """In this block circles are freed by a timer of the main thread alone; Qt must be running."""
    from PySide6.QtCore import QTimer

    was_enabled = gc.isenabled()
    # In a name of its own: a connection to a method does not keep the object.
    garbage = Garbage()
    timer = QTimer()
    timer.setInterval(LOOK_MS)
    timer.timeout.connect(garbage.collect_due)
    gc.disable()
    timer.start()
    try:
        yield
    finally:
        timer.stop()
        if was_enabled:
            gc.enable()
