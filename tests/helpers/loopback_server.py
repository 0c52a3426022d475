"""A real HTTP server on the loopback interface, with every bad habit a server can have.

It serves resources by path. On top of that it can play a package index (PEP 691 or HTML) and a
small Hugging Face Hub whose large files lie on another server.
"""

from __future__ import annotations

import hashlib
import json
import re
import ssl
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

_PIECE_BYTES = 16 << 10


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@dataclass
class Resource:
    """What is at one path, and how badly it is served.

    Attributes:
        etag: Sent, and compared with If-Range.
        has_ranges: Whether Range is understood.
        heeds_if_range: Without, a part is sent even of another version.
        has_length: Without, the body comes in chunks and nobody knows how long it is.
        statuses: Answered first, one a request.
        cuts: For each of the next requests, bytes of body before the connection is cut.
        hold_after: Bytes of body after which nothing more comes until `LoopbackServer.release`.
        headers: Sent too.
        location: Redirect there.
        authorization: Demanded; without it 401.
    """

    content: bytes = b""
    etag: str = ""
    has_ranges: bool = True
    heeds_if_range: bool = True
    has_length: bool = True
    statuses: list[int] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    hold_after: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    location: str = ""
    authorization: str = ""


@dataclass(frozen=True)
class Seen:
    """One request that came; header names in lower case."""

    target: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path)

    @property
    def range(self) -> str:
        return self.headers.get("range", "")


