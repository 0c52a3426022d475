"""A prompt's text with what the window knows filled in, and the blanks that are left."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

VARIABLE = re.compile(r"\{\{\s*([\w][\w .-]{0,60}?)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """What goes into the composer.

    Attributes:
        text: With known variables filled in.
        blanks: Names of those that are asked for, each once.
    """

    text: str
    blanks: tuple[str, ...]


def fill(template: str, known: Mapping[str, str]) -> Filled:
    """The template with known variables filled in; those known as empty are asked for.

    What is filled in is not looked at again, so no text from elsewhere can bring variables along.
    """
    blanks: list[str] = []

    def value(match: re.Match[str]) -> str:
        name = match[1]
        given = known.get(name.casefold(), "")
        if given:
            return given
        if name not in blanks:
            blanks.append(name)
        return match[0]

    return Filled(VARIABLE.sub(value, template), tuple(blanks))


def blank_spans(text: str, names: frozenset[str]) -> list[tuple[int, int]]:
    """Start and end of each blank of these names that is still in the text."""
    return [match.span() for match in VARIABLE.finditer(text) if match[1] in names]


def closeness(query: str, name: str, title: str) -> int:
    """How well a prompt fits what was typed, 0 for not at all."""
    query, name, title = query.casefold(), name.casefold(), title.casefold()
    if not query:
        return 1
    if name.startswith(query):
        return 100 - len(name)  # of two that begin so, the shorter is nearer
    if query in name:
        return 40
    if any(word.startswith(query) for word in re.split(r"\W+", title)):
        return 30
    return 10 if _in_order(query, name) else 0


def _in_order(letters: str, text: str) -> bool:
    place = iter(text)
    return all(letter in place for letter in letters)
