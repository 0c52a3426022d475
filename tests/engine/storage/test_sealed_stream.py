from __future__ import annotations

import io
import json
import os

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.contract.errors import VaultDamagedError, VaultNewerError, WrongKeyError
from engine.storage import sealed_stream
from engine.storage.sealed_stream import PieceReader, SealedReader, SealedWriter

KEY = bytes(range(32))
CHUNK = 64


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Several chunks in a few bytes; the format is the same."""
    monkeypatch.setattr(sealed_stream, "CHUNK_BYTES", CHUNK)


def seal(content: bytes, header: dict | None = None) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, KEY, header)
    writer.write(content)
    writer.finish()
    return out.getvalue()


def unseal(sealed: bytes, key: bytes = KEY) -> bytes:
    reader = SealedReader(io.BytesIO(sealed))
    reader.unlock(key)
    return b"".join(reader.pieces())


with pytest.MonkeyPatch.context() as _patch:
    _patch.setattr(sealed_stream, "CHUNK_BYTES", CHUNK)
    SEALED = seal(b"The content of three chunks. " * 6, {"made_at_s": 5})
FRONT = len(SEALED) - (29 * 6 + 16 * 3)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7])
def test_what_was_sealed_comes_back(size):
    content = os.urandom(size)
    assert unseal(seal(content)) == content


def test_pieces_of_any_size_make_the_same_stream():
    out = io.BytesIO()
    writer = SealedWriter(out, KEY)
    for piece in (b"a" * 63, b"", b"bc", b"d" * 200):
        writer.write(piece)
    writer.finish()
    assert unseal(out.getvalue()) == b"a" * 63 + b"bc" + b"d" * 200


def test_the_content_is_nowhere_in_the_sealed_bytes():
    assert b"marker" not in seal(b"marker " * 100)
    assert seal(b"same") != seal(b"same")


def test_the_header_is_read_without_the_key():
    assert SealedReader(io.BytesIO(SEALED)).header["made_at_s"] == 5


@pytest.mark.feature("backup.every_byte")
def test_every_flipped_byte_is_noticed():
    """A flipped byte anywhere in a sealed file or backup is noticed, never handed on as content."""
    for place in range(len(SEALED)):
        damaged = bytearray(SEALED)
        damaged[place] ^= 1
        with pytest.raises(VaultDamagedError):
            unseal(bytes(damaged))


def test_every_length_it_could_be_cut_to_is_noticed():
    for length in range(len(SEALED)):
        with pytest.raises(VaultDamagedError):
            unseal(SEALED[:length])


def test_moved_repeated_and_added_chunks_are_noticed():
    block = CHUNK + 16
    front, body = SEALED[:FRONT], SEALED[FRONT:]
    first, second, last = body[:block], body[block : 2 * block], body[2 * block :]
    assert unseal(front + first + second + last)
    for wrong in (
        front + second + first + last,
        front + first + first + second + last,
        front + first + last,
        front + last,
        SEALED + b"x",
        SEALED + last,
        front + seal(b"x" * 174)[FRONT:],
    ):
        with pytest.raises(VaultDamagedError):
            unseal(wrong)


def test_another_key_is_told_from_damage():
    with pytest.raises(WrongKeyError):
        unseal(SEALED, bytes(32))


def test_a_later_version_is_not_called_damaged(monkeypatch):
    monkeypatch.setattr(sealed_stream, "VERSION", 2)
    later = seal(b"x")
    monkeypatch.undo()
    with pytest.raises(VaultNewerError):
        SealedReader(io.BytesIO(later))


def with_header(text: bytes) -> bytes:
    """A stream whose header is whole, whatever it says."""
    import hashlib

    front = b"SHVSEAL\n" + (1).to_bytes(2, "big") + len(text).to_bytes(4, "big") + text
    return front + hashlib.sha256(front).digest() + SEALED[FRONT:]


@pytest.mark.feature("backup.any_bytes")
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(st.binary(max_size=400), st.binary(max_size=300).map(lambda b: SEALED[:FRONT] + b))
)
@example(b"")
@example(b"SHVSEAL\n\x00\x01\xff\xff\xff\xff")
def test_no_bytes_make_the_reader_fail_in_another_way(raw):
    """Whatever bytes are given as a backup, the answer is a plain error and little memory."""
    with pytest.raises((VaultDamagedError, VaultNewerError, WrongKeyError)):
        unseal(raw)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
        ).map(lambda value: json.dumps(value).encode()),
        st.fixed_dictionaries(
            {"salt": st.text(max_size=70), "check": st.text(max_size=40) | st.integers()}
        ).map(lambda value: json.dumps(value).encode()),
    )
)
@example(b"[" * 60_000)
@example(b'{"salt": ' + b"9" * 6_000 + b"}")
@example(json.dumps({"salt": "0" * 64, "check": "0" * 32}).encode())
@example(json.dumps({"salt": "٣" * 64, "check": "0" * 32}).encode())
def test_no_header_makes_the_reader_fail_in_another_way(text):
    with pytest.raises((VaultDamagedError, VaultNewerError, WrongKeyError)):
        unseal(with_header(text))


def test_exact_amounts_are_taken_from_pieces_of_any_size():
    reader = PieceReader(iter([b"ab", b"", b"cdefg", b"h"]))
    assert reader.take(3) == b"abc"
    assert reader.some(100) == b"defg"
    assert reader.take(5) == b"h"
    assert reader.some(1) == b""
