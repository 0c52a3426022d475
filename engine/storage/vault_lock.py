"""`vault.lock`: held by the one process that has the vault open; remembers wrong passphrases.

The count is here and not in `vault.keys`, so that a mistyped passphrase never rewrites the keys.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.contract.errors import VaultBusyError, WrongKeyError
from engine.storage.disk import disk_errors

FILE_NAME = "vault.lock"
_LONGEST_WAIT_S = 60.0
_FREE_TRIES = 2
_LIMIT_BYTES = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The wall's time, for what outlasts a process, and a clock that nobody can set.

    Attributes:
        now_s: Seconds since 1970.
        steady_s: Seconds since any moment, never backwards.
    """

    now_s: Callable[[], float] = time.time
    steady_s: Callable[[], float] = time.monotonic


def wait_after(wrong: int) -> float:
    """Seconds to wait after so many wrong passphrases in a row: 0, 0, 1, 2, 4 and so on to 60."""
    if wrong <= _FREE_TRIES:
        return 0.0
    # Beyond 2 ** 6 the longest wait holds anyway.
    return min(2.0 ** min(wrong - _FREE_TRIES - 1, 6), _LONGEST_WAIT_S)


class VaultLock:
    """One process at a time, and one passphrase after another."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._descriptor = -1
        self._wrong = 0
        self._free_at_s = 0.0
        self._at_s = 0.0
        self._is_read = False
        self._was_open = False

    @property
    def is_held(self) -> bool:
        """Whether this process has it."""
        return self._descriptor >= 0

    def take(self) -> None:
        """This process has the vault.

        Raises:
            VaultBusyError: Another one has.
            StorageError: The file cannot be made.
        """
        if self.is_held:
            return
        with disk_errors():
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise VaultBusyError(
                "Another process has this vault open.",
                action="Close it there, or lock it there, then try again.",
            ) from error
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        self._read()

    def release(self) -> None:
        """Any process may have it."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def wait_s(self) -> float:
        """Seconds until the next passphrase is tried."""
        if not self._is_read:
            self._read()
        return max(0.0, self._free_at_s - self._clock.steady_s())

    def begin_try(self) -> None:
        """A try is counted as wrong from here on, so that a kill in the middle is no free one.

        Raises:
            WrongKeyError: It is too early for another.
        """
        wait_s = self.wait_s()
        if wait_s > 0:
            seconds = int(wait_s) + 1
            raise WrongKeyError(
                f"After wrong passphrases the next one is tried in {seconds} s.",
                action="Wait, then try again.",
            )
        self._count(self._wrong + 1)

    def was_right(self) -> None:
        """The wrong ones are forgotten."""
        self._count(0)

    @property
    def was_open(self) -> bool:
        """Whether the last process that had the vault open did not close it."""
        return self._was_open

    def note_open(self, *, is_open: bool) -> None:
        """A later process will know whether the vault was closed."""
        self._was_open = is_open
        self._write()

    def _count(self, wrong: int) -> None:
        self._wrong = wrong
        self._free_at_s = self._clock.steady_s() + wait_after(wrong)
        self._at_s = self._clock.now_s()
        self._write()

    def _write(self) -> None:
        record = json.dumps(
            {"wrong": self._wrong, "at_s": self._at_s, "is_open": self._was_open}
        ).encode()
        # A full or read-only disk must not keep the owner out; the wait holds in this process.
        with contextlib.suppress(OSError):
            os.pwrite(self._descriptor, record.ljust(128), 0)
            os.fsync(self._descriptor)

    def _read(self) -> None:
        """What an earlier process counted.

        The wall clock shortens the wait only by a time that can have passed: a clock that was set
        back gives the whole wait again.
        """
        self._is_read = True
        try:
            with self._path.open("rb") as file:
                record = json.loads(file.read(_LIMIT_BYTES))
            wrong, at_s = int(record["wrong"]), float(record["at_s"])
            self._was_open = bool(record.get("is_open"))
        except (OSError, ValueError, KeyError, TypeError):
            return
        if wrong == self._wrong:
            return
        self._wrong, self._at_s = wrong, at_s
        passed_s = max(0.0, self._clock.now_s() - at_s)
        self._free_at_s = self._clock.steady_s() + max(0.0, wait_after(wrong) - passed_s)
