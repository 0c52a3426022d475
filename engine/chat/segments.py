"""Which tokens of a prompt came from where: system prompt, files, earlier messages, question.

The texts are looked for in the prompt as the model reads it, each behind what the template writes
before it; where that is, the template says itself when it is given marks instead of texts. What is
not found there to the letter counts as the template's frame.

Runs on: compute (it decodes text; no mlx).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from engine.chat.framing import edges
from engine.chat.history import turns_of
from engine.contract.messages import Message
from engine.contract.signals import Segment, SegmentKind
from engine.models.tokenizer import Tokenizer

# Letters of the private use area: no text has them in this order.
_MARK = re.compile("\uf8f0([0-9]+)\uf8f1")


@dataclass(frozen=True, slots=True)
class _Found:
    """A part of the prompt, by bytes."""

    kind: SegmentKind
    start: int
    end: int
    label: str = ""
    source_id: str = ""


def segments_of(
    tokenizer: Tokenizer,
    tokens: Sequence[int],
    system: str,
    messages: Sequence[Message],
    begun_tokens: int = 0,
) -> tuple[Segment, ...]:
    """The prompt in parts, in order and without gaps; the answer's own last.

    Args:
        tokenizer: Whose tokens they are.
        tokens: The prompt.
        system: The system prompt in it; empty for none.
        messages: The messages in it, oldest first, as the model is given them.
        begun_tokens: How many of the tokens, at the end, are the beginning of the answer.
    """
    pieces = tokenizer.bytes_of_each(tokens)
    starts = [0, *accumulate(map(len, pieces))]
    own = len(tokens) - begun_tokens
    whole = b"".join(pieces[:own])
    found = [
        _by_tokens(part, starts) for part in _parts(tokenizer, whole, system.strip(), messages)
    ]
    filled = _without_gaps([s for s in found if s.end is not None and s.end > s.start], own)
    return (*filled, Segment(kind=SegmentKind.OWN, start=own))


def _parts(
    tokenizer: Tokenizer, whole: bytes, system: str, messages: Sequence[Message]
) -> list[_Found]:
    wanted: list[tuple[SegmentKind, str, Message | None]] = [(SegmentKind.SYSTEM, system, None)]
    last = len(messages) - 1
    for place, message in enumerate(messages):
        kind = SegmentKind.QUESTION if place == last else SegmentKind.HISTORY
        wanted.append((kind, message.text.strip(), message))
    parts: list[_Found] = []
    cursor = 0
    for frame, place in _frames(tokenizer, system, messages):
        kind, text, said_by = wanted[place]
        cursor = _behind(whole, frame, cursor)
        body = text.encode()
        at = whole.find(body, cursor) if body else -1
        if at >= 0:
            cursor = at + len(body)
            parts += _with_files(whole, kind, at, cursor, said_by)
    return parts


def _frames(
    tokenizer: Tokenizer, system: str, messages: Sequence[Message]
) -> list[tuple[bytes, int]]:
    """What the template writes before each text, in its order; 0 is the system's, then messages."""
    marked = [
        (message.role.value, f"\uf8f0{place}\uf8f1") for place, message in enumerate(messages, 1)
    ]
    rendered = tokenizer.render(turns_of("\uf8f00\uf8f1" if system else "", marked))
    pieces = _MARK.split(rendered)
    frames = [frame.strip().encode() for frame in pieces[::2]]
    return list(zip(frames, map(int, pieces[1::2]), strict=False))


def _behind(whole: bytes, frame: bytes, cursor: int) -> int:
    """Where the frame has ended; where we were if it is not there."""
    at = whole.find(frame, cursor)
    return at + len(frame) if at >= 0 else cursor


def _with_files(
    whole: bytes, kind: SegmentKind, start: int, end: int, message: Message | None
) -> list[_Found]:
    """One message, its files apart from its own words."""
    source_id = message.id if message is not None else ""
    parts, cursor = [], start
    for card in message.attachments if message is not None else ():
        opening, closing = (edge.encode() for edge in edges(card))
        at = whole.find(opening, cursor, end)
        until = whole.find(closing, at, end) if at >= 0 else -1
        if until < 0:
            continue
        if at > cursor and whole[cursor:at].strip():
            parts.append(_Found(kind, cursor, at, source_id=source_id))
        cursor = until + len(closing)
        parts.append(_Found(SegmentKind.DOCUMENT, at, cursor, card.name, card.id))
    if whole[cursor:end].strip():
        lead = len(whole[cursor:end]) - len(whole[cursor:end].lstrip())
        parts.append(_Found(kind, cursor + lead, end, source_id=source_id))
    return parts


def _by_tokens(part: _Found, starts: Sequence[int]) -> Segment:
    """A token belongs to the part that begins in it, for many tokens begin with a space."""
    return Segment(
        kind=part.kind,
        start=bisect_right(starts, part.start) - 1,
        # A token that begins before the end belongs to the part, even if it reaches beyond.
        end=bisect_right(starts, part.end - 1),
        label=part.label,
        source_id=part.source_id,
    )


def _without_gaps(found: Sequence[Segment], end: int) -> list[Segment]:
    """What lies between is the template's; between two earlier messages it is theirs."""
    filled: list[Segment] = []
    cursor = 0
    for segment in found:
        start = max(segment.start, cursor)
        stop = min(segment.end or 0, end)
        if stop <= start:
            continue
        if start > cursor:
            filled.append(Segment(kind=SegmentKind.FRAME, start=cursor, end=start))
        filled.append(
            Segment(
                kind=segment.kind,
                start=start,
                end=stop,
                label=segment.label,
                source_id=segment.source_id,
            )
        )
        cursor = stop
    if cursor < end:
        filled.append(Segment(kind=SegmentKind.FRAME, start=cursor, end=end))
    return _merged(filled)


def _merged(segments: Sequence[Segment]) -> list[Segment]:
    """Earlier messages that follow each other are one part, with the frames between them."""
    merged: list[Segment] = []
    for place, segment in enumerate(segments):
        following = segments[place + 1].kind if place + 1 < len(segments) else None
        is_between = segment.kind is SegmentKind.FRAME and following is SegmentKind.HISTORY
        is_more = segment.kind is SegmentKind.HISTORY or is_between
        if merged and merged[-1].kind is SegmentKind.HISTORY and is_more:
            merged[-1] = Segment(kind=SegmentKind.HISTORY, start=merged[-1].start, end=segment.end)
        else:
            merged.append(segment)
    return merged
