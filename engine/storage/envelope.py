"""`vault.keys`: the data key, sealed once for each way of opening the vault. No user text in it.

The file holds the same line twice, each with its own digest: one flipped byte then costs nothing,
and a damaged file is never taken for a wrong passphrase.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.contract.errors import VaultDamagedError, VaultNewerError
from engine.storage.disk import disk_errors, new_file

FILE_NAME = "vault.keys"
_FORMAT = "shvayambhu vault keys"
_VERSION = 1
# Ours is under 4 KiB; whatever is larger is not ours.
_LIMIT_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class KeychainSlot:
    """The data key under a key that lies in the operating system's keychain."""

    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PassphraseSlot:
    """The data key under a key made of the passphrase by Argon2id with these parameters."""

    sealed: bytes
    salt: bytes
    memory_kib: int
    passes: int
    lanes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySlot:
    """The data key for the holder of the recovery key.

    Attributes:
        public: The recovery key's public half; with it a new data key is sealed for the holder
            without the recovery key being there.
        ephemeral: Public half of the one-time key it was sealed with.
    """

    sealed: bytes
    public: bytes
    ephemeral: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedKey:
    """One data key, in every slot that opens it.

    Attributes:
        check: From `keys.key_check`; tells a wrong key from a damaged database.
    """

    check: bytes
    keychain: KeychainSlot | None = None
    passphrase: PassphraseSlot | None = None
    recovery: RecoverySlot | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """All that `vault.keys` says.

    Attributes:
        vault_id: Names the vault in the keychain; random.
        is_database_made: Whether the database was ever in its place. A missing one is made under
            these keys if not, and is lost if so.
        keys: One; two while the database is encrypted anew, the newer first.
    """

    vault_id: str
    made_at_s: float
    is_database_made: bool = False
    keys: tuple[SealedKey, ...] = field(default=())

    @property
    def newest(self) -> SealedKey:
        """The key that holds, or will when the rotation is done."""
        return self.keys[0]

    def with_newest(self, **changes: Any) -> Envelope:
        """The same with other slots in the newest key."""
        return replace(self, keys=(replace(self.newest, **changes), *self.keys[1:]))

    def context(self, way: str) -> bytes:
        """What a slot is bound to: it opens in no other vault and in no other place."""
        return f"{_FORMAT} {self.vault_id} {way}".encode()


def read_envelope(path: Path) -> Envelope:
    """What the file says.

    Raises:
        VaultDamagedError: Neither copy is whole.
        VaultNewerError: A newer program wrote it.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return envelope_from(file.read(_LIMIT_BYTES))


def write_envelope(path: Path, envelope: Envelope) -> None:
    """The file says this, after a loss of power too; the one before is overwritten.

    Raises:
        StorageError: It could not be written; the one before is unharmed.
    """
    with contextlib.ExitStack() as stack:
        before = _opened(path, stack)
        with disk_errors(), new_file(path, may_replace=True) as file:
            file.write(envelope_bytes(envelope))
        if before is not None:
            _overwrite(before)


def destroy_envelope(path: Path) -> None:
    """The file's bytes are overwritten on disk, then it is removed.

    A journaling or copying file system, or a flash disk, may keep an older copy of the block out
    of any program's reach; with a keychain slot that copy opens nothing without the keychain.
    """
    with contextlib.ExitStack() as stack:
        descriptor = _opened(path, stack)
        if descriptor is not None:
            _overwrite(descriptor)
    with disk_errors():
        path.unlink(missing_ok=True)


def _opened(path: Path, stack: contextlib.ExitStack) -> int | None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return None
    stack.callback(os.close, descriptor)
    return descriptor


def _overwrite(descriptor: int) -> None:
    with disk_errors():
        length = os.fstat(descriptor).st_size
        os.pwrite(descriptor, os.urandom(length), 0)
        os.fsync(descriptor)


def envelope_bytes(envelope: Envelope) -> bytes:
    """The file's content; a backup carries it too."""
    body = json.dumps(_plain(envelope), separators=(",", ":"), sort_keys=True)
    digest = hashlib.sha256(body.encode()).hexdigest()
    line = json.dumps({"body": body, "sha256": digest}, separators=(",", ":"), sort_keys=True)
    # Two ends of line, so that losing one does not join the copies.
    return (line + "\n\n" + line + "\n").encode()


def envelope_from(content: bytes) -> Envelope:
    """The envelope that `envelope_bytes` wrote.

    Raises:
        VaultDamagedError: Neither copy is whole.
        VaultNewerError: A newer program wrote it.
    """
    for line in content.split(b"\n"):
        body = _whole_body(line)
        if body is not None:
            return _envelope_of(body)
    raise VaultDamagedError(
        "The vault's key file is damaged. Nothing was changed.",
        action="Restore the last good backup; it carries the keys too.",
    )


def _whole_body(line: bytes) -> dict[str, Any] | None:
    try:
        outer = json.loads(line)
        body = outer["body"]
        if hashlib.sha256(body.encode()).hexdigest() != outer["sha256"]:
            return None
        plain = json.loads(body)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return plain if isinstance(plain, dict) and plain.get("format") == _FORMAT else None


def _plain(envelope: Envelope) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "version": _VERSION,
        "vault_id": envelope.vault_id,
        "made_at_s": envelope.made_at_s,
        "is_database_made": envelope.is_database_made,
        "keys": [
            {"check": _text(key.check)}
            | {
                way: {
                    name: _text(value) if isinstance(value, bytes) else value
                    for name in slot.__slots__
                    for value in (getattr(slot, name),)
                }
                for way in ("keychain", "passphrase", "recovery")
                for slot in (getattr(key, way),)
                if slot is not None
            }
            for key in envelope.keys
        ],
    }


def _envelope_of(body: dict[str, Any]) -> Envelope:
    if int(body.get("version", 0)) > _VERSION:
        raise VaultNewerError(
            "A newer version of Shvayambhu wrote this vault's keys. They were left untouched.",
            action="Install the newer version.",
        )
    try:
        keys = tuple(_sealed_key_of(key) for key in body["keys"])
        if not keys:
            raise ValueError("no keys")
        return Envelope(
            vault_id=str(body["vault_id"]),
            made_at_s=float(body["made_at_s"]),
            is_database_made=bool(body["is_database_made"]),
            keys=keys,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise VaultDamagedError(
            "The vault's key file is damaged. Nothing was changed.",
            action="Restore the last good backup; it carries the keys too.",
        ) from error


def _sealed_key_of(plain: dict[str, Any]) -> SealedKey:
    slots: dict[str, Any] = {}
    kinds = {"keychain": KeychainSlot, "passphrase": PassphraseSlot, "recovery": RecoverySlot}
    for way, kind in kinds.items():
        if way in plain:
            values = {
                name: _bytes(value) if isinstance(value, str) else int(value)
                for name, value in plain[way].items()
            }
            slots[way] = kind(**values)
    return SealedKey(check=_bytes(plain["check"]), **slots)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(value: str) -> bytes:
    return base64.b64decode(value, validate=True)
