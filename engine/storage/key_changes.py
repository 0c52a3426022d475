"""Envelopes made from envelopes: other ways of opening, or another data key. Nothing is written.

Runs on: io; Argon2id goes to a thread of its own.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace

from engine.contract.errors import BadRequestError, KeyMissingError
from engine.storage.envelope import Envelope, PassphraseSlot, SealedKey
from engine.storage.keychain import Keychain
from engine.storage.keys import Secret, key_check
from engine.storage.opening import (
    Offered,
    Way,
    open_envelope,
    open_keychain_slot,
    seal_for_keychain,
)
from engine.storage.passphrase import Cost, seal_with_passphrase, tune_cost
from engine.storage.recovery_key import new_recovery_key, public_half, seal_for_recovery
from engine.storage.vault_lock import VaultLock


def new_envelope(data_key: Secret, now_s: float) -> Envelope:
    """An envelope for a new vault, without any way to open it yet."""
    sealed = SealedKey(check=key_check(data_key))
    return Envelope(vault_id=secrets.token_hex(16), made_at_s=now_s, keys=(sealed,))


async def opened_by_passphrase(
    envelope: Envelope, data_key: Secret, passphrase: str, cost: Cost | None
) -> Envelope:
    """The same vault, opened by this passphrase and no longer by the keychain alone."""
    slot = await asyncio.to_thread(_passphrase_slot, envelope, data_key, passphrase, cost)
    return envelope.with_newest(passphrase=slot, keychain=None)


def _passphrase_slot(
    envelope: Envelope, data_key: Secret, passphrase: str, cost: Cost | None
) -> PassphraseSlot:
    context = envelope.context(Way.PASSPHRASE.value)
    return seal_with_passphrase(data_key, passphrase, context, cost or tune_cost())


async def opened_by_keychain(envelope: Envelope, data_key: Secret, keychain: Keychain) -> Envelope:
    """The same vault, opened by the keychain, which has a new key for it.

    Raises:
        KeychainError: It takes none.
    """
    outer = Secret.random()
    try:
        await keychain.write(envelope.vault_id, outer)
        slot = seal_for_keychain(data_key, outer, envelope)
    finally:
        outer.wipe()
    return envelope.with_newest(keychain=slot, passphrase=None)


def opened_by_recovery_key(envelope: Envelope, data_key: Secret) -> tuple[Envelope, str]:
    """The same vault with a new recovery key, and that key."""
    recovery_key = new_recovery_key()
    context = envelope.context(Way.RECOVERY.value)
    slot = seal_for_recovery(data_key, public_half(recovery_key), context)
    return envelope.with_newest(recovery=slot), recovery_key


async def with_new_key(
    envelope: Envelope, new_key: Secret, passphrase: str, keychain: Keychain, tries: VaultLock
) -> Envelope:
    """The same vault with two data keys, the new one first, each in every slot there is.

    Raises:
        BadRequestError: The passphrase is needed and was not given.
        WrongKeyError: It is not the passphrase.
        KeyMissingError: The keychain lost its key.
        KeychainError: It does not answer.
    """
    before = envelope.newest
    slot = before.passphrase
    after = SealedKey(check=key_check(new_key))
    if slot is not None:
        if not passphrase:
            raise BadRequestError("A new key needs the passphrase.", action="Type it.")
        for key in await open_envelope(envelope, Offered(passphrase=passphrase), keychain, tries):
            key.secret.wipe()
        cost = Cost(memory_kib=slot.memory_kib, passes=slot.passes, lanes=slot.lanes)
        sealed = await asyncio.to_thread(_passphrase_slot, envelope, new_key, passphrase, cost)
        after = replace(after, passphrase=sealed)
    if before.keychain is not None:
        outer = await keychain.read(envelope.vault_id)
        if outer is None:
            raise KeyMissingError("The keychain has no key for this vault. Nothing was changed.")
        try:
            open_keychain_slot(before.keychain, outer, envelope).wipe()
            after = replace(after, keychain=seal_for_keychain(new_key, outer, envelope))
        finally:
            outer.wipe()
    if before.recovery is not None:
        context = envelope.context(Way.RECOVERY.value)
        recovery = seal_for_recovery(new_key, before.recovery.public, context)
        after = replace(after, recovery=recovery)
    return replace(envelope, keys=(after, before))
