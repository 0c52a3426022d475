"""Traces and directions to be kept: any that could be, and some as long as real ones are."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable
from enum import Enum

import numpy as np
from hypothesis import strategies as st

from engine.contract.calibration import Direction
from engine.contract.signals import (
    Alternative,
    LayerReading,
    Opening,
    Profile,
    Segment,
    SegmentKind,
    SentenceSources,
    TokenSignals,
    Trace,
    TurnSignals,
)

# Any text that Python can hold, lone surrogates included.
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
ANY_NUMBER = st.one_of(st.floats(), st.floats(0.0, 20.0))
ANY_PROBABILITY = st.one_of(st.floats(0.0, 1.0), st.just(math.nan))
ANY_COUNT = st.integers(0, 300_000)

CALM = Direction(
    id="dir_1",
    name="Calm",
    layer=14,
    model_key="tiny@1",
    positives=("I am calm.", "All is quiet."),
    negatives=("I am upset.", "All is noise."),
    auroc=None,
    random_auroc=0.5,
    made_at_s=3.0,
)
CALM_VECTOR = np.random.default_rng(5).normal(size=576).astype(np.float32)


def named(_model_id: str) -> Callable[[int], str]:
    """What stands for the tokenizer: numbers of texts are all that a trace has."""
    return name_of


def name_of(token_id: int) -> str:
    """The text of a token of any model."""
    return f"<{token_id}>"


def any_of(kind: typing.Any) -> st.SearchStrategy:
    """Any value of a type of the contract."""
    if kind in (str, bool, int, float):
        return {str: ANY_TEXT, bool: st.booleans(), int: ANY_COUNT, float: ANY_NUMBER}[kind]
    if typing.get_origin(kind) is types.UnionType:
        return st.one_of(
            st.none(), *(any_of(each) for each in typing.get_args(kind) if each is not type(None))
        )
    if typing.get_origin(kind) is tuple:
        return st.lists(any_of(typing.get_args(kind)[0]), max_size=3).map(tuple)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if kind is Alternative:
        return any_alternative()
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    return st.builds(kind, **{name: any_of(hints[name]) for name in names})


def any_alternative() -> st.SearchStrategy[Alternative]:
    """One whose text is what its number says."""
    return st.builds(
        lambda token_id, probability: Alternative(
            token_id=token_id, text=name_of(token_id), probability=probability
        ),
        ANY_COUNT,
        ANY_PROBABILITY,
    )


def any_trace() -> st.SearchStrategy[Trace]:
    """Any trace that the contract allows, whether or not it could be measured."""
    return any_of(Trace)


def long_trace(message_id: str, tokens: int = 300, seed: int = 7) -> Trace:
    """A trace as the live profile makes it, of numbers that are as hard to pack as real ones."""
    chance = np.random.default_rng(seed)
    layers = (5, 10, 15, 20, 25, 30)
    return Trace(
        message_id=message_id,
        opening=Opening(
            model_id="tiny",
            layers=30,
            profile=Profile.LIVE,
            lens_layers=layers,
            attention_layers=(8, 16, 24, 30),
            segments=tuple(
                Segment(kind=kind, start=10 * place, end=10 * place + 10, source_id=f"msg_{place}")
                for place, kind in enumerate(SegmentKind)
            ),
        ),
        tokens=tuple(_long_token(chance, index, layers) for index in range(tokens)),
        turn=TurnSignals(
            tokens=tokens,
            entropy_mean_nats=1.25,
            sentences=tuple(
                SentenceSources(start=start, end=start + 20, shares=_shares(chance))
                for start in range(0, tokens, 20)
            ),
        ),
    )


def _long_token(chance: np.random.Generator, index: int, layers: tuple[int, ...]) -> TokenSignals:
    return TokenSignals(
        index=index,
        token_id=int(chance.integers(49_152)),
        text=f" word{chance.integers(400)}",
        surprisal_nats=float(chance.exponential(1.5)),
        entropy_nats=float(chance.exponential(1.5)),
        varentropy_nats2=float(chance.exponential(2.0)),
        rank=int(chance.geometric(0.6)),
        margin_nats=float(chance.exponential(2.0)),
        alternatives=_likeliest(chance, 10),
        lens=tuple(
            LayerReading(
                layer=layer,
                top=_likeliest(chance, 4),
                entropy_nats=float(chance.uniform(0, 10)),
                kl_nats=float(chance.uniform(0, 8)),
            )
            for layer in layers
        ),
        commit_layer=int(chance.choice(layers)),
        state_norm=float(chance.normal(300, 20)),
        drift_ratio=float(chance.uniform(0, 1)),
        shares=_shares(chance),
        sink_share=float(chance.uniform(0.2, 0.9)),
        lookback_ratio=float(chance.uniform()),
        projections=tuple(chance.normal(size=2).tolist()),
        is_fork=bool(chance.random() < 0.1),
        cost_us=float(chance.uniform(200, 900)),
    )


def _likeliest(chance: np.random.Generator, count: int) -> tuple[Alternative, ...]:
    probabilities = np.sort(chance.dirichlet(np.full(count, 0.3)))[::-1]
    ids = chance.integers(0, 49_152, count)
    return tuple(
        Alternative(token_id=int(id_), text=name_of(int(id_)), probability=float(probability))
        for id_, probability in zip(ids, probabilities, strict=True)
    )


def _shares(chance: np.random.Generator) -> tuple[float, ...]:
    return tuple(chance.dirichlet(np.ones(len(SegmentKind))).tolist())
