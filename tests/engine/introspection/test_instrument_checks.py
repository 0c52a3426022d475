from __future__ import annotations

from dataclasses import replace

import mlx.core as mx
import numpy as np
import pytest

from engine.contract.calibration import InstrumentReport
from engine.introspection import attention_tap, check_answers
from engine.introspection.check_passes import Faults, untouched
from engine.introspection.check_prompts import check_prompts
from engine.introspection.check_verdicts import CLAIMS, CONTROLS, judged, limits_of
from engine.introspection.instrument_checks import InstrumentChecks
from engine.introspection.logit_lens import LogitLens
from engine.introspection.probe import NetworkProbe
from engine.introspection.recorder import Recorder
from engine.models.loader import load_model
from tests.engine.introspection.checked_models import (
    ARCHITECTURES,
    by_name,
    checked,
    load_tiny,
    sped_up,
    without_list,
)

WITH_ALL = sorted(set(ARCHITECTURES) - {"mamba", "gpt_oss"})
READ_NATIVELY = {"llama", "qwen3"}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder, found = tmp_path_factory.mktemp("models"), {}

    def load(name):
        if name not in found:
            found[name] = load_tiny(folder, name)
        return found[name]

    return load


def left_out(report):
    return {check.name for check in report.checks if check.is_left_out}


@pytest.mark.parametrize("name", WITH_ALL)
def test_every_claim_holds_and_every_fault_is_caught(tiny, name):
    report = checked(tiny(name))

    assert [check.name for check in report.checks if not check.is_passed] == (
        [] if name in READ_NATIVELY else ["native_is_mlx"]
    )
    assert left_out(report) == (set() if name in READ_NATIVELY else {"native_is_mlx"})
    assert report.is_passed
    assert {check.name for check in report.checks} == set(CLAIMS)
    assert {check.name for check in report.checks if check.is_control} == CONTROLS


def test_eight_bit_and_rolling_caches_are_read_as_they_are(tiny):
    found = by_name(checked(tiny("llama"), prompts=8))

    for name in ("identical_tokens", "attention_is_real", "lens_is_output"):
        assert "plain, 8-bit, rolling" in found[name].detail
        assert found[name].is_passed
    # Three forms, two passes each, three layers; natively only the plain one is read.
    assert "18 through mlx, 6 natively" in found["attention_is_real"].detail


def test_a_cache_that_a_model_does_not_take_is_named(tiny):
    found = by_name(checked(tiny("qwen2")))

    assert "this model has no 8-bit ones" in found["attention_is_real"].detail


