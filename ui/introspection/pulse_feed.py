"""What the line under the composer says of the answer that is looked at."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer

from engine.contract.signals import Opening, Profile, Segment, TurnSignals
from ui.chat.pulse_signs import PulsePart
from ui.introspection import pulse_words as words
from ui.introspection.measured import Measured
from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.pace import GAUGE_MS, Smoothed

_MOST_NATS = 8.0  # a full gauge: a token of 0.0003, or so each of the user's words
_NAMED = 2  # parts of the context that are named, the largest first


class PulseFeed(QObject):
    """Looks at the measurements five times a second while instruments are on, and smooths them."""

    def __init__(
        self, desk: MeasuringDesk, show: Callable[[Sequence[PulsePart]], object], parent: QObject
    ) -> None:
        """Listens from now on.

        Args:
            desk: What is measured.
            show: Puts the parts on screen; none for what is said without instruments.
            parent: Ends it.
        """
        super().__init__(parent)
        self._desk = desk
        self._show = show
        self._measured = Measured()
        self._forget()
        self._last = time.monotonic()
        self._clock = QTimer(self)
        self._clock.setInterval(GAUGE_MS)
        self._clock.timeout.connect(self._beat)
        for signal in (desk.tuned, desk.shown_changed, desk.settings.changed):
            signal.connect(self._wake)
        desk.changed.connect(lambda _conversation, _message: self._wake())

    def _wake(self) -> None:
        if not self._clock.isActive():
            self._last = time.monotonic()
            self._clock.start()
            self._beat()

    def _beat(self) -> None:
        """One step; the clock rests when no further one would be seen."""
        now = time.monotonic()
        elapsed, self._last = now - self._last, now
        measured = self._desk.current
        if measured is not self._measured or measured.revision != self._revision:
            self._measured = measured
            self._forget()
        is_on = self._desk.wanted_profile() is not Profile.OFF
        if not is_on or not measured.tokens or measured.opening is None:
            self._clock.stop()
            self._show(())
            return
        self._take(now)
        parts, is_at_rest = self._parts(measured, measured.opening, elapsed)
        self._show(parts)
        if is_at_rest and not measured.is_live:
            self._clock.stop()

    def _forget(self) -> None:
        self._revision = self._measured.revision
        self._taken = 0
        self._probability_sum = self._cost_us = 0.0
        self._began_at: float | None = None
        self._certainty, self._surprise = Smoothed(), Smoothed()
        self._shares: list[Smoothed] = []

    def _take(self, now: float) -> None:
        tokens = self._measured.tokens
        if self._measured.is_live and self._began_at is None:
            # The first token is older than this look at it by at most one beat.
            self._began_at = now
        for token in tokens[self._taken :]:
            self._probability_sum += math.exp(-token.surprisal_nats)
            self._cost_us += token.cost_us
        self._taken = len(tokens)

    def _parts(
        self, measured: Measured, opening: Opening, elapsed: float
    ) -> tuple[list[PulsePart], bool]:
        turn = measured.turn
        certainty, is_certain = self._certain(turn, elapsed)
        surprise, is_surprised = self._surprised(turn, elapsed)
        reading, is_read = self._read(opening.segments, elapsed)
        parts = [*certainty, surprise, *reading, *self._cost(turn)]
        return parts, is_certain and is_surprised and is_read

    def _certain(self, turn: TurnSignals | None, elapsed: float) -> tuple[list[PulsePart], bool]:
        if turn is not None and turn.confidence is not None:
            held = turn.confidence
            value = self._certainty.follow(held.value, elapsed)
            said = words.certainty(held)
            part = PulsePart(words=words.CERTAINTY, gauge=value, rank=9, help=said)
            return [part], self._certainty.is_near(held.value)
        mean = self._probability_sum / max(1, self._taken)
        value = self._certainty.follow(mean, elapsed)
        reason = turn.confidence_reason if turn is not None else ""
        unmeasured = PulsePart(
            words=words.UNMEASURED, rank=8, help=f"{words.UNMEASURED_MORE} {reason}".strip()
        )
        part = PulsePart(
            words=words.PROBABILITY,
            gauge=value,
            rank=7,
            help=words.probability(mean),
        )
        return [unmeasured, part], self._certainty.is_near(mean)

    def _surprised(self, turn: TurnSignals | None, elapsed: float) -> tuple[PulsePart, bool]:
        nats = self._measured.tokens[-1].surprisal_nats
        said, more = words.SURPRISE, words.token_surprise(nats)
        if turn is not None and turn.user_surprise_nats is not None:
            nats = turn.user_surprise_nats
            said, more = words.USER_SURPRISE, words.user_surprise(nats, turn.user_tokens)
        target = min(1.0, nats / _MOST_NATS)
        value = self._surprise.follow(target, elapsed)
        part = PulsePart(
            words=said, brief=words.SURPRISE, gauge=value, role="signal", rank=5, help=more
        )
        return part, self._surprise.is_near(target)

    def _read(self, segments: Sequence[Segment], elapsed: float) -> tuple[list[PulsePart], bool]:
        """What the words looked at just now, and over all of the answer when it has ended."""
        shares = self._looked_at()
        if len(shares) != len(segments) or not shares:
            return [], True
        if len(self._shares) != len(shares):
            self._shares = [Smoothed() for _ in shares]
        followed = [
            smoothed.follow(share, elapsed) or 0.0
            for smoothed, share in zip(self._shares, shares, strict=True)
        ]
        is_near = all(s.is_near(share) for s, share in zip(self._shares, shares, strict=True))
        named = sorted(zip(followed, segments, strict=True), key=lambda one: -one[0])[:_NAMED]
        said = words.reading([(words.segment(part), share) for share, part in named])
        brief = words.reading([(words.segment(part), share) for share, part in named[:1]])
        part = PulsePart(words=said, brief=brief, rank=4, help=words.READING_MORE)
        return [part], is_near

    def _looked_at(self) -> tuple[float, ...]:
        turn, tokens = self._measured.turn, self._measured.tokens
        sentences = [s for s in turn.sentences if s.shares] if turn is not None else []
        if not sentences:
            return next((one.shares for one in reversed(tokens[-8:]) if one.shares), ())
        lengths = [one.end - one.start for one in sentences]
        columns = zip(*(one.shares for one in sentences), strict=True)
        return tuple(
            sum(share * length for share, length in zip(column, lengths, strict=True))
            / max(1, sum(lengths))
            for column in columns
        )

    def _cost(self, turn: TurnSignals | None) -> list[PulsePart]:
        if turn is not None:
            measured_s, elapsed_s = turn.measured_s, turn.elapsed_s
        else:
            began = self._began_at
            measured_s = self._cost_us / 1e6
            elapsed_s = time.monotonic() - began if began is not None else 0.0
        # In the first half second the clock says little.
        if elapsed_s < 0.5:
            return []
        share = measured_s / elapsed_s
        said, brief = words.cost(share), words.cost_brief(share)
        part = PulsePart(words=said, brief=brief, rank=2, help=words.COST_MORE, is_last=True)
        return [part]
