"""The offline switch: refuses what would go out, and cuts off what is under way.

Runs on: io; it may be read from any thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

from engine.contract.errors import OfflineError


class OfflineSwitch:
    """One switch for every connection of a door.

    Attributes:
        is_on: While true nothing leaves this machine.
    """

    def __init__(self, *, is_on: bool = False) -> None:
        self.is_on = is_on
        self._under_way: set[asyncio.Task[Any]] = set()
        self._cut_off: set[asyncio.Task[Any]] = set()

    def turn(self, *, is_on: bool) -> None:
        """It stands so, and what is under way ends at once, even if the server is silent."""
        self.is_on = is_on
        if is_on:
            for task in self._under_way - self._cut_off:
                self._cut_off.add(task)
                task.cancel()

    def refuse(self) -> None:
        """Nothing happens while connections are allowed.

        Raises:
            OfflineError: They are not.
        """
        if self.is_on:
            raise OfflineError(
                "Offline mode is on, so nothing was fetched.",
                action="Turn offline mode off, then try again.",
            )

    @contextlib.contextmanager
    def guarding(self) -> Iterator[None]:
        """A connection is open while the block runs, and ends with the switch.

        Raises:
            OfflineError: It was on already, or was turned on meanwhile.
        """
        self.refuse()
        task = asyncio.current_task()
        if task is None or task in self._under_way:
            yield
            return
        self._under_way.add(task)
        try:
            yield
        except asyncio.CancelledError:
            # What someone else has cancelled as well must end as cancelled.
            if task not in self._cut_off or task.uncancel() > 0:
                raise
            self.refuse()
            raise
        finally:
            self._under_way.discard(task)
            self._cut_off.discard(task)
