from __future__ import annotations

import mlx.core as mx
import pytest

from engine.contract.errors import BadRequestError
from engine.models import prompt_cache
from engine.models.loader import load_model
from engine.models.prompt_cache import CacheForm, PromptCache, common_prefix
from tests.helpers.tiny_model import write_tiny_model

PLAIN = CacheForm()


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = write_tiny_model(tmp_path_factory.mktemp("tiny"))
    return load_model(
        folder, model_id="t", name="t", licence="", limit_bytes=10**10, on_progress=lambda *_: None
    ).network


def read(network, tokens, layers=None):
    layers = layers or prompt_cache.make_layers(network, PLAIN)
    logits = network(mx.array([tokens]), cache=layers)
    return layers, logits[0, -1]


def test_common_prefix_is_exact_everywhere():
    for size in range(20):
        for cut in range(size):
            other = [*range(cut), -1, *range(cut, size)]
            assert common_prefix(list(range(size)), other) == cut
    assert common_prefix([1, 2], [1, 2, 3]) == 2
    assert common_prefix([], [1]) == 0


def test_the_next_turn_takes_up_the_last_one(network):
    cache = PromptCache(10**9)
    cache.put("m", PLAIN, [1, 2, 3, 4], read(network, [1, 2, 3, 4])[0])

    layers, seen = cache.take("m", PLAIN, [1, 2, 3, 4, 5, 6])

    assert seen == 4
    assert mx.allclose(
        read(network, [5, 6], layers)[1], read(network, [1, 2, 3, 4, 5, 6])[1], atol=1e-5
    )


@pytest.mark.feature(
    "engine.branches", "A branch of a conversation reuses what both have in common."
)
def test_a_branch_is_cut_back_and_leaves_the_first_one_whole(network):
    cache = PromptCache(10**9)
    cache.put("m", PLAIN, [1, 2, 3, 4, 5], read(network, [1, 2, 3, 4, 5])[0])

    layers, seen = cache.take("m", PLAIN, [1, 2, 3, 9, 9])
    branch = read(network, [9, 9], layers)[1]
    again, seen_again = cache.take("m", PLAIN, [1, 2, 3, 4, 5, 6])
    first = read(network, [6], again)[1]

    assert (seen, seen_again) == (3, 5)
    assert mx.allclose(branch, read(network, [1, 2, 3, 9, 9])[1], atol=1e-5)
    assert mx.allclose(first, read(network, [1, 2, 3, 4, 5, 6])[1], atol=1e-5)


def test_one_token_is_always_left_to_compute(network):
    cache = PromptCache(10**9)
    cache.put("m", PLAIN, [1, 2, 3], read(network, [1, 2, 3])[0])

    assert cache.take("m", PLAIN, [1, 2, 3])[1] == 2


@pytest.mark.parametrize(("key", "form"), [("other weights", PLAIN), ("m", CacheForm(bits=8))])
def test_caches_of_other_weights_or_precision_are_never_used(network, key, form):
    cache = PromptCache(10**9)
    cache.put("m", PLAIN, [1, 2, 3], read(network, [1, 2, 3])[0])

    assert cache.take(key, form, [1, 2, 3, 4]) == ([], 0)


def test_the_least_recently_used_is_dropped_beyond_the_budget(network):
    layers = [read(network, [n, n + 1])[0] for n in (1, 3, 5)]
    one = prompt_cache.size_bytes(layers[0])
    cache = PromptCache(2 * one)

    for number, entry in zip((1, 3, 5), layers, strict=True):
        cache.put("m", PLAIN, [number, number + 1], entry)

    assert cache.bytes == 2 * one
    assert cache.take("m", PLAIN, [1, 2, 7])[1] == 0
    assert cache.take("m", PLAIN, [5, 6, 7])[1] == 2


def test_a_longer_entry_takes_the_place_of_its_own_beginning(network):
    cache = PromptCache(10**9)
    cache.put("m", PLAIN, [1, 2], read(network, [1, 2])[0])
    cache.put("m", PLAIN, [1, 2, 3], read(network, [1, 2, 3])[0])

    assert len(cache._entries) == 1


def test_tokens_that_the_layers_have_not_seen_are_refused(network):
    cache = PromptCache(10**9)
    cache.put("m", PLAIN, [1, 2, 3], read(network, [1, 2])[0])

    assert cache.bytes == 0


def test_a_rolling_cache_cannot_be_quantised_and_says_so(network):
    with pytest.raises(BadRequestError, match="reduced precision"):
        prompt_cache.make_layers(network, CacheForm(bits=8, rolling_tokens=64))
