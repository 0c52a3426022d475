"""From an envelope to the data key: by keychain, by passphrase, or by recovery key.

Runs on: io; Argon2id goes to a thread of its own.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum

from cryptography.exceptions import InvalidTag

from engine.contract.errors import KeyMissingError, VaultDamagedError, WrongKeyError
from engine.storage.envelope import Envelope, KeychainSlot, SealedKey
from engine.storage.keychain import Keychain
from engine.storage.keys import Secret, is_right_key, seal, unseal
from engine.storage.passphrase import open_with_passphrase
from engine.storage.recovery_key import open_with_recovery_key
from engine.storage.sql_errors import locked
from engine.storage.vault_lock import VaultLock


class Way(Enum):
    """How the data key is had."""

    KEYCHAIN = "keychain"
    PASSPHRASE = "passphrase"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedKey:
    """A data key, and what it was sealed in."""

    sealed: SealedKey
    secret: Secret = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What somebody who wants to open a vault has. Empty texts leave the keychain."""

    passphrase: str = field(default="", repr=False)
    recovery_key: str = field(default="", repr=False)

    @property
    def way(self) -> Way:
        """What it is tried with; the paper goes before the word."""
        if self.recovery_key:
            return Way.RECOVERY
        return Way.PASSPHRASE if self.passphrase else Way.KEYCHAIN


async def open_envelope(
    envelope: Envelope, offered: Offered, keychain: Keychain, tries: VaultLock | None = None
) -> list[OpenedKey]:
    """The data keys in the envelope, the newest first; two if a rotation was cut short.

    Args:
        tries: Counts wrong passphrases; None for an envelope that is not this vault's.

    Raises:
        VaultLockedError: Nothing was offered, and the keychain has no part in it.
        WrongKeyError: Not this passphrase or recovery key; or it is too early for another.
        KeyMissingError: The keychain has no key for this vault.
        KeychainError: It does not answer.
        VaultDamagedError: What opened is not a key of this vault.
    """
    if offered.way is Way.RECOVERY:
        opened = _with_recovery_key(envelope, offered.recovery_key)
    elif offered.way is Way.PASSPHRASE:
        opened = await _with_passphrase(envelope, offered.passphrase, tries)
    elif envelope.newest.keychain is None:
        raise locked()
    else:
        opened = await _with_keychain(envelope, keychain)
    for key in opened:
        if not is_right_key(key.secret, key.sealed.check):
            raise VaultDamagedError(
                "The vault's key file does not fit itself. Nothing was changed.",
                action="Restore the last good backup; it carries the keys too.",
            )
    return opened


def _with_recovery_key(envelope: Envelope, recovery_key: str) -> list[OpenedKey]:
    context = envelope.context(Way.RECOVERY.value)
    found = [
        OpenedKey(sealed=key, secret=open_with_recovery_key(key.recovery, recovery_key, context))
        for key in envelope.keys
        if key.recovery is not None
    ]
    if not found:
        raise WrongKeyError("This vault has no recovery key. Nothing was changed.")
    return found


async def _with_passphrase(
    envelope: Envelope, passphrase: str, tries: VaultLock | None
) -> list[OpenedKey]:
    context = envelope.context(Way.PASSPHRASE.value)
    slots = [(key, key.passphrase) for key in envelope.keys if key.passphrase is not None]
    if not slots:
        raise WrongKeyError(
            "This vault has no passphrase. Nothing was changed.",
            action="Open it without one; the keychain holds its key.",
        )
    if tries is not None:
        tries.begin_try()
    found = [
        OpenedKey(
            sealed=key,
            secret=await asyncio.to_thread(open_with_passphrase, slot, passphrase, context),
        )
        for key, slot in slots
    ]
    if tries is not None:
        tries.was_right()
    return found


async def _with_keychain(envelope: Envelope, keychain: Keychain) -> list[OpenedKey]:
    outer = await keychain.read(envelope.vault_id)
    if outer is None:
        raise KeyMissingError(
            "The keychain has no key for this vault. No new key was made.",
            action="Use the recovery key, or restore a backup.",
        )
    try:
        return [
            OpenedKey(sealed=key, secret=open_keychain_slot(key.keychain, outer, envelope))
            for key in envelope.keys
            if key.keychain is not None
        ]
    finally:
        outer.wipe()


def open_keychain_slot(slot: KeychainSlot, outer: Secret, envelope: Envelope) -> Secret:
    """The data key.

    Raises:
        KeyMissingError: The keychain's key is not the one that sealed it.
    """
    try:
        return unseal(outer, slot.sealed, envelope.context(Way.KEYCHAIN.value))
    except InvalidTag as error:
        raise KeyMissingError(
            "The keychain's key is not the one of this vault. Nothing was changed.",
            action="Use the recovery key, or restore a backup.",
        ) from error


def seal_for_keychain(data_key: Secret, outer: Secret, envelope: Envelope) -> KeychainSlot:
    """A slot that the key in the keychain opens."""
    return KeychainSlot(sealed=seal(outer, data_key, envelope.context(Way.KEYCHAIN.value)))
