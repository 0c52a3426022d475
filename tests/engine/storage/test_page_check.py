"""A damaged page is found in slices as surely as SQLCipher finds it in one go."""

from __future__ import annotations

import asyncio
import random

from engine.storage.keys import Secret
from engine.storage.making import make_database
from engine.storage.page_check import PAGE_BYTES, check_pages
from engine.storage.store import Store


def full_database(folder, key):
    async def fill():
        store = await Store.open(folder / "vault.db", key)
        for number in range(40):
            await store.write(
                lambda w, n=number: w.execute(
                    "INSERT INTO meta VALUES (?, randomblob(9000))", (str(n),)
                )
            )
        await store.write(lambda w: w.execute("DELETE FROM meta WHERE name < '2'"))
        await store.close()

    make_database(folder, key)
    asyncio.run(fill())
    return folder / "vault.db"


def test_every_flipped_bit_is_found_and_its_page_named(tmp_path):
    key, dice = Secret.random(), random.Random(11)
    path = full_database(tmp_path, key)
    whole = path.read_bytes()
    assert check_pages(path, key, first_page=1, budget_s=60).bad_pages == ()
    for _ in range(60):
        place = dice.randrange(16, len(whole))
        changed = bytearray(whole)
        changed[place] ^= 1 << dice.randrange(8)
        path.write_bytes(changed)
        found = check_pages(path, key, first_page=1, budget_s=60)
        assert found.bad_pages == (place // PAGE_BYTES + 1,)


def test_a_changed_salt_makes_every_page_bad(tmp_path):
    key = Secret.random()
    path = full_database(tmp_path, key)
    changed = bytearray(path.read_bytes())
    changed[3] ^= 1
    path.write_bytes(changed)
    found = check_pages(path, key, first_page=1, budget_s=60)
    assert len(found.bad_pages) == found.pages


def test_slices_cover_the_whole_file_and_begin_again(tmp_path):
    key = Secret.random()
    path = full_database(tmp_path, key)
    slices, page = 0, 1
    while True:
        found = check_pages(path, key, first_page=page, budget_s=0.0)
        slices += 1
        assert not found.bad_pages
        if found.is_round_done:
            break
        assert found.next_page > page
        page = found.next_page
    assert slices >= found.pages // 64
    assert check_pages(path, key, first_page=10**9, budget_s=60).is_round_done


def test_a_store_that_is_in_use_checks_itself_in_pauses(tmp_path):
    key = Secret.random()
    path = full_database(tmp_path, key)

    async def walk():
        store = await Store.open(path, key)
        rounds = 0
        for number in range(200):
            await store.write(
                lambda w, n=number: w.execute("INSERT INTO meta VALUES (?, x'00')", (f"n{n}",))
            )
            found = await store.check_some_pages(0.0)
            assert found.bad_pages == ()
            rounds += found.is_round_done
        await store.close()
        return rounds

    assert asyncio.run(walk()) > 10
