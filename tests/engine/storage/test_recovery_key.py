"""The recovery key can be printed, typed back with mistakes named, and opens the vault."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.errors import WrongKeyError
from engine.storage.keys import Secret
from engine.storage.recovery_key import (
    LETTERS,
    new_recovery_key,
    open_with_recovery_key,
    public_half,
    read_recovery_key,
    seal_for_recovery,
)


def test_it_is_eight_groups_of_five_letters():
    assert re.fullmatch(rf"([{LETTERS}]{{5}}-){{7}}[{LETTERS}]{{5}}", new_recovery_key())


def test_it_opens_what_was_sealed_for_it_and_another_does_not():
    data_key, paper = Secret.random(), new_recovery_key()
    slot = seal_for_recovery(data_key, public_half(paper), b"here")
    assert open_with_recovery_key(slot, paper, b"here") == data_key
    for other, context in ((new_recovery_key(), b"here"), (paper, b"there")):
        with pytest.raises(WrongKeyError):
            open_with_recovery_key(slot, other, context)


def test_it_may_be_typed_in_any_way():
    paper = new_recovery_key()
    for typed in (paper.lower(), paper.replace("-", " "), paper.replace("-", "\u2014") + "\n"):
        assert read_recovery_key(typed) == paper


def test_every_wrong_letter_is_found_and_its_group_named():
    paper = new_recovery_key()
    for place, letter in enumerate(paper):
        if letter == "-":
            continue
        for wrong in LETTERS.replace(letter, ""):
            with pytest.raises(WrongKeyError, match=f"group {place // 6 + 1} "):
                read_recovery_key(paper[:place] + wrong + paper[place + 1 :])


def test_swapped_letters_and_swapped_groups_are_found():
    dice = random.Random(3)
    for _ in range(200):
        groups = new_recovery_key().split("-")
        group, place = dice.randrange(8), dice.randrange(3)
        letters = list(groups[group])
        if letters[place] != letters[place + 1]:
            letters[place], letters[place + 1] = letters[place + 1], letters[place]
            swapped = [*groups[:group], "".join(letters), *groups[group + 1 :]]
            with pytest.raises(WrongKeyError, match=f"group {group + 1} "):
                read_recovery_key("-".join(swapped))
        with pytest.raises(WrongKeyError):
            read_recovery_key("-".join([groups[1], groups[0], *groups[2:]]))


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(typed):
    with pytest.raises(WrongKeyError):
        read_recovery_key(typed)
