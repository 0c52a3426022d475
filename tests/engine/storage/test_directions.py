from __future__ import annotations

import asyncio
import dataclasses

import numpy as np
import pytest

from engine.contract.errors import BadRequestError, NotFoundError, VaultDamagedError
from engine.storage import backup, directions
from engine.storage.codec import Codec
from engine.storage.database import Writer, connect_in_memory
from engine.storage.keys import Purpose
from engine.storage.migrations.upgrade import upgrade
from engine.storage.usage import uses
from tests.engine.storage.backup_vault import CHEAP, PASSPHRASE, small_vault
from tests.engine.storage.decrypted_pages import decrypted_pages
from tests.engine.storage.some_traces import CALM, CALM_VECTOR
from tests.engine.storage.test_restore import a_backups, counted, restore

BRIEF = dataclasses.replace(CALM, id="dir_2", name="brief", model_key="other@1", auroc=0.9)
VECTOR = CALM_VECTOR


@pytest.fixture
def kept():
    """A writer on an empty vault, and its codec."""
    connection = connect_in_memory()
    writer = Writer(connection)
    upgrade(writer)
    yield writer, Codec()
    connection.close()


def test_a_direction_comes_back_with_every_digit_of_its_vector(kept):
    directions.save_direction(*kept, CALM, VECTOR, 5.0)
    directions.save_direction(*kept, BRIEF, -VECTOR, 5.0)
    assert directions.load_directions(*kept) == (BRIEF, CALM)
    vector = directions.load_vector(*kept, "dir_1")
    assert vector.dtype == np.float32
    assert np.array_equal(vector, VECTOR)
    assert directions.load_vector(*kept, "dir_none") is None


def test_a_direction_takes_the_place_of_one_with_its_identifier(kept):
    directions.save_direction(*kept, CALM, VECTOR, 5.0)
    anew = dataclasses.replace(CALM, name="Calmer")
    directions.save_direction(*kept, anew, 2 * VECTOR, 6.0)
    assert directions.load_directions(*kept) == (anew,)
    assert np.array_equal(directions.load_vector(*kept, "dir_1"), 2 * VECTOR)


def test_what_was_removed_is_gone_until_it_is_restored_or_purged(kept):
    writer, _ = kept
    directions.save_direction(*kept, CALM, VECTOR, 5.0)
    directions.remove_direction(writer, "dir_1", 10.0)
    assert directions.load_directions(*kept) == ()
    assert directions.load_vector(*kept, "dir_1") is None
    with pytest.raises(NotFoundError):
        directions.remove_direction(writer, "dir_1", 10.0)
    directions.restore_direction(writer, "dir_1", 11.0)
    assert directions.load_directions(*kept) == (CALM,)
    directions.remove_direction(writer, "dir_1", 12.0)
    assert directions.purge_removed(writer, 12.0) == 0
    assert directions.purge_removed(writer, 13.0) == 1
    with pytest.raises(NotFoundError):
        directions.restore_direction(writer, "dir_1", 14.0)


@pytest.mark.parametrize(
    "vector", [np.full(4, np.nan, np.float32), np.zeros((2, 2), np.float32)], ids=["nan", "table"]
)
def test_what_is_no_vector_is_not_kept(kept, vector):
    with pytest.raises(BadRequestError):
        directions.save_direction(*kept, CALM, vector, 5.0)
    assert directions.load_directions(*kept) == ()


def test_what_a_foreign_backup_made_of_a_direction_is_not_used(kept):
    writer, codec = kept
    directions.save_direction(*kept, CALM, VECTOR, 5.0)
    for numbers in (b"123", np.array([np.inf], np.float32).tobytes()):
        writer.execute("UPDATE directions SET vector = ?", (codec.pack("x", numbers),))
        with pytest.raises(VaultDamagedError):
            directions.load_vector(*kept, "dir_1")
    for body in ("[]", "{}", '{"id": "another"}', "no JSON"):
        writer.execute("UPDATE directions SET body = ?", (codec.pack("x", body),))
        assert directions.load_directions(*kept) == ()


def test_directions_are_told_as_a_kind_of_their_own(kept):
    directions.save_direction(*kept, CALM, VECTOR, 5.0)
    told = {use.kind: use for use in uses(kept[0])}["directions"]
    assert told.items == 1
    assert told.raw_bytes > VECTOR.nbytes
    assert 0.8 * VECTOR.nbytes < told.stored_bytes < told.raw_bytes


def test_a_restore_brings_directions_and_leaves_deleted_ones_in_the_trash(tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "tune_cost", lambda: CHEAP)

    async def scenario():
        async with small_vault(tmp_path) as vault:
            write, codec = vault.store.write, vault.codec
            for one in (CALM, BRIEF, dataclasses.replace(CALM, id="dir_3")):
                await write(lambda w, d=one: directions.save_direction(w, codec, d, VECTOR, 5.0))
            card = await a_backups(vault).make("by hand", kept=9)
            await write(lambda w: directions.remove_direction(w, "dir_1", 9.0))
            await write(lambda w: directions.remove_direction(w, "dir_2", 9.0))
            assert await write(lambda w: directions.purge_removed(w, 10.0)) == 2
            await write(lambda w: directions.save_direction(w, codec, CALM, -VECTOR, 9.0))
            await write(lambda w: directions.remove_direction(w, "dir_3", 9.0))
            counts = await restore(vault, card.name, passphrase=PASSPHRASE)
            assert counted(counts, "directions") == (1, 0, 1, 0, 1)
            vectors = [
                await vault.store.read(lambda r, i=id_: directions.load_vector(r, codec, i))
                for id_ in ("dir_1", "dir_2", "dir_3")
            ]
            assert np.array_equal(vectors[0], -VECTOR)
            assert np.array_equal(vectors[1], VECTOR)
            assert vectors[2] is None

    asyncio.run(scenario())


def test_nothing_of_a_purged_direction_is_in_the_decrypted_file(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            write, codec = vault.store.write, vault.codec
            for one in (CALM, BRIEF):
                vector = VECTOR if one is CALM else VECTOR[::-1].copy()
                await write(
                    lambda w, d=one, v=vector: directions.save_direction(w, codec, d, v, 5.0)
                )
            blobs = await vault.store.read(
                lambda r: r.execute("SELECT body, vector FROM directions ORDER BY id").fetchall()
            )

            async def seen(row: tuple[bytes, bytes]) -> list[bool]:
                await vault.store.checkpoint()
                key = vault.subkey(Purpose.DATABASE)
                image = b"".join(decrypted_pages(vault.folder / "vault.db", key))
                return [blob[40:80] in image for blob in row]

            assert await seen(blobs[0]) == [True, True]
            await write(lambda w: directions.remove_direction(w, "dir_1", 9.0))
            await write(lambda w: directions.purge_removed(w, 10.0))
            assert await seen(blobs[0]) == [False, False]
            assert await seen(blobs[1]) == [True, True]

    asyncio.run(scenario())