@pytest.mark.parametrize("rows", [1, 3])
def test_captured_weights_times_values_by_hand_are_the_output_of_attention(tiny, rows):
    """The same as attention_is_real for one llama, written down without its help."""
    from mlx_lm.models.cache import make_prompt_cache

    network = tiny("llama").network
    probe, layers = NetworkProbe(network), make_prompt_cache(network)
    network(mx.arange(20)[None], cache=layers)
    block = network.layers[1]
    entered, given = [], []
    norm, attention = block.input_layernorm, block.self_attn
    with probe.watching({}, frozenset({1}), False) as seen:
        block.self_attn = lambda x, *args: _noted(attention(x, *args), given)
        block.input_layernorm = lambda x: _noted(norm(x), entered)
        try:
            mx.eval(network(mx.arange(20, 20 + rows)[None], cache=layers))
        finally:
            block.self_attn, block.input_layernorm = attention, norm
        weights = np.array(seen.patterns[1].weights, np.float64)
    values = np.array(layers[1].values[0, :, : 20 + rows], np.float64)
    heads = [weights[:, head] @ values[head // 2] for head in range(4)]
    rebuilt = np.concatenate(heads, axis=-1) @ np.array(attention.o_proj.weight, np.float64).T

    real = np.array(given[0][0], np.float64)
    assert np.linalg.norm(rebuilt - real) / np.linalg.norm(real) < 1e-5


def _noted(states, found):
    found.append(states)
    return states


def test_a_control_fails_when_its_fault_does_no_harm(tiny):
    harmless = Faults(heads=untouched, keys=untouched, layers_back=0, records_by=0, push_ratio=0.0)

    report = checked(tiny("llama"), faults=harmless)

    assert not report.is_passed
    assert {check.name for check in report.checks if not check.is_passed} == CONTROLS


@pytest.mark.parametrize("axis", [1, 2])
def test_a_tap_that_is_wrong_is_caught(tiny, monkeypatch, axis):
    real = attention_tap.pattern_of

    def rolled(*args):
        pattern = real(*args)
        pattern.weights = mx.array(np.roll(np.array(pattern.weights), 1, axis=axis))
        return pattern

    loaded = tiny("qwen2")
    probe = NetworkProbe(loaded.network)
    monkeypatch.setattr(attention_tap, "pattern_of", rolled)

    found = by_name(checked(loaded, probe=probe, prompts=1))

    assert not found["attention_is_real"].is_passed
    assert found["attention_is_real"].value > 0.01


def test_a_tap_that_misses_a_layer_is_caught(tiny):
    loaded = tiny("qwen2")
    probe = NetworkProbe(loaded.network)
    probe._tap._modules.clear()

    found = by_name(checked(loaded, probe=probe, prompts=1))

    assert not found["attention_is_real"].is_passed
    assert found["attention_is_real"].is_left_out


def test_a_lens_that_is_wrong_is_caught(tiny, monkeypatch):
    real = LogitLens.logits
    loaded = tiny("qwen2")
    probe = NetworkProbe(loaded.network)
    monkeypatch.setattr(LogitLens, "logits", lambda self, states: 1.01 * real(self, states))

    found = by_name(checked(loaded, probe=probe, prompts=1))

    assert not found["lens_is_output"].is_passed


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda tokens: tokens[1:] + tokens[:1],
        lambda tokens: tokens[:-1],
        lambda tokens: tuple(replace(one, entropy_nats=one.entropy_nats + 0.1) for one in tokens),
    ],
    ids=["shifted", "lost", "other numbers"],
)
def test_records_that_are_wrong_are_caught(tiny, monkeypatch, spoilt):
    real = Recorder.tokens
    monkeypatch.setattr(Recorder, "tokens", lambda self: spoilt(real(self)))

    found = by_name(checked(tiny("qwen2"), prompts=1))

    assert not found["record_is_token"].is_passed


@pytest.mark.parametrize("name", ["llama", "qwen2"])
def test_an_instrument_that_touches_what_it_watches_is_caught(tiny, monkeypatch, name):
    loaded = tiny(name)
    push = {1: np.full(loaded.network.args.hidden_size, 0.05, np.float32)}
    real = check_answers.draw

    def pushing(loaded, asked, most, observer=None, pushes=None):
        return real(loaded, asked, most, observer, push if observer is not None else pushes)

    monkeypatch.setattr(check_answers, "draw", pushing)

    found = by_name(checked(loaded))

    assert not found["identical_logits"].is_passed
    assert not found["record_is_token"].is_passed


def test_shares_that_do_not_sum_to_one_are_caught(tiny, monkeypatch):
    real = Recorder.tokens

    def spoilt(self):
        return tuple(
            replace(one, shares=tuple(share * 0.999 for share in one.shares)) for one in real(self)
        )

    monkeypatch.setattr(Recorder, "tokens", spoilt)

    assert not by_name(checked(tiny("qwen2"), prompts=1))["shares_sum_to_one"].is_passed


# -- what a model does not offer ------------------------------------------------------------------


def test_a_model_without_attention_says_so_for_each_view(tiny):
    report = checked(tiny("mamba"))

    found, attention = by_name(report), "This model has no attention that can be read."
    without = {"attention_is_real", "heads_rolled", "keys_shifted", "shares_sum_to_one"}
    assert left_out(report) == without | {"native_is_mlx"}
    assert {found[name].detail for name in without} == {attention}
    assert report.is_passed


