"""Any number of bytes as one sealed stream, in which no byte can be changed, cut off or moved.

Layout: magic, version, length of the header, header (JSON, in the clear, no words of the user),
SHA-256 of all that, then chunks of 1 MiB, each under AES-GCM. The key is made for this one stream
from a random salt, so the nonce is the chunk's number and a mark for the last one.

Source: Hoang, Reyhanitabar, Rogaway, Vizar, "Online Authenticated-Encryption and its Nonce-Reuse
    Misuse-Resistance" (CRYPTO 2015), construction STREAM.
Deviation: the nonce has no random prefix, for no two streams share a key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.contract.errors import VaultDamagedError, VaultNewerError, WrongKeyError

CHUNK_BYTES = 1 << 20
VERSION = 1

_MAGIC = b"SHVSEAL\n"
_LENGTHS = struct.Struct(">HI")
_DIGEST_BYTES = 32
_TAG_BYTES = 16
# A backup's header holds the key envelope, about 2 kB; a longer one is no header of ours.
_LONGEST_HEADER_BYTES = 64 * 1024
_DAMAGED = "A sealed file is not whole."
_SALT, _CHECK = "salt", "check"


class SealedWriter:
    """Takes bytes in pieces of any size; complete only after `finish`."""

    def __init__(
        self, out: BinaryIO, key: bytes | bytearray, header: dict[str, Any] | None = None
    ) -> None:
        """Writes the header at once.

        Args:
            out: Where the sealed bytes go; left open.
            key: 32 bytes; may seal any number of streams.
            header: Plain values that can be read without the key, and not be changed unnoticed.
        """
        salt = os.urandom(32)
        self._cipher = AESGCM(_derived(key, salt, "chunks"))
        body = {**(header or {}), _SALT: salt.hex(), _CHECK: _check_value(key, salt)}
        text = json.dumps(body, separators=(",", ":")).encode()
        if len(text) > _LONGEST_HEADER_BYTES:
            raise ValueError("the header is too long")
        front = _MAGIC + _LENGTHS.pack(VERSION, len(text)) + text
        self._bound = hashlib.sha256(front).digest()
        self._out = out
        self._rest = bytearray()
        self._number = 0
        out.write(front + self._bound)

    def write(self, piece: bytes) -> None:
        """`piece` follows what was written before."""
        self._rest += piece
        # One byte more than a chunk must be there, for the last one is sealed otherwise.
        while len(self._rest) > CHUNK_BYTES:
            self._put(bytes(self._rest[:CHUNK_BYTES]), is_last=False)
            del self._rest[:CHUNK_BYTES]

    def finish(self) -> None:
        """The stream has its end; without it every reader will call it cut off."""
        self._put(bytes(self._rest), is_last=True)
        self._rest.clear()

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        self._out.write(self._cipher.encrypt(_nonce(self._number, is_last), chunk, self._bound))
        self._number += 1


class SealedReader:
    """Reads what SealedWriter wrote; memory stays below three chunks, whatever the file says.

    Attributes:
        header: The plain values; trustworthy only once `unlock` has returned.
    """

    def __init__(self, source: BinaryIO) -> None:
        """Reads the header and no more.

        Raises:
            VaultDamagedError: This is no sealed stream, or its header is not whole.
            VaultNewerError: A later version of the app wrote it.
        """
        self._source = source
        front = source.read(len(_MAGIC) + _LENGTHS.size)
        if len(front) != len(_MAGIC) + _LENGTHS.size or not front.startswith(_MAGIC):
            raise VaultDamagedError(_DAMAGED)
        version, length = _LENGTHS.unpack(front[len(_MAGIC) :])
        if length > _LONGEST_HEADER_BYTES:
            raise VaultDamagedError(_DAMAGED)
        text = source.read(length)
        self._bound = source.read(_DIGEST_BYTES)
        if not hmac.compare_digest(hashlib.sha256(front + text).digest(), self._bound):
            raise VaultDamagedError(_DAMAGED)
        # Only a header that is whole may say that it is newer than we are.
        if version != VERSION:
            raise VaultNewerError("A newer version of the app sealed this file.")
        self.header = _parsed(text)
        self._cipher: AESGCM | None = None
        self._number = 0

    def unlock(self, key: bytes | bytearray) -> None:
        """From now on `pieces` and `read` give what was sealed.

        Raises:
            WrongKeyError: Another key sealed it.
        """
        if not fits(self.header, key):
            raise WrongKeyError("This key does not open the file.")
        salt = bytes.fromhex(self.header[_SALT])
        self._cipher = AESGCM(_derived(key, salt, "chunks"))

    def pieces(self) -> Iterator[bytes]:
        """What was sealed, a chunk at a time; the last one tells that nothing is missing.

        Raises:
            VaultDamagedError: Bytes were changed, moved, added or cut off.
        """
        if self._cipher is None:
            raise RuntimeError("unlock comes first")
        block = self._source.read(CHUNK_BYTES + _TAG_BYTES)
        while True:
            ahead = b""
            if len(block) == CHUNK_BYTES + _TAG_BYTES:
                ahead = self._source.read(CHUNK_BYTES + _TAG_BYTES)
            yield self._opened(self._cipher, block, is_last=not ahead)
            if not ahead:
                return
            block = ahead

    def _opened(self, cipher: AESGCM, block: bytes, *, is_last: bool) -> bytes:
        try:
            chunk = cipher.decrypt(_nonce(self._number, is_last), block, self._bound)
        except (InvalidTag, ValueError) as error:
            raise VaultDamagedError(_DAMAGED) from error
        self._number += 1
        return chunk


def fits(header: dict[str, Any], key: bytes | bytearray) -> bool:
    """Whether this key sealed the stream with that header, as `SealedReader` gave it."""
    return hmac.compare_digest(_check_value(key, bytes.fromhex(header[_SALT])), header[_CHECK])


class PieceReader:
    """Pieces of any size as a source from which exact amounts are read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self._place = 0

    def take(self, count: int) -> bytes:
        """The next `count` bytes, fewer only where the pieces end; `count` is held in memory."""
        parts: list[bytes] = []
        missing = count
        while missing:
            part = self.some(missing)
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def some(self, most: int) -> bytes:
        """At least one and at most `most` bytes; none where the pieces end."""
        while self._place == len(self._rest):
            following = next(self._pieces, None)
            if following is None:
                return b""
            self._rest, self._place = following, 0
        part = self._rest[self._place : self._place + most]
        self._place += len(part)
        return part


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise VaultDamagedError(_DAMAGED) from error
    if not isinstance(header, dict) or not (
        _is_hex(header.get(_SALT), 64) and _is_hex(header.get(_CHECK), 32)
    ):
        raise VaultDamagedError(_DAMAGED)
    return header


def _is_hex(value: object, letters: int) -> bool:
    return (
        isinstance(value, str)
        and len(value) == letters
        and all(letter in "0123456789abcdef" for letter in value)
    )


def _derived(key: bytes | bytearray, salt: bytes, purpose: str) -> bytes:
    info = f"shvayambhu sealed stream {VERSION} {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


def _check_value(key: bytes | bytearray, salt: bytes) -> str:
    return _derived(key, salt, "check")[:16].hex()


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
