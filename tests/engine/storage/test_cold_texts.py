"""Old documents' units in archives: read, found, forgotten and restored like any others."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from engine.contract.vault import TrashKind
from engine.storage import backup, cold_texts, documents, embeddings, trash
from engine.storage.cold_texts import ARCHIVE_AFTER_S, COLD_KINDS, archive_cold
from engine.storage.compact import Compaction
from engine.storage.documents import FILE, PAGE, Document, TextUnit
from engine.storage.erasure import erase_units
from engine.storage.erasure import finish as finish_erasing
from engine.storage.keys import Purpose
from engine.storage.usage import uses
from engine.storage.verify import Verification
from tests.engine.storage.backup_vault import CHEAP, PASSPHRASE, small_vault
from tests.engine.storage.decrypted_pages import decrypted_pages
from tests.engine.storage.some_text import messages
from tests.engine.storage.test_backup import NOW_S, a_backups
from tests.engine.storage.test_erasure import forget
from tests.engine.storage.test_restore import restore

OLD_S = NOW_S - 2 * ARCHIVE_AFTER_S
UNITS = COLD_KINDS[1]


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    monkeypatch.setattr(backup, "tune_cost", lambda: CHEAP)
    # Real ones are larger; what is tested does not depend on it.
    monkeypatch.setattr(cold_texts, "_LEAST_ARCHIVE_BYTES", 1_000)


def library(count=4, units=12):
    """Documents of made-up letters; each unit has a word that stands nowhere else."""
    texts = iter(messages(count * units, seed=5))
    return [
        Document(
            id=f"doc_{number}",
            kind=PAGE if number % 2 else FILE,
            title=f"Letters {number}",
            source="",
            created_at_s=OLD_S,
            units=tuple(
                TextUnit(id=f"unit_{number}_{place}", text=f"{next(texts)} zq{number}x{place}")
                for place in range(units)
            ),
        )
        for number in range(count)
    ]


async def keep(vault, shelf, at_s=OLD_S):
    def write(writer):
        for document in shelf:
            documents.save_document(writer, vault.codec, document, at_s)

    await vault.store.write(write)


async def archived(vault):
    return await archive_cold(vault, UNITS, lambda: NOW_S)


async def load(vault, document):
    return await vault.store.read(lambda r: documents.load_document(r, vault.codec, document.id))


async def in_rows(vault):
    """Units with their text in their row, and those in archives."""
    found = await vault.store.read(
        lambda r: r.execute("SELECT count(text), count(archive) FROM text_units").fetchone()
    )
    return tuple(found)


async def damages(vault):
    report = await Verification(vault, a_backups(vault), vault.files).run()
    return report.damages


def run(scenario):
    asyncio.run(scenario)


@pytest.mark.feature("vault.cold_documents")
def test_old_documents_lie_in_archives_and_read_and_are_found_as_before(tmp_path):
    """Documents nobody touched for a month take less room, and read and are found as before."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            shelf = library()
            await keep(vault, shelf)
            done = await archived(vault)
            assert done.texts == 48
            assert done.saved_bytes > 0
            assert await in_rows(vault) == (0, 48)
            assert [await load(vault, document) for document in shelf] == shelf
            found = await vault.store.read(lambda r: documents.search_units(r, "zq2x7"))
            assert found == ("unit_2_7",)
            by_id = await vault.store.read(
                lambda r: documents.units_by_id(r, vault.codec, ["unit_3_0", "unit_0_11"])
            )
            assert by_id == {"unit_3_0": shelf[3].units[0], "unit_0_11": shelf[0].units[11]}
            assert await damages(vault) == ()
            # What is in an archive stays there.
            assert (await archived(vault)).texts == 0

    run(scenario())


