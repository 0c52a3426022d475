"""Record k is of token k, whichever way the network is read."""

from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest

from engine.contract.settings import GenerationSettings, IntrospectionSettings
from engine.contract.signals import Profile, Segment, SegmentKind
from engine.introspection.opening import opening_of
from engine.introspection.probe import NetworkProbe
from engine.introspection.recorder import Recorder, Watched
from engine.models.generator import EndStep, Request, TokenStep, generate
from engine.models.prompt_cache import CacheForm, PromptCache
from engine.models.speculation import LookupDrafter, ModelDrafter
from engine.runtime import blas

PROMPT = tuple(b % 200 for b in b"to be or not to be, to be or not to be said")
SEGMENTS = (
    Segment(kind=SegmentKind.FRAME, start=0, end=6),
    Segment(kind=SegmentKind.QUESTION, start=6, end=30),
    Segment(kind=SegmentKind.FRAME, start=30, end=len(PROMPT)),
    Segment(kind=SegmentKind.OWN, start=len(PROMPT)),
)


def recorder_of(loaded, profile=Profile.FULL, segments=SEGMENTS, watched=()):
    probe = NetworkProbe(loaded.network)
    opening = opening_of(probe, "tiny", profile, IntrospectionSettings(), segments)
    return Recorder(probe, opening, loaded.tokenizer.token_text, watched)


def answer(loaded, recorder=None, *, drafter=None, form=CacheForm, cache=None, **settings):
    """The tokens that were drawn, as TokenSteps and records give them."""
    asked = Request(
        prompt=PROMPT,
        settings=GenerationSettings(**{"temperature": 0.0, "max_tokens": 60, **settings}),
        seed=3,
        limit_tokens=2048,
        form=form(),
    )
    cache = cache if cache is not None else PromptCache(10**9)
    steps = list(generate(loaded, asked, cache, drafter, recorder))
    count = sum(isinstance(step, TokenStep) for step in steps)
    assert isinstance(steps[-1], EndStep)
    return cache._entries[-1].tokens[len(PROMPT) : len(PROMPT) + count], count


FORMS = {
    "plain": CacheForm,
    "8 bits": lambda: CacheForm(bits=8),
    "rolling": lambda: CacheForm(rolling_tokens=64),
}


@pytest.fixture(params=["native", "mlx"])
def either(request, loaded):
    """The model with its native way, and the same without."""
    if request.param == "mlx":
        loaded.network.cpu_forward.release()
    elif not blas.can_pack():
        pytest.skip("no native way for this processor")
    return loaded


def slow_logits(loaded, tokens):
    """The logits that each token of an answer was drawn from, read in one pass."""
    whole = [*PROMPT, *tokens]
    logits = loaded.network(mx.array([whole]))[0]
    return np.array(logits.astype(mx.float32))[len(PROMPT) - 1 : -1].astype(np.float64)


def surprisals(logits, tokens):
    most = logits.max(1)
    logs = most + np.log(np.exp(logits - most[:, None]).sum(1))
    return logs - logits[np.arange(len(tokens)), tokens]


@pytest.mark.parametrize("settings", [{}, {"temperature": 1.3}, {"repetition_penalty": 1.4}])
@pytest.mark.parametrize("drafter", [None, "lookup", "model"])
def test_every_record_is_of_its_own_token_and_the_answer_is_the_same(either, drafter, settings):
    def fresh():
        kinds = {"lookup": LookupDrafter, "model": lambda: ModelDrafter(either.network)}
        return kinds[drafter]() if drafter else None

    plain, _ = answer(either, drafter=fresh(), **settings)
    recorder = recorder_of(either)
    tokens, count = answer(either, recorder, drafter=fresh(), **settings)
    taken = [recorder.take() for _ in range(count)]
    recorder.end_at(count)

    records = recorder.tokens()
    assert tokens == plain
    assert list(records) == taken
    assert [one.index for one in records] == list(range(count))
    assert [one.token_id for one in records][: len(tokens)] == tokens
    logits = slow_logits(either, [one.token_id for one in records])
    expected = surprisals(logits, [one.token_id for one in records])
    # Before any penalty: what is recorded is the model's own.
    assert [one.surprisal_nats for one in records] == pytest.approx(expected, abs=2e-3)
    assert all(len(one.lens) == 2 for one in records)
    assert all(sum(one.shares) == pytest.approx(1) for one in records)


@pytest.mark.parametrize("form", list(FORMS))
def test_caches_of_every_form_are_read(either, form):
    plain, _ = answer(either, form=FORMS[form])
    recorder = recorder_of(either, Profile.LIVE)
    tokens, count = answer(either, recorder, form=FORMS[form])
    recorder.end_at(count)
    list(recorder.read_lens())
    assert tokens == plain
    assert len(recorder.tokens()) == count
    for one in recorder.tokens():
        assert one.lens
        assert sum(one.shares) == pytest.approx(1)
        assert 0 <= one.sink_share <= 1
        assert one.state_norm > 0


