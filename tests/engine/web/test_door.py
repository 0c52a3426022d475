from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from engine.contract.errors import BadRequestError, DownloadError, OfflineError
from engine.web.door import Door, DoorLimits, LedgerEntry
from engine.web.replies import CertificateError, ConnectionLostError, StatusError
from tests.helpers.loopback_server import LoopbackServer

WEB = Path(__file__).resolve().parents[3] / "engine" / "web"


def ask(door: Door, url: str, *, limit_bytes: int = 1 << 20, **more: object) -> bytes:
    async def once() -> bytes:
        async with door:
            _, body = await door.get_bytes(url, purpose="test", limit_bytes=limit_bytes, **more)
            return body

    return asyncio.run(once())


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody trusts yet."""
    path = tmp_path / "server.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", str(path), "-out", str(tmp_path / "certificate.pem")),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs openssl to make a certificate")
    with path.open("a") as file:
        file.write((tmp_path / "certificate.pem").read_text())
    return path


@pytest.mark.feature("network.offline-switch")
def test_the_offline_switch_opens_no_socket(door, server, connections):
    """With offline mode on, nothing leaves the machine: no connection, not even a name lookup."""
    url = server.put("/page", b"hello")
    door.is_offline = True

    with connections.on() as attempts, pytest.raises(OfflineError, match="Offline mode is on"):
        ask(door, url)

    assert attempts == []
    door.is_offline = False
    with connections.on() as attempts:
        assert ask(door, url) == b"hello"
    assert attempts != []


def test_every_request_is_in_the_ledger_with_purpose_host_bytes_and_time(server):
    entries: list[LedgerEntry] = []
    door = Door("1.2.3", ledger=entries.append)
    server.put("/to", b"hello")
    url = server.put("/from", location="/to")

    ask(door, url)

    assert [(entry.purpose, entry.host, entry.received_bytes) for entry in entries] == [
        ("test", "127.0.0.1", 0),
        ("test", "127.0.0.1", 5),
    ]
    assert all(0 < entry.elapsed_s < 10 for entry in entries)


def test_a_request_that_fails_is_in_the_ledger_too():
    entries: list[LedgerEntry] = []
    with LoopbackServer() as gone:
        url = gone.put("/page", b"hello")

    with pytest.raises(OfflineError):
        ask(Door("1.2.3", ledger=entries.append), url)

    assert [(entry.host, entry.received_bytes) for entry in entries] == [("127.0.0.1", 0)]


def test_cookies_are_never_sent_back(door, server):
    server.put("/page", b"hello", headers={"Set-Cookie": "who=you; Path=/"})

    async def twice() -> None:
        async with door:
            for _ in range(2):
                url = f"{server.address}/page"
                await door.get_bytes(url, purpose="test", limit_bytes=100)

    asyncio.run(twice())

    assert len(server.seen) == 2
    assert all("cookie" not in seen.headers for seen in server.seen)
    assert all("referer" not in seen.headers for seen in server.seen)


def test_a_token_is_never_sent_to_where_a_redirect_leads(door, server, other_server):
    there = other_server.put("/stored", b"hello")
    other_server.put("/back", location=f"{server.address}/end")
    server.put("/end", b"hello")
    server.put("/away", location=there)
    server.put("/round", location=f"{other_server.address}/back")
    server.put("/near", location="/end")

    for path in ("/away", "/round", "/near"):
        ask(door, server.address + path, authorization="Bearer secret")

    assert all("authorization" not in seen.headers for seen in other_server.seen)
    sent = [(seen.path, "authorization" in seen.headers) for seen in server.seen]
    assert sent == [
        ("/away", True),
        ("/round", True),
        ("/end", False),  # it came back by way of a stranger
        ("/near", True),
        ("/end", True),
    ]


def test_redirects_in_a_circle_end(server):
    url = server.put("/a", location="/a")

    with pytest.raises(DownloadError, match="in circles"):
        ask(Door("1.2.3", limits=DoorLimits(redirects=3)), url)

    assert len(server.seen) == 4


def test_a_redirect_to_something_that_is_not_the_web_is_refused(door, server):
    url = server.put("/a", location="file:///etc/passwd")

    with pytest.raises(BadRequestError):
        ask(door, url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://", "http://[/"])
def test_only_addresses_of_the_web_are_opened(door, url, connections):
    with connections.on() as attempts, pytest.raises(BadRequestError):
        ask(door, url)

    assert attempts == []


def test_an_unknown_certificate_is_refused_and_a_named_one_is_taken(
    door, certificate, monkeypatch, tmp_path
):
    with LoopbackServer(certificate) as server:
        url = server.put("/page", b"hello")

        with pytest.raises(CertificateError, match="could not prove") as caught:
            ask(door, url)
        assert "SSL_CERT_FILE" in caught.value.action
        for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            with monkeypatch.context() as context:
                context.setenv(variable, str(tmp_path / "certificate.pem"))
                assert ask(door, url) == b"hello"


def test_a_redirect_from_https_to_http_is_refused(door, certificate, server, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    with LoopbackServer(certificate) as safe_server:
        url = safe_server.put("/page", location=server.put("/page", b"hello"))

        with pytest.raises(DownloadError, match="unprotected"):
            ask(door, url)

    assert server.seen == []


def test_the_proxy_of_the_environment_is_used(door, server, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.address)
    server.put("/page", b"hello")

    assert ask(door, "http://models.example/page") == b"hello"

    assert server.seen[0].target == "http://models.example/page"


def test_a_proxy_that_cannot_be_used_is_named(door, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "gopher://127.0.0.1:1")

    with pytest.raises(DownloadError, match="proxy"):
        ask(door, "http://models.example/page")


def test_an_answer_that_is_too_long_is_cut_off(door, server):
    url = server.put("/page", bytes(200_000), has_length=False)

    with pytest.raises(DownloadError, match="more than it should"):
        ask(door, url, limit_bytes=1000)


def test_an_answer_that_never_ends_is_given_up(door, server):
    url = server.put("/page", bytes(1000), hold_after=10)

    with pytest.raises(ConnectionLostError, match="too slowly"):
        ask(door, url, deadline_s=0.05)


def test_a_server_that_falls_silent_is_given_up(server):
    url = server.put("/page", bytes(1000), hold_after=10)

    with pytest.raises(ConnectionLostError):
        ask(Door("1.2.3", limits=DoorLimits(silence_s=0.1)), url)


def test_a_compressed_answer_is_not_inflated(door, server):
    url = server.put("/page", b"\x1f\x8b...", headers={"Content-Encoding": "gzip"})

    with pytest.raises(DownloadError, match="compressed"):
        ask(door, url)

    assert server.seen[0].headers["accept-encoding"] == "identity"


def test_a_refusal_has_its_status(door, server):
    with pytest.raises(StatusError) as caught:
        ask(door, f"{server.address}/nothing")

    assert caught.value.status == 404


def test_only_the_door_knows_the_http_client():
    """Otherwise the switch and the ledger could be got round."""
    users = {path.name for path in WEB.glob("*.py") if "import httpx2" in path.read_text()}

    assert users == {"door.py", "replies.py"}
    clients = {path.name for path in WEB.glob("*.py") if "AsyncClient(" in path.read_text()}
    assert clients == {"door.py"}


@pytest.mark.feature("network.offline-at-once")
def test_the_offline_switch_ends_a_request_that_waits_for_a_silent_server(door, server):
    """Turning offline mode on ends running downloads at once, even if the server is silent."""
    url = server.put("/page", bytes(1000), hold_after=10)

    async def turn_while_it_waits() -> None:
        async with door:
            asking = asyncio.create_task(door.get_bytes(url, purpose="test", limit_bytes=1 << 20))
            await asyncio.to_thread(server.is_held.wait)
            door.switch.turn(is_on=True)
            await asking

    with pytest.raises(OfflineError, match="Offline mode is on"):
        asyncio.run(turn_while_it_waits())


def test_what_the_user_cancelled_is_not_called_offline(door, server):
    url = server.put("/page", bytes(1000), hold_after=10)

    async def cancel_and_turn() -> None:
        async with door:
            asking = asyncio.create_task(door.get_bytes(url, purpose="test", limit_bytes=1 << 20))
            await asyncio.to_thread(server.is_held.wait)
            asking.cancel()
            door.switch.turn(is_on=True)
            await asking

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancel_and_turn())
