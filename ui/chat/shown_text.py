"""Finds in what a model wrote, which is Markdown, the letters that are shown of it."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Sequence

# What stands in a document's text but was not written: ends of blocks and cells, the room round
# code, and drawings of formulas.
_NOT_WRITTEN = frozenset("\u2028\u2029\u202f\ufdd0\ufdd1\ufffc\u00a0")
_UNSEEN = re.compile(
    r"\]\([^)\n]*\)"  # where a link leads
    r"|\]\[[^\]\n]*\]"
    r"|!?\[\^?|\]"
    r"|(?:```|~~~)[^\n]*"  # a fence, with its language
    r"|\[[ xX]\]"
    r"|\d{1,4}[.)](?=\s)"  # an item's number, which is drawn in the margin
    r"|[*_~`#>|:+\-\\$]+"
)
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|\w+);")
_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|\\\(.*?\\\)|\\\[.*?\\\]", re.DOTALL)
_DRAWING = "\ufffc"  # stands in a document's text for a formula
_NEEDLES = (12, 6, 3)
_REACH = 4000  # letters that can be left out at once, such as a formula


class Aligner:
    """Walks through both texts at once; it only ever goes forwards.

    Attributes:
        at: How far it is in what was written.
    """

    def __init__(self, written: str, at: int = 0) -> None:
        self._written = written
        self.at = at

    def follow(self, shown: str) -> list[int]:
        """For each letter that is shown, where it was written; -1 for those that were not."""
        found = [-1] * len(shown)
        for place, letter in enumerate(shown):
            if letter == _DRAWING:
                formula = _FORMULA.search(self._written, self.at, self.at + _REACH)
                self.at = formula.end() if formula is not None else self.at
            if letter.isspace() or letter in _NOT_WRITTEN:
                continue
            if self._reach(letter, shown, place):
                found[place] = self.at
                self.at += self._length(letter)
        return found

    def _length(self, letter: str) -> int:
        """How many written letters stand for the one that is shown."""
        if self._written[self.at] == letter:
            return 1
        entity = _ENTITY.match(self._written, self.at)
        return len(entity[0]) if entity is not None else 1

    def _reach(self, letter: str, shown: str, place: int) -> bool:
        """Whether `at` is at this letter now; it stays where it is if there is none."""
        start = self.at
        while self.at < len(self._written):
            if self._written[self.at].isspace():
                self.at += 1
                continue
            if self._written[self.at] == letter or self._is_entity(letter):
                return True
            unseen = _UNSEEN.match(self._written, self.at)
            if unseen is None:
                break
            self.at = self._past(unseen, letter)
        self.at = start
        return self._search(shown, place)

    def _past(self, unseen: re.Match[str], letter: str) -> int:
        """Beyond what is not seen, but not beyond the letter if it stands in a run of signs."""
        run = unseen[0]
        is_signs = not any(sign.isalnum() or sign.isspace() for sign in run) and "(" not in run
        inside = run.find(letter) if is_signs else -1
        return unseen.start() + inside if inside > 0 else unseen.end()

    def _is_entity(self, letter: str) -> bool:
        if self._written[self.at] != "&":
            return False
        entity = _ENTITY.match(self._written, self.at)
        return entity is not None and html.unescape(entity[0]) == letter

    def _search(self, shown: str, place: int) -> bool:
        """Something was left out that has no sign of its own; a few letters more tell where."""
        for length in _NEEDLES:
            needle = shown[place : place + length]
            if len(needle) < length or any(sign in _NOT_WRITTEN for sign in needle):
                continue
            found = self._written.find(needle, self.at, self.at + _REACH)
            if found >= 0:
                self.at = found
                return True
        return False


def spans(
    shown: str, places: Sequence[int], starts: Sequence[int], strengths: Sequence[float]
) -> list[tuple[int, int, float]]:
    """Runs of letters that are tinted alike.

    Args:
        shown: A document's text.
        places: From `Aligner.follow`.
        starts: Where each piece begins in what was written.
        strengths: How strongly each piece is tinted, 0 for not at all.

    Returns:
        Start, end and strength, in the document's own positions.
    """
    found: list[tuple[int, int, float]] = []
    piece_before = -1
    position = 0
    for letter, place in zip(shown, places, strict=True):
        width = 2 if ord(letter) > 0xFFFF else 1  # Qt counts in units of UTF-16
        piece = bisect_right(starts, place) - 1 if place >= 0 else -1
        if piece >= 0 and strengths[piece] > 0:
            if piece == piece_before and found[-1][1] == position:
                found[-1] = (found[-1][0], position + width, strengths[piece])
            else:
                found.append((position, position + width, strengths[piece]))
        piece_before = piece if piece >= 0 else piece_before
        position += width
    return found
