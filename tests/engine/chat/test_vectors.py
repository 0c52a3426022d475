from __future__ import annotations

import asyncio

import numpy as np
import pytest

from engine.chat.vectors import Vectors
from engine.storage import embeddings
from engine.storage.keychain import SystemKeychain
from engine.storage.vault import Vault
from tests.helpers.vector_owners import put_owners


@pytest.fixture
def in_vault():
    """Runs a coroutine function on a private vault with 300 vectors of one model."""
    numbers = np.random.default_rng(7).standard_normal((300, 16)).astype(np.float32)
    ids = [f"unit-{n}" for n in range(300)]

    def run(scenario):
        async def conduct():
            vault = Vault(None, SystemKeychain())
            await vault.open()
            await vault.store.write(lambda w: put_owners(w, ids))
            await vault.store.write(lambda w: embeddings.save(w, "minilm", ids, numbers))
            await scenario(vault, numbers)
            await vault.lock()

        asyncio.run(conduct())

    return run


def test_after_unlocking_the_nearest_vectors_are_found_and_filling_is_told(in_vault):
    async def scenario(vault, numbers):
        told = []
        done = asyncio.Event()

        def on_progress(_stage, share):
            told.append(share)
            if share == 1.0:
                done.set()

        vectors = Vectors(vault)
        await vectors.begin(on_progress)
        await asyncio.wait_for(done.wait(), 30)

        assert told == sorted(told)
        assert [id_ for id_, _ in vectors.of("minilm").search(numbers[42], 1)] == ["unit-42"]
        assert vectors.of("other") is None
        await vectors.drop()

    in_vault(scenario)


def test_locking_drops_every_vector_even_while_they_are_read(in_vault):
    async def scenario(vault, _numbers):
        vectors = Vectors(vault)
        await vectors.begin(lambda *_: None)
        await vectors.drop()
        assert vectors.of("minilm") is None

    in_vault(scenario)
