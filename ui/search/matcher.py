"""Where words occur in a text, for marking them and for walking from one to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

Span = tuple[int, int]
_PARTS = re.compile(r'"([^"]*)"?|(\S+)')
# Signs of Markdown that are not on screen; where links lead is not either.
_MARKDOWN = re.compile(r"\*\*|__|~~|`+|\]\([^)\s]*\)|^#{1,6} |\[(?=[^\]]*\]\()", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Matcher:
    """Finds some words, whatever their case.

    Attributes:
        words: Each is looked for by itself; spaces in them match any white space.
        is_from_beginning: Whether each must stand at the beginning of a word.
    """

    words: tuple[str, ...]
    is_from_beginning: bool = False

    def spans(self, text: str) -> list[Span]:
        """Start and end of each occurrence in letters, from left to right, none overlapping."""
        if not self.words:
            return []
        return [match.span() for match in _pattern(self).finditer(text)]

    def count(self, text: str) -> int:
        """How often they occur."""
        return len(self.spans(text))


def literal(words: str) -> Matcher:
    """What was typed into find: all of it, side by side."""
    stripped = words.strip()
    return Matcher((stripped,) if stripped else ())


def of_query(query: str) -> Matcher:
    """What was typed into search: each word, and quoted words side by side."""
    found = (phrase or word for phrase, word in _PARTS.findall(query))
    return Matcher(tuple(words for words in found if words.strip()), is_from_beginning=True)


def readable(markdown: str) -> str:
    """Nearly what is on screen of a text in Markdown, at a hundredth of the cost of a layout."""
    return _MARKDOWN.sub("", markdown)


def in_utf16(text: str, spans: list[Span]) -> list[Span]:
    """The same spans counted as Qt counts: a letter beyond U+FFFF is two."""
    if text.isascii() or max(text, default="") <= "\uffff":
        return spans
    places = list(accumulate((1 + (letter > "\uffff") for letter in text), initial=0))
    return [(places[start], places[end]) for start, end in spans]


@lru_cache(maxsize=32)
def _pattern(matcher: Matcher) -> re.Pattern[str]:
    # The longest first, so that one word never hides a longer one that begins with it.
    words = sorted(matcher.words, key=len, reverse=True)
    choices = "|".join(r"\s+".join(re.escape(part) for part in word.split()) for word in words)
    start = r"(?<!\w)" if matcher.is_from_beginning else ""
    return re.compile(f"{start}(?:{choices})", re.IGNORECASE)
