"""Hooks show and push what blocks hand on, and leave no trace."""

from __future__ import annotations

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx_lm.models.cache import make_prompt_cache

from engine.contract.settings import GenerationSettings
from engine.models.cpu_reading import reading_of
from engine.models.device import speed_up
from engine.models.generator import Request, TokenStep, generate
from engine.models.hooks import BlockHooks, NoBlocksError
from engine.models.prompt_cache import CacheForm, PromptCache
from engine.runtime import blas
from tests.engine.models.tiny_models import CONFIGS, random_network
from tests.helpers.tiny_model import write_tiny_model

SIZES = {"intermediate_size": 128, "vocab_size": 300}
PROMPT = [5, 17, 250, 3, 3, 99, 17, 250]
PLAIN = CacheForm()
PUSH = {1: np.linspace(-1, 1, 64).astype(np.float32)}


def network_of(family):
    return random_network({**CONFIGS[family], **SIZES}, scale=0.2)


def logits_of(network, ids, **named):
    return np.array(network(mx.array([ids]), **named)[0].astype(mx.float32))


@pytest.mark.parametrize("family", list(CONFIGS))
def test_what_is_shown_is_what_the_next_block_gets_and_nothing_changes(family):
    network = network_of(family)
    plain, blocks = logits_of(network, PROMPT), list(network.layers)
    hooks, shown = BlockHooks(network), {}
    with hooks.open(shown=lambda index, states: shown.update({index: states})):
        watched = logits_of(network, PROMPT)

    assert np.array_equal(plain, watched)
    assert list(shown) == list(range(len(blocks)))
    assert all(now is before for now, before in zip(network.layers, blocks, strict=True))
    assert hooks.current == -1


@pytest.mark.parametrize("family", list(CONFIGS))
def test_a_push_of_nothing_changes_nothing_and_a_push_is_added_once(family):
    network = network_of(family)
    hooks, plain, pushed = BlockHooks(network), {}, {}
    nothing = {1: np.zeros(64, np.float32)}
    with hooks.open(nothing, lambda index, states: plain.update({index: states})):
        unmoved = logits_of(network, PROMPT)
    with hooks.open(PUSH, lambda index, states: pushed.update({index: states})):
        moved = logits_of(network, PROMPT)

    assert np.array_equal(unmoved, logits_of(network, PROMPT))
    assert np.array_equal(np.array(plain[0]), np.array(pushed[0]))
    assert np.allclose(np.array(pushed[1]) - np.array(plain[1]), PUSH[1], atol=1e-5)
    assert not np.allclose(moved, unmoved, atol=1e-3)


def test_the_network_is_as_it_was_when_something_breaks_meanwhile():
    network = network_of("llama")
    blocks = list(network.layers)

    def break_off():
        with BlockHooks(network).open(PUSH):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert all(now is before for now, before in zip(network.layers, blocks, strict=True))


def test_a_network_without_a_list_of_blocks_is_refused():
    with pytest.raises(NoBlocksError):
        BlockHooks(nn.Linear(4, 4))


@pytest.mark.skipif(not blas.can_pack(), reason="no native forward for this processor")
@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3"])
@pytest.mark.parametrize("rows", [1, 5])
def test_a_native_push_is_the_push_through_hooks(family, rows):
    network = network_of(family)
    packed = speed_up(network)
    ids = [(7 * i + 1) % 300 for i in range(rows)]
    by_mlx, native = make_prompt_cache(network), make_prompt_cache(network)
    for layers in (by_mlx, native):
        logits_of(network, PROMPT, cache=layers)
    with BlockHooks(network).open(PUSH):
        expected = logits_of(network, ids, cache=by_mlx)
    reading = reading_of(network, native)
    unmoved = reading.logits(ids).copy()
    for layer in native:
        layer.trim(rows)
    reading.push(PUSH)

    found = reading.logits(ids)

    assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()
    assert np.abs(unmoved - expected).max() > 1e-3
    packed.release()


@pytest.fixture
def loaded(load, tmp_path):
    return load(write_tiny_model(tmp_path / "tiny", width=64, context_tokens=1024))


def answer(loaded, cache, pushes=None, key="", form=PLAIN):
    request = Request(
        prompt=tuple(b % 200 for b in b"what is there to be seen here?"),
        settings=GenerationSettings(temperature=0.0, max_tokens=24),
        seed=1,
        limit_tokens=1024,
        form=form,
        pushes=pushes or {},
        pushes_key=key,
    )
    steps = list(generate(loaded, request, cache))
    return sum(isinstance(step, TokenStep) for step in steps), cache._entries[-1].tokens, steps[-1]


@pytest.mark.parametrize("is_native", [True, False])
@pytest.mark.parametrize("form", [PLAIN, CacheForm(rolling_tokens=128)])
def test_what_was_read_under_a_push_is_never_gone_on_with_without_it(loaded, is_native, form):
    packed = speed_up(loaded.network) if is_native else None
    cache = PromptCache(10**9)
    _, plain, first = answer(loaded, cache, form=form)
    _, pushed, second = answer(loaded, cache, PUSH, "joy", form)
    _, other, third = answer(loaded, cache, {1: -PUSH[1]}, "grief", form)
    _, again, fourth = answer(loaded, cache, PUSH, "joy", form)

    assert (first.cached_tokens, second.cached_tokens, third.cached_tokens) == (0, 0, 0)
    assert fourth.cached_tokens > 0
    assert pushed == again
    assert plain != pushed
    assert other != pushed
    if packed is not None:
        packed.release()


@pytest.mark.skipif(not blas.can_pack(), reason="no native forward for this processor")
def test_a_pushed_answer_is_the_same_natively_and_through_mlx(loaded):
    by_mlx = answer(loaded, PromptCache(10**9), PUSH, "joy")[1]
    packed = speed_up(loaded.network)
    native = answer(loaded, PromptCache(10**9), PUSH, "joy")[1]
    # Through mlx the pass of the token after the last one has been begun.
    assert native == by_mlx[: len(native)]
    packed.release()
