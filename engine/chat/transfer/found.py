"""What a reader finds in a foreign file, before it is a conversation of ours."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.contract.attachments import Attachment
from engine.contract.library import NO_OVERRIDES, SamplingOverrides
from engine.contract.messages import AnswerStats, FinishReason, Role, TitleSource

# Beyond 2100 a time is a mistake, and some platforms cannot show it.
_LATEST_S = 4_102_444_800.0
# Steps between two messages: a hundred searches in one answer were seen.
_MOST_BETWEEN = 500
# Milliseconds since the epoch pass this in March 1973, seconds in the year 5138.
_LEAST_MILLISECONDS = 1e11
_THINKING = re.compile(r"\s*<think(?:ing)?>(.*?)</think(?:ing)?>\s*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMessage:
    """One message as its source has it.

    Attributes:
        source_id: Tells it from the others of its conversation.
        parent: The source_id of what it follows; None for a first message.
        created_at_s: None if the source does not say.
        measured: What was measured in it, packed; empty for nothing. Not checked yet.
    """

    source_id: str
    parent: str | None
    role: Role
    text: str
    reasoning: str = ""
    created_at_s: float | None = None
    finish_reason: FinishReason | None = None
    stats: AnswerStats | None = None
    attachments: tuple[Attachment, ...] = ()
    measured: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundConversation:
    """One conversation as its source has it.

    Attributes:
        source_id: Tells it from all others of its source, for ever.
        leaf: The source_id of the last message on screen; empty takes the newest.
        folder: Name of its folder; empty if it lies in none.
        left_out: What does not come over, such as "pictures", and how many.
    """

    source_id: str
    title: str
    messages: tuple[FoundMessage, ...]
    created_at_s: float | None = None
    updated_at_s: float | None = None
    system_prompt: str | None = None
    leaf: str = ""
    folder: str = ""
    is_pinned: bool = False
    is_archived: bool = False
    title_source: TitleSource = TitleSource.USER
    preset_id: str = ""
    sampling: SamplingOverrides = NO_OVERRIDES
    left_out: dict[str, int] = field(default_factory=dict)


def text_in(value: Any) -> str:
    """The text, if it is one; what no database or screen takes is gone from it."""
    if not isinstance(value, str):
        return ""
    clean = value.encode("utf-8", "replace").decode() if not value.isascii() else value
    return clean.replace("\0", "")


def dict_in(value: Any) -> dict[str, Any]:
    """The object; an empty one if it is something else."""
    return value if isinstance(value, dict) else {}


def list_in(value: Any) -> list[Any]:
    """The array; an empty one if it is something else."""
    return value if isinstance(value, list) else []


def number_in(value: Any) -> float | None:
    """The number; None if it is none, or not a finite one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def count_in(value: Any) -> int:
    """The whole number, not negative; 0 if it is none."""
    number = number_in(value)
    return int(number) if number is not None and 0 <= number < 1e15 else 0


def time_in(value: Any) -> float | None:
    """Seconds since the epoch, from seconds, milliseconds or an ISO text; None if it is no time."""
    number = number_in(value)
    if isinstance(value, str):
        try:
            number = datetime.fromisoformat(value.strip()).timestamp()
        except (ValueError, OverflowError, OSError):
            return None
    if number is None:
        return None
    seconds = number / 1000 if number >= _LEAST_MILLISECONDS else number
    return seconds if 0 < seconds < _LATEST_S else None


def split_thinking(text: str) -> tuple[str, str]:
    """The answer, and what stood in thinking tags before it."""
    found = _THINKING.match(text)
    return (text[found.end() :], found[1].strip()) if found else (text, "")


def stats_of(model: str) -> AnswerStats | None:
    """All that many sources know of an answer: who wrote it. Its counts are 0."""
    if not model:
        return None
    return AnswerStats(
        model=model,
        prompt_tokens=0,
        cached_tokens=0,
        completion_tokens=0,
        ttft_ms=0.0,
        tokens_per_second=None,
        prefill_tokens_per_second=None,
    )


def in_a_row(messages: Iterable[FoundMessage]) -> tuple[FoundMessage, ...]:
    """Each follows the one before it."""
    row: list[FoundMessage] = []
    for message in messages:
        row.append(replace(message, parent=row[-1].source_id if row else None))
    return tuple(row)


class Lineage:
    """Finds the nearest ancestor that comes over, where steps in between do not."""

    def __init__(self, parents: Mapping[str, str], kept: Container[str]) -> None:
        self._parents = parents
        self._kept = kept
        self._nearest: dict[str, str] = {}

    def nearest(self, name: str) -> str:
        """The node itself if it is kept, else the first kept one above it; empty if none is."""
        walked: list[str] = []
        while name and name not in self._kept and name not in self._nearest:
            walked.append(name)
            # Set before the end is known, so that a circle ends here.
            self._nearest[name] = ""
            name = self._parents.get(name, "")
        found = self._nearest.get(name, "") if name not in self._kept else name
        self._nearest.update(dict.fromkeys(walked, found))
        return found

    def parent_of(self, name: str) -> str | None:
        """The nearest kept one above it; None if it is a first one."""
        found = self.nearest(self._parents.get(name, ""))
        return found if found and found != name else None

    def between(self, name: str) -> list[str]:
        """The nodes between it and that one, the nearest first."""
        passed: list[str] = []
        name = self._parents.get(name, "")
        while name and name not in self._kept and len(passed) < _MOST_BETWEEN:
            passed.append(name)
            name = self._parents.get(name, "")
        return passed
