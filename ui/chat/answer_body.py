"""The text of an answer as parts, built at once or growing while it is written."""

from __future__ import annotations

from collections import deque

from ui.chat.code_part import CodePart
from ui.chat.markdown import (
    SHOWN_CHARACTERS,
    Code,
    Environment,
    Plain,
    Section,
    needs_whole_text,
    read,
    references,
    sections,
    stable_end,
)
from ui.chat.message_parts import DocumentPart, PlainPart, ProsePart
from ui.chat.text_style import TextStyle

# Longer answers are built section by section, so that opening one does not hold up the window.
_AT_ONCE_CHARACTERS = 6_000


class AnswerBody:
    """Keeps the cost of a growing answer to that of its last paragraph.

    What can no longer change is rendered once and left alone; only the tail, plain as it was
    written, is laid out again when text comes in. What is long is built in steps: `advance` goes
    on while `is_complete` is false.

    Attributes:
        parts: From top to bottom.
        text: All of it, as Markdown.
    """

    def __init__(self, words: str, style: TextStyle) -> None:
        self.text = words
        self.parts: list[DocumentPart] = []
        self._style = style
        self._width = 0.0
        self._settled = 0
        self._tail: PlainPart | CodePart | None = None
        self._tail_text = ""
        self._codes = 0
        self._known: Environment = {}
        self._waiting: deque[Section] = deque()
        self._add(words)

    @property
    def is_complete(self) -> bool:
        """Whether all of the text is in the parts."""
        return not self._waiting

    def advance(self) -> None:
        """The next section is in the parts."""
        if self._waiting:
            self._build(self._waiting.popleft())

    def waiting_height(self) -> float:
        """A guess at the height of what is not built yet."""
        letters = sum(len(section.text) for section in self._waiting)
        per_line = max(20.0, self._width / self._style.reading_px * 2.0)
        return letters / per_line * self._style.line_px

    def set_width(self, width: float) -> None:
        """All parts are laid out in this width."""
        if width == self._width:
            return  # parts are laid out as they come and as they grow
        self._width = width
        for part in self.parts:
            part.set_width(width)

    def take_formulas(self) -> bool:
        """Formulas whose drawings have come are drawn; whether there were any."""
        prose = [part for part in self.parts if isinstance(part, ProsePart)]
        return any([part.take_formulas() for part in prose])

    def grow(self, words: str) -> None:
        """The text is now `words`, which begins with what it was before."""
        added = words[len(self.text) :]
        if not added:
            return
        self.text = words
        while not self.is_complete:
            self.advance()  # the tail comes after all of it
        # Until a line ends nothing can settle, except at the start of a new one.
        end = stable_end(words, self._settled) if self._may_settle(added) else self._settled
        if end > self._settled:
            self._drop_tail()
            self._add(words[self._settled : end])
            self._settled = end
        self._show_tail(words[self._settled :])

    def finish(self, words: str) -> None:
        """The answer has ended as `words`; everything is rendered, or waits for `advance`."""
        self._drop_tail()
        if not words.startswith(self.text) or needs_whole_text(words):
            self.parts, self._codes, self._settled = [], 0, 0
            self._waiting.clear()
        self.text = words
        self._add(words[self._settled :])
        self._settled = len(words)

    def _may_settle(self, added: str) -> bool:
        tail_line = self.text[-80:].rsplit("\n", 1)[-1]
        return "\n" in added or len(tail_line) < 40

    def _add(self, words: str) -> None:
        if needs_whole_text(words):
            self._known = references(words)
        self._waiting.extend(sections(words[: max(0, SHOWN_CHARACTERS - self._settled)]))
        built = 0
        while self._waiting and built < _AT_ONCE_CHARACTERS:
            section = self._waiting.popleft()
            built += len(section.text)
            self._build(section)

    def _build(self, section: Section) -> None:
        for block in read(section, self._known):
            part: DocumentPart
            if isinstance(block, Code):
                part = CodePart(block, self._style, self._codes)
                self._codes += 1
            elif isinstance(block, Plain):
                part = PlainPart(block.text, self._style)
            else:
                part = ProsePart(block, self._style)
            self._append(part)

    def _append(self, part: DocumentPart) -> None:
        if self._width:
            part.set_width(self._width)
        self.parts.append(part)

    def _drop_tail(self) -> None:
        if self._tail is not None:
            self.parts.pop()
            self._tail = None
            self._tail_text = ""

    def _show_tail(self, tail: str) -> None:
        """The tail's end is appended if the rest is there already; else it is made anew."""
        language, shown = _shown_tail(tail)
        is_code = language is not None
        is_same_kind = self._tail is not None and is_code == isinstance(self._tail, CodePart)
        if self._tail is not None and is_same_kind and shown.startswith(self._tail_text):
            self._tail.append(shown[len(self._tail_text) :])
            self._tail_text = shown
            return
        self._drop_tail()
        if not shown and not is_code:
            return
        if language is not None:
            self._tail = CodePart(Code(shown, language), self._style, self._codes, is_open=True)
        else:
            self._tail = PlainPart(shown, self._style)
        self._tail_text = shown
        self._append(self._tail)


def _shown_tail(tail: str) -> tuple[str | None, str]:
    """Language and code if the tail is an open block of code; else None and the words.

    Line breaks at its end wait for what follows, so that nothing jumps.
    """
    words = tail.strip("\n")
    if not words.startswith(("```", "~~~")):
        return None, words
    head, is_whole, code = words.partition("\n")
    if not is_whole:
        return None, ""
    return head.strip("`~ ").split(" ")[0], code
