"""Words as the full-text index takes them: where they begin and end, and which letters are one.

The index folds case and the marks on Latin letters (FTS5's `unicode61 remove_diacritics 2`); what
is marked in a text must fold alike. Checked by: tests/engine/storage/test_words.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

# More could not be told apart on a screen, and each costs a search of its own.
_MOST_PHRASES = 24
_MOST_LETTERS = 1000
# FTS5 drops these inside a word; of other scripts' marks it makes an end of the word.
_MARKS = "\u0300-\u0304\u0306-\u030c\u030f\u0311\u031b\u0323-\u0328\u032d\u032e\u0330\u0331"
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_MARKS}])*")
_ONE_MARK = re.compile(f"[{_MARKS}]")
_QUOTED = re.compile(r'"([^"]*)("?)')
# Two letters that Unicode takes apart and FTS5 does not, and the one that Python folds to two.
_FOLDED = {0x130: "i", 0x1E0: "\u01e1", 0x1E1: "\u01e1"}


class _Folds(dict[int, str]):
    """Each letter's folded form, found when it is first met; one letter always gives one."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        folded = next((one for one in (sign.casefold(), sign.lower()) if len(one) == 1), sign)
        parts = unicodedata.normalize("NFD", folded)
        if len(parts) > 1 and parts[0].isascii():
            folded = parts[0]
        self[code] = folded
        return folded


_folds = _Folds(_FOLDED)


def fold(text: str) -> str:
    """The text with case and the marks of Latin letters gone, letter for letter."""
    return text.lower() if text.isascii() else text.translate(_folds)


def words_of(text: str) -> list[str]:
    """Its words, folded."""
    return [_ONE_MARK.sub("", word) for word in _WORD.findall(fold(text))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that occur side by side.

    Attributes:
        is_open: The last of them may go on.
    """

    words: tuple[str, ...]
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: phrases that must all occur."""

    phrases: tuple[Phrase, ...]

    @staticmethod
    def of(text: str) -> Query:
        """The query a user typed; nothing in it is a mistake.

        "Quoted words" are a phrase, every other word is one by itself, and the last may go on. A
        single Latin letter may not: the words that begin with it are half the index.
        """
        phrases: list[Phrase] = []
        place = 0
        text = text[:_MOST_LETTERS]
        for quoted in _QUOTED.finditer(text):
            phrases += _single(text[place : quoted.start()])
            phrases.append(Phrase(words=tuple(words_of(quoted[1])), is_open=not quoted[2]))
            place = quoted.end()
        rest = _single(text[place:])
        if rest:
            rest[-1] = Phrase(words=rest[-1].words, is_open=True)
        phrases += rest
        found = [phrase for phrase in phrases if phrase.words]
        return Query(tuple(_settled(phrase) for phrase in found[:_MOST_PHRASES]))

    def match(self) -> str:
        """The same in FTS5's language; empty if nothing is looked for."""
        return " AND ".join(
            f'"{" ".join(phrase.words)}"{" *" if phrase.is_open else ""}' for phrase in self.phrases
        )

    def pattern(self) -> re.Pattern[str] | None:
        """Finds each occurrence in a folded text; None if nothing is looked for."""
        if not self.phrases:
            return None
        # The longest first, so that a phrase is marked whole.
        ordered = sorted(self.phrases, key=lambda phrase: -sum(map(len, phrase.words)))
        return re.compile("|".join(_pattern_of(phrase) for phrase in ordered))

    def is_in(self, text: str) -> bool:
        """Whether all of it occurs in `text`."""
        folded, _ = folded_places(text)
        return all(re.search(_pattern_of(phrase), folded) for phrase in self.phrases)


def _single(text: str) -> list[Phrase]:
    # FTS5 takes "well-known" for two words side by side.
    return [Phrase(words=tuple(words)) for word in text.split() if (words := words_of(word))]


def _settled(phrase: Phrase) -> Phrase:
    last = phrase.words[-1]
    is_too_short = len(last) == 1 and last.isascii()
    return Phrase(words=phrase.words, is_open=phrase.is_open and not is_too_short)


def _pattern_of(phrase: Phrase) -> str:
    words = r"[\W_]+".join(re.escape(word) for word in phrase.words)
    return rf"(?<![^\W_]){words}" + (r"[^\W_]*" if phrase.is_open else r"(?![^\W_])")


def folded_places(text: str) -> tuple[str, Sequence[int] | None]:
    """The folded text without marks, and where each of its letters stands in `text`.

    Returns:
        The text, and the places with one more for the end; None if each stands at its own.
    """
    folded = fold(text)
    if text.isascii() or not _ONE_MARK.search(folded):
        return folded, None
    places = [place for place, sign in enumerate(folded) if not _ONE_MARK.match(sign)]
    return "".join(folded[place] for place in places), [*places, len(text)]


def first_mark(pattern: re.Pattern[str], text: str) -> int | None:
    """Where the first occurrence begins; None if there is none."""
    folded, places = folded_places(text)
    found = pattern.search(folded)
    if found is None:
        return None
    return found.start() if places is None else places[found.start()]


def marks_in(pattern: re.Pattern[str], text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of each occurrence in `text`."""
    folded, places = folded_places(text)
    spans = (found.span() for found in pattern.finditer(folded))
    if places is None:
        return tuple(spans)
    return tuple((places[start], places[end]) for start, end in spans)