def test_a_model_with_no_list_of_layers_says_so_for_each_view(tiny):
    loaded = without_list(tiny("qwen2"))

    report = checked(loaded)

    found, where = by_name(report), "This model keeps its layers where they cannot be watched."
    tried = {"identical_tokens", "identical_logits", "record_is_token", "records_shifted"}
    assert left_out(report) == set(CLAIMS) - tried
    assert {found[name].detail for name in left_out(report) - {"native_is_mlx"}} == {where}
    assert report.is_passed
    assert not any(found[name].is_passed for name in left_out(report))


def test_layers_that_hand_on_something_else_leave_out_the_lens_alone(tiny):
    report = checked(tiny("gpt_oss"))

    assert {"lens_is_output", "other_layer"} <= left_out(report)
    assert by_name(report)["attention_is_real"].is_passed
    assert report.is_passed


def test_nothing_tried_is_nothing_passed():
    nothing = judged("lens_is_output", None, 1e-3, "There is none.")
    report = InstrumentReport(model_id="m", architecture="a", prompts=1, checks=(nothing,))

    assert nothing.is_left_out
    assert not nothing.is_passed
    assert not report.is_passed


@pytest.mark.parametrize("name", sorted(CLAIMS))
@pytest.mark.parametrize("value", [float("nan"), None])
def test_a_number_that_is_none_never_passes(name, value):
    assert not judged(name, value, 1e-3).is_passed


def test_numbers_of_16_bits_are_held_against_wider_limits(tmp_path):
    loaded = load_tiny(tmp_path, "qwen2", is_sped_up=False)
    loaded.network.set_dtype(mx.bfloat16)

    # One prompt, at temperature 0: without Metal nothing is drawn from 16-bit numbers.
    report = checked(loaded, prompts=1)

    assert by_name(report)["attention_is_real"].limit == limits_of("bfloat16").attention
    assert report.is_passed, report


# -- the prompts, the steps -----------------------------------------------------------------------


def test_prompts_are_varied_and_always_the_same():
    prompts = list(check_prompts(200))

    assert prompts == list(check_prompts(200))
    assert len({(one.text, one.settings.temperature, one.seed) for one in prompts}) == 200
    assert len({one.text for one in prompts}) >= 50
    assert {one.settings.temperature for one in prompts} == {0.0, 0.7, 1.2}
    assert any(len(one.text) > 500 for one in prompts)


def test_steps_tell_how_far_it_is_and_stopping_leaves_the_network_as_it_was(tiny):
    loaded = tiny("llama")
    before = list(loaded.network.layers), dict(loaded.network.layers[0].items())
    probe = NetworkProbe(loaded.network)
    steps = InstrumentChecks(loaded, probe, loaded.tokenizer.token_text, prompts=3).steps()

    told = [step for step, _ in zip(steps, range(60), strict=False) if step is not None]
    steps.close()

    assert told[0] == (0, 3)
    assert list(loaded.network.layers) == before[0]
    now = dict(loaded.network.layers[0].items())
    assert now.keys() == before[1].keys()
    assert all(now[key] is before[1][key] for key in now)
    assert loaded.network.cpu_forward.stands()


# -- the starter model ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def starter(starter_model_path):
    loaded = load_model(
        starter_model_path,
        model_id="smollm2-135m",
        name="",
        licence="",
        limit_bytes=4_000_000_000,
        on_progress=lambda *_: None,
    )
    return sped_up(loaded)


@pytest.mark.slow
def test_the_instruments_of_the_starter_model_are_real(starter):
    report = checked(starter, prompts=3, tokens=4)

    assert report.is_passed, report
    assert left_out(report) == set()


# With every layer's lens a prompt takes seconds (12 s of two busy cores, measured 2026-12-01).
@pytest.mark.timeout(7200)
@pytest.mark.slow
@pytest.mark.feature("introspection.instruments")
def test_200_prompts_are_answered_alike_with_instruments_on_and_off(starter):
    """`python -m app instruments` tries on your model whether what is measured is real."""
    report = checked(starter, prompts=200, tokens=12)

    assert report.is_passed, report
    assert left_out(report) == set()
    assert "200 answers, 2400 tokens" in by_name(report)["identical_tokens"].detail
