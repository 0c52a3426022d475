"""Record identifiers that sort by the time they were made."""

from __future__ import annotations

import os
import threading
import time

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"
_lock = threading.Lock()
_last_stamp = 0


def _base36(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, digit = divmod(number, 36)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def new_id(prefix: str) -> str:
    """A new identifier; of two made in one process the later one sorts after the earlier.

    Args:
        prefix: What it names, such as "msg" or "conv"; readable in logs.

    Returns:
        `prefix_` + 11 base-36 digits of microseconds + 7 random ones (36 bits).
    """
    global _last_stamp
    with _lock:
        _last_stamp = max(time.time_ns() // 1000, _last_stamp + 1)
        stamp = _last_stamp
    return f"{prefix}_{_base36(stamp, 11)}{_base36(int.from_bytes(os.urandom(5), 'big'), 7)}"


def id_of(prefix: str, stamp: int, rest: int) -> str:
    """An identifier in the same form that is always the same for the same thing.

    Args:
        prefix: As in `new_id`.
        stamp: Microseconds since the epoch; 0 if nobody knows.
        rest: What tells it from others of that moment; with stamp 0 all of it is used.
    """
    if stamp <= 0:
        return f"{prefix}_{_base36(rest, 18)}"
    return f"{prefix}_{_base36(stamp, 11)}{_base36(rest, 7)}"
