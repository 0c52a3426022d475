"""What every index must do, done to all of them."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from engine.contract.errors import BadRequestError
from engine.retrieval.chroma_index import ChromaIndex
from engine.retrieval.exact_index import ExactIndex
from engine.retrieval.quantised_index import QuantisedIndex
from engine.retrieval.vector_index import VectorIndex
from tests.engine.retrieval.vectors import DIMS, names, recall, topics


@pytest.fixture(params=[ExactIndex, QuantisedIndex, ChromaIndex], ids=lambda kind: kind.__name__)
def index(request):
    made: VectorIndex = request.param(DIMS)
    yield made
    made.clear()


def test_it_finds_the_nearest_first_with_their_cosine(index):
    vectors = topics(1_500)
    index.add(names(1_500), vectors)

    found = index.search(2.5 * vectors[7], 3)

    assert found[0][0] == "unit-00007"
    assert found[0][1] == pytest.approx(1.0, abs=0.02)
    truth = sorted(vectors @ vectors[7], reverse=True)[:3]
    assert [score for _, score in found] == pytest.approx(truth, abs=0.02)
    assert index.count == 1_500


def test_it_finds_what_an_exact_search_finds(index):
    vectors = topics(3_000)
    index.add(names(3_000), vectors)
    exact = ExactIndex(DIMS)
    exact.add(names(3_000), vectors)

    assert recall(index, exact, topics(100, seed=5)) >= 0.98


def test_vectors_that_come_later_are_found_as_well(index):
    """A quantiser that learnt its ranges from the first ones must not cut the later ones off."""
    vectors = topics(4_000)
    order = np.argsort(vectors[:, 0])
    for part in np.array_split(order, 20):
        index.add([f"unit-{place:05d}" for place in part], vectors[part])
    exact = ExactIndex(DIMS)
    exact.add(names(4_000), vectors)

    assert index.count == 4_000
    assert recall(index, exact, topics(100, seed=6)) >= 0.97


def test_a_removed_vector_is_never_found_again(index):
    vectors = topics(1_200)
    index.add(names(1_200), vectors)

    index.remove([*names(600), "never there"])

    assert index.count == 600
    found = {id_ for query in vectors[:50] for id_, _ in index.search(query, 20)}
    assert not found & set(names(600))


def test_the_same_identifier_again_takes_the_place_of_the_first(index):
    first, second = topics(2, seed=3)
    index.add(["a", "b"], np.stack([first, second]))

    index.add(["a"], np.stack([-first]))

    assert index.count == 2
    assert index.search(-first, 1)[0][0] == "a"
    assert index.search(-first, 1)[0][1] == pytest.approx(1.0, abs=0.01)


def test_asking_for_more_than_there_are_gives_all(index):
    index.add(names(3), topics(3))

    assert len(index.search(topics(1)[0], 10)) == 3


def test_an_empty_index_finds_nothing(index):
    assert index.search(topics(1)[0], 5) == []
    assert index.count == 0
    index.remove(["a"])


def test_a_cleared_index_is_empty_and_can_be_filled_again(index):
    index.add(names(1_100), topics(1_100))

    index.clear()

    assert index.count == 0
    assert index.search(topics(1)[0], 5) == []
    index.add(names(2), topics(2))
    assert index.count == 2
    assert index.search(topics(2)[1], 1)[0][0] == "unit-00001"


@pytest.mark.parametrize(
    "vectors",
    [
        np.zeros((1, DIMS), np.float32),
        np.full((1, DIMS), np.nan, np.float32),
        np.full((1, DIMS), np.inf, np.float32),
        np.ones((1, DIMS + 1), np.float32),
        np.ones((1, 2, DIMS), np.float32),
    ],
    ids=["zeros", "not a number", "infinite", "too long", "too deep"],
)
def test_what_has_no_direction_is_refused_and_changes_nothing(index, vectors):
    index.add(["a"], topics(1))

    with pytest.raises(BadRequestError):
        index.add(["b"], vectors)

    assert index.count == 1


def test_many_threads_use_it_at_once(index):
    vectors = topics(1_600)
    index.add(names(400), vectors[:400])
    wrong: list[str] = []

    def search() -> None:
        for place in range(0, 400, 8):
            best = index.search(vectors[place], 1)[0][0]
            if best != f"unit-{place:05d}":
                wrong.append(best)

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for begin in range(400, 1_600, 100):
        index.add(names(1_600)[begin : begin + 100], vectors[begin : begin + 100])
    for thread in threads:
        thread.join()

    assert not wrong
    assert index.count == 1_600
