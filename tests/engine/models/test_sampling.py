from __future__ import annotations

import math

import mlx.core as mx
import numpy as np
import pytest

from engine.contract.settings import GenerationSettings
from engine.models.sampling import (
    Sampler,
    keep_min_p,
    keep_top_p,
    least_of_top_p,
    repetition_penalty,
)

PROBS = [0.5, 0.25, 0.15, 0.07, 0.03]


def logits():
    return mx.log(mx.array([PROBS]))


def kept(filtered):
    return [place for place, value in enumerate(filtered[0].tolist()) if value > -math.inf]


@pytest.mark.parametrize(
    ("top_p", "places"),
    [(0.4, [0]), (0.5, [0]), (0.6, [0, 1]), (0.9, [0, 1, 2]), (0.99, [0, 1, 2, 3, 4])],
)
def test_top_p_keeps_the_fewest_likeliest_tokens_that_reach_it(top_p, places):
    assert kept(keep_top_p(logits(), top_p)) == places


@pytest.mark.parametrize(
    ("min_p", "places"), [(0.6, [0]), (0.5, [0, 1]), (0.2, [0, 1, 2]), (0.01, [0, 1, 2, 3, 4])]
)
def test_min_p_keeps_tokens_at_least_that_share_as_likely_as_the_best(min_p, places):
    assert kept(keep_min_p(logits(), min_p)) == places


@pytest.mark.parametrize("top_p", [0.0, 0.1, 0.5, 0.9, 0.95, 0.999, 0.999999])
@pytest.mark.parametrize("spread", [0.001, 1.0, 3.0, 12.0])
def test_the_fewest_likeliest_tokens_are_found_without_sorting_all(top_p, spread):
    """From nearly equal tokens, where all must be sorted, to a few that have it all."""
    shares = np.exp(np.random.default_rng(1).normal(size=5000) * spread).astype(np.float32)
    shares /= shares.max()
    descending = np.sort(shares)[::-1].astype(np.float64)
    before = np.cumsum(descending) - descending
    expected = max(np.count_nonzero(before < top_p * descending.sum()), 1)

    assert np.count_nonzero(shares >= np.float32(least_of_top_p(shares, top_p))) == expected


@pytest.mark.parametrize(
    ("settings", "places"),
    [
        ({"top_p": 0.6}, {0, 1}),
        ({"top_p": 0.89}, {0, 1, 2}),
        ({"top_p": 1.0, "min_p": 0.2}, {0, 1, 2}),
        ({"top_p": 0.99, "min_p": 0.6}, {0}),
        ({"top_p": 1.0}, {0, 1, 2, 3, 4}),
    ],
)
def test_nothing_but_the_kept_tokens_is_drawn(settings, places):
    sampler = Sampler(GenerationSettings(**{"temperature": 1.0, **settings}), seed=3)

    assert {sampler.pick(np.array(logits())[0], place) for place in range(600)} == places


@pytest.mark.parametrize("on_gpu", [True, False])
@pytest.mark.parametrize(("temperature", "power"), [(1.0, 1.0), (0.5, 2.0)])
def test_draws_follow_the_probabilities(on_gpu, temperature, power, monkeypatch):
    """Without this a temperature would be a word, not a measure."""
    monkeypatch.setattr(mx.metal, "is_available", lambda: on_gpu)
    probs = np.array(PROBS) ** power / (np.array(PROBS) ** power).sum()
    sampler = Sampler(GenerationSettings(temperature=temperature, top_p=1.0), seed=3)
    draws = 4000

    counts = np.bincount(
        [sampler.draw(logits(), place).item() for place in range(draws)], minlength=len(PROBS)
    )

    # Five standard deviations of a binomial count.
    for count, prob in zip(counts, probs, strict=True):
        assert abs(count - draws * prob) < 5 * math.sqrt(draws * prob * (1 - prob))


def test_a_draw_depends_on_seed_and_place_and_nothing_else():
    def draws(seed, places):
        sampler = Sampler(GenerationSettings(temperature=1.0, top_p=1.0), seed)
        return [sampler.draw(logits(), place).item() for place in places]

    forward = draws(1, range(40))

    assert draws(1, reversed(range(40))) == forward[::-1]
    assert draws(2, range(40)) != forward


def test_temperature_zero_takes_the_likeliest():
    sampler = Sampler(GenerationSettings(temperature=0.0), seed=1)

    assert sampler(logits()).tolist() == [0]
    assert sampler.place == 1


def test_repetition_penalty_lowers_tokens_of_prompt_and_answer():
    penalise = repetition_penalty([0, 1], penalty=2.0)

    first = penalise(mx.array([1]), mx.array([[4.0, -4.0, 4.0]])).tolist()[0]
    second = penalise(mx.array([1, 2]), mx.array([[4.0, -4.0, 4.0]])).tolist()[0]

    assert first == [2.0, -8.0, 4.0]
    assert second == [2.0, -8.0, 2.0]
