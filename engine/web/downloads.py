"""Brings one file home: resumed where it broke off, checked, and put in place in one step.

Runs on: io.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.contract.errors import ChecksumError, DownloadError, OfflineError
from engine.web.door import Door
from engine.web.part_file import PartFile, PartOrigin, hash_file, refuse_if_disk_full
from engine.web.progress import DownloadProgress, OnProgress, ProgressMeter
from engine.web.replies import ConnectionLostError, Reply, StatusError

__all__ = ["DownloadProgress", "RetryPolicy", "download"]

_PASSING_FAULTS = frozenset({408, 425, 429, 500, 502, 503, 504})
# Less than this between two breaks counts as no progress: a server that sends a byte and hangs
# up must not keep us for ever.
_PROGRESS_BYTES = 1 << 20
_RETRY_AFTER_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how patiently a broken download is taken up again.

    Attributes:
        attempts: Tries in a row without progress before giving up.
        first_pause_s: Before the second try; doubled before each further one.
        longest_pause_s: Where the doubling ends.
    """

    attempts: int = 6
    first_pause_s: float = 0.5
    longest_pause_s: float = 15.0

    def pause_s(self, failures: int) -> float:
        """Seconds to wait after this many failures in a row, from 1."""
        doubled: float = self.first_pause_s * 2.0 ** (failures - 1)
        return min(doubled, self.longest_pause_s)


async def download(
    door: Door,
    url: str,
    target: Path,
    *,
    sha256: str | None,
    size: int | None,
    on_progress: OnProgress,
    purpose: str,
    authorization: str | None = None,
    retry: RetryPolicy | None = None,
) -> None:
    """The file is at `target`, whole and checked; nothing is fetched if it was there before.

    A cancelled or broken download leaves `target.part`, and the next call goes on from there.

    Args:
        door: Makes the connection.
        url: http or https.
        target: Where the file goes; a file that was there stays until the new one is whole.
        sha256: 64 hexadecimal digits, or None if nobody knows.
        size: Length in bytes, or None.
        on_progress: Called on the event loop, at most ten times a second.
        purpose: For the network ledger.
        authorization: Sent to the origin of `url` only.
        retry: None takes the usual patience.

    Raises:
        OfflineError: No connection, or the switch is on.
        ChecksumError: The bytes are not those promised; they were thrown away.
        DiskFullError: No room; what fitted is kept.
        StatusError: The server refuses, such as 404.
        DownloadError: It broke off too often, or another process is at it.
    """
    wanted = None if sha256 is None else sha256.lower()
    if await _is_there(target, wanted, size):
        return
    with PartFile(target) as part:
        if await _is_there(target, wanted, size):
            return
        origin = PartOrigin(url=url, sha256=wanted or "")
        job = _Download(door, part, origin, size, on_progress, purpose, authorization)
        await job.run(retry or RetryPolicy())


async def _is_there(target: Path, sha256: str | None, size: int | None) -> bool:
    if not target.is_file() or (size is not None and target.stat().st_size != size):
        return False
    # Without a digest the name is the proof: it is given only to a whole file.
    return sha256 is None or await hash_file(target, hashlib.sha256()) == sha256


