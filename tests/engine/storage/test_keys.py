"""Key material is derived apart, sealed whole, and shown nowhere."""

from __future__ import annotations

import logging
import pickle

import pytest
from cryptography.exceptions import InvalidTag

from engine.storage.keys import (
    KEY_BYTES,
    Purpose,
    Secret,
    is_right_key,
    key_check,
    seal,
    subkey,
    unseal,
)


def test_every_purpose_has_a_key_of_its_own():
    data_key = Secret.random()
    keys = [bytes(subkey(data_key, purpose).raw) for purpose in Purpose]
    assert len({*keys, bytes(data_key.raw)}) == len(Purpose) + 1
    assert {len(key) for key in keys} == {KEY_BYTES}


def test_derivation_never_changes():
    """A vault of today must open for ever: these are known answers for a key of zeros."""
    zeros = Secret(bytes(KEY_BYTES))
    assert bytes(subkey(zeros, Purpose.DATABASE).raw).hex() == (
        "53a94731f8fc3d8f7408d92962f4011b4cd18f085a0d6a5849bc49a34c7afd70"
    )
    assert key_check(zeros).hex() == "df6b8ee6785c7cb0d222e6a9b28c24c8"


def test_a_key_check_knows_its_key_and_no_other():
    data_key = Secret.random()
    assert is_right_key(data_key, key_check(data_key))
    assert not is_right_key(Secret.random(), key_check(data_key))


def test_what_is_sealed_opens_only_with_its_key_and_context():
    key, content = Secret.random(), Secret.random()
    sealed = seal(key, content, b"here")
    assert unseal(key, sealed, b"here") == content
    for other, context in ((Secret.random(), b"here"), (key, b"there")):
        with pytest.raises(InvalidTag):
            unseal(other, sealed, context)


def test_a_changed_byte_of_what_is_sealed_is_noticed():
    key = Secret.random()
    sealed = bytearray(seal(key, Secret.random(), b""))
    for place in range(len(sealed)):
        sealed[place] ^= 1
        with pytest.raises(InvalidTag):
            unseal(key, bytes(sealed), b"")
        sealed[place] ^= 1


def test_a_secret_is_in_no_repr_log_or_pickle(caplog):
    secret = Secret(b"0123456789abcdef")
    logging.getLogger("test").warning("key %s %r", secret, {"key": secret})
    shown = f"{secret} {secret!r} {[secret]} {caplog.text}"
    assert "0123" not in shown
    assert b"0123".hex() not in shown
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_a_wiped_secret_is_empty_for_all_who_hold_it():
    secret = Secret.random()
    raw = secret.raw
    secret.wipe()
    assert not raw
    assert not secret
