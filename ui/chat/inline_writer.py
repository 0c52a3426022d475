"""Text within a block: looks, links, code and formulas, written at a cursor."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it.token import Token
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor

from ui.chat.formula_object import insert_formula
from ui.chat.formulas import Formula, formulas
from ui.chat.math_rules import MATH_INLINE
from ui.chat.text_style import TextStyle

_ADDRESS = re.compile(r"https?://[^\s<>()]*[^\s<>().,;:!?'\"]")
_LOOKS: dict[str, dict[str, Any]] = {
    "strong_open": {"weight": QFont.Weight.DemiBold},
    "em_open": {"italic": True},
    "s_open": {"struck": True},
}


@dataclass(slots=True)
class Marks:
    """What is drawn beside and behind the text, by block number or by text position.

    Attributes:
        bullets: Block number to the marker in its margin.
        tasks: Block number to whether the task that begins there is done.
        quotes: Block number to the depth of quotation.
        rules: Block numbers that are a horizontal line.
        code: Spans (start, end) of code within a line.
        formulas: Text position to the drawing there and the LaTeX it was made from.
        is_waiting: Whether formulas stand as they were written until they are drawn.
    """

    bullets: dict[int, str] = field(default_factory=dict)
    tasks: dict[int, bool] = field(default_factory=dict)
    quotes: dict[int, int] = field(default_factory=dict)
    rules: list[int] = field(default_factory=list)
    code: list[tuple[int, int]] = field(default_factory=list)
    formulas: dict[int, tuple[Formula, str]] = field(default_factory=dict)
    is_waiting: bool = False


class InlineWriter:
    """Writes the inside of blocks.

    Attributes:
        cursor: Where the last thing was written.
        formats: The looks that are open, innermost last.
        skip: Letters at the start of the next text that are not written.
        marks: What the painter adds.
    """

    def __init__(self, style: TextStyle, marks: Marks) -> None:
        self.cursor = QTextCursor()
        self.skip = 0
        self._style = style
        self.marks = marks
        self.formats: list[QTextCharFormat] = [self._plain()]
        self._writers: dict[str, Callable[[Token], None]] = {
            "text": self._words,
            "code_inline": lambda token: self._code(token.content),
            "image": self._image,
            "softbreak": lambda _token: self.cursor.insertText(" ", self.formats[-1]),
            "footnote_ref": self._reference,
            MATH_INLINE: self._formula,
        }

    def write(self, cursor: QTextCursor, children: Sequence[Token]) -> None:
        """The tokens stand at the cursor."""
        self.cursor = cursor
        for token in children:
            self._token(token)

    def _plain(self) -> QTextCharFormat:
        plain = QTextCharFormat()
        plain.setFont(self._style.reading)
        plain.setForeground(self._style.colors.ink)
        return plain

    def mono(self) -> QTextCharFormat:
        """The format of code at this place."""
        mono = QTextCharFormat(self.formats[-1])
        mono.setFont(self._style.mono)
        return mono

    def push(self, **changes: Any) -> None:
        """What follows looks as before but for these changes, until `formats.pop()`."""
        changed = QTextCharFormat(self.formats[-1])
        if "weight" in changes:
            font = QFont(changed.font())
            font.setWeight(changes["weight"])
            changed.setFont(font)
        if changes.get("italic"):
            changed.setFontItalic(True)
        if changes.get("struck"):
            changed.setFontStrikeOut(True)
            changed.setForeground(self._style.colors.muted)
        if "href" in changes:
            changed.setAnchor(True)
            changed.setAnchorHref(changes["href"])
            changed.setForeground(self._style.colors.accent)
            changed.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
            changed.setUnderlineColor(self._style.colors.line_strong)
        self.formats.append(changed)

    def _token(self, token: Token) -> None:
        if token.nesting == 1:
            self.push(**_LOOKS.get(token.type, {}), **_address(token))
        elif token.nesting == -1:
            self.formats.pop()
        elif writer := self._writers.get(token.type):
            writer(token)
        elif token.type != "footnote_anchor":
            self.cursor.insertText("\u2028", self.formats[-1])

    def _words(self, token: Token) -> None:
        self._text(token.content[self.skip :])
        self.skip = 0

    def _formula(self, token: Token) -> None:
        self.write_math(token.content, is_display=token.markup in ("$$", r"\["))

    def _text(self, words: str) -> None:
        """Bare addresses become links, as readers expect."""
        if "://" not in words or self.formats[-1].isAnchor():
            self.cursor.insertText(words, self.formats[-1])
            return
        end = 0
        for address in _ADDRESS.finditer(words):
            self.cursor.insertText(words[end : address.start()], self.formats[-1])
            self.push(href=address[0])
            self.cursor.insertText(address[0], self.formats[-1])
            self.formats.pop()
            end = address.end()
        self.cursor.insertText(words[end:], self.formats[-1])

    def _code(self, code: str) -> None:
        # Narrow no-break spaces give the ground of the code room at both ends.
        start = self.cursor.position()
        self.cursor.insertText("\u202f", self.formats[-1])
        self.cursor.insertText(code, self.mono())
        self.cursor.insertText("\u202f", self.formats[-1])
        self.marks.code.append((start, self.cursor.position()))

    def _reference(self, token: Token) -> None:
        raised = QTextCharFormat(self.formats[-1])
        raised.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignSuperScript)
        raised.setForeground(self._style.colors.accent)
        self.cursor.insertText(str(token.meta["id"] + 1), raised)

    def write_math(self, latex: str, *, is_display: bool) -> None:
        """The drawing, or the source while there is none."""
        px = round(self._style.reading_px * 1.05)
        formula = formulas().get((latex, px, is_display))
        if formula is None or not formula.svg:
            self.marks.is_waiting |= formula is None
            self._code(latex.replace("\n", " "))
            return
        position = self.cursor.position()
        insert_formula(self.cursor, formula, self._style, self.formats[-1])
        self.marks.formulas[position] = formula, latex

    def _image(self, token: Token) -> None:
        """A picture is named and linked, never loaded: loading would tell its server."""
        self.push(href=str(token.attrs.get("src", "")))
        self.cursor.insertText(token.content or "picture", self.formats[-1])
        self.formats.pop()


def _address(token: Token) -> dict[str, str]:
    return {"href": str(token.attrs.get("href", ""))} if token.type == "link_open" else {}
