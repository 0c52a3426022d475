"""The native way through a network must be the network's own, or step aside."""

from __future__ import annotations

import copy

import mlx.core as mx
import mlx.nn as nn
import numpy as np
import pytest
from mlx_lm.models.cache import KVCache, RotatingKVCache, make_prompt_cache

from engine.contract.settings import GenerationSettings
from engine.models import device
from engine.models.cpu_reading import MOST_ROWS, reading_of
from engine.models.generator import Request, TokenStep, generate
from engine.models.prompt_cache import PromptCache
from engine.models.speculation import LookupDrafter, ModelDrafter
from engine.runtime import blas
from tests.engine.models.tiny_models import CONFIGS, random_network
from tests.helpers.tiny_model import write_tiny_model

pytestmark = pytest.mark.skipif(not blas.can_pack(), reason="no native forward for this processor")
SIZES = {"intermediate_size": 128, "vocab_size": 300}
PROMPT = [5, 17, 250, 3, 3, 99, 17, 250]
# Logits of these networks are about 1; float32 keeps seven digits of the largest term of a sum.
ROUNDING = 2e-5


def network_of(family, **changes):
    network = random_network({**CONFIGS[family], **SIZES, **changes}, scale=0.2)
    device.speed_up(network)
    return network


def read_by_mlx(network, ids, layers):
    """The same network without its native way."""
    logits = network(mx.array([ids]), cache=layers)[0]
    mx.eval(logits, [layer.state for layer in layers])
    return np.array(logits)


def after_prompt(network, prompt=PROMPT):
    layers = make_prompt_cache(network)
    read_by_mlx(network, prompt, layers)
    return layers


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("llama", {}),
        ("llama", {"attention_bias": True, "mlp_bias": True, "tie_word_embeddings": False}),
        ("llama", {"rope_traditional": True, "num_key_value_heads": 1}),
        ("llama", {"head_dim": 64}),
        ("qwen2", {}),
        ("qwen3", {}),
    ],
)
@pytest.mark.parametrize("rows", [1, 3, 8, 11, MOST_ROWS])
def test_the_logits_are_those_of_mlx(family, changes, rows):
    network = network_of(family, **changes)
    ids = [(7 * i + 1) % 300 for i in range(rows)]
    expected = read_by_mlx(network, ids, after_prompt(network))

    reading = reading_of(network, after_prompt(network))

    assert reading is not None
    assert np.abs(reading.logits(ids) - expected).max() < ROUNDING * np.abs(expected).max()


def test_gates_and_scores_far_beyond_what_an_exponential_can_hold_are_right():
    network = random_network({**CONFIGS["llama"], **SIZES}, scale=0.2)
    for layer in network.layers:
        layer.mlp.gate_proj.weight = layer.mlp.gate_proj.weight * 100
        layer.self_attn.q_proj.weight = layer.self_attn.q_proj.weight * 30
    device.speed_up(network)
    expected = read_by_mlx(network, [1, 2, 3], after_prompt(network))

    found = reading_of(network, after_prompt(network)).logits([1, 2, 3])

    assert np.abs(found - expected).max() < 20 * ROUNDING * np.abs(expected).max()


def test_an_answer_may_outgrow_the_cache_and_mlx_may_go_on_with_it():
    network = network_of("llama")
    prompt = [(11 * i) % 300 for i in range(250)]
    ids = [(7 * i + 1) % 300 for i in range(300)]
    expected_layers = after_prompt(network, prompt)
    expected = read_by_mlx(network, ids, expected_layers)
    layers = after_prompt(network, prompt)
    reading = reading_of(network, layers)

    found = np.concatenate([reading.logits([token]) for token in ids])

    assert np.abs(found - expected).max() < ROUNDING * np.abs(expected).max()
    assert layers[0].offset == len(prompt) + len(ids)
    following = read_by_mlx(network, [1, 2], layers)
    assert np.allclose(following, read_by_mlx(network, [1, 2], expected_layers), atol=1e-4)


def test_a_conversation_may_begin_with_its_first_token():
    network = network_of("llama")
    expected = read_by_mlx(network, [9], make_prompt_cache(network))

    found = reading_of(network, make_prompt_cache(network)).logits([9])

    assert np.allclose(found, expected, atol=1e-5)


def test_one_token_alone_and_among_others_is_the_same_to_the_bit():
    """Speculation looks at several tokens at once and must not change an answer."""
    network = network_of("llama")
    ids = [(7 * i + 1) % 300 for i in range(MOST_ROWS)]
    together = reading_of(network, after_prompt(network)).logits(ids)
    reading = reading_of(network, after_prompt(network))

    alone = np.concatenate([reading.logits([token]) for token in ids])

    assert np.array_equal(alone, together)


