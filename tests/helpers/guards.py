"""What no test may do: leave the machine, or have a warning logged without saying so."""

from __future__ import annotations

import ipaddress
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class GuardError(AssertionError):
    """A test did what no test may do."""


_SENDING = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"})
_ASKING = frozenset({"socket.getaddrinfo", "socket.gethostbyname"})


def leaves_machine(host: object) -> bool:
    """Whether a host name or address lies beyond the loopback interface."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or not isinstance(host, str) or host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:
        return True


def _broken_by(event: str, arguments: tuple[Any, ...]) -> str:
    if event in _ASKING and leaves_machine(arguments[0]):
        return f"looked up {arguments[0]!r}"
    # A Unix socket's address is a path; only internet addresses are tuples that begin with a host.
    if event in _SENDING and isinstance(arguments[-1], tuple):
        host = arguments[-1][0]
        if leaves_machine(host):
            return f"{event.removeprefix('socket.')} to {host!r}"
    return ""


class NetworkGuard:
    """Raises where a socket would leave the machine. An audit hook stays for ever, so: a switch."""

    def __init__(self) -> None:
        self.is_on = False
        self.broken: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.is_on and (event in _SENDING or event in _ASKING):
            broken = _broken_by(event, arguments)
            if broken:
                # Kept too: the code under test may swallow what is raised here.
                self.broken.append(broken)
                raise GuardError(f"a test {broken}")

    @contextmanager
    def watch(self) -> Iterator[None]:
        """No socket leaves the machine in this block.

        Raises:
            GuardError: One tried to, even if the code under test swallowed the refusal.
        """
        self.is_on, self.broken = True, []
        try:
            yield
        finally:
            self.is_on = False
        if self.broken:
            raise GuardError("a test " + "; ".join(self.broken))


class _Recorder(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()}")


@contextmanager
def no_logged_warning(allowed: str | None = None) -> Iterator[None]:
    """Nothing is logged as a warning or worse in this block.

    Args:
        allowed: Regular expression of lines ("logger: message") that are expected.

    Raises:
        GuardError: With the lines.
    """
    recorder = _Recorder()
    root = logging.getLogger()
    root.addHandler(recorder)
    try:
        yield
    finally:
        root.removeHandler(recorder)
    lines = [line for line in recorder.lines if not (allowed and re.search(allowed, line))]
    if lines:
        raise GuardError("logged without the test saying so: " + "; ".join(lines))