@pytest.mark.skipif(not blas.can_pack(), reason="no native way for this processor")
def test_both_ways_record_the_same(loaded):
    native, by_mlx = recorder_of(loaded), recorder_of(loaded)
    answer(loaded, native)
    loaded.network.cpu_forward.release()
    answer(loaded, by_mlx)
    for mine, theirs in zip(native.tokens(), by_mlx.tokens(), strict=False):
        assert mine.token_id == theirs.token_id
        assert mine.entropy_nats == pytest.approx(theirs.entropy_nats, abs=1e-3)
        assert mine.varentropy_nats2 == pytest.approx(theirs.varentropy_nats2, abs=1e-3)
        assert mine.shares == pytest.approx(theirs.shares, abs=1e-4)
        assert mine.sink_share == pytest.approx(theirs.sink_share, abs=1e-4)
        assert mine.lookback_ratio == pytest.approx(theirs.lookback_ratio, abs=1e-4)
        assert mine.state_norm == pytest.approx(theirs.state_norm, rel=1e-3)
        assert mine.commit_layer == theirs.commit_layer
        assert mine.rank == theirs.rank


def slow_user_surprise(loaded):
    logits = np.array(loaded.network(mx.array([PROMPT]))[0].astype(mx.float32), np.float64)
    return float(surprisals(logits[5:29], PROMPT[6:30]).mean())


@pytest.mark.parametrize("at_once", [0, 1, 5, 7])
def test_the_users_words_are_as_surprising_as_they_are_however_they_are_read(either, at_once):
    recorder = recorder_of(either)
    request = Request(
        prompt=PROMPT,
        settings=GenerationSettings(temperature=0.0, max_tokens=2),
        seed=1,
        limit_tokens=2048,
        most_at_once=at_once,
    )
    list(generate(either, request, PromptCache(10**9), observer=recorder))
    turn = recorder.turn(1.0)
    assert turn.user_tokens == 24
    assert turn.user_surprise_nats == pytest.approx(slow_user_surprise(either), abs=1e-3)


def test_words_that_were_read_before_have_no_surprise(either):
    cache = PromptCache(10**9)
    answer(either, cache=cache)
    recorder = recorder_of(either)
    answer(either, recorder, cache=cache)
    turn = recorder.turn(1.0)
    assert (turn.user_surprise_nats, turn.user_tokens) == (None, 0)


def test_what_was_not_read_before_the_model_went_stays_unmeasured(either):
    recorder = recorder_of(either, Profile.LIVE)
    _, count = answer(either, recorder)
    recorder.end_at(count)
    recorder.forget_states()
    assert list(recorder.read_lens()) == []
    turn = recorder.turn(1.0)
    assert turn.user_surprise_nats is None
    assert turn.lens_tokens < count


def test_tokens_beyond_the_end_do_not_count(either):
    recorder = recorder_of(either, Profile.LIVE)
    answer(either, recorder)
    recorder.end_at(7)
    readings = [reading for some in recorder.read_lens() for reading in some]
    assert len(recorder.tokens()) == 7
    assert recorder.take() is None
    assert all(index < 7 for index, _, _ in readings)
    assert recorder.turn(1.0).tokens == 7


def test_an_answer_with_a_lead_is_one_answer(either):
    recorder = recorder_of(either)
    _, count = answer(either, recorder)
    lead = recorder.tokens()[:3]
    recorder.end_at(count)
    turn = recorder.turn(1.0, lead)
    assert turn.tokens == count + 3
    assert turn.sentences[-1].end == count + 3
    # What measuring the lead took was spent before.
    assert turn.measured_s == pytest.approx(sum(o.cost_us for o in recorder.tokens()) / 1e6)


def test_a_watched_direction_is_shown_in_its_own_deviations(either):
    vector = np.zeros(256, np.float32)
    vector[3] = 1
    recorder = recorder_of(either, watched=(Watched(2, vector, 0.5, 2.0),))
    answer(either, recorder, max_tokens=1)
    states = recorder.answer_states()
    assert states.shape == (2, 256)
    assert recorder.tokens()[0].projections == pytest.approx([(states[1, 3] - 0.5) / 2])
    assert recorder.tokens()[0].drift_ratio is None
    assert recorder.tokens()[0].state_norm == pytest.approx(np.linalg.norm(states[-1]), rel=1e-5)


def test_watching_leaves_the_network_and_its_native_way_as_they_were(loaded):
    before = loaded.network.cpu_forward.stands()
    for form in FORMS.values():
        answer(loaded, recorder_of(loaded), form=form)
    assert loaded.network.cpu_forward.stands() == before
