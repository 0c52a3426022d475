"""The sentences of an answer with their shares of attention, known while it is being written."""

from __future__ import annotations

from engine.contract.signals import SentenceSources, TokenSignals
from ui.introspection.measured import Measured

# As the engine cuts an answer when it has ended, so that no sentence changes then; a test holds
# the two together.
_ENDS = tuple(".!?\u2026:;\u061f\u06d4\u0964\u0965\u0589\u1362\u17d4")
_ENDS_BY_THEMSELVES = tuple("\u3002\uff01\uff1f\uff0e\u104b\u0f0d")
_CLOSERS = " \"'\u201d\u2019\u00bb)]*_\u300d\u300f\uff09\u3011"
_LEAST = 3  # tokens; fewer are a list's number or an initial


class Sentences:
    """Those the engine told; before that, those that can be seen in the tokens.

    What was seen of earlier tokens is kept, so that a long answer costs no more at its end than
    at its beginning.
    """

    def __init__(self) -> None:
        self._of: Measured | None = None
        self._opening: object = None
        self._done: list[SentenceSources] = []
        self._read = 0  # tokens that are in sentences that are over
        self._at = 0  # tokens that were looked at
        self._written = 0  # of the sentence that is open, tokens that are not blank
        self._before = ""

    def of(self, measured: Measured) -> tuple[SentenceSources, ...]:
        """In order; the last one may still be growing."""
        if measured.turn is not None and measured.turn.sentences:
            return measured.turn.sentences
        is_other = measured is not self._of or measured.opening is not self._opening
        if is_other or len(measured.tokens) < self._at:
            self._of, self._opening = measured, measured.opening
            self._done, self._read, self._at = [], 0, 0
            self._written, self._before = 0, ""
        self._close_ended(measured.tokens)
        rest = measured.tokens[self._read :]
        return (*self._done, _joined(rest)) if rest else tuple(self._done)

    def _close_ended(self, tokens: list[TokenSignals]) -> None:
        for place in range(self._at, len(tokens)):
            text = tokens[place].text
            is_line = "\n" in text and not text.strip()
            if (is_line or _begins_new(self._before, text)) and self._written >= _LEAST:
                self._done.append(_joined(tokens[self._read : place]))
                self._read, self._written = place, 0
            self._written += bool(text.strip())
            self._before = text.rstrip(_CLOSERS) or self._before
        self._at = len(tokens)


def _begins_new(before: str, text: str) -> bool:
    """Whether a sentence begins with `text`, when `before` came last of what is not a closer."""
    if not text.strip(_CLOSERS).strip():
        return False
    return before.endswith(_ENDS_BY_THEMSELVES) or (before.endswith(_ENDS) and text[0].isspace())


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
