"""What measuring costs: decoding with the live profile against instruments off, and tap by tap."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.port_reader import PortReader
from engine.assembly import start_engine
from engine.contract.commands import CreateConversation, LoadModel, SendMessage
from engine.contract.events import TurnFinished
from engine.contract.ids import new_id
from engine.contract.introspection_commands import SetInstruments
from engine.contract.introspection_events import TurnMeasured
from engine.contract.messages import AnswerStats
from engine.contract.settings import GenerationSettings, IntrospectionSettings, Settings
from engine.contract.signals import Profile, Segment, SegmentKind
from tests.benchmarks import texts
from tests.benchmarks.figures import Spread, ratios
from tests.benchmarks.ground import Ground
from tests.benchmarks.machine import ROOT
from tests.benchmarks.report import Table

SHARE = 12
PAIRS = 15
ANSWER_TOKENS = 128
PROMPT_TOKENS = 300
# Issue 5: at most a tenth of the speed is lost.
WANTED = 0.9
_STORY = "Write a long story about a lighthouse keeper who finds an old map."
_LENGTH = 512
_REPEATS = 40


def run(ground: Ground) -> list[Table]:
    """Three tables."""
    paired = _paired(ground)
    taps = _taps(ground)
    return [_speed_table(ground, paired), _tap_table(paired, taps), _projection_table()]


# -- through the real engine ----------------------------------------------------------------------


def _paired(ground: Ground) -> dict[str, dict[str, list[float]]]:
    """Decode rates and times to the first token, off and live by turns."""
    running = start_engine(
        settings=Settings(), models_dir=ground.models_dir, resources=ROOT / "resources", version="0"
    )
    reader = PortReader(running.port)
    found: dict[str, dict[str, list[float]]] = {
        name: {"decode": [], "ttft_ms": []} for name in ("off", "live")
    }
    long = texts.filled(
        "Say in one sentence what this is about.",
        lambda text: len(ground.prompt_ids(text)),
        PROMPT_TOKENS,
    )
    try:
        with contextlib.closing(reader):
            reader.run(LoadModel(model_id=ground.model_id))
            _answer(reader, Profile.LIVE, _STORY, 16)
            for number in range(PAIRS):
                ground.say(f"introspection: pair {number + 1} of {PAIRS}")
                for profile in (Profile.OFF, Profile.LIVE):
                    one = found[profile.value]
                    stats = _answer(reader, profile, f"{_STORY} ({number})", ANSWER_TOKENS)
                    one["decode"].append(stats.tokens_per_second or 0.0)
                    # Another beginning each time, or the cache would have read it before.
                    stats = _answer(reader, profile, f"{profile.value} {number}. {long}", 2)
                    one["ttft_ms"].append(stats.ttft_ms)
    finally:
        running.close()
    return found


def _answer(reader: PortReader, profile: Profile, text: str, tokens: int) -> AnswerStats:
    reader.run(SetInstruments(profile=profile))
    conversation_id = new_id("conv")
    reader.run(CreateConversation(conversation_id=conversation_id, is_temporary=True))
    asked = SendMessage(
        conversation_id=conversation_id,
        text=text,
        generation=GenerationSettings(temperature=0.0, max_tokens=tokens),
    )
    # What goes on after a measured answer would slow the next one.
    until = None if profile is Profile.OFF else TurnMeasured
    told = list(reader.events_of(asked, until=until))
    stats = next(event.message for event in told if isinstance(event, TurnFinished)).stats
    if stats is None:
        raise ValueError("an answer was not measured")
    return stats


# -- tap by tap -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Tap:
    """What one thing costs.

    Attributes:
        microseconds: Median, a token.
        when: While the answer is written, or after it.
    """

    name: str
    microseconds: float
    when: str


def _taps(ground: Ground) -> list[_Tap]:
    from engine.introspection.probe import NetworkProbe
    from engine.models import device
    from engine.models.loader import load_model

    ground.say("introspection: each tap by itself")
    loaded = load_model(
        ground.model_path,
        model_id=ground.model_id,
        name=ground.model_id,
        licence="",
        limit_bytes=8_000_000_000,
        on_progress=lambda *_: None,
    )
    packed = device.speed_up(loaded.network)
    try:
        return _each(NetworkProbe(loaded.network), loaded.network)
    finally:
        packed.release()


def _each(probe: Any, network: Any) -> list[_Tap]:
    chosen = IntrospectionSettings()
    layers = _spread(chosen.attention_layers, probe.layers)
    logits, states = _end_of_a_prompt(probe, network)
    writing, after = "while it is written", "after it"
    shown_us = _shown_us(network, frozenset(layer - 1 for layer in layers))
    found = []
    if shown_us is not None:
        found.append(_Tap("states and attention copied out of a pass", shown_us, writing))
    heads = network.args.num_attention_heads
    read = _spread(chosen.lens_layers, probe.layers)
    return [
        *found,
        _Tap("probabilities, rank, 10 others", _probabilities_us(logits), writing),
        _Tap(
            f"shares of attention, {len(layers)} layers, {_LENGTH} tokens",
            _shares_us(heads, len(layers)),
            writing,
        ),
        _Tap("state: length and drift", _state_us(states), writing),
        _Tap(
            f"lens, {len(read)} layers",
            _lens_us(probe, states[[layer - 1 for layer in read]], logits),
            after,
        ),
        _Tap("surprise at a word of the user's", _surprise_us(probe, states[-1:]), after),
    ]


def _spread(count: int, layers: int) -> tuple[int, ...]:
    from engine.introspection.readings import spread_layers

    return spread_layers(count, layers)


def _end_of_a_prompt(probe: Any, network: Any) -> tuple[Any, Any]:
    """Logits, shape (1, V), and what each block hands on, shape (layers, D)."""
    import mlx.core as mx

    with probe.watching({}, frozenset(), True) as seen:
        logits = np.array(network(mx.arange(_LENGTH)[None])[0, -1:].astype(mx.float32))
    last = [seen.states[index][-1].astype(mx.float32) for index in range(probe.layers)]
    return logits, np.array(mx.stack(last))


def _probabilities_us(logits: Any) -> float:
    from engine.introspection.row_summary import summarise

    return _median_us(lambda: summarise(logits, chosen=[1]))


def _shares_us(heads: int, layers: int) -> float:
    from engine.introspection.attention import RowPattern, SegmentSums

    weights = np.random.default_rng(0).random((heads, _LENGTH)).astype(np.float32)
    sums = SegmentSums(
        (
            Segment(kind=SegmentKind.FRAME, start=0, end=20),
            Segment(kind=SegmentKind.QUESTION, start=20, end=_LENGTH // 2),
            Segment(kind=SegmentKind.OWN, start=_LENGTH // 2),
        )
    )
    return _median_us(lambda: sums.shares([RowPattern(weights)] * layers))


def _state_us(states: Any) -> float:
    def measure() -> None:
        state = states[-1].astype(np.float64)
        float(np.sqrt(state @ state)), float(state @ states[-2].astype(np.float64)), states.copy()

    return _median_us(measure)


def _lens_us(probe: Any, rows: Any, logits: Any) -> float:
    from engine.introspection.readings import LENS_TOP
    from engine.introspection.row_summary import summarise

    inner = rows[:-1]

    def measure() -> None:
        summarise(probe.lens.logits(inner), finals=logits, ends=[0] * len(inner), top=LENS_TOP)

    return _median_us(measure)


def _surprise_us(probe: Any, state: Any) -> float:
    from engine.introspection.row_summary import summarise

    words = np.repeat(state, 64, 0)
    return _median_us(lambda: summarise(probe.lens.logits(words), top=1), 8) / len(words)


def _shown_us(network: Any, attention: frozenset[int]) -> float | None:
    """How much longer a native pass takes that leaves states and attention behind."""
    import mlx.core as mx
    from mlx_lm.models.cache import make_prompt_cache

    from engine.models.cpu_reading import reading_of
    from engine.models.sight import Wanted

    ways = []
    for wanted in (Wanted(), Wanted(has_states=True, attention=attention)):
        layers = make_prompt_cache(network)
        mx.eval(network(mx.arange(_LENGTH)[None], cache=layers))
        reading = reading_of(network, layers)
        if reading is None:
            return None
        reading.watch(wanted)
        ways.append(reading)
    plain: list[float] = []
    watched: list[float] = []
    for _ in range(_REPEATS):
        for reading, times in zip(ways, (plain, watched), strict=True):
            begun = time.perf_counter()
            reading.logits([7])
            times.append(1e6 * (time.perf_counter() - begun))
    return float(statistics.median(watched) - statistics.median(plain))


def _median_us(work: Callable[[], object], repeats: int = _REPEATS) -> float:
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        times.append(1e6 * (time.perf_counter() - begun))
    return statistics.median(times)


# -- tables ---------------------------------------------------------------------------------------


def _speed_table(ground: Ground, paired: dict[str, dict[str, list[float]]]) -> Table:
    off, live = paired["off"], paired["live"]
    decode = ratios(live["decode"], off["decode"])
    first = ratios(live["ttft_ms"], off["ttft_ms"])
    word = "reached" if decode.median >= WANTED else "not reached"
    return Table(
        name="introspection",
        title="Decoding with the live profile of the instruments",
        columns=("", "decode, tokens/s", f"first token after {PROMPT_TOKENS} tokens, ms"),
        rows=[
            *(
                [name, Spread.of(one["decode"]).text(1), Spread.of(one["ttft_ms"]).text(0)]
                for name, one in (("instruments off", off), ("live profile", live))
            ),
            ["**live to off**", f"**{decode.text(3, 'x')}**", f"**{first.text(3, 'x')}**"],
        ],
        notes=[
            f"Wanted: at most {1 - WANTED:.0%} of the decode rate lost: {word} "
            f"({1 - decode.median:.1%} lost).",
            f"{ground.model_id}; median (lowest to highest) of {PAIRS} pairs by turns through the "
            f"real engine; {ANSWER_TOKENS} tokens after a short prompt; ratios are of one pair.",
        ],
        figures={"paired": paired, "decode_ratio": decode.median, "ttft_ratio": first.median},
    )


def _tap_table(paired: dict[str, dict[str, list[float]]], taps: list[_Tap]) -> Table:
    token_us = 1e6 / statistics.median(paired["off"]["decode"])
    # By pairs: what else the machine does slows both halves of a pair.
    kept = ratios(paired["live"]["decode"], paired["off"]["decode"]).median
    lost_us = token_us * (1 / kept - 1)
    while_us = sum(tap.microseconds for tap in taps if tap.when == "while it is written")
    rows = [
        [tap.name, tap.when, f"{tap.microseconds:,.0f}", f"{tap.microseconds / token_us:.1%}"]
        for tap in taps
    ]
    rest_us = lost_us - while_us
    rows.append(
        [
            "the rest: lens of some tokens, records, events",
            "while it is written",
            f"{rest_us:,.0f}",
            f"{rest_us / token_us:.1%}",
        ]
    )
    return Table(
        name="introspection_taps",
        title="What each tap costs, a token",
        columns=("", "when", "microseconds", "of a token's time"),
        rows=rows,
        notes=[
            f"A token takes {token_us:,.0f} us with instruments off and {lost_us:,.0f} more with "
            "the live profile. The rest is that difference less the taps above it, so it holds "
            "all noise; it may be below zero on a busy machine.",
            "While an answer is written the live profile gives the lens 1.5 % of the time; other "
            "tokens are read after it.",
        ],
        figures={"taps_us": {tap.name: tap.microseconds for tap in taps}, "lost_us": lost_us},
    )


@dataclass(frozen=True)
class _Shape:
    """A model's published sizes."""

    name: str
    parameters: float
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_dim: int
    vocabulary: int


