"""Which source moved which sentence: each is left out once, and the answer scored again.

Source: leave-one-out attribution as in ContextCite, arXiv:2409.00729, section 2.
Deviation: no surrogate model is fitted; with few sources every one is really left out.

Runs on: compute.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Sequence

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from engine.contract.signals import Segment, SegmentKind, SentenceSources
from engine.models.hooks import BlockHooks, Pushes
from engine.models.loaded import LoadedModel
from engine.models.prompt_cache import (
    CacheForm,
    Layers,
    is_trimmable,
    length,
    make_layers,
    trim,
)

# The question and the template's frame are not sources, and own words cannot be left out.
SOURCES = frozenset(
    {SegmentKind.SYSTEM, SegmentKind.MEMORY, SegmentKind.DOCUMENT, SegmentKind.HISTORY}
)
_CHUNK_TOKENS = 128
# As many rows as the packed weights are read for at once. With 64, OpenBLAS's threads spin while
# they wait for each other: 78 tokens took 10 seconds of processor time on a busy machine of two
# cores instead of 3 (measured 2026-12-01).
_SCORED_AT_ONCE = 16


def score_answer(
    loaded: LoadedModel,
    prompt: Sequence[int],
    answer: Sequence[int],
    pushes: Pushes,
    layers: Layers,
) -> Iterator[NDArray[np.float64] | None]:
    """Log-probability of each token of the answer after this prompt, shape (tokens,), at the end.

    Args:
        loaded: Who reads.
        prompt: Without the answer.
        answer: What is scored.
        pushes: What is added to states meanwhile.
        layers: A cache that has read a beginning of the prompt; afterwards, all but the last token.

    Yields:
        None after each part of the work, so that others get their turn; the scores last.
    """
    hooks = BlockHooks(loaded.network) if pushes else None

    def read(ids: Sequence[int]) -> mx.array:
        with hooks.open(pushes) if hooks is not None else contextlib.nullcontext():
            logits: mx.array = loaded.network(mx.array([list(ids)]), cache=layers)
        return logits[0]

    lead = list(prompt[:-1])
    for start in range(length(layers) or 0, len(lead), _CHUNK_TOKENS):
        read(lead[start : start + _CHUNK_TOKENS])
        mx.eval([layer.state for layer in layers])
        mx.clear_cache()
        yield None
    following, scores = [prompt[-1], *answer[:-1]], np.empty(len(answer))
    for start in range(0, len(answer), _SCORED_AT_ONCE):
        part = answer[start : start + _SCORED_AT_ONCE]
        logits = read(following[start : start + len(part)]).astype(mx.float32)
        chosen = mx.take_along_axis(logits, mx.array(list(part))[:, None], axis=-1)[:, 0]
        scores[start : start + len(part)] = np.array(chosen - mx.logsumexp(logits, axis=-1))
        yield None
    yield scores


def leave_out(
    loaded: LoadedModel,
    prompt: Sequence[int],
    answer: Sequence[int],
    segments: Sequence[Segment],
    sentences: Sequence[SentenceSources],
    pushes: Pushes,
) -> Iterator[tuple[SentenceSources, ...] | None]:
    """By how much each sentence's log-probability falls when a source is left out of the prompt.

    Yields:
        None after each part of the work; the sentences with their drops last.
    """
    layers = make_layers(loaded.network, CacheForm())
    whole: NDArray[np.float64] | None = None
    for scores in score_answer(loaded, prompt, answer, pushes, layers):
        whole = scores
        yield None
    assert whole is not None
    drops: dict[int, NDArray[np.float64]] = {}
    for place, segment in enumerate(segments):
        if segment.kind not in SOURCES or segment.end is None:
            continue
        rest = [*prompt[: segment.start], *prompt[segment.end :]]
        before = _read_until(loaded, layers, segment.start)
        for scores in score_answer(loaded, rest, answer, pushes, before):
            if scores is not None:
                drops[place] = whole - scores
            yield None
    yield tuple(_with_drops(sentence, drops, len(segments)) for sentence in sentences)


def _read_until(loaded: LoadedModel, layers: Layers, start: int) -> Layers:
    """A cache that has read what comes before a source, which need not be read again."""
    seen = length(layers) or 0
    if not 0 < start < seen or not is_trimmable(layers):
        return make_layers(loaded.network, CacheForm())
    begun = copy.deepcopy(layers)
    trim(begun, seen - start)
    return begun


def _with_drops(
    sentence: SentenceSources, drops: dict[int, NDArray[np.float64]], segments: int
) -> SentenceSources:
    start, end = sentence.start, sentence.end
    return SentenceSources(
        start=start,
        end=end,
        shares=sentence.shares,
        drops_nats=tuple(
            float(drops[place][start:end].sum()) if place in drops else None
            for place in range(segments)
        ),
    )
