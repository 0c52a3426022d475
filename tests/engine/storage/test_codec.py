from __future__ import annotations

import random
import threading

import pytest
import zstandard
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.contract.errors import BadRequestError, VaultDamagedError
from engine.storage import codec as codec_module
from engine.storage import dictionaries
from engine.storage.codec import LIMIT_BYTES, Codec, plain_blob
from engine.storage.dictionaries import Dictionaries
from tests.engine.storage.some_text import messages, samples

# Any text that Python can hold, lone surrogates included.
ANY_TEXT = st.text(st.characters(exclude_categories=()))
FEW = settings(max_examples=200, deadline=None)


@pytest.fixture(scope="module")
def trained():
    dictionary = dictionaries.train(
        "message", samples(2_500), Dictionaries(), raw_bytes=10_000_000, now_s=1.0
    )
    assert dictionary is not None
    return dictionary


@pytest.fixture(scope="module")
def codec(trained):
    return Codec(Dictionaries([trained]))


@FEW
@given(text=ANY_TEXT)
@example("\ud800 alone")
@example("")
def test_any_text_comes_back_as_it_was(codec, text):
    for kind in ("message", "another kind"):
        assert codec.unpack(codec.pack(kind, text)) == text


@FEW
@given(content=st.binary(max_size=2_000))
def test_any_bytes_come_back_as_they_were(codec, content):
    assert codec.unpack_bytes(codec.pack("message", content)) == content


@FEW
@given(blob=st.binary(max_size=300))
@example(b"\x11")
@example(b"\x12\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")
@example(bytes([0x10]) + bytes(4))
def test_any_bytes_at_all_are_a_text_or_the_one_error(codec, blob):
    try:
        text = codec.unpack(blob)
    except VaultDamagedError:
        return
    assert codec.unpack(codec.pack("message", text)) == text


@FEW
@given(st.data())
def test_a_blob_with_any_change_is_never_another_text(codec, data):
    text = data.draw(st.sampled_from(messages(20, seed=5)))
    blob = codec.pack("message", text)
    place = data.draw(st.integers(0, len(blob) - 1))
    how = data.draw(st.sampled_from(("flip", "cut", "grow", "swap")))
    harmed = bytearray(blob)
    if how == "flip":
        harmed[place] ^= 1 << data.draw(st.integers(0, 7))
    elif how == "cut":
        del harmed[place:]
    elif how == "grow":
        harmed[place:place] = data.draw(st.binary(min_size=1, max_size=20))
    else:
        harmed[place:] = reversed(harmed[place:])
    try:
        assert codec.unpack(bytes(harmed)) == text
    except VaultDamagedError:
        assert bytes(harmed) != blob


def test_every_single_flipped_bit_is_noticed(codec):
    blob = codec.pack("message", messages(1, seed=8)[0])
    for place in range(8 * len(blob)):
        harmed = bytearray(blob)
        harmed[place // 8] ^= 1 << place % 8
        with pytest.raises(VaultDamagedError):
            codec.unpack(bytes(harmed))


@pytest.mark.feature("vault.compression")
def test_what_you_write_takes_less_room_than_any_general_compressor_leaves(codec):
    """What you write is compressed by what your own writing has in common."""
    unseen = messages(200, seed=77)
    raw = sum(len(text) for text in unseen)

    ours = sum(len(codec.pack("message", text)) for text in unseen)
    plain = sum(len(zstandard.ZstdCompressor(19).compress(text.encode())) for text in unseen)

    assert raw / ours > 3
    assert plain / ours > 1.5


def test_what_cannot_be_compressed_grows_by_five_bytes():
    noise = random.Random(4).randbytes(3_000)

    assert len(Codec().pack("message", noise)) == len(noise) + 5


def test_a_short_text_costs_five_bytes():
    assert len(Codec().pack("title", "Holiday")) == len("Holiday") + 5


def test_a_vault_without_dictionaries_packs_too():
    text = "All work and no play. " * 40
    packed = Codec().pack("message", text)

    assert len(packed) < 60
    assert Codec().unpack(packed) == text


def test_an_old_blob_is_readable_after_a_new_dictionary_came(trained):
    shelf = Dictionaries([trained])
    codec = Codec(shelf)
    text = messages(1, seed=3)[0]
    before = codec.pack("message", text)

    newer = dictionaries.Dictionary(
        2, "message", _trained_on(samples(2_500, seed=9), 2), made_at_s=2.0, samples=2_500
    )
    shelf.add(newer)
    after = codec.pack("message", text)

    assert codec.dictionary_of(before) == 1
    assert codec.dictionary_of(after) == 2
    assert codec.unpack(before) == codec.unpack(after) == text


def _trained_on(texts, number):
    contents = [sample.text.encode() for sample in texts]
    return zstandard.train_dictionary(8_192, contents, dict_id=number).as_bytes()


def test_a_blob_whose_dictionary_is_gone_is_an_error(codec):
    blob = codec.pack("message", messages(1)[0])

    with pytest.raises(VaultDamagedError):
        Codec().unpack(blob)


def test_a_blob_is_packed_anew_only_where_that_saves(codec):
    old = Codec().pack("message", messages(1, seed=3)[0])

    anew = codec.repack("message", old)

    assert anew is not None
    assert len(anew) < len(old)
    assert codec.repack("message", anew) is None


def test_a_small_blob_that_claims_to_be_huge_is_refused_before_it_is_unfolded():
    bomb = zstandard.ZstdCompressor(19, write_checksum=False).compress(bytes(LIMIT_BYTES + 1))
    assert len(bomb) < 10_000
    blob = bytes([0x11]) + bytes(4) + bomb[4:]

    with pytest.raises(VaultDamagedError):
        Codec().unpack(blob)


def test_a_frame_that_does_not_say_its_size_is_refused():
    unsaid = zstandard.ZstdCompressor(3, write_content_size=False).compress(b"a" * 1_000)

    with pytest.raises(VaultDamagedError):
        Codec().unpack(bytes([0x11]) + bytes(4) + unsaid[4:])


def test_what_is_larger_than_a_record_may_be_is_not_packed():
    with pytest.raises(BadRequestError):
        Codec().pack("document", bytes(LIMIT_BYTES + 1))


def test_bytes_that_are_no_text_are_not_given_out_as_one():
    with pytest.raises(VaultDamagedError):
        Codec().unpack(plain_blob(b"\xff\xfe\xfd"))


def test_a_large_text_comes_back(codec):
    text = "\n".join(messages(1_000, seed=6))
    assert len(text) > codec_module._SMALL_BYTES

    packed = codec.pack("message", text)

    assert codec.unpack(packed) == text
    assert len(text) / len(packed) > 3


def test_many_threads_pack_and_unpack_at_once(codec):
    texts = messages(300, seed=21)
    wrong: list[str] = []

    def work(start: int) -> None:
        for text in texts[start:] + texts[:start]:
            if codec.unpack(codec.pack("message", text)) != text:
                wrong.append(text)

    threads = [threading.Thread(target=work, args=(50 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not wrong


def test_a_locked_vaults_codec_knows_no_words_any_more(trained):
    codec = Codec(Dictionaries([trained]))
    blob = codec.pack("message", messages(1)[0])

    codec.forget()

    with pytest.raises(VaultDamagedError):
        codec.unpack(blob)
