"""Looks for words and numbers in files, in every spelling in which they might lie there."""

from __future__ import annotations

import base64
import contextlib
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import zstandard


def spellings(word: str) -> Iterator[bytes]:
    """The bytes by which a word could be recognised in a file."""
    plain = word.encode()
    yield plain
    yield word.encode("utf-16-le")
    yield word.encode("utf-16-be")
    yield word.encode("utf-32-le")
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    yield plain[::-1]
    # In base64 a word looks different at each of three places; its first and last letters may
    # share theirs with what is beside it.
    for shift in range(3):
        yield base64.b64encode(b" " * shift + plain)[4 : -4 if len(plain) % 3 or shift else None]


def traces(folders: Iterable[Path], words: Iterable[bytes]) -> list[tuple[str, bytes]]:
    """File and word for each that is found in a file's bytes, or in what they unpack to."""
    wanted = list(words)
    found = []
    for file in sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()):
        content = b"\n".join(_layers(file.read_bytes()))
        found += [(file.name, word) for word in wanted if word in content]
        found += [("a file's name", word) for word in wanted if word in str(file).encode()]
    return found


def _layers(content: bytes) -> Iterator[bytes]:
    """The bytes, and what zlib and zstd streams among them hold."""
    yield content
    for magic, unpack in (
        (b"\x28\xb5\x2f\xfd", lambda b: zstandard.ZstdDecompressor().decompressobj().decompress(b)),
        (b"\x1f\x8b\x08", lambda b: zlib.decompressobj(31).decompress(b)),
        (b"\x78\x9c", lambda b: zlib.decompressobj().decompress(b)),
    ):
        start = content.find(magic)
        while start >= 0:
            with contextlib.suppress(zlib.error, zstandard.ZstdError):
                yield unpack(content[start:])
            start = content.find(magic, start + 1)


def write_plain_database(path: Path, words: Iterable[str]) -> None:
    """What a store without encryption leaves; the control of every search for traces."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE texts (text)")
        connection.executemany("INSERT INTO texts VALUES (?)", ((word,) for word in words))
    connection.close()
