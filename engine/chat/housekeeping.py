"""What the app does for the vault while nobody waits for anything: backups, trash, checks.

Runs on: io; each duty works on the store's threads in slices of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from engine.contract.errors import EngineError

_log = logging.getLogger(__name__)

# The first minute after opening belongs to the user.
_FIRST_AFTER_S = 60.0
_LOOK_EVERY_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something done now and then.

    Attributes:
        name: For the log.
        every_s: At most this often in one session; what must be rarer looks at the vault itself.
        run: Does it; safe to cancel.
    """

    name: str
    every_s: float
    run: Callable[[], Awaitable[object]]


class Housekeeping:
    """Runs duties one after the other while the vault is open and no answer is written."""

    def __init__(
        self,
        is_idle: Callable[[], bool] = lambda: True,
        duties: tuple[Duty, ...] = (),
        *,
        first_after_s: float = _FIRST_AFTER_S,
        look_every_s: float = _LOOK_EVERY_S,
    ) -> None:
        self._is_idle = is_idle
        self._duties = duties
        self._first_after_s = first_after_s
        self._look_every_s = look_every_s
        self._done_at_s: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Duties are done from now on."""
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def end(self) -> None:
        """No duty is being done any more; one that was is broken off."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def _run(self) -> None:
        await asyncio.sleep(self._first_after_s)
        while True:
            for duty in self._duties:
                if self._is_idle() and self._is_due(duty):
                    await self._do(duty)
            await asyncio.sleep(self._look_every_s)

    def _is_due(self, duty: Duty) -> bool:
        done_at_s = self._done_at_s.get(duty.name)
        return done_at_s is None or time.monotonic() - done_at_s >= duty.every_s

    async def _do(self, duty: Duty) -> None:
        self._done_at_s[duty.name] = time.monotonic()
        try:
            await duty.run()
        except EngineError as error:
            # A full disk, for one: it is tried again later, and Privacy shows the last backup.
            _log.warning("%s could not be done: %s", duty.name, error.kind)
        except Exception:  # noqa: BLE001 - a bug in one duty must not end the others
            _log.exception("%s failed", duty.name)
