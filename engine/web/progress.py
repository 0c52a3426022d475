"""How far a download is, how fast it goes, and how long it will take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

# A bar that moves 10 times a second looks smooth; more only costs events.
INTERVAL_S = 0.1
# Short enough to follow a change of network, long enough not to flicker.
_WINDOW_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadProgress:
    """Where a download stands.

    Attributes:
        done_bytes: On this machine, earlier attempts included.
        total_bytes: 0 while nobody knows it.
        bytes_per_second: Over the last five seconds; 0 before the first bytes.
        remaining_s: Estimate from that speed; None while there is none.
        licence: Licence of what is fetched, where the source tells it; else empty.
    """

    done_bytes: int
    total_bytes: int
    bytes_per_second: float
    remaining_s: float | None
    licence: str = ""


OnProgress = Callable[[DownloadProgress], None]


class ProgressMeter:
    """Turns a byte count into at most ten reports a second, and one at the end."""

    def __init__(
        self,
        report: OnProgress,
        *,
        total_bytes: int,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total_bytes = total_bytes
        self._report = report
        self._monotonic = monotonic
        self._samples: deque[tuple[float, int]] = deque()
        self._last: DownloadProgress | None = None
        self._reported_at_s = float("-inf")

    def restart(self, done_bytes: int) -> None:
        """Measure speed from here on; what came before came at another time."""
        self._samples.clear()
        self._samples.append((self._monotonic(), done_bytes))
        self.advance(done_bytes)

    def advance(self, done_bytes: int) -> None:
        """Take note of the new count and report it if a tenth of a second has passed."""
        now_s = self._monotonic()
        if self._samples and done_bytes < self._samples[-1][1]:
            # It started over; a fall is not a speed.
            self._samples.clear()
            self._samples.append((now_s, done_bytes))
        if now_s - self._reported_at_s >= INTERVAL_S:
            self._send(done_bytes, now_s)

    def finish(self, done_bytes: int) -> None:
        """Report the end, unless the last report said it already."""
        self.total_bytes = done_bytes
        if self._last is None or (self._last.done_bytes, self._last.total_bytes) != (
            done_bytes,
            done_bytes,
        ):
            self._send(done_bytes, self._monotonic())

    def _send(self, done_bytes: int, now_s: float) -> None:
        self._samples.append((now_s, done_bytes))
        while len(self._samples) > 2 and now_s - self._samples[1][0] >= _WINDOW_S:
            self._samples.popleft()
        began_s, began_bytes = self._samples[0]
        speed = (done_bytes - began_bytes) / (now_s - began_s) if now_s > began_s else 0.0
        missing = self.total_bytes - done_bytes
        is_known = speed > 0 and self.total_bytes > 0
        self._last = DownloadProgress(
            done_bytes=done_bytes,
            total_bytes=self.total_bytes,
            bytes_per_second=speed,
            remaining_s=max(missing, 0) / speed if is_known else None,
        )
        self._reported_at_s = now_s
        self._report(self._last)
