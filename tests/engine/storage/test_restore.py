from __future__ import annotations

import asyncio
import os

import numpy as np
import pytest

from engine.contract.errors import BackupError, NotFoundError, VaultNewerError
from engine.contract.messages import Conversation, Message, Role
from engine.contract.vault import RestoreCount, TrashKind
from engine.storage import archives, backup, dictionaries, directions, embeddings
from engine.storage.conversations import (
    load_conversations,
    save_conversation,
    save_message,
    search_messages,
)
from engine.storage.drafts import load_drafts, load_settings, save_draft, save_settings
from engine.storage.past import past_of
from engine.storage.restore import Restorer, set_aside
from engine.storage.sealed_files import every
from engine.storage.traces import load_trace, pack_trace, save_trace
from engine.storage.trash import put_into_trash
from tests.engine.storage.backup_vault import CHEAP, PASSPHRASE, small_vault
from tests.engine.storage.some_traces import CALM, CALM_VECTOR, long_trace
from tests.engine.storage.test_backup import NOW_S, a_backups
from tests.engine.storage.test_erasure import add_document, add_unit


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch):
    monkeypatch.setattr(backup, "tune_cost", lambda: CHEAP)


def a_restorer(vault):
    return Restorer(vault, a_backups(vault), vault.files, lambda: NOW_S)


def say(id_: str, text: str, at_s: float, conversation: str = "conv_1", title: str = "A title"):
    def write(vault):
        def work(writer):
            row = save_conversation(
                writer,
                vault.codec,
                Conversation(id=conversation, title=title, created_at_s=1.0, updated_at_s=at_s),
            )
            message = Message(id=id_, role=Role.USER, text=text, created_at_s=1.0)
            save_message(writer, vault.codec, row, message, at_s)

        return vault.store.write(work)

    return write


async def texts(vault) -> dict[str, str]:
    kept = await vault.store.read(lambda r: load_conversations(r, vault.codec))
    return {m.id: m.text for conversation in kept for m in conversation.messages}


async def image(vault) -> dict[str, list]:
    """Every row of every table that a restore may touch."""
    tables = [
        "conversations", "messages", "past", "drafts", "settings", "memories", "documents",
        "text_units", "embeddings", "traces", "directions", "records", "sealed_files",
        "messages_index_docsize",
    ]  # fmt: skip
    return await vault.store.read(
        lambda r: {t: r.execute(f"SELECT * FROM {t}").fetchall() for t in tables}
    )


def counted(counts: tuple[RestoreCount, ...], kind: str) -> tuple[int, ...]:
    for count in counts:
        if count.kind == kind:
            return (
                count.new,
                count.newer_in_backup,
                count.newer_here,
                count.same,
                count.in_trash_here,
            )
    return (0, 0, 0, 0, 0)


async def restore(vault, name: str, **way: str) -> tuple[RestoreCount, ...]:
    restorer = a_restorer(vault)
    plan = await restorer.plan(name, **way)
    done = await restorer.apply(plan.id, backups_kept=9)
    # What was said is what was done.
    assert done == plan.counts
    return done


def run(scenario):
    asyncio.run(scenario)


