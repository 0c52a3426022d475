"""Small numbers in few bytes: seven bits a byte, the lowest first, the top bit says "more"."""

from __future__ import annotations

from engine.storage.damage import damaged

# 2**63 is more than any length or number we keep.
_LONGEST_BYTES = 9


def varint(number: int) -> bytes:
    """`number`, which is not negative, in as few bytes as it takes."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def read_varint(source: bytes, place: int) -> tuple[int, int]:
    """The number that begins at `place`, and the place after it.

    Raises:
        VaultDamagedError: No number ends there.
    """
    number = 0
    for step, byte in enumerate(source[place : place + _LONGEST_BYTES]):
        number |= (byte & 0x7F) << (7 * step)
        if byte <= 0x7F:
            return number, place + step + 1
    raise damaged()
