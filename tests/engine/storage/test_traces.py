from __future__ import annotations

import asyncio
import dataclasses

import pytest

from engine.contract.errors import VaultDamagedError
from engine.contract.vault import TrashKind
from engine.storage import backup, erasure, trash
from engine.storage.compact import Compaction
from engine.storage.keys import Purpose
from engine.storage.traces import (
    delete_trace,
    find_trace,
    load_trace,
    pack_trace,
    save_trace,
    unpack_trace,
)
from engine.storage.usage import uses
from tests.engine.storage.backup_vault import CHEAP, PASSPHRASE, small_vault
from tests.engine.storage.decrypted_pages import decrypted_pages
from tests.engine.storage.some_traces import long_trace, named
from tests.engine.storage.test_erasure import _plain_copy, forget
from tests.engine.storage.test_restore import a_backups, counted, restore, say
from tests.engine.storage.test_trace_codec import assert_alike
from tests.engine.storage.test_verify import a_verification


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch):
    monkeypatch.setattr(backup, "tune_cost", lambda: CHEAP)


def run(scenario):
    asyncio.run(scenario)


async def measure(vault, message_id: str, *, at_s: float = 5.0, **how) -> bytes:
    """The message has a trace; its packed bytes."""
    packed = pack_trace(vault.codec, long_trace(message_id, **how))
    assert await vault.store.write(lambda writer: save_trace(writer, packed, at_s))
    return packed.body


async def measured(vault, message_id: str):
    return await vault.store.read(lambda r: load_trace(r, vault.codec, message_id, named))


