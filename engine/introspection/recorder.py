"""Watches one answer being decoded, and turns each token's pass into TokenSignals on the spot.

Source: the per-token boundary is where generate_step calls its logits processors, once a pass
and one pass ahead of the token it yields; nothing is waited for there.

Runs on: compute.
"""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from engine.contract.signals import Opening, Profile, SegmentKind, TokenSignals, TurnSignals
from engine.introspection.attention import RowPattern, SegmentSums
from engine.introspection.flags import Boundaries, Repetitions, is_fork
from engine.introspection.probe import NetworkProbe, Pass
from engine.introspection.readings import Reading, Readings, alternatives_of
from engine.introspection.row_summary import TOP, RowSummary, summarise
from engine.introspection.turn_signals import turn_signals
from engine.models.hooks import Pushes
from engine.models.sight import Sight, Wanted

# While an answer is written, the lens may take this share of the time; the rest is read after.
_LENS_SHARE = 0.0075
# The states at the user's words wait until the answer has ended: 16 MB at a width of 4,096.
_MOST_USER_TOKENS = 1024
# Rows of a vocabulary at a time: 64 of 150,000 numbers are 38 MB.
_USER_ROWS_A_STEP = 64


@dataclass(frozen=True, slots=True)
class Watched:
    """A direction whose projection is shown.

    Attributes:
        vector: Unit length, shape (D,).
        mean: Of the projection, over ordinary text.
        deviation: Its standard deviation there.
    """

    layer: int
    vector: NDArray[np.float32]
    mean: float
    deviation: float


@dataclass(slots=True)
class _Noted:
    """A pass through mlx that has been begun and not yet heard of."""

    logits: mx.array
    seen: Pass
    position: int


