"""Numbers as people read them in a terminal."""

from __future__ import annotations

from engine.contract.messages import AnswerStats


def as_bytes(count: float) -> str:
    """A size in the decimal units that disks and downloads are sold in, such as "92.0 MB"."""
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count:.0f} bytes"


def as_duration(seconds: float) -> str:
    """A time to wait, such as "40 s" or "3 min"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    if seconds < 6000:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"


def as_count(number: int) -> str:
    """A number of weights or tokens, such as "135M"."""
    for unit, size in (("B", 10**9), ("M", 10**6)):
        if number >= size:
            return f"{number / size:.3g}{unit}"
    return f"{number:,}"


def speed_line(stats: AnswerStats) -> str:
    """What was measured while an answer was written, in one line."""
    count = stats.completion_tokens
    parts = ["1 token" if count == 1 else f"{count} tokens"]
    if stats.tokens_per_second is not None:
        parts.append(f"{stats.tokens_per_second:.1f} tokens/s")
    parts.append(f"first after {stats.ttft_ms / 1000:.1f} s")
    return ", ".join(parts)
