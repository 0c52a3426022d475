"""`vault.keys` survives a flipped byte, and says so when it is damaged."""

from __future__ import annotations

import os
import random
from dataclasses import replace

import pytest

from engine.contract.errors import VaultDamagedError, VaultFullError, VaultNewerError
from engine.storage.envelope import (
    Envelope,
    KeychainSlot,
    PassphraseSlot,
    RecoverySlot,
    SealedKey,
    destroy_envelope,
    envelope_bytes,
    envelope_from,
    read_envelope,
    write_envelope,
)
from tests.engine.storage.limits import file_limit

SEALED = SealedKey(
    check=b"c" * 16,
    keychain=KeychainSlot(sealed=b"k" * 60),
    passphrase=PassphraseSlot(sealed=b"p" * 60, salt=b"s" * 16, memory_kib=64, passes=1, lanes=1),
    recovery=RecoverySlot(sealed=b"r" * 60, public=b"u" * 32, ephemeral=b"e" * 32),
)
ENVELOPE = Envelope(vault_id="0" * 32, made_at_s=1.5, is_database_made=True, keys=(SEALED,))


def test_what_is_written_is_read():
    two = replace(ENVELOPE, keys=(SEALED, SealedKey(check=b"d" * 16)))
    assert envelope_from(envelope_bytes(two)) == two


def test_a_single_flipped_byte_anywhere_costs_nothing():
    content = bytearray(envelope_bytes(ENVELOPE))
    dice = random.Random(7)
    for place in range(len(content)):
        before = content[place]
        content[place] = before ^ (1 << dice.randrange(8))
        assert envelope_from(bytes(content)) == ENVELOPE
        content[place] = before


@pytest.mark.parametrize("content", [b"", b"\n\n", b"{}", b"[" * 100_000, b"\x00" * 500])
def test_what_is_no_key_file_is_called_damaged(content):
    with pytest.raises(VaultDamagedError, match="key file is damaged"):
        envelope_from(content)


def test_damage_in_both_copies_is_called_damage_and_not_a_wrong_key():
    first, _, second, _ = envelope_bytes(ENVELOPE).split(b"\n")
    with pytest.raises(VaultDamagedError):
        envelope_from(first[:-9] + b"\n" + second.replace(b"0", b"1") + b"\n")


def test_a_newer_key_file_is_left_alone(monkeypatch):
    monkeypatch.setattr("engine.storage.envelope._VERSION", 2)
    newer = envelope_bytes(ENVELOPE)
    monkeypatch.undo()
    with pytest.raises(VaultNewerError):
        envelope_from(newer)


def test_the_file_before_is_overwritten_and_not_only_unlinked(tmp_path):
    """Its slots may open what the new file's slots open."""
    path = tmp_path / "vault.keys"
    write_envelope(path, ENVELOPE)
    with path.open("rb") as old:
        write_envelope(path, replace(ENVELOPE, made_at_s=2.0))
        assert b"shvayambhu" not in old.read()
    assert read_envelope(path).made_at_s == 2.0
    assert os.listdir(tmp_path) == ["vault.keys"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_destroyed_file_is_overwritten_first(tmp_path):
    path = tmp_path / "vault.keys"
    write_envelope(path, ENVELOPE)
    with path.open("rb") as old:
        destroy_envelope(path)
        assert b"shvayambhu" not in old.read()
    assert not path.exists()
    destroy_envelope(path)


def test_a_full_disk_leaves_the_file_before(tmp_path):
    path = tmp_path / "vault.keys"
    write_envelope(path, ENVELOPE)
    with file_limit(100), pytest.raises(VaultFullError):
        write_envelope(path, replace(ENVELOPE, made_at_s=2.0))
    assert read_envelope(path) == ENVELOPE
    assert os.listdir(tmp_path) == ["vault.keys"]
