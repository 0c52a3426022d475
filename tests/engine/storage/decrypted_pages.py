"""Every page of a SQLCipher file as it lies there, decrypted: free pages and gaps included."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from engine.storage.keys import Secret

_PAGE = 4096
# SQLCipher 4: 16 bytes of initialisation vector and 64 of HMAC at the end of each page.
_RESERVED = 80
_SALT = 16


def decrypted_pages(path: Path, key: Secret) -> list[bytes]:
    raw = path.read_bytes()
    pages = []
    for begin in range(0, len(raw), _PAGE):
        page = raw[begin : begin + _PAGE]
        body = page[0 if begin else _SALT : _PAGE - _RESERVED]
        iv = page[_PAGE - _RESERVED : _PAGE - _RESERVED + 16]
        opener = Cipher(algorithms.AES(bytes(key.raw)), modes.CBC(iv)).decryptor()
        pages.append(opener.update(body) + opener.finalize())
    return pages