@pytest.mark.feature("backup.restore")
def test_restoring_merges_and_never_overwrites_what_is_newer(tmp_path):
    """Restoring a backup adds what is missing, keeps what is newer, and says first what it does."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            await say("msg_same", "the same", 10)(vault)
            await say("msg_older_here", "wrong edit", 5)(vault)
            await say("msg_newer_here", "as it was", 10)(vault)
            await say("msg_lost", "to be lost", 10)(vault)
            await say("msg_deleted", "to be deleted", 10)(vault)
            await vault.store.write(
                lambda w: w.execute(
                    "UPDATE messages SET updated_at_s = 20 WHERE id = 'msg_older_here'"
                )
            )
            card = await a_backups(vault).make("by hand", kept=9)

            def change(writer):
                writer.execute("UPDATE messages SET updated_at_s = 5 WHERE id = 'msg_older_here'")
                writer.execute(
                    "DELETE FROM messages_index WHERE rowid = "
                    "(SELECT row FROM messages WHERE id = 'msg_lost')"
                )
                writer.execute("DELETE FROM messages WHERE id = 'msg_lost'")
                put_into_trash(writer, TrashKind.MESSAGE, "msg_deleted", 30.0)

            await say("msg_older_here", "older edit", 4)(vault)
            await say("msg_newer_here", "said later", 40)(vault)
            await vault.store.write(change)
            await say("msg_only_here", "not in the backup", 50)(vault)

            counts = await restore(vault, card.name)
            assert counted(counts, "messages") == (1, 1, 1, 1, 1)
            assert await texts(vault) == {
                "msg_same": "the same",
                "msg_older_here": "wrong edit",
                "msg_newer_here": "said later",
                "msg_lost": "to be lost",
                "msg_only_here": "not in the backup",
            }
            past = await vault.store.read(lambda r: past_of(r, vault.codec, "msg_older_here"))
            assert (NOW_S, "older edit") in past
            found = await vault.store.read(lambda r: search_messages(r, "lost"))
            assert found == (("conv_1", "msg_lost"),)
            assert [card.reason for card in a_backups(vault).cards()].count("before a restore") == 1

    run(scenario())


def test_a_second_restore_changes_nothing(tmp_path):
    async def scenario():
        async with small_vault(tmp_path / "old") as old:
            await fill_everything(old)
            card = await a_backups(old).make("by hand", kept=9)
        path = str(tmp_path / "old" / "backups" / card.name)
        async with small_vault(tmp_path / "new") as new:
            first = await restore(new, path, passphrase=PASSPHRASE)
            before = await image(new)
            second = await restore(new, path, passphrase=PASSPHRASE)
            assert await image(new) == before
            assert {c.kind for c in second} == {c.kind for c in first}
            assert all(c.new == c.newer_in_backup == c.newer_here == 0 for c in second)

    run(scenario())


async def fill_everything(vault) -> None:
    """Something in every table, with dictionaries and archives of this vault's own."""
    words = [f"alpha beta gamma delta {n} epsilon zeta eta theta" for n in range(2500)]
    samples = [dictionaries.Sample(f"c{n % 9}", text) for n, text in enumerate(words)]
    trained = dictionaries.train("message", samples, vault.codec.dictionaries, raw_bytes=10**8)
    assert trained is not None
    await vault.store.write(lambda w: dictionaries.save(w, trained))
    vault.codec.dictionaries.add(trained)
    for number in range(6):
        await say(f"msg_{number}", f"{words[number]} said", 10.0 + number, f"conv_{number % 2}")(
            vault
        )
    file = await vault.files.keep(vault.store, "adapter", "doc_1", [b"weights" * 99], 1.0)

    def write(writer):
        codec = vault.codec
        save_draft(writer, codec, "conv_0", "half a sentence", 3.0)
        save_settings(writer, codec, {"generation.system_prompt": "Be brief."}, 3.0)
        writer.execute(
            """INSERT INTO memories (row, id, text, body, created_at_s, updated_at_s, raw_bytes)
            VALUES (5, 'mem_1', ?, ?, 1, 1, 1)""",
            (codec.pack("memory", "likes tea"), codec.pack("memory_body", "{}")),
        )
        writer.execute("INSERT INTO memories_index (rowid, text) VALUES (5, 'likes tea')")
        writer.execute(
            """INSERT INTO records (id, kind, body, created_at_s, updated_at_s, raw_bytes)
            VALUES ('rec_1', 'fact', ?, 1, 1, 1)""",
            (codec.pack("record", b"\xff\x00 bytes"),),
        )
        for number in (1, 2):
            add_document(writer, codec, number)
        add_unit(writer, codec, 1, 1, "said once", None)
        add_unit(writer, codec, 2, 2, None, 1)
        add_unit(writer, codec, 3, 2, "another page", None)
        embeddings.save(writer, "m", ["unit_1", "mem_1"], np.ones((2, 4), np.float32))
        directions.save_direction(writer, codec, CALM, CALM_VECTOR, 4.0)
        rows = writer.execute("SELECT row, text FROM messages WHERE conversation = 1").fetchall()
        kept = archives.keep(
            writer, "message", archives.build([codec.unpack_bytes(t) for _, t in rows]), 1.0
        )
        for place, (row, _) in enumerate(rows):
            writer.execute(
                "UPDATE messages SET text = NULL, archive = ?, archive_place = ? WHERE row = ?",
                (kept, place, row),
            )

    packed = pack_trace(vault.codec, long_trace("msg_1", tokens=3))
    await vault.store.write(write)
    await vault.store.write(lambda w: save_trace(w, packed, 20.0))
    await say("msg_0", "said anew", 90.0, "conv_0")(vault)
    assert file


