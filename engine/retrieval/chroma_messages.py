"""What goes through the pipes between the app and the process that holds Chroma.

A message is the lengths of its two parts, four bytes each; words as JSON; then numbers as they
lie in memory, float32.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

_HEAD = struct.Struct("<II")

Words = dict[str, Any]


def send(sink: IO[bytes], words: Words, numbers: bytes = b"") -> None:
    """The other side can read it.

    Raises:
        OSError: There is no other side any more.
    """
    spelled = json.dumps(words).encode()
    sink.write(_HEAD.pack(len(spelled), len(numbers)) + spelled + numbers)
    sink.flush()


def receive(source: IO[bytes]) -> tuple[Words, bytes] | None:
    """What the other side sent next; None if it is gone."""
    head = source.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    words_bytes, numbers_bytes = _HEAD.unpack(head)
    body = source.read(words_bytes + numbers_bytes)
    if len(body) < words_bytes + numbers_bytes:
        return None
    words: Words = json.loads(body[:words_bytes])
    return words, body[words_bytes:]