@dataclass
class Recorder:
    """The instruments of one answer. It is an Observer; see engine/models/sight.py.

    Attributes:
        opening: What is measured.
        measured: What has been measured and was not taken yet.
        wanted: What passes have to show.
    """

    probe: NetworkProbe
    opening: Opening
    text_of: Callable[[int], str]
    watched: Sequence[Watched] = ()
    measured: deque[TokenSignals] = field(default_factory=deque)

    def __post_init__(self) -> None:
        opening = self.opening
        blocks = frozenset(layer - 1 for layer in opening.attention_layers)
        self.wanted = Wanted(has_states=self.probe.layers > 0, attention=blocks)
        self._sums = SegmentSums(opening.segments)
        self._readings = Readings(self.probe.lens, opening.lens_layers, self.text_of)
        self._boundaries, self._repetitions = Boundaries(), Repetitions()
        self._noted: deque[_Noted] = deque()
        self._now: Pass | None = None
        self._tokens: list[TokenSignals] = []
        self._last_state: NDArray[np.float64] | None = None
        self._last_norm = 0.0
        self._states: NDArray[np.float32] | None = None
        self._user = next(
            (s for s in opening.segments if s.kind is SegmentKind.QUESTION and s.end), None
        )
        self._unread_user: list[tuple[NDArray[np.float32], list[int]]] = []
        self._surprise_nats, self._user_tokens = 0.0, 0
        self._begun_s: float | None = None
        self._lens_s = 0.0
        self._noted_s = 0.0

    # -- what a decoding shows --------------------------------------------------------------------

    @contextlib.contextmanager
    def watching(self, network: Any, pushes: Pushes) -> Iterator[None]:  # noqa: ARG002
        """See Observer."""
        wanted = self.wanted
        with self.probe.watching(pushes, wanted.attention, wanted.has_states) as seen:
            self._now = seen
            yield
        self._now = None

    def reads(self, start: int, count: int) -> bool:
        """See Observer; only the user's own words are wanted."""
        user = self._user
        if user is None or user.end is None or user.end - user.start > _MOST_USER_TOKENS:
            return False
        # A token is foretold by the logits of the one before it.
        return start < user.end - 1 and start + count >= user.start

    def read(self, start: int, tokens: Sequence[int], logits: mx.array) -> None:
        """See Observer: the user's words are counted, after the answer if there is a lens.

        The head over a whole prompt costs as much as a third of a small model, so only the last
        block's states are kept here.
        """
        user, seen = self._user, self._now.taken() if self._now is not None else Pass()
        assert user is not None
        assert user.end is not None
        count = logits.shape[1]
        first = max(user.start - 1, start)
        last = min(user.end - 1, start + count, start + len(tokens) - 1)
        if last <= first:
            return
        following = [tokens[place - start + 1] for place in range(first, last)]
        states = seen.states.get(self.probe.layers - 1)
        rows = slice(first - start, last - start)
        if self.probe.lens is None or states is None:
            self._count_user(np.array(logits[0, rows].astype(mx.float32)), following)
            return
        self._unread_user.append((np.array(states[rows].astype(mx.float32)), following))

    def _count_user(self, logits: NDArray[np.float32], following: Sequence[int]) -> None:
        said = summarise(logits, top=1)
        for row, summary, token in zip(logits, said, following, strict=True):
            self._surprise_nats += summary.log_sum - float(row[token])
        self._user_tokens += len(following)

    def note(self, logits: mx.array, position: int) -> None:
        """See Observer."""
        begun_s = time.perf_counter()
        seen = self._now.taken() if self._now is not None else Pass()
        lazy = [pattern.weights for pattern in seen.patterns.values()]
        lazy += [pattern.sunk for pattern in seen.patterns.values() if pattern.sunk is not None]
        mx.async_eval(lazy)  # type: ignore[no-untyped-call]
        self._noted.append(_Noted(logits, seen, position))
        self._noted_s += time.perf_counter() - begun_s

    def saw(self, tokens: Sequence[int]) -> None:
        """See Observer."""
        if not tokens:
            self._noted.clear()
            return
        begun_s = time.perf_counter() - self._noted_s
        self._noted_s = 0.0
        self._record(tokens, _sight_of(self._noted.popleft()), begun_s)

    def see(self, tokens: Sequence[int], sight: Sight) -> None:
        """See Observer."""
        self._record(tokens, sight, time.perf_counter())

    # -- what is asked of it ----------------------------------------------------------------------

    def take(self) -> TokenSignals | None:
        """What was measured of the oldest token that was not taken yet."""
        return self.measured.popleft() if self.measured else None

    def end_at(self, count: int) -> None:
        """Only the first `count` tokens are the answer; what ended it is not part of it."""
        del self._tokens[count:]
        self.measured.clear()

    def read_lens(self) -> Iterator[tuple[Reading, ...]]:
        """The lens of all tokens that wait for it, some at a time."""
        for some in self._readings.read_rest():
            kept = tuple(reading for reading in some if reading[0] < len(self._tokens))
            for index, layers, commit in kept:
                self._tokens[index] = replace(self._tokens[index], lens=layers, commit_layer=commit)
            yield kept

    def tokens(self) -> tuple[TokenSignals, ...]:
        """All that was measured."""
        return tuple(self._tokens)

    def read_question(self) -> Iterator[None]:
        """The user's words are counted, some at a time."""
        while self._unread_user:
            states, following = self._unread_user.pop(0)
            for at in range(0, len(following), _USER_ROWS_A_STEP):
                some = slice(at, at + _USER_ROWS_A_STEP)
                if self.probe.lens is not None:
                    self._count_user(self.probe.lens.logits(states[some]), following[some])
                yield

    def forget_states(self) -> None:
        """Nothing waits to be read any more; what was not read stays unmeasured."""
        self._readings.forget()
        self._unread_user.clear()

    def turn(self, elapsed_s: float, lead: Sequence[TokenSignals] = ()) -> TurnSignals:
        """What the answer says as a whole.

        Args:
            elapsed_s: From its first token to the last.
            lead: Tokens that it begins with, measured before.
        """
        for _ in self.read_question():
            pass
        count = self._user_tokens
        placed = [replace(one, index=one.index + len(lead)) for one in self._tokens]
        whole = turn_signals(
            (*lead, *placed),
            layers=self.probe.layers,
            user_surprise_nats=self._surprise_nats / count if count else None,
            user_tokens=count,
            elapsed_s=elapsed_s,
        )
        return replace(whole, measured_s=sum(one.cost_us for one in self._tokens) / 1e6)

    def answer_states(self) -> NDArray[np.float32] | None:
        """What each block handed on at the last token measured, shape (layers, D)."""
        return self._states

    # -- measuring --------------------------------------------------------------------------------

    def _record(self, tokens: Sequence[int], sight: Sight, begun_s: float) -> None:
        if self._begun_s is None:
            self._begun_s = begun_s
        said = summarise(sight.logits[: len(tokens)], chosen=list(tokens))
        for row, (token, summary) in enumerate(zip(tokens, said, strict=True)):
            signals = self._signals(token, row, sight, summary)
            cost_us = 1e6 * (time.perf_counter() - begun_s)
            begun_s = time.perf_counter()
            signals = replace(signals, cost_us=cost_us)
            self._tokens.append(signals)
            self.measured.append(signals)

    def _signals(self, token: int, row: int, sight: Sight, summary: RowSummary) -> TokenSignals:
        index = len(self._tokens)
        states = None if sight.states is None else sight.states[:, row]
        lens = self._lens(index, states, sight.logits[row], summary)
        norm, drift = self._state(states)
        shares = self._sums.shares(_patterns(sight, row))
        surprisal = summary.log_sum - float(sight.logits[row, token])
        margin = summary.logprobs[0] - summary.logprobs[1] if len(summary.logprobs) > 1 else 0.0
        return TokenSignals(
            index=index,
            token_id=token,
            text=self.text_of(token),
            surprisal_nats=surprisal,
            entropy_nats=summary.entropy_nats,
            varentropy_nats2=summary.varentropy_nats2,
            rank=summary.rank,
            margin_nats=margin,
            alternatives=alternatives_of(summary, self.text_of, TOP),
            lens=lens[1] if lens else (),
            commit_layer=lens[2] if lens else None,
            state_norm=norm,
            drift_ratio=drift,
            shares=shares.by_segment if shares else (),
            sink_share=shares.sink if shares else None,
            lookback_ratio=shares.lookback if shares else None,
            projections=self._projections(states),
            is_fork=is_fork(summary.entropy_nats, margin),
            is_boundary=self._boundaries.add(surprisal),
            is_repetition=self._repetitions.add(token),
        )

    def _lens(
        self,
        index: int,
        states: NDArray[np.float32] | None,
        logits: NDArray[np.float32],
        summary: RowSummary,
    ) -> Reading | None:
        """The reading of this token, if there is time for it now."""
        if states is None or not self._readings.keep(index, states, summary):
            return None
        begun_s = time.perf_counter()
        written_s = begun_s - (begun_s if self._begun_s is None else self._begun_s)
        if self.opening.profile is not Profile.FULL and self._lens_s > _LENS_SHARE * written_s:
            return None
        reading = self._readings.read_now(logits)
        self._lens_s += time.perf_counter() - begun_s
        return reading

    def _state(self, states: NDArray[np.float32] | None) -> tuple[float | None, float | None]:
        """Length of the last hidden state, and how far it turned since the token before."""
        if states is None:
            return None, None
        last, before = states[-1].astype(np.float64), self._last_state
        norm, drift = math.sqrt(float(last @ last)), None
        if before is not None and norm and self._last_norm:
            drift = 1 - float(last @ before) / (norm * self._last_norm)
        self._last_state, self._last_norm = last, norm
        self._states = states.copy()
        return norm, drift

    def _projections(self, states: NDArray[np.float32] | None) -> tuple[float, ...]:
        if states is None:
            return ()
        return tuple(
            (float(states[one.layer - 1] @ one.vector) - one.mean) / one.deviation
            for one in self.watched
        )


def _patterns(sight: Sight, row: int) -> list[RowPattern]:
    found = []
    for block, weights in sight.patterns.items():
        places, sunk = sight.places.get(block), sight.sunk.get(block)
        length = weights.shape[2] if sight.is_whole else sight.length(row)
        found.append(
            RowPattern(weights[row, :, :length], places, None if sunk is None else sunk[row])
        )
    return found


def _sight_of(noted: _Noted) -> Sight:
    """What a pass through mlx showed, as numbers."""
    seen = noted.seen
    states = None
    if seen.states:
        rows = [seen.states[index].astype(mx.float32) for index in sorted(seen.states)]
        states = np.array(mx.stack(rows))
    patterns = seen.patterns
    return Sight(
        logits=np.array(noted.logits.astype(mx.float32)),
        states=states,
        patterns={i: np.array(one.weights.astype(mx.float32)) for i, one in patterns.items()},
        position=noted.position,
        places={i: one.places for i, one in patterns.items() if one.places is not None},
        sunk={i: np.array(one.sunk) for i, one in patterns.items() if one.sunk is not None},
        is_whole=True,
    )