class LoopbackServer:
    """Serves `resources` from a thread of its own while the `with` is open."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.resources: dict[str, Resource] = {}
        self.seen: list[Seen] = []
        self.is_held = threading.Event()
        self._released = threading.Event()
        self._http = _Http(("127.0.0.1", 0), _Handler)
        self._http.loopback = self
        self._scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._http.socket = context.wrap_socket(self._http.socket, server_side=True)
            self._scheme = "https"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    def __enter__(self) -> LoopbackServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    @property
    def port(self) -> int:
        return self._http.server_address[1]

    @property
    def address(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def put(self, path: str, content: bytes = b"", **habits: object) -> str:
        """Serve `content` at `path` and return its address."""
        self.resources[path] = Resource(content=content, **habits)
        return self.address + quote(path)

    def release(self) -> None:
        """Let held answers go on."""
        self._released.set()

    def wait_for_release(self) -> None:
        self.is_held.set()
        self._released.wait()


class _Http(ThreadingHTTPServer):
    """Knows whose requests it takes."""

    daemon_threads = True
    loopback: LoopbackServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Quiet about clients that hang up, for many tests do just that."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: _Http
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        names = {name.lower(): value for name, value in self.headers.items()}
        self.server.loopback.seen.append(Seen(self.path, names))
        resource = self.server.loopback.resources.get(unquote(urlsplit(self.path).path))
        try:
            self._answer(resource, names)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Quiet; `seen` has it."""

    def _answer(self, resource: Resource | None, names: dict[str, str]) -> None:
        if resource is None:
            self._send_head(404, {"X-Error-Code": "EntryNotFound"}, 0)
        elif resource.authorization and names.get("authorization") != resource.authorization:
            self._send_head(401, resource.headers, 0)
        elif resource.statuses:
            self._send_head(resource.statuses.pop(0), resource.headers, 0)
        elif resource.location:
            self._send_head(302, {**resource.headers, "Location": resource.location}, 0)
        else:
            self._answer_with_body(resource, names)

    def _answer_with_body(self, resource: Resource, names: dict[str, str]) -> None:
        total = len(resource.content)
        headers = dict(resource.headers)
        if resource.etag:
            headers["ETag"] = resource.etag
        asked = re.fullmatch(r"bytes=(\d+)-", names.get("range", ""))
        is_same = names.get("if-range", resource.etag) == resource.etag
        is_same = is_same or not resource.heeds_if_range
        start = int(asked[1]) if asked and resource.has_ranges and is_same else 0
        if start >= total and start:
            self._send_head(416, {"Content-Range": f"bytes */{total}"}, 0)
            return
        if start:
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
        length = total - start if resource.has_length else None
        self._send_head(206 if start else 200, headers, length)
        self._send_body(resource, resource.content[start:])

    def _send_head(self, status: int, headers: dict[str, str], length: int | None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send_body(self, resource: Resource, body: bytes) -> None:
        if resource.cuts:
            cut = resource.cuts.pop(0)
            self._send_pieces(body[:cut], resource.has_length)
            self.close_connection = True
            if cut < len(body):
                return
        elif resource.hold_after is not None and resource.hold_after < len(body):
            self._send_pieces(body[: resource.hold_after], resource.has_length)
            self.server.loopback.wait_for_release()
            self._send_pieces(body[resource.hold_after :], resource.has_length)
        else:
            self._send_pieces(body, resource.has_length)
        if not resource.has_length:
            self.wfile.write(b"0\r\n\r\n")

    def _send_pieces(self, body: bytes, has_length: bool) -> None:
        for start in range(0, len(body), _PIECE_BYTES):
            piece = body[start : start + _PIECE_BYTES]
            if not has_length:
                piece = b"%x\r\n%b\r\n" % (len(piece), piece)
            self.wfile.write(piece)


def put_package(
    server: LoopbackServer,
    package: str,
    wheels: dict[str, bytes],
    *,
    is_json: bool = True,
    **habits: object,
) -> str:
    """Serve a package index with one package; the index's address is returned."""
    links = {}
    for name, content in wheels.items():
        server.put(f"/files/{name}", content, **habits)
        links[name] = f"../../files/{quote(name)}"
    if is_json:
        page = {
            "meta": {"api-version": "1.0"},
            "name": package,
            "files": [
                {
                    "filename": name,
                    "url": link,
                    "size": len(wheels[name]),
                    "hashes": {"sha256": sha256_of(wheels[name])},
                }
                for name, link in links.items()
            ],
        }
        body, kind = json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json"
    else:
        anchors = "".join(
            f'<a href="{link}#sha256={sha256_of(wheels[name])}">{name}</a><br>\n'
            for name, link in links.items()
        )
        body, kind = f"<!DOCTYPE html><body>{anchors}</body>".encode(), "text/html; charset=utf-8"
    server.put(f"/simple/{package}/", body, headers={"Content-Type": kind})
    return f"{server.address}/simple"


COMMIT = "0123456789abcdef0123456789abcdef01234567"


def put_repo(
    hub: LoopbackServer,
    store: LoopbackServer,
    repo: str,
    files: dict[str, bytes],
    *,
    licence: str = "apache-2.0",
    commit: str = COMMIT,
    authorization: str = "",
) -> str:
    """Serve a Hub repository; files above 1 kB are kept on `store`, as the Hub keeps its own."""
    siblings = []
    for name, content in files.items():
        path = f"/{repo}/resolve/{commit}/{name}"
        entry: dict[str, object] = {"rfilename": name, "size": len(content)}
        entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        if len(content) > 1024:
            digest = sha256_of(content)
            entry["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 134}
            there = store.put(f"/blobs/{digest}", content, etag=f'"{digest}"')
            hub.put(path, location=f"{there}?signature=secret", authorization=authorization)
        else:
            etag = f'"{entry["blobId"]}"'
            hub.put(path, content, etag=etag, authorization=authorization)
        siblings.append(entry)
    answer = {
        "id": repo,
        "sha": commit,
        "gated": False,
        "tags": [f"license:{licence}"],
        "cardData": {"license": licence},
        "siblings": siblings,
    }
    body = json.dumps(answer).encode()
    kind = {"Content-Type": "application/json"}
    for revision in ("main", commit):
        path = f"/api/models/{repo}/revision/{revision}"
        hub.put(path, body, headers=kind, authorization=authorization)
    return hub.address
