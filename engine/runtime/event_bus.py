"""Hands each event to every listener, in order."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from engine.contract.events import Event
from engine.contract.port import Listener

_log = logging.getLogger(__name__)


class EventBus:
    """One order for all: listeners see events in the order in which `publish` was entered.

    A listener must return at once (put it in a queue); one that raises is logged, and the
    others still hear the event.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._listeners: dict[int, Listener] = {}
        self._next_key = 0

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """`listener` hears every event from now on, until the returned function is called."""
        with self._lock:
            key = self._next_key
            self._next_key += 1
            self._listeners[key] = listener

        def unsubscribe() -> None:
            with self._lock:
                self._listeners.pop(key, None)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Every listener has been called with `event`."""
        with self._lock:
            for listener in tuple(self._listeners.values()):
                try:
                    listener(event)
                except Exception:  # noqa: BLE001 - a face's bug must not silence the others
                    _log.exception("a listener failed on %s", type(event).__name__)
