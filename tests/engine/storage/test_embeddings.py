from __future__ import annotations

import numpy as np
import pytest

from engine.contract.errors import BadRequestError, VaultDamagedError
from engine.storage import embeddings
from engine.storage.codec import Codec
from engine.storage.database import Writer, connect_in_memory
from engine.storage.erasure import erase_units
from engine.storage.migrations.upgrade import upgrade
from tests.helpers.vector_owners import put_owners

DIMS = 8


@pytest.fixture
def writer():
    connection = connect_in_memory()
    writer = Writer(connection)
    upgrade(writer)
    put_owners(writer, [*(f"u{n}" for n in range(10)), "a", "b"])
    yield writer
    connection.close()


def some(count: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMS)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def read_all(writer, limit=3, model="m"):
    row, ids, parts = 0, [], []
    while (batch := embeddings.read_batch(writer, model, DIMS, after_row=row, limit=limit)).ids:
        row = batch.last_row
        ids += batch.ids
        parts.append(batch.vectors)
    return ids, np.concatenate(parts) if parts else np.zeros((0, DIMS))


def test_vectors_come_back_in_batches(writer):
    vectors = some(10)
    embeddings.save(writer, "m", [f"u{n}" for n in range(10)], vectors)

    ids, again = read_all(writer)

    assert ids == [f"u{n}" for n in range(10)]
    np.testing.assert_allclose(again, vectors, atol=0.01)
    assert embeddings.count(writer, "m") == 10


def test_a_new_vector_takes_the_place_of_the_old(writer):
    embeddings.save(writer, "m", ["a", "b"], some(2))
    embeddings.save(writer, "m", ["a"], 5 * some(1, seed=7))

    ids, again = read_all(writer)

    assert ids == ["a", "b"]
    np.testing.assert_allclose(again[0], 5 * some(1, seed=7)[0], atol=0.05)


def test_vectors_of_another_model_are_kept_apart(writer):
    embeddings.save(writer, "m", ["a"], some(1))
    embeddings.save(writer, "other", ["a"], some(1, seed=2))

    assert read_all(writer, model="other")[0] == ["a"]
    embeddings.remove(writer, ["a"])
    assert embeddings.count(writer, "m") == embeddings.count(writer, "other") == 0


def test_a_vector_of_a_wrong_length_is_damage(writer):
    embeddings.save(writer, "m", ["a"], some(1))
    writer.execute("UPDATE embeddings SET numbers = x'0102'")

    with pytest.raises(VaultDamagedError):
        read_all(writer)
    with pytest.raises(VaultDamagedError):
        embeddings.read_batch(writer, "m", DIMS + 1, after_row=0, limit=1)


def test_a_vector_that_belongs_to_nothing_is_not_kept(writer):
    embeddings.save(writer, "m", ["a", "forgotten meanwhile"], some(2))

    assert read_all(writer)[0] == ["a"]
    assert embeddings.models(writer) == [("m", DIMS, 1)]


def test_what_takes_the_row_of_an_erased_unit_has_not_its_vector(writer):
    embeddings.save(writer, "m", ["a", "b"], some(2))
    erase_units(writer, Codec(), "id = ?", ("b",))
    put_owners(writer, ["c"])

    assert read_all(writer)[0] == ["a"]
    assert embeddings.without_owner(writer) == 0


def test_a_vector_whose_owner_went_without_it_is_left_out_and_counted(writer):
    embeddings.save(writer, "m", ["a", "b"], some(2))
    writer.execute("DELETE FROM text_units WHERE id = 'b'")

    assert embeddings.without_owner(writer) == 1
    assert read_all(writer)[0] == ["a"]


def test_a_model_has_vectors_of_one_length(writer):
    embeddings.save(writer, "m", ["a"], some(1))

    with pytest.raises(BadRequestError):
        embeddings.save(writer, "m", ["b"], np.ones((1, DIMS + 1), np.float32))


@pytest.mark.parametrize(
    "change", [{"model": 5}, {"dims": "8"}, {"form": 9}, {"numbers": "text"}, {"owner_id": 7}]
)
def test_a_vector_of_a_backup_that_is_not_whole_is_left_out(writer, change):
    whole = {"owner_id": "a", "model": "m", "dims": 2, "form": 0, "numbers": b"\x01\x02"}

    embeddings.take(writer, embeddings.KeptVector(**{**whole, **change}))
    assert embeddings.models(writer) == []
    embeddings.take(writer, embeddings.KeptVector(**whole))
    assert embeddings.models(writer) == [("m", 2, 1)]
