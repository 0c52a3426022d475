"""Ranks words by how well what was typed stands for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

# Chosen by trying them on the actions and 5,000 titles: a whole word beats a piece of one, that
# beats letters that only follow each other, and among equals the shorter line wins. Initials beat
# the same letters inside a word: "nc" is meant as "New conversation", not as "once".
_WHOLE, _PREFIX, _WORD, _INITIALS, _INSIDE, _LETTERS = 120.0, 100.0, 80.0, 60.0, 50.0, 20.0
_LONGEST_INITIALS = 4
_BOUNDARY = 6.0


def match(query: str, words: str) -> tuple[float, tuple[int, ...]] | None:
    """How well the query stands for the words.

    Args:
        query: What was typed; each of its words must be in `words`, or its letters in order.
        words: What may be meant.

    Returns:
        A score, larger is better, and the places of the letters that matched; None if it does not.
    """
    folded = words.lower()
    if len(folded) != len(words):
        folded = words  # a letter that grows when lowered would shift all places
    score, places = 0.0, set[int]()
    for part in query.lower().split():
        found = _match_part(part, folded)
        if found is None:
            return None
        score += found[0]
        places.update(found[1])
    return score - 0.05 * len(words), tuple(sorted(places))


def _match_part(part: str, folded: str) -> tuple[float, Iterable[int]] | None:
    at = _word_start(part, folded)
    if at >= 0:
        end = at + len(part)
        is_whole = end == len(folded) or not folded[end].isalnum()
        score = _WHOLE if is_whole else _WORD
        score += _PREFIX - _WORD if at == 0 else 0.0
        return score - 0.1 * at, range(at, end)
    at = folded.find(part)
    is_inside = at >= 0 and len(part) > 1
    if is_inside and len(part) > _LONGEST_INITIALS:
        return _INSIDE - 0.1 * at, range(at, at + len(part))
    if not _in_order(part).search(folded):
        return None
    places = _best_letters(part, folded)
    starts = sum(1 for place in places if place == 0 or not folded[place - 1].isalnum())
    if 1 < starts == len(part):
        return _INITIALS - 0.1 * places[0], places
    if is_inside:
        return _INSIDE - 0.1 * at, range(at, at + len(part))
    spread = places[-1] - places[0] + 1 - len(part)
    score = _LETTERS + _BOUNDARY * starts - spread
    # Letters strewn over a long line stand for nothing.
    return (score, places) if score > 0 else None


def _word_start(part: str, folded: str) -> int:
    at = folded.find(part)
    while at > 0 and folded[at - 1].isalnum():
        at = folded.find(part, at + 1)
    return at


def _best_letters(part: str, folded: str) -> list[int]:
    """The letters' places, at beginnings of words where that leaves the rest findable."""
    places: list[int] = []
    at = 0
    for number, letter in enumerate(part):
        rest = part[number + 1 :]
        plain = folded.find(letter, at)
        start = _word_start_of_letter(letter, folded, at)
        fits = start >= 0 and _in_order(rest).search(folded, start + 1) is not None
        place = start if fits else plain
        places.append(place)
        at = place + 1
    return places


def _word_start_of_letter(letter: str, folded: str, at: int) -> int:
    place = folded.find(letter, at)
    while place > 0 and folded[place - 1].isalnum():
        place = folded.find(letter, place + 1)
    return place


@lru_cache(maxsize=256)
def _in_order(letters: str) -> re.Pattern[str]:
    return re.compile(".*?".join(map(re.escape, letters)), re.DOTALL)
