"""Parser tokens to a QTextDocument, written piece by piece; no HTML is ever read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it.token import Token
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
)

from ui.chat.inline_writer import InlineWriter, Marks
from ui.chat.math_rules import MATH_BLOCK
from ui.chat.table_writer import write_table
from ui.chat.text_style import TextStyle

_INDENT_EM = 1.6
QUOTE_EM = 1.1
_TASK = re.compile(r"\[([ xX])\]\s+")
_HEADING_EM = {"h1": 1.4, "h2": 1.2, "h3": 1.07}


class SafeDocument(QTextDocument):
    """A document that loads nothing: no picture, no style sheet, from nowhere."""

    def loadResource(self, _kind: int, _name: QUrl | str) -> Any:
        """Nothing, whatever is asked for."""
        return None


@dataclass(slots=True)
class _List:
    is_ordered: bool
    number: int
    is_tight: bool = True


def line_height(block: QTextBlockFormat, px: int) -> None:
    """Lines are at least `px` high; taller scripts get the room they need."""
    block.setLineHeight(float(px), QTextBlockFormat.LineHeightTypes.MinimumHeight.value)


class DocumentWriter:
    """Writes one run of prose; used once.

    Attributes:
        marks: What the painter adds to the text.
        words: Writes what stands within a block.
    """

    def __init__(self, document: QTextDocument, style: TextStyle) -> None:
        self.marks = Marks()
        self._style = style
        self._cursor = QTextCursor(document)
        self._is_first = True
        self._is_block_free = True
        self._is_right_to_left = False
        self._lists: list[_List] = []
        self._quotes = 0
        self._bullet = ""
        self._task: bool | None = None
        self._is_footnote = False
        self.words = InlineWriter(style, self.marks)

    def write(self, tokens: Sequence[Token]) -> None:
        """The tokens are in the document."""
        self._cursor.beginEditBlock()
        position = 0
        while position < len(tokens):
            token = tokens[position]
            if token.type == "table_open":
                end = next(i for i in range(position, len(tokens)) if _ends(tokens[i], token))
                write_table(self, self._style, tokens[position : end + 1])
                position = end
            else:
                if token.type == "list_item_open":
                    self._next_bullet(tokens[position + 1 : position + 3])
                if token.nesting == 1 and tokens[position + 1].type == "inline":
                    self._is_right_to_left = _reads_right_to_left(tokens[position + 1].content)
                self._block_token(token)
            position += 1
        if self._is_block_free:
            self._flatten_block()
        else:
            last = self._cursor.block().blockFormat()
            last.setBottomMargin(0)
            self._cursor.setBlockFormat(last)
        self._cursor.endEditBlock()

    @property
    def cursor(self) -> QTextCursor:
        """Where the next thing is written."""
        return self._cursor

    def begin_table(self) -> bool:
        """Room is made for a table; whether it is the first thing of all."""
        if self._is_block_free:
            self._flatten_block()
        is_first, self._is_first = self._is_first, False
        return is_first

    def end_table(self) -> None:
        """What follows stands below the table."""
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._is_block_free = True

    # blocks

    def _block_token(self, token: Token) -> None:
        kind = token.type
        if kind == "paragraph_open":
            is_close = token.hidden or self._is_footnote
            self._begin_block(bottom=4 if is_close else self._style.paragraph_px)
        elif kind == "inline":
            self.words.write(self._cursor, token.children or [])
        elif kind == "hr":
            self._begin_block(bottom=self._style.paragraph_px)
            self.marks.rules.append(self._cursor.block().blockNumber())
        elif kind in ("fence", "code_block"):
            self._nested_code(token.content.rstrip("\n"))
        elif kind == MATH_BLOCK:
            self._begin_block(bottom=self._style.paragraph_px)
            centred = self._cursor.blockFormat()
            centred.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            self._cursor.setBlockFormat(centred)
            self.words.cursor = self._cursor
            self.words.write_math(token.content, is_display=True)
        elif kind.startswith("footnote"):
            self._footnote_token(token)
        elif kind.startswith(("heading", "blockquote")):
            self._heading_or_quote(token)
        else:
            self._list_token(token)

    def _heading_or_quote(self, token: Token) -> None:
        if token.type.startswith("blockquote"):
            self._quotes += token.nesting
        elif token.nesting == 1:
            self._heading(token.tag)
        else:
            self.words.formats.pop()

    def _list_token(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrs.get("start", 1) or 1)
            self._lists.append(_List(token.type.startswith("ordered"), start))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
            if not self._lists:
                self._widen_last_margin()

    def _next_bullet(self, following: Sequence[Token]) -> None:
        innermost = self._lists[-1]
        first = following[-1] if following and following[-1].type == "inline" else None
        task = _TASK.match(first.content) if first is not None else None
        if first is not None and task is not None:
            self._task = task[1] != " "
            self.words.skip = len(task[0])
        if innermost.is_ordered:
            self._bullet = f"{innermost.number}."
            innermost.number += 1
        else:
            self._bullet = "•" if len(self._lists) % 2 else "◦"

    def _footnote_token(self, token: Token) -> None:
        """Footnotes are a numbered list below a short line."""
        if token.type == "footnote_block_open":
            self._is_footnote = True
            self._begin_block(bottom=self._style.paragraph_px * 0.5)
            self.marks.rules.append(self._cursor.block().blockNumber())
            self._lists.append(_List(is_ordered=True, number=1))
            small = QTextCharFormat(self.words.formats[-1])
            small.setFont(self._style.words)
            small.setForeground(self._style.colors.muted)
            self.words.formats.append(small)
        elif token.type == "footnote_block_close":
            self.words.formats.pop()
            self._lists.pop()
        elif token.type == "footnote_open":
            self._bullet = f"{self._lists[-1].number}."
            self._lists[-1].number += 1

    def _widen_last_margin(self) -> None:
        block = self._cursor.block().blockFormat()
        block.setBottomMargin(self._style.paragraph_px)
        self._cursor.setBlockFormat(block)

    def _begin_block(self, *, bottom: float, top: float = 0) -> None:
        block = QTextBlockFormat()
        line_height(block, self._style.line_px)
        block.setTopMargin(0 if self._is_first else top)
        block.setBottomMargin(bottom)
        indent = _INDENT_EM * len(self._lists) + QUOTE_EM * self._quotes
        if self._is_right_to_left:
            block.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
            block.setRightMargin(self._style.reading_px * indent)
        else:
            block.setLeftMargin(self._style.reading_px * indent)
        if self._is_block_free:
            self._cursor.setBlockFormat(block)
            self._cursor.setBlockCharFormat(self.words.formats[-1])
        else:
            self._cursor.insertBlock(block, self.words.formats[-1])
        self._is_first = self._is_block_free = False
        number = self._cursor.block().blockNumber()
        if self._task is not None:
            self.marks.tasks[number], self._task, self._bullet = self._task, None, ""
        if self._bullet:
            self.marks.bullets[number], self._bullet = self._bullet, ""
        if self._quotes:
            self.marks.quotes[number] = self._quotes

    def _heading(self, tag: str) -> None:
        px = round(self._style.reading_px * _HEADING_EM.get(tag, 1.0))
        heading = QTextCharFormat(self.words.formats[-1])
        font = QFont(self._style.strong)
        font.setPixelSize(px)
        heading.setFont(font)
        self.words.formats.append(heading)
        self._begin_block(top=px * 1.15, bottom=px * 0.35)

    def _nested_code(self, code: str) -> None:
        self._begin_block(bottom=self._style.paragraph_px)
        start = self._cursor.position()
        # Lines of one block, so that its ground is one piece.
        self._cursor.insertText(code.replace("\n", "\u2028"), self.words.mono())
        self.marks.code.append((start, self._cursor.position()))

    def _flatten_block(self) -> None:
        """The empty block that Qt puts around a table takes no room."""
        block = QTextBlockFormat()
        block.setLineHeight(1.0, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        self._cursor.setBlockFormat(block)


def _reads_right_to_left(words: str) -> bool:
    """Whether the first letter that has a direction goes to the left."""
    directions = (unicodedata.bidirectional(letter) for letter in words)
    return next((d for d in directions if d in {"L", "R", "AL"}), "L") != "L"


def _ends(token: Token, opening: Token) -> bool:
    return token.type == "table_close" and token.level == opening.level
