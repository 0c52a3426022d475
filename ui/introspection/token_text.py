"""Tokens as they can be drawn: parts of one character are one piece."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.contract.signals import TokenSignals

BROKEN = "\ufffd"  # stands in a token's text for bytes that are no whole character
_BROKEN_RUN = re.compile(f"{BROKEN}+")
_UNKNOWN = "·"
_REACH = 24  # letters of the answer that no token wrote, such as those a stop text took


@dataclass(frozen=True, slots=True)
class Piece:
    """One or more tokens that are drawn as one.

    Attributes:
        text: Whole characters.
        first: Place of its first token.
        last: Place of its last.
    """

    text: str
    first: int
    last: int


class Joiner:
    """Turns tokens into pieces, and goes on where it was when more of them come.

    A token that ends within a character says so by U+FFFD. What the character is, stands in the
    answer's own text, which is always whole.

    Attributes:
        pieces: So far.
    """

    def __init__(self, written: Callable[[], str]) -> None:
        """Nothing is joined yet.

        Args:
            written: Gives the answer's text, thoughts first, as far as it has come.
        """
        self.pieces: list[Piece] = []
        self._written = written
        self._passed = 0  # pieces that `_cursor` has gone past in the answer's text
        self._cursor = 0
        self._is_open = False  # whether the last piece may still get more tokens

    def extend(self, tokens: Sequence[TokenSignals]) -> int:
        """All tokens are in pieces.

        Returns:
            The first piece that is new or another one than before.
        """
        if self._is_open and self.pieces:
            self.pieces.pop()
        changed = len(self.pieces)
        place = self.pieces[-1].last + 1 if self.pieces else 0
        self._is_open = False
        while place < len(tokens):
            end = place
            while end < len(tokens) and BROKEN in tokens[end].text:
                end += 1
            if end == place:
                self.pieces.append(Piece(tokens[place].text, place, place))
                place += 1
                continue
            following = tokens[end].text if end < len(tokens) else ""
            raw = "".join(token.text for token in tokens[place:end])
            self.pieces.append(Piece(self._whole(raw, following), place, end - 1))
            self._is_open = end == len(tokens)
            place = end
        return changed

    def _whole(self, raw: str, following: str) -> str:
        """The characters of a run of broken tokens, by what stands there in the answer."""
        written = self._written()
        self._pass(written)
        prefix, suffix = raw[: raw.index(BROKEN)], raw[raw.rindex(BROKEN) + 1 :]
        reach = self._cursor + len(raw) + _REACH
        end = len(written) if not following else written.find(following, self._cursor + 1, reach)
        said = written[self._cursor : end] if 0 <= end <= reach else ""
        is_it = said.startswith(prefix) and said.endswith(suffix) and BROKEN not in said
        if not said or not is_it:
            return _BROKEN_RUN.sub(_UNKNOWN, raw)
        return said

    def _pass(self, written: str) -> None:
        for piece in self.pieces[self._passed :]:
            if written.startswith(piece.text, self._cursor):
                self._cursor += len(piece.text)
            elif piece.text.strip():
                limit = self._cursor + len(piece.text) + _REACH
                place = written.find(piece.text, self._cursor, limit)
                if place >= 0:
                    self._cursor = place + len(piece.text)
        self._passed = len(self.pieces)
