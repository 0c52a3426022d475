from __future__ import annotations

import mlx.core as mx
import numpy as np
import pytest

from engine.contract.signals import Segment, SegmentKind, SentenceSources
from engine.introspection.ablation import leave_out, score_answer
from engine.models.hooks import BlockHooks
from engine.models.prompt_cache import CacheForm, make_layers

PROMPT = [(7 * i + 1) % 250 for i in range(150)]
ANSWER = [(11 * i + 3) % 250 for i in range(40)]
SEGMENTS = (
    Segment(kind=SegmentKind.SYSTEM, start=0, end=20),
    Segment(kind=SegmentKind.FRAME, start=20, end=25),
    Segment(kind=SegmentKind.DOCUMENT, start=25, end=140),
    Segment(kind=SegmentKind.QUESTION, start=140, end=150),
    Segment(kind=SegmentKind.OWN, start=150),
)
SENTENCES = (
    SentenceSources(start=0, end=15, shares=(0.2, 0.0, 0.5, 0.2, 0.1)),
    SentenceSources(start=15, end=40),
)


def slowly(loaded, prompt):
    """Log-probabilities of the answer, by one pass without a cache."""
    logits = np.array(loaded.network(mx.array([[*prompt, *ANSWER]]))[0].astype(mx.float32))
    rows = logits[len(prompt) - 1 : -1].astype(np.float64)
    sums = np.log(np.exp(rows - rows.max(1, keepdims=True)).sum(1)) + rows.max(1)
    return rows[np.arange(len(ANSWER)), ANSWER] - sums


def scored(loaded, prompt, pushes=None):
    layers = make_layers(loaded.network, CacheForm())
    return list(score_answer(loaded, prompt, ANSWER, pushes or {}, layers))


@pytest.mark.parametrize("length", [1, 2, 128, 129, 150])
def test_an_answer_is_scored_as_the_network_itself_would(loaded, length):
    steps = scored(loaded, PROMPT[:length])
    assert all(step is None for step in steps[:-1])
    assert steps[-1] == pytest.approx(slowly(loaded, PROMPT[:length]), abs=1e-3)


def test_a_pushed_answer_is_scored_under_its_push(loaded):
    push = {0: np.linspace(-2, 2, 256).astype(np.float32)}
    with BlockHooks(loaded.network).open(push):
        expected = slowly(loaded, PROMPT)
    assert scored(loaded, PROMPT, push)[-1] == pytest.approx(expected, abs=1e-3)


def test_a_drop_is_what_leaving_the_source_out_costs_and_only_sources_are_left_out(loaded):
    *steps, sentences = leave_out(loaded, PROMPT, ANSWER, SEGMENTS, SENTENCES, {})
    assert all(step is None for step in steps)
    whole = slowly(loaded, PROMPT)
    drops = {
        0: whole - slowly(loaded, PROMPT[20:]),
        2: whole - slowly(loaded, PROMPT[:25] + PROMPT[140:]),
    }
    for sentence, before in zip(sentences, SENTENCES, strict=True):
        assert (sentence.start, sentence.end, sentence.shares) == (
            before.start,
            before.end,
            before.shares,
        )
        for place, drop in enumerate(sentence.drops_nats):
            if place in drops:
                expected = drops[place][before.start : before.end].sum()
                assert drop == pytest.approx(expected, abs=5e-3)
            else:
                assert drop is None
