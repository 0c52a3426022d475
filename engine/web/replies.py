"""What a server's answer is, and what can go wrong with it, in our own words.

Runs on: io.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from engine.contract.errors import DownloadError, OfflineError

if TYPE_CHECKING:
    import httpx2

CHECK_CONNECTION = "Check the connection, then try again; what had come is kept."


class ConnectionLostError(DownloadError):
    """The connection broke off after it had been made; trying again may help."""


class CertificateError(DownloadError):
    """The server could not prove who it is; nothing was sent."""


class StatusError(DownloadError):
    """The server answered, but not with what was asked for.

    Attributes:
        status: HTTP status code.
        headers: The answer's headers, names in lower case.
    """

    def __init__(self, host: str, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"{host} answered with status {status}.", action="Try again later.")
        self.status = status
        self.headers = headers


class Reply:
    """An answer whose body has not been read yet.

    Attributes:
        status: HTTP status code.
        headers: Names in lower case.
        url: Address that gave it, after redirects.
        host: The part of it that may be shown.
    """

    def __init__(self, response: httpx2.Response, refuse_if_offline: Callable[[], None]) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = {k.lower(): v for k, v in response.headers.items()}
        self.url = str(response.url)
        self.host = response.url.host
        self._response = response
        self._refuse_if_offline = refuse_if_offline

    def raise_for_status(self) -> None:
        """Return if the body is what was asked for, or a part of it.

        Raises:
            StatusError: On any other answer.
            DownloadError: The body is compressed though we asked for it plain.
        """
        if self.status not in (200, 206):
            raise StatusError(self.host, self.status, self.headers)
        # Identity was asked for: an inflated length cannot be checked or resumed, and a
        # megabyte of gzip can hold a gigabyte (measured, shared/facts/storage.md 4.3).
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise DownloadError(f"{self.host} sent a compressed answer that was not asked for.")

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it comes.

        Raises:
            OfflineError: The offline switch was turned on meanwhile.
            ConnectionLostError: The connection broke off.
        """
        with in_plain_words(self.host, is_connected=True):
            # No chunk size: with one, httpx2 collects past any deadline (storage.md 4.3).
            async with contextlib.aclosing(self._response.aiter_raw()) as pieces:
                async for piece in pieces:
                    self._refuse_if_offline()
                    yield piece


def _is_certificate_fault(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextlib.contextmanager
def in_plain_words(host: str, *, is_connected: bool) -> Iterator[None]:
    """Turn httpx2's errors into ours."""
    import httpx2

    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        if _is_certificate_fault(error):
            raise CertificateError(
                f"{host} could not prove that it is {host}.",
                action="If your network inspects traffic, set SSL_CERT_FILE to its certificates.",
            ) from error
        raise OfflineError(f"There is no connection to {host}.", action=CHECK_CONNECTION) from error
    except (httpx2.TransportError, httpx2.StreamError) as error:
        words = "broke off" if is_connected else "was closed before an answer came"
        raise ConnectionLostError(
            f"The connection to {host} {words}.", action=CHECK_CONNECTION
        ) from error