@pytest.mark.feature("introspection.kept")
def test_what_was_measured_in_an_answer_comes_back_with_it(tmp_path):
    """What was measured in an answer is kept with it, encrypted, and can be looked at later."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            await say("msg_1", "an answer", 5.0)(vault)
            await measure(vault, "msg_1")
            assert_alike(await measured(vault, "msg_1"), long_trace("msg_1"))
            # Measured once more, such as with its sources confirmed.
            await measure(vault, "msg_1", seed=8)
            assert_alike(await measured(vault, "msg_1"), long_trace("msg_1", seed=8))
            await vault.store.write(lambda writer: delete_trace(writer, "msg_1"))
            assert await measured(vault, "msg_1") is None

    run(scenario())


def test_a_trace_without_its_answer_is_not_kept(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            packed = pack_trace(vault.codec, long_trace("msg_gone", tokens=2))
            assert not await vault.store.write(lambda writer: save_trace(writer, packed, 5.0))
            assert await measured(vault, "msg_gone") is None

    run(scenario())


def test_a_trace_under_anothers_name_is_damage(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            packed = pack_trace(vault.codec, long_trace("msg_1", tokens=2))
            with pytest.raises(VaultDamagedError):
                unpack_trace(vault.codec, dataclasses.replace(packed, message_id="msg_2"))

    run(scenario())


def test_a_long_answer_takes_under_a_kilobyte_a_token_in_the_file(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            for number in range(10):
                await say(f"msg_{number}", "an answer", 5.0)(vault)
            await vault.store.checkpoint()
            before = (tmp_path / "vault.db").stat().st_size
            for number in range(10):
                await measure(vault, f"msg_{number}", seed=number)
            await vault.store.checkpoint()
            grown = (tmp_path / "vault.db").stat().st_size - before
            # The file's own pages and seals included.
            assert grown / (10 * 300) < 1000

    run(scenario())


# -- with its message ---------------------------------------------------------------------------


def test_a_trace_goes_to_the_trash_and_comes_back_with_its_message(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await say("msg_1", "an answer", 5.0)(vault)
            await measure(vault, "msg_1")
            kept = await vault.store.read(lambda r: find_trace(r, "msg_1"))
            for kind, id_ in ((TrashKind.MESSAGE, "msg_1"), (TrashKind.CONVERSATION, "conv_1")):
                await vault.store.write(lambda w, k=kind, i=id_: trash.put_into_trash(w, k, i, 9.0))
                (item,) = await vault.store.read(
                    lambda r: trash.list_trash(r, vault.codec, trash_days=30)
                )
                assert item.size_bytes == kept.raw_bytes + len("an answer")
                await vault.store.write(lambda w, i=id_: trash.take_from_trash(w, (i,), 10.0))
                assert_alike(await measured(vault, "msg_1"), long_trace("msg_1"))

    run(scenario())


async def image(vault) -> bytes:
    """Every byte of the file as it lies there, decrypted; its log is empty."""
    log = vault.folder / "vault.db-wal"
    assert not log.exists() or log.stat().st_size == 0
    pages = decrypted_pages(vault.folder / "vault.db", vault.subkey(Purpose.DATABASE))
    return b"".join(pages) + await vault.store.maintain(_plain_copy)


def found(body: bytes, where: bytes) -> int:
    """How many pieces of the packed trace can be found."""
    return sum(body[place : place + 24] in where for place in range(0, len(body) - 24, 500))


@pytest.mark.feature(
    "introspection.forgotten", "Forgetting an answer erases what was measured in it."
)
@pytest.mark.parametrize("how", ["message", "conversation", "delete"])
def test_nothing_of_a_forgotten_trace_is_in_the_decrypted_file(tmp_path, how):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            bodies = {}
            for number in range(8):
                id_ = f"msg_{number}"
                await say(id_, f"answer {number}", 5.0, f"conv_{number}")(vault)
                # Kept anew, as when its sources are confirmed: the first is gone as well.
                bodies[id_] = [await measure(vault, id_, seed=number)]
                bodies[id_].append(await measure(vault, id_, seed=100 + number))
            await vault.store.checkpoint()
            before = await image(vault)
            assert all(found(last, before) > 60 for _, last in bodies.values())
            if how == "delete":
                await vault.store.write(lambda writer: delete_trace(writer, "msg_3"))
                await vault.store.maintain(erasure.finish)
            else:
                await forget(vault, "msg_3" if how == "message" else "conv_3")
            after = await image(vault)
            assert [found(body, after) for body in bodies.pop("msg_3")] == [0, 0]
            assert all(found(last, after) > 60 for _, last in bodies.values())

    run(scenario())


def test_measurements_are_told_as_a_kind_of_their_own(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await say("msg_1", "an answer", 5.0)(vault)
            body = await measure(vault, "msg_1")
            told = {use.kind: use for use in await vault.store.read(uses)}["measurements"]
            assert (told.items, told.stored_bytes) == (1, len(body))
            assert told.raw_bytes > told.stored_bytes

    run(scenario())


def test_a_trace_that_does_not_open_is_named(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            for number in range(60):
                await say(f"msg_{number}", "an answer", 5.0)(vault)
                await measure(vault, f"msg_{number}", tokens=2)
            assert (await a_verification(vault).run()).damages == ()

            def harm(writer):
                writer.execute("UPDATE traces SET body = x'1100' WHERE message_id = 'msg_55'")

            await vault.store.write(harm)
            report = await a_verification(vault).run()
            assert [d.detail for d in report.damages] == ["1 texts in traces do not open."]
            with pytest.raises(VaultDamagedError):
                await measured(vault, "msg_55")

    run(scenario())


def test_compacting_leaves_a_trace_as_it_was(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await say("msg_1", "an answer", 5.0)(vault)
            await measure(vault, "msg_1")
            await Compaction(vault).run()
            assert_alike(await measured(vault, "msg_1"), long_trace("msg_1"))

    run(scenario())


# -- restoring ----------------------------------------------------------------------------------


def test_a_restore_brings_a_trace_with_its_message_and_never_another_answers(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            names = ("same", "lost", "unmeasured", "newer_here", "newer_there", "again", "trashed")
            for name in names:
                await say(f"msg_{name}", f"{name} there", 10.0)(vault)
                await measure(vault, f"msg_{name}", tokens=3)
            card = await a_backups(vault).make("by hand", kept=9)

            def change(writer):
                delete_trace(writer, "msg_unmeasured")
                writer.execute("UPDATE messages SET updated_at_s = 5 WHERE id = 'msg_newer_there'")
                trash.put_into_trash(writer, TrashKind.MESSAGE, "msg_trashed", 30.0)

            await forget(vault, "msg_lost")
            await vault.store.write(change)
            await say("msg_newer_here", "said later", 40.0)(vault)
            await measure(vault, "msg_newer_here", tokens=4, at_s=41.0)
            await say("msg_newer_there", "said before", 4.0)(vault)
            await measure(vault, "msg_newer_there", tokens=4, at_s=41.0)
            await measure(vault, "msg_again", tokens=4, at_s=41.0)

            counts = await restore(vault, card.name)
            # Lost, unmeasured and replaced ones come; two are newer here.
            assert counted(counts, "measurements") == (3, 0, 2, 1, 1)
            tokens = {name: len((await measured(vault, f"msg_{name}")).tokens) for name in names}
            assert tokens == {
                "same": 3,
                "lost": 3,
                "unmeasured": 3,
                "newer_here": 4,
                "newer_there": 3,
                "again": 4,
                "trashed": 3,
            }

    run(scenario())


@pytest.mark.logs_warning("not whole")
def test_a_trace_whose_message_does_not_open_is_left_out(tmp_path):
    async def scenario():
        async with small_vault(tmp_path / "old") as old:
            for number in range(2):
                await say(f"msg_{number}", f"text {number}", 5.0)(old)
                await measure(old, f"msg_{number}", tokens=3)
            await old.store.write(
                lambda w: w.execute("UPDATE messages SET text = x'1122' WHERE id = 'msg_1'")
            )
            card = await a_backups(old).make("by hand", kept=9)
        async with small_vault(tmp_path / "new") as new:
            path = str(tmp_path / "old" / "backups" / card.name)
            counts = await restore(new, path, passphrase=PASSPHRASE)
            assert counted(counts, "measurements") == (1, 0, 0, 0, 0)
            assert await measured(new, "msg_1") is None
            assert len((await measured(new, "msg_0")).tokens) == 3

    run(scenario())


def test_a_backup_from_before_there_were_measurements_is_restored(tmp_path):
    async def scenario():
        async with small_vault(tmp_path / "old") as old:
            await say("msg_1", "an answer", 5.0)(old)

            def make_older(writer):
                for table in ("traces", "directions"):
                    writer.execute(f"DROP TABLE {table}")
                writer.execute("PRAGMA user_version = 2")

            await old.store.write(make_older)
            card = await a_backups(old).make("by hand", kept=9)
        async with small_vault(tmp_path / "new") as new:
            path = str(tmp_path / "old" / "backups" / card.name)
            counts = await restore(new, path, passphrase=PASSPHRASE)
            assert counted(counts, "messages") == (1, 0, 0, 0, 0)
            await measure(new, "msg_1", tokens=3)
            # A second time the backup has nothing to say on what was measured since.
            await restore(new, path, passphrase=PASSPHRASE)
            assert len((await measured(new, "msg_1")).tokens) == 3

    run(scenario())
