"""The one place where a connection to the internet is made.

Runs on: io. A Door belongs to the event loop that first used it, until `aclose`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING

from engine.contract.errors import BadRequestError, DownloadError
from engine.web.offline import OfflineSwitch
from engine.web.replies import CHECK_CONNECTION, ConnectionLostError, Reply, in_plain_words

if TYPE_CHECKING:
    import httpx2

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One request that went out, for the network ledger.

    Attributes:
        purpose: Why, in the words of whoever asked.
        host: Who was asked; never the path, which may be private.
        received_bytes: Length of the body that came.
        elapsed_s: From the request to the last byte taken.
    """

    purpose: str
    host: str
    received_bytes: int
    elapsed_s: float


Ledger = Callable[[LedgerEntry], None]


def _keep_no_ledger(entry: LedgerEntry) -> None:
    del entry


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """How long and how far a request may go.

    Attributes:
        connect_s: For name lookup, connection and TLS.
        silence_s: Longest pause between two pieces of an answer; a stalled Wi-Fi would
            otherwise pause for ever.
        redirects: The Hub needs two.
    """

    connect_s: float = 15.0
    silence_s: float = 30.0
    redirects: int = 5


class Door:
    """Makes every connection, so that one switch, one ledger and one set of limits hold for all.

    Attributes:
        switch: While it is on nothing leaves this machine.
    """

    def __init__(
        self,
        version: str,
        *,
        ledger: Ledger = _keep_no_ledger,
        is_offline: bool = False,
        limits: DoorLimits | None = None,
    ) -> None:
        self.switch = OfflineSwitch(is_on=is_offline)
        self._user_agent = f"Shvayambhu/{version}"
        self._ledger = ledger
        self._limits = limits or DoorLimits()
        self._client: httpx2.AsyncClient | None = None

    @property
    def is_offline(self) -> bool:
        """Whether nothing may leave this machine."""
        return self.switch.is_on

    @is_offline.setter
    def is_offline(self, is_offline: bool) -> None:
        self.switch.is_on = is_offline

    def note(self, entry: LedgerEntry) -> None:
        """Put a connection into the ledger that another program made at our request."""
        self._ledger(entry)

    async def __aenter__(self) -> Door:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection. The next request would open a new one."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    @contextlib.asynccontextmanager
    async def get(
        self,
        url: str,
        *,
        purpose: str,
        headers: Mapping[str, str] | None = None,
        authorization: str | None = None,
    ) -> AsyncIterator[Reply]:
        """Ask for one address, following redirects within the limits.

        Args:
            url: http or https.
            purpose: For the ledger, such as "model download".
            headers: Sent on every hop.
            authorization: Sent only to the origin of `url`, only over TLS or to this machine,
                and never again once a redirect has left that origin.

        Raises:
            OfflineError: The switch is on (no socket was opened), or nothing answers.
            CertificateError: The server could not prove who it is.
            ConnectionLostError: It broke off.
            DownloadError: Redirected too often or from https to http.
        """
        target = _web_address(url)
        credentials = authorization if _may_carry_credentials(target) else None
        for _ in range(self._limits.redirects + 1):
            async with self._hop(target, purpose, headers or {}, credentials) as reply:
                location = reply.headers.get("location")
                if reply.status not in _REDIRECTS or location is None:
                    yield reply
                    return
            onward = _web_address(location, base=target)
            if target.scheme == "https" and onward.scheme != "https":
                raise DownloadError(f"{target.host} led to an unprotected address.")
            if onward.origin != target.origin:
                credentials = None
            target = onward
        raise DownloadError(f"{target.host} sent us round in circles.", action="Try again later.")

    async def get_bytes(
        self,
        url: str,
        *,
        purpose: str,
        limit_bytes: int,
        deadline_s: float = 60.0,
        headers: Mapping[str, str] | None = None,
        authorization: str | None = None,
    ) -> tuple[Reply, bytes]:
        """The whole body of a small answer, within a length and a time.

        Raises:
            StatusError: The answer was not 200.
            ConnectionLostError: It took longer than `deadline_s`.
            DownloadError: It was longer than `limit_bytes`; else as `get`.
        """
        body = bytearray()
        try:
            async with (
                asyncio.timeout(deadline_s),
                self.get(
                    url, purpose=purpose, headers=headers, authorization=authorization
                ) as reply,
            ):
                reply.raise_for_status()
                async with contextlib.aclosing(reply.chunks()) as chunks:
                    async for chunk in chunks:
                        body += chunk
                        if len(body) > limit_bytes:
                            raise DownloadError(f"{reply.host} sent more than it should.")
        except TimeoutError as error:
            raise ConnectionLostError(
                "The server answered too slowly.", action=CHECK_CONNECTION
            ) from error
        return reply, bytes(body)

    @contextlib.asynccontextmanager
    async def _hop(
        self, url: httpx2.URL, purpose: str, headers: Mapping[str, str], credentials: str | None
    ) -> AsyncIterator[Reply]:
        with self.switch.guarding():
            async with self._open(url, purpose, headers, credentials) as reply:
                yield reply

    @contextlib.asynccontextmanager
    async def _open(
        self, url: httpx2.URL, purpose: str, headers: Mapping[str, str], credentials: str | None
    ) -> AsyncIterator[Reply]:
        sent = {"Accept-Encoding": "identity", **headers}
        if credentials is not None:
            sent["Authorization"] = credentials
        started_s = time.monotonic()
        client = await self._open_client()
        request = client.build_request("GET", url, headers=sent)
        response: httpx2.Response | None = None
        try:
            with in_plain_words(url.host, is_connected=False):
                response = await client.send(request, stream=True)
            yield Reply(response, self.switch.refuse)
        finally:
            received = 0 if response is None else response.num_bytes_downloaded
            self._ledger(
                LedgerEntry(
                    purpose=purpose,
                    host=url.host,
                    received_bytes=received,
                    elapsed_s=time.monotonic() - started_s,
                )
            )
            if response is not None:
                await response.aclose()

    async def _open_client(self) -> httpx2.AsyncClient:
        if self._client is None:
            # Reading the system's certificates takes 0.1 s; the event loop has better to do.
            tls = await asyncio.to_thread(_tls_context, *map(os.environ.get, _CERTIFICATES))
            # Another task may have opened it meanwhile.
            self._client = self._client or self._new_client(tls)
        return self._client

    def _new_client(self, tls: ssl.SSLContext) -> httpx2.AsyncClient:
        import httpx2

        # At INFO it writes whole addresses into the log, signed ones too.
        logging.getLogger("httpx2").setLevel(logging.WARNING)
        try:
            return httpx2.AsyncClient(
                headers={"User-Agent": self._user_agent},
                cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
                timeout=httpx2.Timeout(self._limits.silence_s, connect=self._limits.connect_s),
                verify=tls,
            )
        except (ImportError, ValueError) as error:
            raise DownloadError(
                "The proxy set for this machine is of a kind that cannot be used.",
                action="Set HTTPS_PROXY to an http:// or https:// proxy.",
            ) from error


