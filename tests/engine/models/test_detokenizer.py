from __future__ import annotations

import pytest
import tokenizers

from engine.models.detokenizer import (
    ByteDetokenizer,
    WholeDetokenizer,
    byte_alphabet,
    byte_level_bytes,
    join,
    sentence_piece_bytes,
)


def test_the_byte_alphabet_is_that_of_the_library():
    alphabet = byte_alphabet()

    assert set(alphabet) == set(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    assert sorted(alphabet.values()) == list(range(256))
    assert alphabet["Ġ"] == ord(" ")
    assert alphabet["Ċ"] == ord("\n")


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("▁the", b" the"),
        ("<0x0A>", b"\n"),
        ("<0xE2>", b"\xe2"),
        ("<0xZZ>", b"<0xZZ>"),
        ("<0x0A>>", b"<0x0A>>"),
    ],
)
def test_sentencepiece_tokens_stand_for_these_bytes(token, expected):
    assert sentence_piece_bytes(token) == expected


def test_a_token_outside_the_byte_alphabet_stands_for_itself():
    assert byte_level_bytes("Ġa") == b" a"
    assert byte_level_bytes("日本") == "日本".encode()


@pytest.mark.parametrize("cut", range(1, 12))
def test_no_cut_of_a_character_is_ever_shown(cut):
    """Every way to cut one text's bytes into two tokens gives the same whole text."""
    whole = "é☃🫠x☃".encode()
    pieces = {0: whole[:cut], 1: whole[cut:]}
    detokenizer = ByteDetokenizer(pieces.__getitem__, is_first_space_dropped=False)

    shown = [detokenizer.add(0), detokenizer.add(1), detokenizer.finish()]

    assert "".join(shown) == "é☃🫠x☃"
    assert not any("\ufffd" in piece for piece in shown)


def test_bytes_that_make_no_character_are_shown_as_such_and_lose_nothing_else():
    pieces = {0: b"a\xe2\x98", 1: b"b", 2: b"\xff", 3: b"c"}

    detokenizer = ByteDetokenizer(pieces.__getitem__, is_first_space_dropped=False)

    assert join(detokenizer, [0, 1, 2, 3]) == "a\ufffdb\ufffdc"


def test_only_the_very_first_space_is_dropped():
    pieces = {0: b" a", 1: b" b", 2: b""}
    detokenizer = ByteDetokenizer(pieces.__getitem__, is_first_space_dropped=True)

    assert join(detokenizer, [2, 0, 1, 0]) == "a b a"


def test_text_that_may_still_change_is_held_back():
    spoken = {(0,): "do", (0, 1): "do n't", (0, 1, 2): "don't go"}
    detokenizer = WholeDetokenizer(lambda ids: spoken[tuple(ids)])

    shown = [detokenizer.add(0), detokenizer.add(1), detokenizer.add(2), detokenizer.finish()]

    assert shown == ["", "do", "", "n't go"]
