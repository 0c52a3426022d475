from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.contract.errors import BadRequestError, VaultDamagedError
from engine.storage.quantising import Form, ProductQuantiser, as_floats, quantise, rescore

DIMS = 64


def topics(count: int, *, seed: int = 0, dims: int = DIMS) -> np.ndarray:
    """Unit vectors around 40 topics that touch, as a model's embeddings lie."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(1).normal(size=(40, dims))
    vectors = centres[chance.integers(0, 40, count)] + 0.7 * chance.normal(size=(count, dims))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def nearest(queries: np.ndarray, vectors: np.ndarray) -> list[set[int]]:
    return [set(row[:10].tolist()) for row in np.argsort(-(queries @ vectors.T), axis=1)]


def recall(found: list[set[int]], true: list[set[int]]) -> float:
    return float(np.mean([len(a & b) / 10 for a, b in zip(found, true, strict=True)]))


@pytest.mark.feature("vault.small_embeddings")
def test_vectors_take_a_quarter_and_find_the_same():
    """What the app has read takes a quarter of the room in its index, and is found as before."""
    vectors, queries = topics(4_000), topics(100, seed=9)

    form, packed = quantise(vectors)

    assert form is Form.UNIT_INT8
    assert sum(len(one) for one in packed) * 4 == vectors.nbytes
    again = as_floats(form, packed, DIMS)
    assert recall(nearest(queries, again), nearest(queries, vectors)) >= 0.98
    assert np.abs(np.linalg.norm(again, axis=1) - 1).max() < 1e-5


@settings(max_examples=200, deadline=None)
@given(
    arrays.arrays(
        np.float32, (3, 8), elements=st.floats(-(2.0**40), 2.0**40, width=32, allow_subnormal=False)
    )
)
def test_any_vectors_come_back_within_half_a_step(vectors):
    form, packed = quantise(vectors)

    again = as_floats(form, packed, 8)

    if form is Form.INT8:
        step = np.abs(vectors).max(axis=1, keepdims=True) / 127
        assert (np.abs(again - vectors) <= 0.501 * step).all()


def test_longer_vectors_keep_their_length_in_four_bytes():
    vectors = 3 * topics(20)

    form, packed = quantise(vectors)

    assert form is Form.INT8
    assert {len(one) for one in packed} == {DIMS + 4}
    np.testing.assert_allclose(as_floats(form, packed, DIMS), vectors, atol=0.02)


def test_a_vector_of_zeros_stays_one():
    form, packed = quantise(np.zeros((1, DIMS), np.float32))

    assert not as_floats(form, packed, DIMS).any()


def test_no_vectors_at_all_are_fine():
    form, packed = quantise(np.zeros((0, DIMS), np.float32))

    assert as_floats(form, packed, DIMS).shape == (0, DIMS)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_what_is_not_a_number_is_refused(number):
    vectors = topics(3)
    vectors[1, 5] = number

    with pytest.raises(BadRequestError):
        quantise(vectors)


def test_floats_kept_as_they_are_are_read_too():
    vectors = topics(3)

    again = as_floats(Form.FLOAT32, [row.tobytes() for row in vectors], DIMS)

    np.testing.assert_array_equal(again, vectors)


@pytest.mark.parametrize("form", [*Form, "of tomorrow"])
def test_a_vector_of_another_length_is_damage(form):
    with pytest.raises(VaultDamagedError):
        as_floats(form, [bytes(DIMS - 1)], DIMS)


@pytest.fixture(scope="module")
def learnt():
    return ProductQuantiser.train(topics(4_000), parts=16)


def test_a_sixteenth_of_the_room_and_exact_rescoring_find_the_same(learnt):
    vectors, queries = topics(4_000), topics(100, seed=9)
    codes = learnt.encode(vectors)
    assert codes.nbytes * 16 == vectors.nbytes
    kept = as_floats(*quantise(vectors), DIMS)

    found = []
    for query in queries:
        places = learnt.shortlist(query, codes, 200)
        best = rescore(query, kept[places], 10)
        found.append({places[place] for place, _ in best})
        assert [score for _, score in best] == sorted((s for _, s in best), reverse=True)

    assert recall(found, nearest(queries, kept)) >= 0.98


def test_a_quantiser_comes_back_from_its_bytes(learnt):
    again = ProductQuantiser.from_bytes(learnt.to_bytes())

    vectors = topics(50, seed=3)
    np.testing.assert_array_equal(again.encode(vectors), learnt.encode(vectors))
    assert (again.parts, again.dims) == (16, DIMS)


@pytest.mark.parametrize("harm", [lambda b: b[:5], lambda b: b[:-1], lambda b: b"\xff" * len(b)])
def test_a_damaged_quantiser_is_an_error(learnt, harm):
    with pytest.raises(VaultDamagedError):
        ProductQuantiser.from_bytes(harm(learnt.to_bytes()))


def test_too_few_or_uneven_vectors_are_refused():
    with pytest.raises(BadRequestError):
        ProductQuantiser.train(topics(255), parts=16)
    with pytest.raises(BadRequestError):
        ProductQuantiser.train(topics(300), parts=7)


def test_an_empty_shelf_has_no_shortlist(learnt):
    assert learnt.shortlist(topics(1)[0], np.zeros((0, 16), np.uint8), 5) == []


def test_vectors_that_are_all_the_same_are_learnt_from_too():
    same = np.repeat(topics(1), 300, axis=0)

    quantiser = ProductQuantiser.train(same, parts=16)

    assert len(quantiser.shortlist(same[0], quantiser.encode(same), 5)) == 5
