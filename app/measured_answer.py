"""What was measured in one answer, gathered from events: for programs, and in a few words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from typing import Any

from engine.contract.events import Event
from engine.contract.introspection_events import (
    LensRead,
    MeasuringBegun,
    TokenMeasured,
    TurnMeasured,
)
from engine.contract.signals import Opening, Segment, TokenSignals, TurnSignals, View

_NAMED = {
    "system": "system prompt",
    "memory": "memories",
    "document": "files",
    "history": "earlier messages",
    "question": "question",
    "frame": "template",
    "own": "own words",
}


@dataclass
class Measured:
    """One answer's measurements, as far as they have come.

    Attributes:
        opening: What is measured; None until it has begun.
        tokens: In order.
        turn: None until all has been measured.
    """

    opening: Opening | None = None
    tokens: list[TokenSignals] = field(default_factory=list)
    turn: TurnSignals | None = None

    def take(self, event: Event) -> None:
        """What the event says of measurements is remembered; others are ignored."""
        if isinstance(event, MeasuringBegun):
            self.opening, self.tokens = event.opening, []
        elif isinstance(event, TokenMeasured):
            self.tokens.append(event.signals)
        elif isinstance(event, LensRead):
            for index, layers, commit in event.readings:
                if index < len(self.tokens):
                    read = replace(self.tokens[index], lens=layers, commit_layer=commit)
                    self.tokens[index] = read
        elif isinstance(event, TurnMeasured):
            self.turn = event.signals


def measured_json(measured: Measured) -> dict[str, Any]:
    """The measurements as the object that programs read; what was not measured is null or empty.

    Names and units are those of engine/contract/signals.py, and may only be added to.
    """
    return {
        "opening": plain(measured.opening),
        "tokens": plain(measured.tokens),
        "turn": plain(measured.turn),
    }


def plain(value: Any) -> Any:
    """A value of the contract in what JSON has; a number that is none becomes null."""
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def in_words(measured: Measured) -> tuple[str, ...]:
    """A few lines for a person; only what was measured is in them."""
    turn, opening = measured.turn, measured.opening
    if turn is None or opening is None:
        return ("Measuring this answer did not come to its end.",)
    lines = [
        _certainty(turn),
        _surprise(turn),
        _looked_at(measured.tokens, opening.segments),
        _depth(turn),
        _cost(turn),
    ]
    lines += [f"Not available, {one.view.value}: {one.reason}" for one in _missing(opening)]
    return tuple(line for line in lines if line)


def _certainty(turn: TurnSignals) -> str:
    if turn.entropy_mean_nats is None or turn.entropy_most_nats is None:
        return ""
    return (
        f"Measured over {turn.tokens} tokens: entropy {turn.entropy_mean_nats:.2f} nats on "
        f"average, {turn.entropy_most_nats:.2f} at most; {_many(turn.forks, 'fork')}, "
        f"{turn.repetitions} in a loop."
    )


def _surprise(turn: TurnSignals) -> str:
    if turn.user_surprise_nats is None:
        return ""
    return f"Your words surprised the model by {turn.user_surprise_nats:.2f} nats a token."


def _looked_at(tokens: Sequence[TokenSignals], segments: Sequence[Segment]) -> str:
    rows = [token for token in tokens if token.shares and token.sink_share is not None]
    if not rows:
        return ""
    sums: dict[str, float] = {}
    for place, segment in enumerate(segments):
        name = segment.label or _NAMED[segment.kind.value]
        mean = sum(row.shares[place] for row in rows) / len(rows)
        sums[name] = sums.get(name, 0.0) + mean
    largest = sorted(sums.items(), key=lambda item: -item[1])
    shares = ", ".join(f"{name} {share:.0%}" for name, share in largest)
    sink = sum(row.sink_share or 0.0 for row in rows) / len(rows)
    return f"It looked at: {shares}. The sink, {sink:.0%} of all attention, is left out."


def _depth(turn: TurnSignals) -> str:
    if not turn.lens_tokens:
        return ""
    return (
        f"Of {turn.lens_tokens} tokens {turn.settled_early} were settled in the first half of "
        f"the layers, {turn.late_revisions} changed in the last quarter."
    )


def _cost(turn: TurnSignals) -> str:
    if not turn.elapsed_s:
        return ""
    share = turn.measured_s / turn.elapsed_s
    return f"Measuring took {turn.measured_s:.2f} of {turn.elapsed_s:.2f} s ({share:.0%})."


def _missing(opening: Opening) -> list[Any]:
    return [one for one in opening.unavailable if one.view is not View.STEERING]


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
