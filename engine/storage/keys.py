"""Key material: one random data key, and a key of its own for every purpose, derived from it.

What Python cannot promise: a `Secret` is overwritten when it is wiped, but copies that libraries
made (the keychain's text, OpenSSL's and SQLCipher's own buffers, a passphrase typed as `str`) are
out of reach until their memory is used again. Swap is the operating system's to encrypt.
"""

from __future__ import annotations

import hmac
import os
from enum import Enum
from typing import Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_CHECK_BYTES = 16


class Secret:
    """Bytes that are in no repr, no log and no error text, and that can be wiped."""

    __slots__ = ("_bytes",)

    def __init__(self, content: bytes | bytearray | memoryview) -> None:
        self._bytes = bytearray(content)

    @classmethod
    def random(cls, length: int = KEY_BYTES) -> Self:
        """New random bytes from the operating system."""
        return cls(os.urandom(length))

    @property
    def raw(self) -> bytearray:
        """The bytes themselves; hand them on, never keep them."""
        return self._bytes

    def copy(self) -> Secret:
        """The same bytes, wiped apart from these."""
        return Secret(self._bytes)

    def wipe(self) -> None:
        """Every byte is zero, and there are none left."""
        for place in range(len(self._bytes)):
            self._bytes[place] = 0
        self._bytes.clear()

    def __len__(self) -> int:
        return len(self._bytes)

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._bytes, other._bytes)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is never pickled")


class Purpose(Enum):
    """What a derived key is for; one never opens what another sealed."""

    DATABASE = "database"
    SEALED_FILES = "sealed files"
    BACKUPS = "backups"
    KEY_CHECK = "key check"


def subkey(data_key: Secret, purpose: Purpose) -> Secret:
    """The 256-bit key for one purpose; HKDF-SHA256, so it tells nothing about the others."""
    derived = Secret(bytes(KEY_BYTES))
    _hkdf(f"shvayambhu vault: {purpose.value}".encode()).derive_into(data_key.raw, derived.raw)
    return derived


def key_check(data_key: Secret) -> bytes:
    """A value by which a right key is known without the database, so damage is told apart."""
    derived = subkey(data_key, Purpose.KEY_CHECK)
    check = bytes(derived.raw[:_CHECK_BYTES])
    derived.wipe()
    return check


def is_right_key(data_key: Secret, check: bytes) -> bool:
    """Whether `check` was made of this key."""
    return hmac.compare_digest(key_check(data_key), check)


def seal(key: Secret, content: Secret, context: bytes) -> bytes:
    """`content` under AES-256-GCM with a fresh random nonce; opens only with the same context."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key.raw).encrypt(nonce, content.raw, context)


def unseal(key: Secret, sealed: bytes, context: bytes) -> Secret:
    """What was sealed.

    Raises:
        cryptography.exceptions.InvalidTag: Another key, another context, or changed bytes.
    """
    length = max(0, len(sealed) - _NONCE_BYTES - _TAG_BYTES)
    content = Secret(bytes(length))
    nonce, box = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    AESGCM(key.raw).decrypt_into(nonce, box, context, content.raw)
    return content


def mix(material: bytes | bytearray, label: str) -> Secret:
    """A 256-bit key from strong material, such as a shared secret of a key exchange."""
    derived = Secret(bytes(KEY_BYTES))
    _hkdf(f"shvayambhu vault: {label}".encode()).derive_into(material, derived.raw)
    return derived


def _hkdf(info: bytes) -> HKDF:
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info)
