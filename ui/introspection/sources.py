"""What a sentence drew on, as a person would name it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engine.contract.signals import Opening, SegmentKind, SentenceSources
from ui import text_instruments as words

# A tenth of a nat makes the sentence a tenth less likely. Rounding moves the sum over a sentence
# by less than a hundredth.
CONFIRMED_NATS = 0.1
_ROLES = {
    SegmentKind.SYSTEM: "faint",
    SegmentKind.MEMORY: "ok",
    SegmentKind.DOCUMENT: "accent",
    SegmentKind.HISTORY: "warn",
    SegmentKind.QUESTION: "muted",
    SegmentKind.FRAME: "line_strong",
    SegmentKind.OWN: "signal",
}
# An answer without its question is no answer; the rest is not a source.
_TRIABLE = frozenset(
    (SegmentKind.SYSTEM, SegmentKind.MEMORY, SegmentKind.DOCUMENT, SegmentKind.HISTORY)
)


class Verdict(Enum):
    """What leaving a source out said of it."""

    CONFIRMED = words.CONFIRMED
    NOT_CONFIRMED = words.NOT_CONFIRMED
    NOT_TRIED = words.NOT_TRIED


@dataclass(frozen=True, slots=True)
class Source:
    """One part of the context.

    Attributes:
        role: Its colour, by role.
        share: Of the attention, 0 to 1.
        drop_nats: What leaving it out does to the sentence; None if it was not tried.
        is_triable: Whether it can be left out at all.
    """

    kind: SegmentKind
    name: str
    source_id: str
    role: str
    share: float
    drop_nats: float | None
    is_triable: bool

    def verdict(self) -> Verdict:
        """What leaving it out said."""
        if self.drop_nats is None:
            return Verdict.NOT_TRIED
        is_clear = self.drop_nats >= CONFIRMED_NATS
        return Verdict.CONFIRMED if is_clear else Verdict.NOT_CONFIRMED

    def is_openable(self) -> bool:
        """Whether there is something to show of it."""
        return bool(self.source_id) and self.kind in (
            SegmentKind.DOCUMENT,
            SegmentKind.HISTORY,
            SegmentKind.QUESTION,
        )

    def said(self, *, is_tried: bool) -> str:
        """All of it in one line, for a screen reader."""
        parts = [self.name, words.share(self.share)]
        if is_tried and self.is_triable:
            parts.append(self.verdict().value)
            if self.drop_nats is not None:
                parts.append(words.drop(self.drop_nats))
        return ", ".join(parts)


def sources_of(opening: Opening, sentence: SentenceSources) -> tuple[Source, ...]:
    """The sentence's sources in the order of the prompt; empty if attention was not read.

    What the chat template puts round the messages stands in many places and is told as one.
    """
    if not sentence.shares:
        return ()
    made: list[Source] = []
    frame = sum(
        share
        for share, segment in zip(sentence.shares, opening.segments, strict=False)
        if segment.kind is SegmentKind.FRAME
    )
    for place, segment in enumerate(opening.segments[: len(sentence.shares)]):
        is_frame = segment.kind is SegmentKind.FRAME
        if is_frame and any(one.kind is SegmentKind.FRAME for one in made):
            continue
        drops = sentence.drops_nats
        made.append(
            Source(
                kind=segment.kind,
                name=words.segment(segment),
                source_id=segment.source_id,
                role=_ROLES[segment.kind],
                share=frame if is_frame else sentence.shares[place],
                drop_nats=drops[place] if place < len(drops) else None,
                is_triable=segment.kind in _TRIABLE,
            )
        )
    return tuple(made)


def is_tried(sentence: SentenceSources) -> bool:
    """Whether any source was left out."""
    return any(drop is not None for drop in sentence.drops_nats)
