from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.introspection import row_summary
from engine.introspection.row_summary import summarise
from engine.runtime import blas

WAYS = ["numpy", *(["native"] if blas.can_pack() else [])]
LOWEST = -np.inf


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """Both ways must say the same; without a build for the processor there is but one."""
    monkeypatch.setattr(row_summary.blas, "can_pack", lambda: request.param == "native")
    return request.param


def row(*logits):
    return np.array([logits], np.float32)


@pytest.mark.usefixtures("way")
class TestKnownAnswers:
    @pytest.mark.parametrize("vocabulary", [1, 2, 7, 16, 17, 64, 65, 4096, 4097, 49_152, 150_000])
    def test_a_uniform_row_has_the_logarithm_of_its_length_as_entropy(self, vocabulary):
        said = summarise(np.full((1, vocabulary), 3.5, np.float32), chosen=[0])[0]
        assert said.entropy_nats == pytest.approx(math.log(vocabulary), abs=1e-5)
        assert said.varentropy_nats2 == pytest.approx(0, abs=1e-5)
        assert said.log_sum == pytest.approx(3.5 + math.log(vocabulary), abs=1e-5)
        assert said.rank == 1
        assert said.ids == tuple(range(min(10, vocabulary)))
        assert said.logprobs == pytest.approx([-math.log(vocabulary)] * len(said.ids), abs=1e-5)

    def test_a_certain_row_has_none(self):
        logits = np.zeros((1, 300), np.float32)
        logits[0, 7] = 200
        said = summarise(logits, chosen=[7])[0]
        assert said.entropy_nats == pytest.approx(0, abs=1e-6)
        assert said.varentropy_nats2 == pytest.approx(0, abs=1e-6)
        assert (said.ids[0], said.logprobs[0], said.rank) == (7, pytest.approx(0, abs=1e-6), 1)

    def test_three_quarters_to_one_quarter(self):
        said = summarise(row(math.log(3), 0.0))[0]
        entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
        # Surprisals are log 4 - log 3 and log 4, so they differ by log 3.
        assert said.entropy_nats == pytest.approx(entropy, abs=1e-6)
        assert said.varentropy_nats2 == pytest.approx(0.75 * 0.25 * math.log(3) ** 2, abs=1e-6)
        assert said.logprobs == pytest.approx([math.log(0.75), math.log(0.25)], abs=1e-6)

    def test_equals_share_a_rank_and_the_lower_number_is_named_first(self):
        said = summarise(np.repeat(row(1.0, 5.0, 5.0, 2.0, 5.0), 3, 0), chosen=[4, 3, 0])
        assert [one.rank for one in said] == [1, 4, 5]
        assert said[0].ids == (1, 2, 4, 3, 0)

    def test_no_more_tokens_are_named_than_there_are_or_than_were_asked_for(self):
        assert summarise(row(1.0, 2.0, 0.0))[0].ids == (1, 0, 2)
        assert summarise(row(1.0, 2.0, 0.0), top=2)[0].ids == (1, 0)

    def test_a_row_is_no_distance_from_itself_and_log_two_from_half_of_it(self):
        half = row(0.0, 0.0, LOWEST, LOWEST)
        whole = row(0.0, 0.0, 0.0, 0.0)
        said = summarise(np.concatenate([half, whole]), finals=half, ends=[0, 0])
        assert [one.kl_nats for one in said] == pytest.approx([0, math.log(2)], abs=1e-6)

    def test_a_row_that_was_not_compared_has_no_distance(self):
        said = summarise(np.repeat(row(1.0, 2.0), 2, 0), finals=row(2.0, 1.0), ends=[-1, 0])
        assert said[0].kl_nats is None
        assert said[1].kl_nats > 0
        assert summarise(row(1.0, 2.0))[0].kl_nats is None

    def test_each_row_is_compared_with_its_own(self):
        finals = np.concatenate([row(math.log(3), 0.0), row(0.0, 0.0)])
        said = summarise(np.repeat(row(0.0, 0.0), 2, 0), finals=finals, ends=[0, 1])
        expected = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
        assert [one.kl_nats for one in said] == pytest.approx([expected, 0.0], abs=1e-6)

    @pytest.mark.parametrize("vocabulary", [6, 40])
    def test_what_cannot_come_counts_for_nothing_and_is_no_alternative(self, vocabulary):
        logits = np.full((1, vocabulary), LOWEST, np.float32)
        logits[0, [2, 5]] = math.log(3), 0.0
        said = summarise(logits, chosen=[3], finals=logits, ends=[0])[0]
        assert said.ids == (2, 5)
        assert said.rank == 3
        assert said.entropy_nats == pytest.approx(-0.75 * math.log(0.75) - 0.25 * math.log(0.25))
        assert said.varentropy_nats2 == pytest.approx(0.75 * 0.25 * math.log(3) ** 2, abs=1e-6)
        assert said.kl_nats == pytest.approx(0, abs=1e-6)

    def test_rows_need_not_lie_side_by_side(self):
        wide = np.zeros((3, 8), np.float32)
        wide[:, 1] = 9
        assert [one.ids[0] for one in summarise(wide[:, ::2].T.copy().T, top=1)] == [0, 0, 0]
        assert [one.ids[0] for one in summarise(wide[::2, 1:], top=1)] == [0, 0]


