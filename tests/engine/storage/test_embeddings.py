from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from engine.contract.errors import VaultDamagedError
from engine.storage import embeddings
from engine.storage.migrations.m0001_initial import STATEMENTS

DIMS = 8


@pytest.fixture
def writer():
    connection = sqlite3.connect(":memory:")
    connection.execute(next(text for text in STATEMENTS if "TABLE embeddings" in text))
    yield connection
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
