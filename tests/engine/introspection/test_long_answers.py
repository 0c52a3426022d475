"""Answers of any length are recorded in bounded memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from engine.contract.settings import GenerationSettings, IntrospectionSettings
from engine.contract.signals import Profile, Segment, SegmentKind
from engine.introspection import readings
from engine.introspection.opening import opening_of
from engine.introspection.probe import NetworkProbe
from engine.introspection.recorder import Recorder
from engine.models.decoding import Decoding
from engine.models.prompt_cache import CacheForm, make_layers
from engine.models.sampling import Sampler
from engine.models.sight import Sight
from tests.engine.introspection.checked_models import load_tiny

PROMPT = list(range(20))
SEGMENTS = (
    Segment(kind=SegmentKind.QUESTION, start=0, end=20),
    Segment(kind=SegmentKind.OWN, start=20),
)


def recorder_of(loaded):
    probe = NetworkProbe(loaded.network)
    opening = opening_of(probe, "m", Profile.LIVE, IntrospectionSettings(), SEGMENTS)
    return Recorder(probe, opening, lambda token: f"{token} ")


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return load_tiny(tmp_path_factory.mktemp("models"), "llama")


def test_an_answer_of_2000_tokens_is_recorded_to_its_last_one(llama):
    recorder = recorder_of(llama)
    decoding = Decoding(
        network=llama.network,
        tokens=list(PROMPT),
        layers=make_layers(llama.network, CacheForm()),
        form=CacheForm(),
        sampler=Sampler(GenerationSettings(temperature=1.0), 1),
        observer=recorder,
    )
    list(decoding.prefill())

    drawn = list(decoding.decode(2000))
    list(recorder.read_lens())

    tokens = recorder.tokens()
    assert [one.token_id for one in tokens] == drawn
    assert all(one.lens for one in tokens)
    assert all(abs(sum(one.shares) - 1) < 1e-6 for one in tokens)
    # The longer the answer, the more of it there is to look at.
    assert tokens[-1].lookback_ratio < tokens[0].lookback_ratio


@pytest.mark.slow
def test_an_answer_of_32768_tokens_keeps_no_more_states_than_its_cap(llama, monkeypatch):
    cap, count = 2_000_000, 32_768
    monkeypatch.setattr(readings, "_MOST_BYTES", cap)
    recorder = recorder_of(llama)
    random = np.random.default_rng(0)
    rows, width = 64, llama.network.args.hidden_size
    vocabulary = llama.network.args.vocab_size
    logits = random.standard_normal((rows, vocabulary)).astype(np.float32)
    states = random.standard_normal((3, rows, width)).astype(np.float32)
    a_state = states[:, 0].nbytes

    tracemalloc.start()
    for start in range(0, count, rows):
        # Patterns of 32,768 keys for every row would measure numpy and not the recorder.
        sight = Sight(logits=logits, states=states, position=len(PROMPT) + start)
        recorder.see([int(row.argmax()) for row in logits], sight)
        recorder.measured.clear()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    waiting = recorder._readings
    assert len(recorder.tokens()) == count
    assert waiting._bytes <= cap
    assert waiting.unread >= count - cap // a_state - count // 10
    # What is kept of a token for good: its numbers and its ten alternatives.
    assert held < cap + 6_000 * count
    list(recorder.read_lens())
    read = sum(bool(one.lens) for one in recorder.tokens())
    assert 0 < read <= count - waiting.unread
    assert recorder.turn(1.0).lens_tokens == read