def exactly(logits, other=None):
    """Entropy, varentropy and distance in float64, by their definitions."""
    shifted = logits.astype(np.float64) - logits.max()
    weights = np.exp(shifted) / np.exp(shifted).sum()
    possible = weights > 0
    logs = np.log(weights[possible])
    entropy = -(weights[possible] @ logs)
    varentropy = weights[possible] @ (logs + entropy) ** 2
    if other is None:
        return entropy, varentropy, None
    theirs = np.exp(other.astype(np.float64) - other.max())
    theirs /= theirs.sum()
    both = (theirs > 0) & possible
    kl = theirs[both] @ (np.log(theirs[both]) - np.log(weights[both]))
    return entropy, varentropy, kl


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(
    ("vocabulary", "shift", "scale"),
    [
        *((7, shift, scale) for shift in (0.0, -500.0, 2000.0) for scale in (1e-3, 1.0, 8.0)),
        *((300, shift, scale) for shift in (0.0, -500.0, 2000.0) for scale in (1e-3, 1.0, 8.0)),
        *((49_152, 0.0, scale) for scale in (1e-3, 1.0, 8.0)),
        (150_000, 50.0, 3.0),
    ],
)
def test_the_numbers_are_those_of_their_definitions(vocabulary, shift, scale):
    random = np.random.default_rng(vocabulary)
    logits = (scale * random.standard_normal((2, vocabulary)) + shift).astype(np.float32)
    logits[1, ::5] = LOWEST
    finals = logits[::-1].copy()
    finals[0] = logits[1]
    said = summarise(logits, finals=finals[:1], ends=[-1, 0])
    for one, numbers in zip(said, logits, strict=True):
        entropy, varentropy, _ = exactly(numbers)
        assert one.entropy_nats == pytest.approx(entropy, abs=1e-4)
        assert one.varentropy_nats2 == pytest.approx(varentropy, abs=1e-4)
    assert said[1].kl_nats == pytest.approx(0, abs=1e-4)


@pytest.mark.skipif(not blas.can_pack(), reason="no native way for this processor")
@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 2000),
    st.integers(0, 2**32 - 1),
    st.sampled_from([1e-4, 0.1, 1.0, 5.0, 30.0]),
    st.integers(1, 12),
)
def test_the_native_way_says_what_numpy_says(vocabulary, seed, scale, top):
    random = np.random.default_rng(seed)
    logits = (scale * random.standard_normal((3, vocabulary))).astype(np.float32)
    finals = (scale * random.standard_normal((2, vocabulary))).astype(np.float32)
    logits[:, random.random(vocabulary) < 0.1] = np.round(logits[0, 0], 1)
    chosen = [int(one) for one in random.integers(0, vocabulary, 3)]
    asked = (logits, chosen, finals, [0, -1, 1], min(top, vocabulary))
    native, by_numpy = row_summary._native(*asked), row_summary._by_numpy(*asked)
    assert np.array_equal(native.ids, by_numpy.ids)
    assert np.array_equal(native.values, by_numpy.values)
    assert np.array_equal(native.ranks, by_numpy.ranks)
    # Squares of what lies far below are large before they are weighed.
    assert np.allclose(native.numbers, by_numpy.numbers, rtol=1e-5, atol=1e-4)