@functools.lru_cache(maxsize=1)
def _tls_context(file: str | None, folder: str | None, *bundles: str | None) -> ssl.SSLContext:
    """The certificates that the user's variables name, else the operating system's.

    httpx2 knows SSL_CERT_FILE and SSL_CERT_DIR; many company set-ups name only the variables
    that requests and curl read.
    """
    import httpx2

    if not file and not folder:
        for bundle in bundles:
            if bundle and os.path.isfile(bundle):
                return ssl.create_default_context(cafile=bundle)
    return httpx2.create_ssl_context()


def _web_address(url: str, *, base: httpx2.URL | None = None) -> httpx2.URL:
    """The address, read once and in one way for all that follows.

    Raises:
        BadRequestError: It is not one of the web.
    """
    import httpx2

    try:
        address = httpx2.URL(url) if base is None else base.join(url)
    except (httpx2.InvalidURL, ValueError, TypeError) as error:
        raise BadRequestError("This is not an address of the web.") from error
    # httpx2 takes odd signs into the name, escaped, and would look that up.
    is_name = re.fullmatch(rb"[A-Za-z0-9._:-]+", address.raw_host)
    if address.scheme not in ("http", "https") or not is_name:
        raise BadRequestError("Only http and https addresses can be opened.")
    return address


def _may_carry_credentials(url: httpx2.URL) -> bool:
    return url.scheme == "https" or url.host in _LOOPBACK
