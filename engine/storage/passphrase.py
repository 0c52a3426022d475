"""From a passphrase to a key: Argon2id, tuned to about half a second on the machine it is set on.

Runs on: any thread but io; one call takes half a second.
"""

from __future__ import annotations

import os
import time
import unicodedata
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from engine.contract.errors import BadRequestError, VaultDamagedError, WrongKeyError
from engine.storage.envelope import PassphraseSlot
from engine.storage.keys import KEY_BYTES, Secret, seal, unseal

MIN_LENGTH = 8
_SALT_BYTES = 16
_WANTED_S = 0.5
_FLOOR_KIB = 64 << 10
# More would be felt on a machine that runs a model beside it.
_CEILING_KIB = 512 << 10
# What we refuse to spend for a file that someone else may have written.
_ALLOWED_KIB, _ALLOWED_PASSES, _ALLOWED_LANES = 1 << 20, 64, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one try costs; the floor is the second choice of RFC 9106, section 4."""

    memory_kib: int = _FLOOR_KIB
    passes: int = 3
    lanes: int = 4


def tune_cost(wanted_s: float = _WANTED_S) -> Cost:
    """The cost of about `wanted_s` on this machine, and never less than the floor."""
    cost = Cost()
    begun_s = time.perf_counter()
    _derive(Secret(b"a passphrase to time"), os.urandom(_SALT_BYTES), cost).wipe()
    taken_s = max(time.perf_counter() - begun_s, 1e-4)
    steps = int(cost.memory_kib * wanted_s / taken_s) >> 14
    return Cost(memory_kib=min(max(steps << 14, _FLOOR_KIB), _CEILING_KIB))


def check_new_passphrase(passphrase: str) -> None:
    """Raise if it is too short to be one.

    Raises:
        BadRequestError: It is.
    """
    if len(passphrase) < MIN_LENGTH:
        raise BadRequestError(
            f"A passphrase has at least {MIN_LENGTH} characters.", action="Choose a longer one."
        )


def seal_with_passphrase(
    data_key: Secret, passphrase: str, context: bytes, cost: Cost
) -> PassphraseSlot:
    """A slot that this passphrase opens."""
    salt = os.urandom(_SALT_BYTES)
    key = _derive(_normal(passphrase), salt, cost)
    try:
        sealed = seal(key, data_key, _bound(context, salt, cost))
    finally:
        key.wipe()
    return PassphraseSlot(
        sealed=sealed,
        salt=salt,
        memory_kib=cost.memory_kib,
        passes=cost.passes,
        lanes=cost.lanes,
    )


def open_with_passphrase(slot: PassphraseSlot, passphrase: str, context: bytes) -> Secret:
    """The data key.

    Raises:
        WrongKeyError: Not this passphrase.
        VaultDamagedError: Parameters that we never write.
    """
    cost = Cost(memory_kib=slot.memory_kib, passes=slot.passes, lanes=slot.lanes)
    if not (
        8 * cost.lanes <= cost.memory_kib <= _ALLOWED_KIB
        and 1 <= cost.passes <= _ALLOWED_PASSES
        and 1 <= cost.lanes <= _ALLOWED_LANES
    ):
        raise VaultDamagedError("The vault's key file asks for what no version of ours writes.")
    key = _derive(_normal(passphrase), slot.salt, cost)
    try:
        return unseal(key, slot.sealed, _bound(context, slot.salt, cost))
    except InvalidTag as error:
        raise WrongKeyError(
            "That is not the passphrase. Nothing was changed.", action="Try again."
        ) from error
    finally:
        key.wipe()


def _normal(passphrase: str) -> Secret:
    """The same letters give the same bytes, however a keyboard composes them."""
    return Secret(unicodedata.normalize("NFKC", passphrase).encode())


def _derive(passphrase: Secret, salt: bytes, cost: Cost) -> Secret:
    key = Secret(bytes(KEY_BYTES))
    kdf = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    # Its types ask for bytes, and it takes what can be wiped as well.
    kdf.derive_into(passphrase.raw, key.raw)  # type: ignore[arg-type]
    passphrase.wipe()
    return key


def _bound(context: bytes, salt: bytes, cost: Cost) -> bytes:
    return context + f" {cost.memory_kib} {cost.passes} {cost.lanes} ".encode() + salt
