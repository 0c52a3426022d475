from __future__ import annotations

import random
import re
import sqlite3
from dataclasses import replace

import pytest
import zstandard

from engine.contract.errors import VaultDamagedError
from engine.storage import dictionaries
from engine.storage.dictionaries import Dictionaries, Sample
from engine.storage.migrations.m0001_initial import STATEMENTS
from tests.engine.storage.some_text import samples


@pytest.fixture
def writer():
    connection = sqlite3.connect(":memory:")
    connection.execute(next(text for text in STATEMENTS if "TABLE dictionaries" in text))
    yield connection
    connection.close()


def train(texts, shelf=None, raw_bytes=10_000_000):
    return dictionaries.train(
        "message", texts, shelf or Dictionaries(), raw_bytes=raw_bytes, now_s=5.0
    )


@pytest.fixture(scope="module")
def trained():
    return train(samples(2_500))


def test_a_dictionary_comes_back_from_the_vault(writer, trained):
    dictionaries.save(writer, trained)

    assert dictionaries.load(writer) == [trained]


def test_a_damaged_dictionary_is_noticed_before_it_reads_anything(writer, trained):
    dictionaries.save(writer, trained)
    stored = writer.execute("SELECT bytes FROM dictionaries").fetchone()[0]
    for place in range(0, len(stored), max(len(stored) // 50, 1)):
        harmed = bytearray(stored)
        harmed[place] ^= 4
        writer.execute("UPDATE dictionaries SET bytes = ?", (bytes(harmed),))
        with pytest.raises(VaultDamagedError):
            dictionaries.load(writer)


def test_a_dictionary_under_a_strangers_number_is_noticed(writer, trained):
    dictionaries.save(writer, replace(trained, id=7))

    with pytest.raises(VaultDamagedError):
        dictionaries.load(writer)


def test_a_dictionary_is_gone_once_it_is_removed(writer, trained):
    dictionaries.save(writer, trained)
    dictionaries.remove(writer, trained.id)

    assert dictionaries.load(writer) == []


def test_nothing_is_trained_on_too_little():
    assert train(samples(1_500)) is None
    assert dictionaries.is_enough(10, 1_000_000)


def test_nothing_is_trained_where_it_would_not_pay(trained):
    assert train(samples(2_500), raw_bytes=2_000) is None
    # The same text again has nothing new to offer.
    assert train(samples(2_500), Dictionaries([trained])) is None


def test_a_kind_that_changed_gets_a_new_dictionary_with_the_next_number(trained):
    shelf = Dictionaries([trained])
    swapped = [replace(s, text=s.text[::-1]) for s in samples(2_500, seed=4)]

    newer = train(swapped, shelf)

    assert newer is not None
    assert newer.id == 2
    shelf.add(newer)
    assert shelf.newest("message") is newer
    assert shelf.by_id(1) is trained


def test_a_kind_has_its_own_dictionary(trained):
    assert Dictionaries([trained]).newest("document") is None


@pytest.mark.feature("vault.forgetting")
def test_what_one_conversation_says_never_comes_into_a_dictionary():
    """Forgetting a conversation leaves none of its names and numbers in what compresses others."""
    texts = samples(2_500, seed=2)
    secret = "The safe word is Zanzibarquetzal 998877, remember it"
    told = [replace(s, text=f"{s.text} {secret}") if s.owner in
            ("conversation 3", "conversation 4") else s for s in texts]  # fmt: skip

    words = train(told).bytes

    assert b"Zanzibar" not in words
    assert b"quetzal" not in words
    assert b"998877" not in words
    assert b"safe word" not in words


def test_every_pair_of_words_in_a_dictionary_is_used_by_three_owners(trained):
    owners: dict[str, set[str]] = {}
    for sample in samples(2_500):
        for word in re.findall(r"\w+", sample.text):
            owners.setdefault(word, set()).add(sample.owner)
    rare = {word for word, said in owners.items() if len(said) < 3 and len(word) >= 5}
    assert len(rare) > 1_000

    text = trained.bytes.decode("utf-8", "ignore")

    assert not rare & set(re.findall(r"\w+", text))


@pytest.mark.parametrize(
    "words",
    [
        "今天 我们 一起 去看 花园 里的 新房 子很 漂亮 明天 再来",
        "вчера сосед опять спросил про сад и дом",
    ],
    ids=["Chinese", "Russian"],
)
def test_other_scripts_are_trained_on_as_well(words):
    chance = random.Random(3)
    between = "" if words.startswith("今") else " "
    texts = [
        Sample(f"owner {number}", between.join(chance.choices(words.split(), k=40)))
        for number in range(2_500)
    ]

    assert train(texts) is not None


def test_texts_with_nothing_in_common_get_no_dictionary():
    texts = [Sample(str(number), f"{number * 7919:x}" * 8) for number in range(2_500)]

    assert train(texts) is None


def test_a_dictionary_is_in_zstds_own_form(trained):
    assert zstandard.ZstdCompressionDict(trained.bytes).dict_id() == trained.id == 1
    assert trained.samples == 2_500