_SHAPES = (
    _Shape("SmolLM2-135M", 134.5e6, 30, 576, 9, 3, 64, 49_152),
    _Shape("Llama-3.2-3B", 3.21e9, 28, 3072, 24, 8, 128, 128_256),
    _Shape("Llama-3.1-8B", 8.03e9, 32, 4096, 32, 8, 128, 128_256),
    _Shape("Qwen3-8B", 8.19e9, 36, 4096, 32, 8, 128, 151_936),
)
_BYTES_A_WEIGHT = 4.5 / 8
_CONTEXT = 4096
_LENS_TIME_SHARE = 0.015


def _projection_table() -> Table:
    """From bytes, for a machine that decodes as fast as it reads memory."""
    settings = IntrospectionSettings()
    rows = []
    figures: dict[str, float] = {}
    for shape in _SHAPES:
        weights = _BYTES_A_WEIGHT * shape.parameters
        parts = {
            # Logits are written once and read once more, in float32.
            "probabilities": 8 * shape.vocabulary,
            # Queries against keys again, 16 bits each, through mlx; natively scores are copied.
            "attention": settings.attention_layers * _CONTEXT * shape.kv_heads * shape.head_dim * 2,
            "states": 4 * shape.layers * shape.width,
        }
        shares = {name: count / weights for name, count in parts.items()}
        whole = sum(shares.values()) + _LENS_TIME_SHARE
        head = _BYTES_A_WEIGHT * shape.vocabulary * shape.width / weights
        figures[shape.name] = whole
        rows.append(
            [
                shape.name,
                *(f"{shares[name]:.2%}" for name in parts),
                f"{_LENS_TIME_SHARE:.1%}",
                f"**{whole:.1%}**",
                f"{head:.1%}",
            ]
        )
    return Table(
        name="introspection_projection",
        title="Projection for larger models (computed, not measured)",
        columns=(
            "",
            "probabilities",
            f"attention, {settings.attention_layers} layers, {_CONTEXT} tokens",
            "states",
            "lens, live",
            "live in all",
            "one lens pass at every token",
        ),
        rows=rows,
        notes=[
            "Share of the bytes of one token: weights = parameters x 4.5 / 8; probabilities = "
            "vocabulary x 4 x 2; attention = layers read x context x KV heads x head width x 2; "
            "states = layers x width x 4; one lens pass = head (vocabulary x width x 4.5 / 8), "
            "read once for up to five rows. The lens is held to 1.5 % of the time.",
            "What the CPU does beside (records, events) does not grow with the model.",
        ],
        figures={"live_share": figures},
    )
