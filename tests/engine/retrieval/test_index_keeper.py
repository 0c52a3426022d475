from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

from engine.contract.errors import Cancelled, VaultLockedError
from engine.retrieval.chroma_process import ChromaProcess
from engine.retrieval.exact_index import ExactIndex
from engine.retrieval.index_keeper import IndexKeeper
from engine.storage import embeddings
from engine.storage.migrations.upgrade import upgrade
from engine.storage.store import Store
from tests.engine.retrieval.vectors import DIMS, names, recall, topics
from tests.helpers.vector_owners import put_owners

MODEL = "embedder 1"


def run(conducted):
    return asyncio.run(asyncio.wait_for(conducted, 60))


class Shelf:
    """A vault in memory with vectors in it."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @classmethod
    async def with_vectors(cls, count: int) -> Shelf:
        store = await Store.in_memory()
        await store.maintain(upgrade)
        await store.write(lambda writer: put_owners(writer, names(count)))
        await store.write(
            lambda writer: embeddings.save(writer, MODEL, names(count), topics(count))
        )
        return cls(store)

    async def read(self, after_row: int, limit: int) -> embeddings.EmbeddingBatch:
        return await self.store.read(
            lambda reader: embeddings.read_batch(
                reader, MODEL, DIMS, after_row=after_row, limit=limit
            )
        )


class Gated:
    """An exact index that stands in for Chroma and waits for leave before each slice."""

    def __init__(self, dims: int) -> None:
        self.index = ExactIndex(dims)
        self.leave = threading.Semaphore(0)
        self.began = threading.Event()
        self.search, self.remove = self.index.search, self.index.remove
        self.is_cleared = False

    @property
    def count(self) -> int:
        return self.index.count

    def add(self, ids, vectors) -> None:
        self.began.set()
        assert self.leave.acquire(timeout=20)
        self.index.add(ids, vectors)

    def clear(self) -> None:
        self.is_cleared = True
        self.index.clear()


@pytest.mark.feature("vault.search_at_once")
def test_after_unlocking_everything_is_found_at_once_and_by_both_indexes_alike():
    """What you have is found the moment you unlock, while the larger index fills behind it."""

    async def walk():
        shelf = await Shelf.with_vectors(3_000)
        keeper = IndexKeeper(DIMS)
        exact = ExactIndex(DIMS)
        exact.add(names(3_000), topics(3_000))
        queries = topics(60, seed=5)
        shares: list[float] = []
        early: list[tuple[bool, float]] = []

        def told(share: float) -> None:
            shares.append(share)
            if keeper.count == 3_000 and not early:
                early.append((keeper.is_full, recall(keeper, exact, queries)))

        await keeper.fill(shelf.read, 3_000, told)
        await shelf.store.close()
        return keeper, recall(keeper, exact, queries), early[0], shares

    keeper, late, (was_full, soon), shares = run(walk())

    assert not was_full
    assert soon >= 0.98
    assert keeper.is_full
    assert late >= 0.98
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) > 10
    keeper.drop()


def test_both_indexes_give_nearly_the_same_scores():
    async def walk():
        shelf = await Shelf.with_vectors(2_000)
        keeper = IndexKeeper(DIMS)
        await keeper.fill(shelf.read, 2_000, lambda _: None)
        await shelf.store.close()
        return keeper

    keeper = run(walk())
    for query in topics(20, seed=2):
        quick = dict(keeper._quick.search(query, 30))
        full = dict(keeper.search(query, 10))
        assert len(set(full) & set(quick)) >= 9
        for id_ in set(full) & set(quick):
            assert full[id_] == pytest.approx(quick[id_], abs=0.02)
    keeper.drop()


def test_what_comes_and_goes_while_it_fills_is_found_and_not_found_afterwards():
    async def walk():
        shelf = await Shelf.with_vectors(1_000)
        full = Gated(DIMS)
        keeper = IndexKeeper(DIMS, lambda _: full)
        filling = asyncio.create_task(keeper.fill(shelf.read, 1_000, lambda _: None))
        await asyncio.to_thread(full.began.wait, 20)
        # One slice is on its way in. These wait for it, and are newer than all later ones.
        newer = -topics(1, seed=9)
        change = asyncio.gather(
            asyncio.to_thread(keeper.remove, ["unit-00999", "unit-00000"]),
            asyncio.to_thread(keeper.add, ["unit-00998", "new"], np.concatenate([newer, newer])),
        )
        full.leave.release(1_000)
        await change
        await filling
        await shelf.store.close()
        return keeper, full, newer[0]

    keeper, full, newer = run(walk())

    for index in (full.index, keeper._quick):
        assert index.count == 999
        assert {id_ for id_, _ in index.search(newer, 2)} == {"new", "unit-00998"}
        found = {id_ for id_, _ in index.search(topics(1_000)[999], 999)}
        assert not found & {"unit-00999", "unit-00000"}


def test_locking_ends_the_filling_and_holds_nothing_any_more():
    async def walk():
        shelf = await Shelf.with_vectors(1_000)
        full = Gated(DIMS)
        keeper = IndexKeeper(DIMS, lambda _: full)
        filling = asyncio.create_task(keeper.fill(shelf.read, 1_000, lambda _: None))
        await asyncio.to_thread(full.began.wait, 20)
        dropping = asyncio.create_task(asyncio.to_thread(keeper.drop))
        while not keeper._is_dropped:
            await asyncio.sleep(0)
        full.leave.release(1)
        with pytest.raises(Cancelled):
            await filling
        await dropping
        await shelf.store.close()
        return keeper, full

    keeper, full = run(walk())

    assert keeper.count == full.count == 0
    assert full.is_cleared
    assert not keeper.is_full
    for forbidden in (
        lambda: keeper.search(topics(1)[0], 1),
        lambda: keeper.add(["a"], topics(1)),
        lambda: keeper.remove(["a"]),
    ):
        with pytest.raises(VaultLockedError):
            forbidden()


def test_cancelled_filling_ends_soon_and_the_quick_index_answers_on():
    async def walk():
        shelf = await Shelf.with_vectors(1_000)
        full = Gated(DIMS)
        keeper = IndexKeeper(DIMS, lambda _: full)
        filling = asyncio.create_task(keeper.fill(shelf.read, 1_000, lambda _: None))
        await asyncio.to_thread(full.began.wait, 20)
        filling.cancel()
        # The slice that is on its way in may end only once the stop was heard.
        for _ in range(5):
            await asyncio.sleep(0)
        full.leave.release(1)
        with pytest.raises(asyncio.CancelledError):
            await filling
        return shelf, keeper, full

    async def again(shelf, keeper):
        keeper._make_full = ExactIndex
        await keeper.fill(shelf.read, 1_000, lambda _: None)
        await shelf.store.close()

    async def both():
        shelf, keeper, full = await walk()
        assert full.is_cleared
        assert keeper.count == 1_000
        assert keeper.search(topics(1_000)[4], 1)[0][0] == "unit-00004"
        await again(shelf, keeper)
        assert keeper.is_full
        assert keeper.count == 1_000

    run(both())


def test_an_index_that_cannot_be_filled_leaves_the_quick_one():
    class Broken(Gated):
        def add(self, *_) -> None:
            raise RuntimeError("the library failed")

    async def walk():
        shelf = await Shelf.with_vectors(200)
        keeper = IndexKeeper(DIMS, Broken)
        with pytest.raises(RuntimeError, match="the library failed"):
            await keeper.fill(shelf.read, 200, lambda _: None)
        await shelf.store.close()
        return keeper

    keeper = run(walk())
    assert keeper.search(topics(200)[4], 1)[0][0] == "unit-00004"


def test_an_empty_vault_is_full_at_once():
    async def walk():
        shelf = await Shelf.with_vectors(0)
        keeper = IndexKeeper(DIMS)
        shares: list[float] = []
        await keeper.fill(shelf.read, 0, shares.append)
        await shelf.store.close()
        assert keeper.search(topics(1)[0], 5) == []
        keeper.add(["a"], topics(1))
        assert keeper.search(topics(1)[0], 5)[0][0] == "a"
        assert isinstance(keeper._full, ChromaProcess)
        keeper.drop()
        return shares

    assert run(walk())[-1] == 1.0
