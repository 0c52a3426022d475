"""The text of an answer as parts, built at once or growing while it is written."""

from __future__ import annotations

from ui.chat.code_part import CodePart
from ui.chat.markdown import Code, needs_whole_text, parse, stable_end
from ui.chat.message_parts import DocumentPart, PlainPart, ProsePart
from ui.chat.text_style import TextStyle


class AnswerBody:
    """Keeps the cost of a growing answer to that of its last paragraph.

    What can no longer change is rendered once and left alone; only the tail, plain as it was
    written, is laid out again when text comes in.

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
        self._add(words)

    def set_width(self, width: float) -> None:
        """All parts are laid out in this width."""
        if width == self._width:
            return  # parts are laid out as they come and as they grow
        self._width = width
        for part in self.parts:
            part.set_width(width)

    def grow(self, words: str) -> None:
        """The text is now `words`, which begins with what it was before."""
        added = words[len(self.text) :]
        if not added:
            return
        self.text = words
        # Until a line ends nothing can settle, except at the start of a new one.
        end = stable_end(words, self._settled) if self._may_settle(added) else self._settled
        if end > self._settled:
            self._drop_tail()
            self._add(words[self._settled : end])
            self._settled = end
        self._show_tail(words[self._settled :])

    def finish(self, words: str) -> None:
        """The answer has ended as `words`; everything is rendered."""
        self._drop_tail()
        if not words.startswith(self.text) or needs_whole_text(words):
            self.parts, self._codes, self._settled = [], 0, 0
        self.text = words
        self._add(words[self._settled :])
        self._settled = len(words)

    def _may_settle(self, added: str) -> bool:
        tail_line = self.text[-80:].rsplit("\n", 1)[-1]
        return "\n" in added or len(tail_line) < 40

    def _add(self, words: str) -> None:
        for block in parse(words):
            part: DocumentPart
            if isinstance(block, Code):
                part = CodePart(block, self._style, self._codes)
                self._codes += 1
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
