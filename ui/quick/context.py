"""Text of another app that goes with a question: read when asked for, shown before it is sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from PySide6.QtGui import QClipboard, QGuiApplication

from ui import text_quick as text

# About 6,000 tokens: room for a long article in the smallest context we load.
LONGEST_LETTERS = 24_000


class Source(Enum):
    """Where a text comes from."""

    CLIPBOARD = "clipboard"
    SELECTION = "selection"


@dataclass(frozen=True, slots=True)
class Context:
    """A text that may go with a question.

    Attributes:
        words: As they will be sent.
        letters: How many there were before they were cut.
    """

    source: Source
    words: str
    letters: int

    @property
    def title(self) -> str:
        """Where it comes from, in words."""
        is_selection = self.source is Source.SELECTION
        return text.FROM_SELECTION if is_selection else text.FROM_CLIPBOARD

    @property
    def size(self) -> str:
        """How long it is, and whether all of it is sent."""
        if self.letters > len(self.words):
            return text.context_cut(len(self.words), self.letters)
        return text.context_size(self.letters)


def has_selection() -> bool:
    """Whether this system keeps what is selected in other apps for everyone, as X11 does."""
    return QGuiApplication.clipboard().supportsSelection()


def read(source: Source) -> Context | None:
    """The text that is there now; None if there is none. Only ever called because one asked."""
    mode = QClipboard.Mode.Selection if source is Source.SELECTION else QClipboard.Mode.Clipboard
    words = QGuiApplication.clipboard().text(mode).replace("\0", "").strip("\n")
    if not words.strip():
        return None
    return Context(source, words[:LONGEST_LETTERS], len(words))


def with_context(question: str, context: Context | None) -> str:
    """The message that is sent: the question, and the text under it, fenced off."""
    if context is None:
        return question
    runs = [len(run) for run in re.findall(r"`{3,}", context.words)]
    fence = "`" * (max(runs, default=2) + 1)
    return f"{question}\n\n{context.title}:\n\n{fence}\n{context.words}\n{fence}"