def test_another_branch_of_the_conversation_is_not_written_over():
    """Copies of a cache share their memory until mlx changes one of them."""
    network = network_of("llama")
    layers = after_prompt(network)
    branch = copy.deepcopy(layers)
    for layer in branch:
        layer.trim(4)
    expected = read_by_mlx(network, [8], copy.deepcopy(layers))

    reading_of(network, branch).logits([200, 201])

    assert np.array_equal(read_by_mlx(network, [8], layers), expected)


class Watched(nn.Module):
    """What a hook puts in the place of a layer."""

    def __init__(self, layer):
        super().__init__()
        self.__dict__["inner"] = layer
        self.seen = 0

    def __call__(self, *args, **kwargs):
        self.seen += 1
        return self.inner(*args, **kwargs)

    def __getattr__(self, name):
        return getattr(self.__dict__["inner"], name)


def wrap_a_layer(network, _patch):
    network.model.layers[1] = Watched(network.model.layers[1])


def wrap_a_part(network, _patch):
    network.layers[2].mlp = Watched(network.layers[2].mlp)


def change_a_class(network, monkeypatch):
    kind = type(network.layers[0].mlp)
    call = kind.__call__
    monkeypatch.setattr(kind, "__call__", lambda self, x: call(self, x))


def change_weights(network, _patch):
    network.layers[0].mlp.down_proj.weight = network.layers[0].mlp.down_proj.weight * 2


def release(network, _patch):
    network.cpu_forward.release()


@pytest.mark.parametrize(
    "change", [wrap_a_layer, wrap_a_part, change_a_class, change_weights, release]
)
def test_it_steps_aside_when_the_network_is_not_what_it_was(change, monkeypatch):
    """A hook that is never called would measure nothing, and say so of every answer."""
    network = network_of("llama")
    layers = after_prompt(network)
    reading = reading_of(network, layers)
    assert reading.stands()

    change(network, monkeypatch)

    assert not reading.stands()
    assert reading_of(network, layers) is None


def test_networks_and_caches_of_another_form_are_left_to_mlx():
    network = network_of("llama")

    assert network_of("gemma3").cpu_forward is None
    assert network_of("llama", intermediate_size=96).cpu_forward is None
    quantised = [layer.to_quantized(group_size=32) for layer in after_prompt(network_of("qwen3"))]
    for layers in (quantised, [RotatingKVCache(8) for _ in range(3)]):
        assert reading_of(network, layers) is None
    assert reading_of(network, [KVCache() for _ in range(3)]) is not None


@pytest.fixture
def loaded(load, tmp_path):
    model = load(write_tiny_model(tmp_path / "tiny", width=64, context_tokens=4096))
    packed = device.speed_up(model.network)
    yield model
    packed.release()


def answer(loaded, drafter=None, on_token=lambda _: None, **settings):
    """Token by token, so that the network can be changed on the way."""
    prompt = tuple(b % 200 for b in b"to be or not to be, to be or not")
    cache = PromptCache(10**9)
    asked = Request(
        prompt=prompt,
        settings=GenerationSettings(**{"temperature": 0.0, "max_tokens": 120, **settings}),
        seed=3,
        limit_tokens=4096,
    )
    for step in generate(loaded, asked, cache, drafter):
        if isinstance(step, TokenStep):
            on_token(step.completion_tokens)
    return cache._entries[0].tokens[len(prompt) :]


@pytest.mark.parametrize("temperature", [0.0, 1.2])
@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_an_answer_is_the_one_of_mlx_and_guessing_does_not_change_it(loaded, temperature, penalty):
    settings = {"temperature": temperature, "repetition_penalty": penalty}
    assert loaded.network.cpu_forward is not None
    native, guessed = answer(loaded, **settings), answer(loaded, LookupDrafter(), **settings)

    loaded.network.cpu_forward.release()

    assert len(native) > 100
    assert native == guessed[: len(native)] or native[: len(guessed)] == guessed
    by_mlx = answer(loaded, **settings)
    assert native == by_mlx[: len(native)]


def test_a_draft_model_guesses_natively_too(loaded):
    """Draft and model are one here, so every guess is right; a stale cache would show."""
    expected = answer(loaded)

    assert answer(loaded, ModelDrafter(loaded.network))[: len(expected)] == expected


@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_a_hook_put_on_in_the_middle_of_an_answer_sees_the_rest_of_it(loaded, penalty):
    expected = answer(loaded, repetition_penalty=penalty)
    hooks = []

    def put_on(count):
        if count == 30:
            hooks.append(Watched(loaded.network.model.layers[1]))
            loaded.network.model.layers[1] = hooks[0]

    found = answer(loaded, repetition_penalty=penalty, on_token=put_on)

    assert found[: len(expected)] == expected
    assert hooks[0].seen >= 89
