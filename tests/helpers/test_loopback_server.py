"""The loopback server keeps to HTTP where it is told to, and breaks it where it is told to."""

from __future__ import annotations

import http.client

import pytest

from tests.helpers.loopback_server import LoopbackServer


def ask(server: LoopbackServer, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(
            "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_a_range_of_the_same_version_is_served_as_a_part():
    with LoopbackServer() as server:
        server.put("/a", b"0123456789", etag='"1"')

        assert ask(server, "/a", Range="bytes=4-", If_Range='"1"') == (206, b"456789")
        assert ask(server, "/a", Range="bytes=4-", If_Range='"0"') == (200, b"0123456789")
        assert ask(server, "/a", Range="bytes=10-")[0] == 416


def test_a_cut_breaks_the_connection_once():
    with LoopbackServer() as server:
        server.put("/a", b"0123456789", cuts=[3])

        with pytest.raises(http.client.IncompleteRead):
            ask(server, "/a")
        assert ask(server, "/a") == (200, b"0123456789")


def test_a_body_of_unknown_length_comes_in_chunks():
    with LoopbackServer() as server:
        server.put("/a", bytes(50_000), has_length=False)

        assert ask(server, "/a") == (200, bytes(50_000))
