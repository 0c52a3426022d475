from __future__ import annotations

import asyncio
import os

import pytest

from engine.storage import verify
from engine.storage.index_mending import mend_indexes
from engine.storage.verify import Verification
from tests.engine.storage.backup_vault import small_vault
from tests.engine.storage.test_backup import a_backups
from tests.engine.storage.test_restore import fill_everything, say


def a_verification(vault):
    return Verification(vault, a_backups(vault), vault.files)


def run(scenario):
    asyncio.run(scenario)


@pytest.mark.feature("vault.verify")
def test_a_whole_vault_is_called_whole(tmp_path):
    """Verifying looks at every page, text, index, file and backup and says that all is whole."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            await fill_everything(vault)
            card = await a_backups(vault).make("by hand", kept=9)
            told = []
            report = await a_verification(vault).run(lambda *step: told.append(step))
            assert report.damages == ()
            assert report.checked_pages > 30
            assert report.checked_files == 2
            assert report.last_good_backup == card
            shares = [share for _, share in told]
            assert shares == sorted(shares)
            assert shares[-1] == 1.0

    run(scenario())


@pytest.mark.feature("vault.damage_named")
def test_a_flipped_byte_in_the_database_is_named_and_a_backup_offered(tmp_path):
    """A flipped byte in the database is named, and the last good backup is offered."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            for number in range(20):
                await say(f"msg_{number}", f"text {number} " * 40, 5.0)(vault)
            card = await a_backups(vault).make("by hand", kept=9)
            await vault.store.checkpoint()
            size = (tmp_path / "vault.db").stat().st_size
            with (tmp_path / "vault.db").open("r+b") as file:
                file.seek(size - 3000)
                byte = file.read(1)[0]
                file.seek(size - 3000)
                file.write(bytes([byte ^ 1]))
            report = await a_verification(vault).run()
            assert [(d.where, d.detail) for d in report.damages][:1] == [
                ("database", "1 page is not what was written.")
            ]
            assert report.last_good_backup == card

    run(scenario())


def test_a_text_that_does_not_open_is_named(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await fill_everything(vault)
            await vault.store.write(
                lambda w: w.execute("UPDATE messages SET reasoning = x'1100' WHERE id = 'msg_2'")
            )
            report = await a_verification(vault).run()
            assert [d.detail for d in report.damages] == ["1 texts in messages do not open."]

    run(scenario())


def test_slices_go_through_all_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(verify, "_ROWS", 2)

    async def scenario():
        async with small_vault(tmp_path) as vault:
            await fill_everything(vault)
            assert (await a_verification(vault).run()).damages == ()
            await vault.store.write(
                lambda w: w.execute("UPDATE messages SET reasoning = x'1100' WHERE row > 3")
            )
            report = await a_verification(vault).run()
            found = [d.detail for d in report.damages]
            assert found == ["1 texts in messages do not open.", "2 texts in messages do not open."]

    run(scenario())


def test_an_index_that_lost_or_kept_rows_is_named_and_can_be_mended(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await fill_everything(vault)

            def harm(writer):
                writer.execute("DELETE FROM messages_index WHERE rowid = 2")
                writer.execute("INSERT INTO memories_index (rowid, text) VALUES (99, 'ghost')")

            await vault.store.write(harm)
            report = await a_verification(vault).run()
            assert {(d.where, d.detail) for d in report.damages} == {
                ("full-text index", "Searching does not find 1 rows of messages."),
                ("full-text index", "The memories index knows 1 rows that are not there."),
            }
            await vault.store.write(lambda w: mend_indexes(w, vault.codec))
            assert (await a_verification(vault).run()).damages == ()

    run(scenario())


def test_damaged_and_missing_files_are_named(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await vault.files.keep(vault.store, "adapter", "a", [os.urandom(5000)], 1.0)
            gone = await vault.files.keep(vault.store, "cache", "b", [b"x"], 1.0)
            (tmp_path / "sealed" / gone.id).unlink()
            (path,) = (tmp_path / "sealed").iterdir()
            damaged = bytearray(path.read_bytes())
            damaged[-1] ^= 1
            path.write_bytes(damaged)
            report = await a_verification(vault).run()
            assert [d.where for d in report.damages] == ["sealed file", "sealed file"]
            assert (
                "made for b" in report.damages[1].detail or "made for b" in report.damages[0].detail
            )

    run(scenario())


def test_a_damaged_backup_is_named_and_an_earlier_one_is_the_last_good(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            first = await a_backups(vault, 1000.0).make("daily", kept=9)
            second = await a_backups(vault, 2000.0).make("daily", kept=9)
            path = tmp_path / "backups" / second.name
            path.write_bytes(path.read_bytes()[:-1])
            report = await a_verification(vault).run()
            assert [d.where for d in report.damages] == ["backup"]
            assert report.last_good_backup == first

    run(scenario())


def test_a_look_can_be_broken_off(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            slices = a_verification(vault).slices()
            assert (await anext(slices)).stage == "Checking pages"
            await slices.aclose()

    run(scenario())
