from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.contract.errors import VaultDamagedError
from engine.storage.varint import read_varint, varint


@settings(max_examples=200, deadline=None)
@given(number=st.integers(0, 2**63 - 1), before=st.binary(max_size=5), after=st.binary(max_size=5))
@example(number=127, before=b"", after=b"")
@example(number=128, before=b"", after=b"\xff")
def test_a_number_is_read_where_it_was_written(number, before, after):
    written = before + varint(number) + after

    assert read_varint(written, len(before)) == (number, len(written) - len(after))


def test_small_numbers_take_one_byte():
    assert [len(varint(number)) for number in (0, 127, 128, 16_383, 16_384)] == [1, 1, 2, 2, 3]


@pytest.mark.parametrize("written", [b"", b"\x80", b"\xff" * 20])
def test_a_number_without_an_end_is_an_error(written):
    with pytest.raises(VaultDamagedError):
        read_varint(written, 0)
