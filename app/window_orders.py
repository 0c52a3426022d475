"""What another launch asks of the open window: the vault locked or unlocked, a quick question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from app.single_instance import Answer, Order
from engine.contract.commands import Command
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, CommandFinished, Event
from engine.contract.port import EnginePort
from engine.contract.vault import LockReason
from engine.contract.vault_commands import LockVault, OpenVault

_UNKNOWN = ErrorReport(kind="bad_request", message="The window does not know that order.")


class WindowOrders:
    """Hands orders to the engine and its answer back; the window itself sees the events.

    Runs on: main; events are heard on io and taken over to main.
    """

    def __init__(
        self,
        port: EnginePort,
        loop: asyncio.AbstractEventLoop,
        shows: Mapping[str, Callable[[], object]] | None = None,
    ) -> None:
        """Answers are heard from now on.

        Args:
            port: The engine.
            loop: Of the main thread.
            shows: Orders that only bring something on screen, and what does.
        """
        self._port = port
        self._shows = shows or {}
        self._loop = loop
        self._waiting: dict[str, Answer] = {}
        self.close: Callable[[], None] = port.subscribe(self._hear)

    def take(self, order: Order, answer: Answer) -> None:
        """The order is carried out, and `answer` called when it has been."""
        show = self._shows.get(order.get("order", ""))
        if show is not None:
            answer(_reply(None))
            show()
            return
        command = _command_of(order)
        if command is None:
            answer(_reply(_UNKNOWN))
            return
        job_id = self._port.submit(command)
        self._waiting[job_id] = answer

    def _hear(self, event: Event) -> None:
        """Runs on: io."""
        if isinstance(event, CommandFailed):
            self._loop.call_soon_threadsafe(self._end, event.job_id, event.error)
        elif isinstance(event, CommandFinished):
            self._loop.call_soon_threadsafe(self._end, event.job_id, None)

    def _end(self, job_id: str, error: ErrorReport | None) -> None:
        # On main, so `take` has noted the job by now.
        answer = self._waiting.pop(job_id, None)
        if answer is not None:
            answer(_reply(error))


def _command_of(order: Order) -> Command | None:
    if order.get("order") == "lock":
        return LockVault(reason=LockReason.ASKED)
    if order.get("order") == "unlock":
        return OpenVault(passphrase=order.get("passphrase", ""), is_private_allowed=False)
    return None


def _reply(error: ErrorReport | None) -> Order:
    """An empty kind says that it was done."""
    if error is None:
        return {"kind": ""}
    return {"kind": error.kind, "message": error.message, "action": error.action}
