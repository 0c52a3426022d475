"""Servers on the loopback interface, and a door to them."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.web.door import Door
from engine.web.downloads import RetryPolicy
from tests.helpers.loopback_server import LoopbackServer

ROOT = Path(__file__).resolve().parents[3]
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


# A process that is started might do what this one must not.
_WATCHED = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "subprocess.Popen")


class ConnectionWatch:
    """Notes every attempt to reach an address or start a process. An audit hook stays for ever."""

    def __init__(self) -> None:
        self.is_on = False
        self.attempts: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.is_on and event in _WATCHED:
            self.attempts.append(f"{event} {arguments[1:]}")

    @contextmanager
    def on(self) -> Iterator[list[str]]:
        self.is_on, self.attempts = True, []
        try:
            yield self.attempts
        finally:
            self.is_on = False


_watch = ConnectionWatch()


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxy, certificates and tokens have no part in a test."""
    for name in (*_PROXIES, *map(str.upper, _PROXIES), *_CERTIFICATES, "HF_TOKEN", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def connections() -> ConnectionWatch:
    return _watch


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


@pytest.fixture
def other_server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


@pytest.fixture
def door() -> Door:
    return Door("1.2.3")


@pytest.fixture
def no_pauses() -> RetryPolicy:
    """Retries as usual, at once."""
    return RetryPolicy(first_pause_s=0.0)


@pytest.fixture
def content() -> bytes:
    """Half a megabyte that compresses to nothing smaller and repeats nowhere."""
    return random.Random(20261123).randbytes(512 << 10)


@pytest.fixture
def start_python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a script in a process of its own; killed at the end if it still runs."""
    started: list[subprocess.Popen[str]] = []

    def start(
        script: str, *arguments: object, before: tuple[str, ...] = ()
    ) -> subprocess.Popen[str]:
        command = [*before, sys.executable, "-c", script, *map(str, arguments)]
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