def test_new_documents_and_those_in_the_trash_stay_in_their_rows(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            old, new, thrown, other = library()
            await keep(vault, [old, thrown, other])
            await keep(vault, [new], NOW_S - 1)
            await vault.store.write(
                lambda w: trash.put_into_trash(w, TrashKind.DOCUMENT, thrown.id, OLD_S)
            )
            assert (await archived(vault)).texts == 24
            assert await in_rows(vault) == (24, 24)

    run(scenario())


def test_one_archive_holds_no_more_than_it_should(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            shelf = library()
            await keep(vault, shelf)
            small = cold_texts.ColdKind(
                kind="text_unit",
                table="text_units",
                owners="documents",
                order=UNITS.order,
                archive_bytes=3_000,
            )
            assert (await archive_cold(vault, small, lambda: NOW_S)).texts == 48
            sizes = await vault.store.read(
                lambda r: r.execute("SELECT raw_bytes FROM archives").fetchall()
            )
            assert len(sizes) == 3
            assert all(size <= 3_000 for (size,) in sizes)
            assert [await load(vault, document) for document in shelf] == shelf

    run(scenario())


def test_a_unit_forgotten_from_an_archive_leaves_no_word_and_its_neighbours_whole(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            shelf = library()
            await keep(vault, shelf)
            await archived(vault)
            gone = shelf[1].units[4]
            await vault.store.write(lambda w: erase_units(w, vault.codec, "id = ?", (gone.id,)))
            await vault.store.maintain(finish_erasing)
            left = (await load(vault, shelf[1])).units
            assert left == tuple(unit for unit in shelf[1].units if unit.id != gone.id)
            assert await load(vault, shelf[2]) == shelf[2]
            assert await vault.store.read(lambda r: documents.search_units(r, "zq1x4")) == ()
            held = await vault.store.read(
                lambda r: [bytes(row[0]) for row in r.execute("SELECT bytes FROM archives")]
            )
            contents = [
                cold_texts.archives.Archive(one).content(number)
                for one in held
                for number in range(len(cold_texts.archives.Archive(one).frames))
            ]
            assert not any(b"zq1x4" in content for content in contents)
            image = b"".join(decrypted_pages(tmp_path / "vault.db", vault.subkey(Purpose.DATABASE)))
            assert b"q1x4" not in image
            assert await damages(vault) == ()

    run(scenario())


def test_the_last_document_forgotten_takes_its_archive_with_it(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            shelf = library()
            await keep(vault, shelf)
            await archived(vault)
            await forget(vault, *(document.id for document in shelf))
            assert await in_rows(vault) == (0, 0)
            count = await vault.store.read(
                lambda r: r.execute("SELECT count(*) FROM archives").fetchone()
            )
            assert count == (0,)
            assert await damages(vault) == ()

    run(scenario())


def test_a_copy_of_an_archived_unit_refers_to_it_and_outlives_it(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            shelf = library()
            await keep(vault, shelf)
            await archived(vault)
            words = shelf[0].units[3].text
            copy = Document(
                id="doc_copy", kind=PAGE, title="Copy", source="", created_at_s=NOW_S,
                units=(TextUnit(id="unit_copy", text=words),),
            )  # fmt: skip
            await keep(vault, [copy], NOW_S)
            assert await in_rows(vault) == (0, 48)
            assert await load(vault, copy) == copy
            await forget(vault, shelf[0].id)
            assert await load(vault, copy) == copy
            assert await damages(vault) == ()

    run(scenario())


def test_a_unit_that_changed_while_it_was_archived_keeps_its_new_text(tmp_path, monkeypatch):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            shelf = library()
            await keep(vault, shelf)
            build = cold_texts.archives.build
            loop = asyncio.get_running_loop()

            def edit_meanwhile(contents):
                anew = vault.codec.pack("text_unit", "edited")
                asyncio.run_coroutine_threadsafe(
                    vault.store.write(
                        lambda w: w.execute(
                            "UPDATE text_units SET text = ? WHERE id = 'unit_0_5'", (anew,)
                        )
                    ),
                    loop,
                ).result()
                return build(contents)

            monkeypatch.setattr(cold_texts.archives, "build", edit_meanwhile)
            assert (await archived(vault)).texts == 47
            assert (await load(vault, shelf[0])).units[5].text == "edited"

    run(scenario())


def test_archived_units_come_with_a_restored_document(tmp_path):
    async def scenario():
        shelf = library()
        async with small_vault(tmp_path / "old") as old:
            await keep(old, shelf)
            await archived(old)
            card = await a_backups(old).make("by hand", kept=9)
        path = str(tmp_path / "old" / "backups" / card.name)
        async with small_vault(tmp_path / "new") as new:
            # One is there in an older state, archived here too; one is newer here.
            older = [Document(
                id=one.id, kind=one.kind, title=one.title, source="", created_at_s=OLD_S,
                units=one.units[:6],
            ) for one in shelf[:1]]  # fmt: skip
            await keep(new, older, OLD_S - 9)
            await archived(new)
            await restore(new, path, passphrase=PASSPHRASE)
            assert [await load(new, document) for document in shelf] == shelf
            found = await new.store.read(lambda r: documents.search_units(r, "zq3x11"))
            assert found == ("unit_3_11",)
            assert await damages(new) == ()

    run(scenario())


def test_vectors_of_archived_units_stay(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            shelf = library()
            await keep(vault, shelf)
            ids = [unit.id for document in shelf for unit in document.units]
            vectors = np.eye(48, 64, dtype=np.float32)
            await vault.store.write(lambda w: embeddings.save(w, "m", ids, vectors))
            await Compaction(vault, lambda: NOW_S).run()
            assert await in_rows(vault) == (0, 48)
            kept = await vault.store.read(lambda r: [one.owner_id for one in embeddings.every(r)])
            assert sorted(kept) == sorted(ids)

    run(scenario())


def test_what_archived_units_take_is_told_by_kind(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await keep(vault, library())
            await archived(vault)
            told = {use.kind: use for use in await vault.store.read(uses)}
            (size,) = await vault.store.read(
                lambda r: r.execute("SELECT sum(length(bytes)) FROM archives").fetchone()
            )
            shares = [told[kind].stored_bytes for kind in ("documents", "web pages")]
            assert min(shares) > 0
            assert sum(shares) == pytest.approx(size, abs=2)

    run(scenario())