@pytest.mark.feature("backup.on_another_machine")
def test_everything_comes_over_to_a_new_machine(tmp_path):
    """On a new machine a backup brings back every kind of thing with the passphrase alone."""

    async def scenario():
        async with small_vault(tmp_path / "old") as old:
            await fill_everything(old)
            expected = await texts(old)
            card = await a_backups(old).make("by hand", kept=9)
        path = str(tmp_path / "old" / "backups" / card.name)
        async with small_vault(tmp_path / "new") as new:
            await say("msg_mine", "here first", 1.0, "conv_mine")(new)
            counts = await restore(new, path, passphrase=PASSPHRASE)
            assert counted(counts, "conversations") == (2, 0, 0, 0, 0)
            assert counted(counts, "files") == (1, 0, 0, 0, 0)
            assert await texts(new) == {**expected, "msg_mine": "here first"}
            read, codec = new.store.read, new.codec
            assert await read(lambda r: load_drafts(r, codec)) == (("conv_0", "half a sentence"),)
            assert await read(lambda r: load_settings(r, codec)) == {
                "generation.system_prompt": "Be brief."
            }
            units = await read(
                lambda r: r.execute(
                    """SELECT u.id, d.id, u.text, s.id FROM text_units u
                    JOIN documents d ON d.row = u.document
                    LEFT JOIN text_units s ON s.row = u.same_as ORDER BY u.id"""
                ).fetchall()
            )
            assert [(u, d, t and codec.unpack(t), s) for u, d, t, s in units] == [
                ("unit_1", "doc_1", "said once", None),
                ("unit_2", "doc_2", None, "unit_1"),
                ("unit_3", "doc_2", "another page", None),
            ]
            assert (
                await read(lambda r: embeddings.read_batch(r, "m", 4, after_row=0, limit=9))
            ).ids == ("unit_1", "mem_1")
            (file,) = await read(every)
            assert b"".join(new.files.read(file)) == b"weights" * 99
            body = await read(lambda r: r.execute("SELECT body FROM records").fetchone()[0])
            assert codec.unpack_bytes(body) == b"\xff\x00 bytes"
            trace = await read(lambda r: load_trace(r, codec, "msg_1"))
            assert trace is not None
            assert len(trace.tokens) == 3
            vector = await read(lambda r: directions.load_vector(r, codec, CALM.id))
            assert np.array_equal(vector, CALM_VECTOR)
            hits = await read(
                lambda r: r.execute(
                    "SELECT rowid FROM text_units_index WHERE text_units_index MATCH 'once'"
                ).fetchall()
            )
            assert len(hits) == 2
            assert await read(lambda r: past_of(r, codec, "msg_0"))
            assert await read(lambda r: r.execute("SELECT count(*) FROM dictionaries").fetchone())
            # The vault is whole, and nothing unpacked is left.
            assert await read(lambda r: r.execute("PRAGMA foreign_key_check").fetchall()) == []
            assert not [n for n in os.listdir(tmp_path / "new" / "backups") if "stage" in n]

    run(scenario())


