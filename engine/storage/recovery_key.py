"""The recovery key: eight groups of five letters to print, one of five checking the other four.

It is the private half of an X25519 pair, and the vault keeps the public half. So a new data key can
be sealed for whoever holds the paper, without asking for the paper.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from engine.contract.errors import WrongKeyError
from engine.storage.envelope import RecoverySlot
from engine.storage.keys import Secret, mix, seal, unseal

# 23 letters, a prime, so that one check letter finds every wrong letter and every swap of two.
# I, O and Q are left out: on paper they look like others.
LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
GROUPS = 8
_DRAWN = 4
# 23 ** 32 is 2 ** 144.7: too many to try, so no slow derivation is needed.


def new_recovery_key() -> str:
    """A new one, as it is printed."""
    groups = []
    for place in range(GROUPS):
        letters = [secrets.randbelow(len(LETTERS)) for _ in range(_DRAWN)]
        groups.append("".join(LETTERS[n] for n in [*letters, _check_of(place, letters)]))
    return "-".join(groups)


def read_recovery_key(typed: str) -> str:
    """The key as it is printed, from what was typed: case, spaces and dashes do not matter.

    Raises:
        WrongKeyError: It cannot be one; the group with the mistake is named.
    """
    # A word processor makes long dashes of short ones, so whatever is no letter is left out.
    letters = [letter for letter in typed.upper() if letter.isalpha()]
    length = _DRAWN + 1
    if len(letters) != GROUPS * length:
        raise WrongKeyError(
            f"A recovery key has {GROUPS} groups of {length} letters; "
            f"this one has {len(letters)} letters.",
            action="Type it again from the paper.",
        )
    groups = ["".join(letters[n : n + length]) for n in range(0, len(letters), length)]
    for place, group in enumerate(groups):
        numbers = [LETTERS.find(letter) for letter in group]
        if min(numbers) < 0 or _check_of(place, numbers[:-1]) != numbers[-1]:
            raise WrongKeyError(
                f"There is a mistake in group {place + 1} of the recovery key.",
                action="Compare that group with the paper.",
            )
    return "-".join(groups)


def _check_of(place: int, numbers: list[int]) -> int:
    """Weights differ, so swapped letters are found; the place counts, so swapped groups are."""
    weighted = sum(weight * number for weight, number in enumerate(numbers, start=2))
    return (weighted + 7 * place) % len(LETTERS)


def seal_for_recovery(data_key: Secret, public: bytes, context: bytes) -> RecoverySlot:
    """A slot that the recovery key with this public half opens."""
    once = X25519PrivateKey.generate()
    ephemeral = once.public_key().public_bytes_raw()
    key = mix(once.exchange(X25519PublicKey.from_public_bytes(public)), "recovery slot")
    try:
        sealed = seal(key, data_key, context + ephemeral + public)
    finally:
        key.wipe()
    return RecoverySlot(sealed=sealed, public=public, ephemeral=ephemeral)


def public_half(recovery_key: str) -> bytes:
    """What the vault keeps of it."""
    return _private(recovery_key).public_key().public_bytes_raw()


def open_with_recovery_key(slot: RecoverySlot, typed: str, context: bytes) -> Secret:
    """The data key.

    Raises:
        WrongKeyError: Mistyped, or another vault's, or an earlier one.
    """
    private = _private(read_recovery_key(typed))
    key = mix(private.exchange(X25519PublicKey.from_public_bytes(slot.ephemeral)), "recovery slot")
    try:
        return unseal(key, slot.sealed, context + slot.ephemeral + slot.public)
    except InvalidTag as error:
        raise WrongKeyError(
            "This recovery key does not open this vault. Nothing was changed.",
            action="Look for the one that was made last.",
        ) from error
    finally:
        key.wipe()


def _private(recovery_key: str) -> X25519PrivateKey:
    letters = recovery_key.replace("-", "").encode()
    derived = mix(letters, "recovery key")
    try:
        return X25519PrivateKey.from_private_bytes(derived.raw)
    finally:
        derived.wipe()
