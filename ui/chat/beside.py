"""Work of the painter that takes longer than a frame, done beside the main thread.

Runs on: main, except `_work`, which has a thread of its own while there is something to do.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

K = TypeVar("K")
V = TypeVar("V")


class _Told(QObject):
    """Carries the signal: a QObject cannot be generic."""

    ready = Signal()


class Beside(Generic[K, V]):
    """Answers from what is worked out already, or begins to work it out and tells later.

    Attributes:
        ready: Something asked for before is there now.
    """

    def __init__(self, work_out: Callable[[K], V], name: str, kept: int) -> None:
        """Nothing is worked out yet.

        Args:
            work_out: Called on the other thread; must not raise.
            name: Of that thread.
            kept: How many results are kept; the least lately used goes first.
        """
        self._told = _Told()
        self.ready = self._told.ready
        self._work_out = work_out
        self._name = name
        self._kept = kept
        self._lock = threading.Lock()
        self._waiting: deque[K] = deque()
        self._results: OrderedDict[K, V] = OrderedDict()
        self._is_working = False

    def get(self, key: K) -> V | None:
        """The result, or None while it is being worked out."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
            if key not in self._waiting:
                self._waiting.append(key)
            if not self._is_working:
                self._is_working = True
                threading.Thread(target=self._work, name=self._name, daemon=True).start()
        return None

    def is_idle(self) -> bool:
        """Whether nothing is being worked out."""
        with self._lock:
            return not self._is_working

    def forget(self) -> None:
        """Nothing that was asked or worked out is held any more."""
        with self._lock:
            self._results.clear()
            self._waiting.clear()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_working = False
                    break
                key = self._waiting[0]
            result = self._work_out(key)
            with self._lock:
                if not self._waiting or self._waiting[0] != key:
                    continue  # it was to be forgotten meanwhile
                self._waiting.popleft()
                self._results[key] = result
                if len(self._results) > self._kept:
                    self._results.popitem(last=False)
        self.ready.emit()
