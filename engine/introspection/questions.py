"""Questions whose answers are known, read from a file that may come from anybody."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.contract.errors import UnreadableFileError

# Some hundred thousand questions; more would take a week to answer.
_MOST_BYTES = 64_000_000
_SEED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question.

    Attributes:
        golds: Every answer that is right.
        passage: The text that has it; empty for none.
        group: Number of the passage, or of the question where there is none.
        topic: What must not be both in training and in the test: the title, else the group.
    """

    text: str
    golds: tuple[str, ...]
    passage: str
    group: int
    topic: str


def read_questions(path: Path) -> tuple[Question, ...]:
    """Every question of the file, in its order.

    A line is {"question", "answer", "passage"?, "title"?}, or one passage with its questions:
    {"passage", "title"?, "questions": [{"question", "answer"}, ...]}. An answer may be a list of
    right ones. Blank lines do not count.

    Raises:
        UnreadableFileError: It cannot be opened, or a line is not what it should be.
    """
    found: list[Question] = []
    groups: dict[str, int] = {}
    for number, line in _lines(path):
        for asked in _asked(number, line):
            passage = _text(number, {**line, **asked}, "passage", is_needed=False)
            name = passage or f"\0{number}.{len(found)}"
            group = groups.setdefault(name, len(groups))
            title = _text(number, {**line, **asked}, "title", is_needed=False)
            found.append(
                Question(
                    text=_text(number, asked, "question"),
                    golds=_golds(number, asked),
                    passage=passage,
                    group=group,
                    topic=title or f"\0{group}",
                )
            )
    if not found:
        raise UnreadableFileError("There is no question in the file.")
    return tuple(found)


def some_of(questions: Sequence[Question], limit: int) -> tuple[Question, ...]:
    """At most `limit` questions, passage by passage, drawn alike for everybody; 0 takes all."""
    by_group: dict[int, list[Question]] = {}
    for question in questions:
        by_group.setdefault(question.group, []).append(question)
    groups = list(by_group.values())
    random.Random(_SEED).shuffle(groups)
    drawn = [question for group in groups for question in group]
    return tuple(drawn[:limit] if limit else drawn)


def topics_for_training(questions: Sequence[Question]) -> frozenset[str]:
    """The topics whose answers the calibrator is fitted on: half of the questions, as near as can.

    The other half is about other topics, so that the test asks what it is like on new ones.
    """
    sizes: dict[str, int] = {}
    for question in questions:
        sizes[question.topic] = sizes.get(question.topic, 0) + 1
    names = sorted(sizes)
    random.Random(_SEED).shuffle(names)
    chosen, taken = set(), 0
    for name in names:
        if 2 * taken + sizes[name] <= len(questions):
            chosen.add(name)
            taken += sizes[name]
    return frozenset(chosen)


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UnreadableFileError("The questions file is larger than 64 MB.")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise UnreadableFileError(f"The questions file cannot be opened ({reason}).") from error
    for number, raw in enumerate(content.split(b"\n"), start=1):
        if raw.strip():
            yield number, _line(number, raw)


def _line(number: int, raw: bytes) -> dict[str, Any]:
    try:
        value = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _fault(number, "is not UTF-8 text") from error
    except (ValueError, RecursionError) as error:
        raise _fault(number, "is not JSON") from error
    if not isinstance(value, dict):
        raise _fault(number, 'is not a JSON object with a "question" and an "answer"')
    return value


def _asked(number: int, line: dict[str, Any]) -> list[dict[str, Any]]:
    asked = line.get("questions", [line])
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise _fault(number, 'has "questions" that are not a list of objects')
    return asked


def _text(number: int, values: Mapping[str, Any], name: str, *, is_needed: bool = True) -> str:
    value = values.get(name, "" if not is_needed else None)
    if not isinstance(value, str) or (is_needed and not value.strip()):
        raise _fault(number, f'has no "{name}", or one that is not text')
    # JSON may spell lone surrogates, which no tokenizer takes.
    return value.encode("utf-8", "replace").decode("utf-8").strip()


def _golds(number: int, values: Mapping[str, Any]) -> tuple[str, ...]:
    given = values.get("answer")
    listed = given if isinstance(given, list) and given else [given]
    return tuple(_text(number, {"answer": one}, "answer") for one in listed)


def _fault(number: int, why: str) -> UnreadableFileError:
    return UnreadableFileError(f"Line {number} of the questions {why}.")
