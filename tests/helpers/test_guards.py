"""The guards catch what they are there for."""

import contextlib
import logging
import socket

import pytest

from tests.helpers.guards import GuardError, NetworkGuard, leaves_machine, no_logged_warning


@pytest.mark.parametrize(
    "host", ["example.org", "192.168.1.4", "0.0.0.0", "8.8.8.8", "fe80::1%eth0"]
)
def test_other_machines_are_recognised(host):
    assert leaves_machine(host)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", b"127.0.0.1", None])
def test_this_machine_is_recognised(host):
    assert not leaves_machine(host)


@pytest.mark.reaches_network
def test_a_swallowed_refusal_still_fails_the_test():
    guard = NetworkGuard()

    def reach_out():
        with guard.watch(), socket.socket() as out, contextlib.suppress(AssertionError):
            out.connect(("192.0.2.1", 9))

    with pytest.raises(GuardError, match=r"192\.0\.2\.1"):
        reach_out()


def test_loopback_is_left_alone():
    guard = NetworkGuard()
    with guard.watch(), socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def log_within_guard(allowed=None):
    with no_logged_warning(allowed):
        logging.getLogger("engine.somewhere").warning("it is late")


@pytest.mark.logs_warning("it is late")
def test_a_logged_warning_is_noticed():
    with pytest.raises(GuardError, match=r"engine\.somewhere: it is late"):
        log_within_guard()


@pytest.mark.logs_warning("it is late")
def test_an_announced_warning_passes():
    log_within_guard(r"^engine\.somewhere: it is")
