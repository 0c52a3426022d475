"""Tokens to the text a reader sees: whole characters, reasoning apart, ended by stop texts.

Runs on: free; no mlx in here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.models.detokenizer import Detokenizer


@dataclass(frozen=True, slots=True)
class Piece:
    """Some text of an answer."""

    text: str
    is_reasoning: bool


def _held_back(text: str, marks: Sequence[str]) -> int:
    """Length of the longest end of `text` that could be the beginning of a mark."""
    longest = max((len(mark) for mark in marks), default=0)
    for length in range(min(longest - 1, len(text)), 0, -1):
        end = text[-length:]
        if any(mark.startswith(end) for mark in marks):
            return length
    return 0


class AnswerText:
    """Takes tokens, gives pieces.

    A text that could still become a tag or a stop text is held back until it is certain, so
    neither ever flickers on screen and both are found across token borders.

    Attributes:
        is_reasoning: Whether the model is inside its thinking tags.
        is_stopped: Whether a stop text was reached; it and what follows are left out.
    """

    def __init__(
        self,
        detokenizer: Detokenizer,
        *,
        stop: Sequence[str] = (),
        think_start: str | None = None,
        think_end: str | None = None,
        starts_in_reasoning: bool = False,
    ) -> None:
        self._detokenizer = detokenizer
        self._stop = tuple(text for text in stop if text)
        self._think_start = think_start
        self._think_end = think_end
        self._waiting = ""
        self._is_tag_behind = starts_in_reasoning
        self.is_reasoning = starts_in_reasoning
        self.is_stopped = False

    def add(self, token: int) -> list[Piece]:
        """What is certain after one more token."""
        return self._take(self._detokenizer.add(token), is_last=False)

    def finish(self) -> list[Piece]:
        """The rest, once no more tokens come."""
        return self._take(self._detokenizer.finish(), is_last=True)

    def _marks(self) -> list[str]:
        if self.is_reasoning:
            return [self._think_end] if self._think_end else []
        return [*self._stop, *([self._think_start] if self._think_start else [])]

    def _take(self, text: str, *, is_last: bool) -> list[Piece]:
        if self.is_stopped:
            return []
        self._waiting += text
        pieces: list[Piece] = []
        while True:
            marks = self._marks()
            found = [(self._waiting.find(mark), mark) for mark in marks if mark in self._waiting]
            if not found:
                break
            place, mark = min(found)
            self._emit(self._waiting[:place], pieces)
            self._waiting = self._waiting[place + len(mark) :]
            if mark not in (self._think_start, self._think_end) or mark in self._stop:
                self.is_stopped = True
                self._waiting = ""
                return pieces
            self.is_reasoning = mark == self._think_start
            self._is_tag_behind = True
        keep = 0 if is_last else _held_back(self._waiting, marks)
        cut = len(self._waiting) - keep
        self._emit(self._waiting[:cut], pieces)
        self._waiting = self._waiting[cut:]
        return pieces

    def _emit(self, text: str, pieces: list[Piece]) -> None:
        if self._is_tag_behind:
            # Templates put line breaks round the tags; they belong to neither text.
            text = text.lstrip("\n")
            self._is_tag_behind = not text
        if text:
            pieces.append(Piece(text, self.is_reasoning))