def test_a_replaced_document_brings_its_units_and_leaves_no_reference_hanging(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:

            def fill(writer):
                for number in (1, 2):
                    add_document(writer, vault.codec, number)
                add_unit(writer, vault.codec, 1, 1, "the new page", None)
                writer.execute("UPDATE documents SET updated_at_s = 9 WHERE id = 'doc_1'")

            await vault.store.write(fill)
            card = await a_backups(vault).make("by hand", kept=9)

            def change(writer):
                writer.execute("UPDATE documents SET updated_at_s = 2 WHERE id = 'doc_1'")
                writer.execute(
                    "UPDATE text_units SET text = ? WHERE row = 1",
                    (vault.codec.pack("text_unit", "the old page"),),
                )
                add_unit(writer, vault.codec, 2, 2, None, 1)

            await vault.store.write(change)
            counts = await restore(vault, card.name)
            assert counted(counts, "documents") == (0, 1, 0, 1, 0)
            units = await vault.store.read(
                lambda r: r.execute(
                    "SELECT id, text, same_as FROM text_units ORDER BY id"
                ).fetchall()
            )
            assert [(i, vault.codec.unpack(t), s) for i, t, s in units] == [
                ("unit_1", "the new page", None),
                ("unit_2", "the old page", None),
            ]

    run(scenario())


@pytest.mark.logs_warning("not whole")
def test_an_unreadable_row_is_left_out_and_all_others_come(tmp_path):
    """One damaged text must not keep a whole backup from being restored."""

    async def scenario():
        async with small_vault(tmp_path / "old") as old:
            for number in range(3):
                await say(f"msg_{number}", f"text {number}", 5.0)(old)
            await old.store.write(
                lambda w: w.execute("UPDATE messages SET text = x'1122' WHERE id = 'msg_1'")
            )
            card = await a_backups(old).make("by hand", kept=9)
        async with small_vault(tmp_path / "new") as new:
            restorer = a_restorer(new)
            plan = await restorer.plan(
                str(tmp_path / "old" / "backups" / card.name), passphrase=PASSPHRASE
            )
            assert plan.unreadable == 1
            await restorer.apply(plan.id, backups_kept=9)
            assert set(await texts(new)) == {"msg_0", "msg_2"}

    run(scenario())


def test_a_restore_that_fails_changes_nothing(tmp_path, monkeypatch):
    from engine.storage import merge

    async def scenario():
        async with small_vault(tmp_path / "old") as old:
            await fill_everything(old)
            card = await a_backups(old).make("by hand", kept=9)
        async with small_vault(tmp_path / "new") as new:
            restorer = a_restorer(new)
            plan = await restorer.plan(
                str(tmp_path / "old" / "backups" / card.name), passphrase=PASSPHRASE
            )
            before = await image(new)

            def fail(_self):
                raise BackupError("stopped halfway")

            monkeypatch.setattr(merge.Merge, "_take_embeddings", fail)
            with pytest.raises(BackupError):
                await restorer.apply(plan.id, backups_kept=9)
            assert await image(new) == before
            assert not list((tmp_path / "new").glob("sealed/*"))
            monkeypatch.undo()
            # The plan still holds.
            await restorer.apply(plan.id, backups_kept=9)
            with pytest.raises(NotFoundError):
                await restorer.apply(plan.id, backups_kept=9)

    run(scenario())


def test_a_plan_ends_with_the_session(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            card = await a_backups(vault).make("by hand", kept=9)
            restorer = a_restorer(vault)
            plan = await restorer.plan(card.name)
            restorer.close()
            with pytest.raises(NotFoundError):
                await restorer.apply(plan.id, backups_kept=9)
            assert os.listdir(tmp_path / "backups") == [card.name]

    run(scenario())


def test_a_backup_of_a_newer_version_is_refused(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await vault.store.write(lambda w: w.execute("PRAGMA user_version = 99"))
            card = await a_backups(vault).make("by hand", kept=9)
            with pytest.raises(VaultNewerError):
                await a_restorer(vault).plan(card.name)

    run(scenario())


def test_a_backup_that_would_run_something_is_refused(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await vault.store.write(
                lambda w: w.execute(
                    "CREATE TRIGGER t AFTER INSERT ON meta BEGIN DELETE FROM messages; END"
                )
            )
            card = await a_backups(vault).make("by hand", kept=9)
            with pytest.raises(BackupError):
                await a_restorer(vault).plan(card.name)

    run(scenario())


def test_a_vault_that_does_not_open_is_set_aside_whole(tmp_path):
    """Nothing of a damaged vault is deleted to make room for a restored one."""
    for name in ("vault.db", "vault.db-wal", "vault.keys"):
        (tmp_path / name).write_text(name)
    (tmp_path / "backups").mkdir()
    aside = set_aside(tmp_path, NOW_S)
    assert sorted(os.listdir(aside)) == ["vault.db", "vault.db-wal", "vault.keys"]
    assert (aside / "vault.db").read_text() == "vault.db"
    assert sorted(os.listdir(tmp_path)) == ["backups", aside.name]
    assert set_aside(tmp_path, NOW_S) is None
