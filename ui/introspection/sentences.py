"""The sentences of an answer with their shares of attention, known while it is being written."""

from __future__ import annotations

from engine.contract.signals import SentenceSources, TokenSignals
from ui.introspection.measured import Measured

_ENDS = (".", "!", "?", "。", "！", "？", "।", "؟")  # noqa: RUF001
_CLOSERS = "\"'”\N{RIGHT SINGLE QUOTATION MARK})]»*_"
_LONGEST = 120  # tokens; what goes on without an end, such as a table, is cut there


class Sentences:
    """Those the engine told; before that, those that can be seen in the tokens.

    What was seen of earlier tokens is kept, so that a long answer costs no more at its end than
    at its beginning.
    """

    def __init__(self) -> None:
        self._of: Measured | None = None
        self._opening: object = None
        self._done: list[SentenceSources] = []
        self._read = 0

    def of(self, measured: Measured) -> tuple[SentenceSources, ...]:
        """In order; the last one may still be growing."""
        if measured.turn is not None and measured.turn.sentences:
            return measured.turn.sentences
        if measured is not self._of or measured.opening is not self._opening:
            self._of, self._opening = measured, measured.opening
            self._done, self._read = [], 0
        if len(measured.tokens) < self._read:
            self._done, self._read = [], 0
        self._close_ended(measured.tokens)
        rest = measured.tokens[self._read :]
        return (*self._done, _joined(rest)) if rest else tuple(self._done)

    def _close_ended(self, tokens: list[TokenSignals]) -> None:
        # A sentence is over when the next one has begun: a point may be inside a number.
        place = self._read
        while place + 1 < len(tokens):
            is_over = ends(tokens[place].text, tokens[place + 1].text)
            if is_over or place + 1 - self._read >= _LONGEST:
                self._done.append(_joined(tokens[self._read : place + 1]))
                self._read = place + 1
            place += 1


def ends(token: str, following: str) -> bool:
    """Whether a sentence is over between two tokens."""
    if "\n" in token:
        return "\n" not in following
    bare = token.rstrip().rstrip(_CLOSERS)
    return bare.endswith(_ENDS) and following[:1].isspace()


def words_of(measured: Measured, sentence: SentenceSources) -> str:
    """The sentence as it was written."""
    first, last = measured.place_of(sentence.start), measured.place_of(sentence.end - 1)
    if first is None or last is None:
        return ""
    return "".join(token.text for token in measured.tokens[first : last + 1]).strip()


def mean_of(measured: Measured, sentence: SentenceSources, name: str) -> float | None:
    """Mean of a signal over the tokens of a sentence that have it; None if none has."""
    first = measured.place_of(sentence.start)
    last = measured.place_of(sentence.end - 1)
    if first is None or last is None:
        return None
    values = [getattr(token, name) for token in measured.tokens[first : last + 1]]
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _joined(tokens: list[TokenSignals]) -> SentenceSources:
    with_shares = [token.shares for token in tokens if token.shares]
    width = min((len(shares) for shares in with_shares), default=0)
    count = len(with_shares)
    shares = tuple(sum(s[place] for s in with_shares) / count for place in range(width))
    return SentenceSources(start=tokens[0].index, end=tokens[-1].index + 1, shares=shares)
