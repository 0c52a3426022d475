"""A passphrase opens its slot, costs what it should, and nothing else opens it."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from engine.contract.errors import BadRequestError, VaultDamagedError, WrongKeyError
from engine.storage.keys import Secret
from engine.storage.passphrase import (
    Cost,
    check_new_passphrase,
    open_with_passphrase,
    seal_with_passphrase,
    tune_cost,
)

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


def test_the_passphrase_opens_it_and_no_other_does():
    data_key = Secret.random()
    slot = seal_with_passphrase(data_key, "correct horse", b"here", CHEAP)
    assert open_with_passphrase(slot, "correct horse", b"here") == data_key
    for wrong, context in (("correct horsf", b"here"), ("correct horse", b"there")):
        with pytest.raises(WrongKeyError):
            open_with_passphrase(slot, wrong, context)


def test_letters_composed_in_another_way_are_the_same_letters():
    """A Mac and a Linux keyboard may send one letter or a letter and an accent."""
    data_key = Secret.random()
    slot = seal_with_passphrase(data_key, "caf\u00e9 cre\u0300me", b"", CHEAP)
    assert open_with_passphrase(slot, "cafe\u0301 cr\u00e8me", b"") == data_key


def test_parameters_cannot_be_changed():
    slot = seal_with_passphrase(Secret.random(), "correct horse", b"", CHEAP)
    with pytest.raises(WrongKeyError):
        open_with_passphrase(replace(slot, passes=2), "correct horse", b"")


@pytest.mark.parametrize(
    "odd", [{"memory_kib": 1 << 40}, {"passes": 0}, {"passes": 1 << 30}, {"lanes": 1 << 20}]
)
def test_a_foreign_file_cannot_make_us_spend_all_memory_or_time(odd):
    slot = seal_with_passphrase(Secret.random(), "correct horse", b"", CHEAP)
    with pytest.raises(VaultDamagedError):
        open_with_passphrase(replace(slot, **odd), "correct horse", b"")


def test_a_short_passphrase_is_refused():
    with pytest.raises(BadRequestError, match="at least 8"):
        check_new_passphrase("1234567")
    check_new_passphrase("12345678")


def test_one_try_costs_about_half_a_second_and_never_less_than_the_floor():
    cost = tune_cost()
    assert cost.memory_kib >= 64 << 10
    assert cost.passes >= 3
    begun_s = time.perf_counter()
    seal_with_passphrase(Secret.random(), "correct horse", b"", cost)
    # Other tests may run beside this one, so only the size of it is asked for.
    assert 0.05 < time.perf_counter() - begun_s < 5.0
    assert tune_cost(wanted_s=0.0001) == Cost()
