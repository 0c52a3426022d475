"""Questions from standard input and from batch files: any bytes, any length, closed or not."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from app.console import read_text
from app.errors import InputError
from engine.contract.errors import BadRequestError
from engine.contract.settings import GenerationSettings

# Several times what the longest context of any model holds, and little for any machine.
_LONGEST_QUESTION_BYTES = 16_000_000

_LINE_OPTIONS = ("max_tokens", "temperature", "top_p", "min_p", "seed", "stop", "system")


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """One line of a batch.

    Attributes:
        number: Counted from 1, blank lines included, as an editor shows it.
        question: Empty if the line cannot be used.
        options: Generation settings for this line alone.
        tag: The line's "id", to be given back; None if it had none.
        fault: Why the line cannot be used.
    """

    number: int
    question: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    tag: Any = None
    fault: InputError | None = None

    def applied_to(self, generation: GenerationSettings) -> GenerationSettings:
        """The settings of this line's answer.

        Raises:
            InputError: A value is out of range or of the wrong kind.
        """
        try:
            return replace(generation, **self.options)
        except (BadRequestError, TypeError) as error:
            raise InputError(f"Line {self.number}: {error}") from error


def standard_input() -> BinaryIO:
    """The bytes that are piped in.

    Raises:
        InputError: Standard input is closed.
    """
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("Standard input is closed, so there is no question to read.")
    return sys.stdin.buffer


def read_question() -> tuple[str, bool]:
    """All of standard input as one question, and whether every byte of it was UTF-8.

    Raises:
        InputError: It is closed, unreadable, empty or endless.
    """
    try:
        raw = standard_input().read(_LONGEST_QUESTION_BYTES + 1)
    except OSError as error:
        raise InputError(f"Standard input cannot be read ({error.strerror}).") from error
    if len(raw) > _LONGEST_QUESTION_BYTES:
        raise InputError("The question on standard input is longer than any model can read.")
    text, is_clean = read_text(raw)
    if not text.strip():
        raise InputError("There is no question on standard input.")
    return text.strip(), is_clean


def read_lines(source: BinaryIO) -> Iterator[tuple[str, bool]]:
    """Each line as it comes, without its end, and whether it was UTF-8; blank ones too.

    Raises:
        InputError: A line is endless, or the source fails.
    """
    try:
        while raw := source.readline(_LONGEST_QUESTION_BYTES + 1):
            if len(raw) > _LONGEST_QUESTION_BYTES:
                raise InputError("A line of the input is longer than any model can read.")
            text, is_clean = read_text(raw)
            yield text.rstrip("\r\n"), is_clean
    except OSError as error:
        raise InputError(f"The input cannot be read ({error.strerror}).") from error


def open_batch(name: str) -> AbstractContextManager[BinaryIO]:
    """The batch file, or standard input for "-".

    Raises:
        InputError: It is not there or cannot be read.
    """
    if name == "-":
        return nullcontext(standard_input())
    try:
        return Path(name).open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise InputError(f"The batch file cannot be opened ({reason}).") from error


def batch_lines(source: BinaryIO) -> Iterator[BatchLine]:
    """Each line of a batch that is not blank, in order; those that cannot be used say why."""
    for number, (text, is_clean) in enumerate(read_lines(source), start=1):
        if not text.strip():
            continue
        if not is_clean:
            yield _unusable(number, "is not UTF-8 text")
        else:
            yield _batch_line(number, text)


def _batch_line(number: int, text: str) -> BatchLine:
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return _unusable(number, "is not JSON")
    if not isinstance(given, dict):
        return _unusable(number, 'is not a JSON object with a "question"')
    tag = given.get("id")
    question = given.get("question")
    if not isinstance(question, str) or not question.strip():
        return _unusable(number, 'has no "question", or an empty one', tag)
    options = {name: given[name] for name in _LINE_OPTIONS if given.get(name) is not None}
    if "system" in options:
        options["system_prompt"] = options.pop("system")
    if isinstance(stop := options.get("stop"), (str, list)):
        options["stop"] = (stop,) if isinstance(stop, str) else tuple(stop)
    if wrong := _wrong_kinds(options):
        return _unusable(number, f"has a value of the wrong kind for {wrong}", tag)
    # JSON may spell lone surrogates, which no tokenizer takes.
    question = question.encode("utf-8", "replace").decode("utf-8")
    return BatchLine(number=number, question=question, options=options, tag=tag)


def _wrong_kinds(options: dict[str, Any]) -> str:
    kinds = {
        "max_tokens": int,
        "seed": int,
        "temperature": (int, float),
        "top_p": (int, float),
        "min_p": (int, float),
        "system_prompt": str,
        "stop": tuple,
    }
    wrong = [
        name
        for name, value in options.items()
        if not isinstance(value, kinds[name]) or isinstance(value, bool)  # type: ignore[arg-type]
    ]
    if not all(isinstance(text, str) and text for text in options.get("stop", ())):
        wrong.append("stop")
    return ", ".join(wrong)


def _unusable(number: int, why: str, tag: Any = None) -> BatchLine:
    return BatchLine(number=number, tag=tag, fault=InputError(f"Line {number} {why}."))
