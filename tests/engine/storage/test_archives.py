from __future__ import annotations

import random
import re
import sqlite3

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.contract.errors import BadRequestError, NotFoundError, VaultDamagedError
from engine.storage import archives
from engine.storage.archives import Archive, ArchiveReader, build, portions, without
from engine.storage.codec import LIMIT_BYTES, Codec
from engine.storage.migrations.m0001_initial import STATEMENTS
from tests.engine.storage.some_text import messages

NOW_S = 1_795_000_000.0
_TABLES = ("archives", "conversations", "messages", "documents", "text_units")


@pytest.fixture
def writer():
    connection = sqlite3.connect(":memory:")
    connection.execute("PRAGMA foreign_keys = ON")
    for name in _TABLES:
        connection.execute(next(text for text in STATEMENTS if f"TABLE {name} " in text))
    yield connection
    connection.close()


def pages(count: int) -> list[bytes]:
    """Pages of one site: the same frame around other texts."""
    frame = "".join(f"<div class='c{n}'><a href='/page/{n * 37}'>Go</a></div>" for n in range(200))
    texts = messages(count * 20, seed=12)
    return [
        f"<html>{frame}<p>{'</p><p>'.join(texts[20 * n : 20 * n + 20])}</p>{frame}</html>".encode()
        for n in range(count)
    ]


@pytest.fixture(scope="module")
def site():
    """Three frames of an archive."""
    return pages(130)


@pytest.fixture(scope="module")
def archive(site):
    built = build(site)
    assert len(Archive(built).frames) == 3
    return built


@pytest.mark.feature("vault.archives")
def test_old_pages_take_a_tenth_of_their_room_and_each_can_still_be_read(site, archive):
    """Old pages and turns are packed together, small, and each is still there when you want it."""
    assert sum(len(page) for page in site) / len(archive) > 10
    for place in (0, 129, 64, 1):
        assert Archive(archive).item(place) == site[place]
    assert list(Archive(archive).items()) == site


@settings(max_examples=100, deadline=None)
@given(items=st.lists(st.binary(max_size=200), max_size=30), data=st.data())
@example(items=[], data=None)
def test_any_items_come_back_and_the_erased_ones_are_gone(items, data):
    built = build(items)
    assert list(Archive(built).items()) == items
    if not items:
        return
    gone = data.draw(st.sets(st.integers(0, len(items) - 1)))

    left = list(Archive(without(built, gone)).items())

    assert left == [None if place in gone else item for place, item in enumerate(items)]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_changed_archive_never_gives_out_another_item(data):
    items = [text.encode() for text in messages(12, seed=2)]
    harmed = bytearray(build(items))
    place = data.draw(st.integers(0, len(harmed) - 1))
    harmed[place] ^= data.draw(st.integers(1, 255))
    try:
        found = list(Archive(bytes(harmed)).items())
    except VaultDamagedError:
        return
    assert found == items


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200))
@example(b"")
@example(b"\x01")
def test_any_bytes_at_all_are_an_archive_or_the_one_error(content):
    try:
        list(Archive(content).items())
    except VaultDamagedError:
        return
    assert content[0] == 1


@pytest.mark.parametrize("place", [0, 70, 129], ids=["first frame", "middle", "last"])
def test_an_erased_item_leaves_no_word_in_the_archive(site, archive, place):
    anew = Archive(without(archive, {place}))

    assert anew.item(place) is None
    assert anew.count == len(site)
    names = set(re.findall(rb"I told (\w+)", site[place]))
    assert len(names) == 20
    for number in range(len(anew.frames)):
        assert not names & set(re.findall(rb"\w+", anew.content(number)))
    others = [page for number, page in enumerate(site) if number != place]
    assert [item for item in anew.items() if item is not None] == others


def test_only_the_frame_of_an_erased_item_is_packed_anew(archive):
    before, after = Archive(archive), Archive(without(archive, {129}))

    same = [
        one.stored == other.stored for one, other in zip(before.frames, after.frames, strict=True)
    ]
    assert same == [True, True, False]


def test_every_item_can_be_erased_one_after_the_other():
    items = [text.encode() for text in messages(5)]
    built = build(items)
    for place in (2, 0, 4, 1, 3):
        built = without(built, {place})

    assert list(Archive(built).items()) == [None] * 5
    assert len(built) < 60


def test_a_place_that_never_was_is_an_error(archive):
    for place in (-1, 130):
        with pytest.raises(VaultDamagedError):
            Archive(archive).item(place)


def test_what_is_too_large_is_refused():
    with pytest.raises(BadRequestError):
        build([bytes(LIMIT_BYTES)])


def test_portions_are_as_large_as_one_archive_should_be(monkeypatch):
    monkeypatch.setattr(archives, "PORTION_BYTES", 10)

    assert list(portions([b"1234", b"56", b"789012", b"x" * 20, b"y"])) == [
        [b"1234", b"56"],
        [b"789012"],
        [b"x" * 20],
        [b"y"],
    ]
    assert list(portions([])) == []


def test_an_item_in_the_vault_is_read_like_any_other_text(writer):
    texts = messages(3)
    row = archives.keep(writer, "message", build(text.encode() for text in texts), NOW_S)

    reader = ArchiveReader(writer)

    assert [Codec().unpack(reader.item(row, place)) for place in range(3)] == texts
    assert Codec().unpack(archives.read_item(writer, row, 1)) == texts[1]
    stored = writer.execute("SELECT kind, items, raw_bytes FROM archives").fetchone()
    assert stored == ("message", 3, sum(len(text) for text in texts))


def test_several_archives_are_read_in_turns(writer):
    texts = messages(8)
    rows = [archives.keep(writer, "message", build([text.encode()]), NOW_S) for text in texts]
    reader = ArchiveReader(writer)

    for _ in range(2):
        assert [Codec().unpack(reader.item(row, 0)) for row in rows] == texts


def test_a_forgotten_item_is_said_to_be_forgotten(writer):
    row = archives.keep(writer, "message", build([b"one", b"two"]), NOW_S)

    archives.erase(writer, row, {0})

    with pytest.raises(NotFoundError):
        archives.read_item(writer, row, 0)
    assert Codec().unpack(archives.read_item(writer, row, 1)) == "two"
    assert writer.execute("SELECT items, raw_bytes FROM archives").fetchone() == (1, 3)


def test_an_empty_archive_goes_with_the_last_message_that_refers_to_it(writer):
    row = archives.keep(writer, "message", build([b"one"]), NOW_S)
    writer.execute(
        "INSERT INTO conversations (row, id, title, created_at_s, updated_at_s) "
        "VALUES (1, 'c', x'', 0, 0)"
    )
    writer.execute(
        "INSERT INTO messages (id, conversation, role, created_at_s, updated_at_s, raw_bytes, "
        "archive, archive_place) VALUES ('m', 1, 'user', 0, 0, 3, ?, 0)",
        (row,),
    )

    archives.erase(writer, row, {0})
    assert writer.execute("SELECT count(*) FROM archives").fetchone() == (1,)

    writer.execute("DELETE FROM messages")
    archives.erase(writer, row, ())
    assert writer.execute("SELECT count(*) FROM archives").fetchone() == (0,)


def test_an_archive_that_is_gone_is_an_error(writer):
    with pytest.raises(VaultDamagedError):
        archives.read_item(writer, 9, 0)


def test_noise_grows_by_little():
    noise = random.Random(1).randbytes(50_000)

    assert len(build([noise])) < len(noise) + 60