class _Download:
    """One file on its way, from the first request to the last check."""

    def __init__(
        self,
        door: Door,
        part: PartFile,
        origin: PartOrigin,
        size: int | None,
        on_progress: OnProgress,
        purpose: str,
        authorization: str | None,
    ) -> None:
        self._door = door
        self._part = part
        self._origin = origin
        self._size = size
        self._purpose = purpose
        self._authorization = authorization
        self._meter = ProgressMeter(on_progress, total_bytes=size or 0)
        self._etag = ""
        self._is_resumed = False
        self._has_connected = False

    async def run(self, retry: RetryPolicy) -> None:
        await self._take_up_earlier_part()
        refuse_if_disk_full(self._part.target.parent, (self._size or 0) - self._part.length)
        self._meter.restart(self._part.length)
        if not self._is_whole():
            await self._fetch_patiently(retry)
        if not self._is_right() and self._is_resumed:
            # The kept bytes may be of another version, or damaged: one clean try.
            self._drop_part()
            await self._fetch_patiently(retry)
        if not self._is_right():
            self._part.discard()
            raise ChecksumError(
                "The file that came is not the one that was promised. It was thrown away.",
                action="Try again; if it happens twice, tell us, for the source has changed.",
            )
        await self._part.finish()
        self._meter.finish(self._part.length)

    async def _take_up_earlier_part(self) -> None:
        earlier = self._part.read_origin()
        is_too_long = self._size is not None and self._part.length > self._size
        if earlier is None or is_too_long or not self._origin.can_continue(earlier):
            self._part.start_over()
            return
        self._meter.restart(self._part.length)
        await self._part.hash_kept_bytes()
        self._is_resumed = True
        # Another address numbers its versions in its own way.
        self._etag = earlier.etag if earlier.url == self._origin.url else ""

    def _drop_part(self) -> None:
        self._part.start_over()
        self._etag = ""
        self._is_resumed = False
        self._meter.restart(0)

    def _is_whole(self) -> bool:
        return self._size is not None and self._part.length == self._size

    def _is_right(self) -> bool:
        if self._size is not None and self._part.length != self._size:
            return False
        return not self._origin.sha256 or self._part.sha256() == self._origin.sha256

    async def _fetch_patiently(self, retry: RetryPolicy) -> None:
        failures = 0
        while True:
            length_before = self._part.length
            try:
                await self._fetch_rest()
                return
            except (ConnectionLostError, OfflineError, StatusError) as error:
                if self._part.length - length_before >= _PROGRESS_BYTES:
                    failures = 0
                failures += 1
                if failures >= retry.attempts or not self._may_help_to_wait(error):
                    raise
                await asyncio.sleep(max(retry.pause_s(failures), _retry_after_s(error)))

    def _may_help_to_wait(self, error: DownloadError) -> bool:
        if isinstance(error, OfflineError):
            # At the very start the user should hear at once that there is no connection.
            return self._has_connected and not self._door.is_offline
        return not isinstance(error, StatusError) or error.status in _PASSING_FAULTS

    async def _fetch_rest(self) -> None:
        """One request for what is missing."""
        async with self._door.get(
            self._origin.url,
            purpose=self._purpose,
            headers=self._range_headers(),
            authorization=self._authorization,
        ) as reply:
            self._has_connected = True
            if reply.status == 416:
                self._settle_unsatisfiable_range(reply.headers)
                return
            reply.raise_for_status()
            self._line_up(reply)
            await self._take_body(reply)

    def _range_headers(self) -> dict[str, str]:
        if self._part.length == 0:
            return {}
        headers = {"Range": f"bytes={self._part.length}-"}
        return headers | ({"If-Range": self._etag} if self._etag else {})

    def _settle_unsatisfiable_range(self, headers: Mapping[str, str]) -> None:
        """We have as much as the server or more: right if it is as much, else start over."""
        total = headers.get("content-range", "").rpartition("/")[2]
        if not total.isdigit() or int(total) != self._part.length:
            self._drop_part()
            raise ConnectionLostError("The file on the server has changed.", action="Try again.")

    def _line_up(self, reply: Reply) -> None:
        """Make the part end where the body begins, and learn the total length."""
        start, total = _extent(reply)
        etag = _strong_etag(reply.headers)
        if start != self._part.length or (start and self._etag not in ("", etag)):
            # The server knows no ranges, or the file has changed since.
            self._drop_part()
        if start != self._part.length:
            raise ConnectionLostError(f"{reply.host} sent another part than was asked for.")
        if self._size is not None and total is not None and total != self._size:
            self._part.discard()
            raise ChecksumError(
                f"The file on the server has {total:,} bytes instead of {self._size:,}.",
                action="The source has changed; look for a newer version of Shvayambhu.",
            )
        if self._size is None and total is not None:
            self._meter.total_bytes = total
            refuse_if_disk_full(self._part.target.parent, total - self._part.length)
        self._etag = etag
        self._part.write_origin(
            PartOrigin(url=self._origin.url, etag=self._etag, sha256=self._origin.sha256)
        )

    async def _take_body(self, reply: Reply) -> None:
        total = self._meter.total_bytes
        async with contextlib.aclosing(reply.chunks()) as chunks:
            async for chunk in chunks:
                self._part.append(chunk, total_bytes=total)
                self._meter.advance(self._part.length)
                if self._size is not None and self._part.length > self._size:
                    return
        if total and self._part.length < total:
            raise ConnectionLostError(
                f"{reply.host} ended the file too early.", action="Try again later."
            )


def _extent(reply: Reply) -> tuple[int, int | None]:
    """First byte that the body holds, and length of the whole file if the server says."""
    if reply.status == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", reply.headers.get("content-range", ""))
        if found is None:
            raise DownloadError(f"{reply.host} sent a part without saying which.")
        return int(found[1]), None if found[2] == "*" else int(found[2])
    length = reply.headers.get("content-length", "")
    return 0, int(length) if length.isdigit() else None


def _strong_etag(headers: Mapping[str, str]) -> str:
    """The ETag, if the server vouches for every byte with it; a weak one does not."""
    etag = headers.get("etag", "")
    return etag if etag.startswith('"') else ""


def _retry_after_s(error: DownloadError) -> float:
    """What the server asks us to wait, within reason; 0 if it does not."""
    value = error.headers.get("retry-after", "") if isinstance(error, StatusError) else ""
    return min(float(value), _RETRY_AFTER_LIMIT_S) if value.isdigit() else 0.0
