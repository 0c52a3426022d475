"""The counter between the engine and its faces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.contract.commands import Command
from engine.contract.events import Event

Listener = Callable[[Event], None]


class EnginePort(Protocol):
    """Commands down, events up. Safe to call from any thread; never waits."""

    def submit(self, command: Command) -> str:
        """Hand over a command; its job identifier is on every event it leads to."""
        ...

    def cancel(self, job_id: str) -> None:
        """Stop a job within one step. A job that has ended is left alone."""
        ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called with every event, in order, on the engine's own thread.

        Returns:
            A function that ends the subscription.
        """
        ...
