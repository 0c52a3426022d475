"""Parser tokens to a QTextDocument, written piece by piece; no HTML is ever read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it.token import Token
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTableCellFormat,
    QTextTableFormat,
)

from ui.chat.text_style import TextStyle

_INDENT_EM = 1.6
QUOTE_EM = 1.1
_ADDRESS = re.compile(r"https?://[^\s<>()]*[^\s<>().,;:!?'\"]")
_HEADING_EM = {"h1": 1.4, "h2": 1.2, "h3": 1.07}


_LOOKS: dict[str, dict[str, Any]] = {
    "strong_open": {"weight": QFont.Weight.DemiBold},
    "em_open": {"italic": True},
    "s_open": {"struck": True},
}


class SafeDocument(QTextDocument):
    """A document that loads nothing: no picture, no style sheet, from nowhere."""

    def loadResource(self, _kind: int, _name: QUrl | str) -> Any:
        """Nothing, whatever is asked for."""
        return None


@dataclass(slots=True)
class Marks:
    """What is drawn beside and behind the text, by block number or by text position.

    Attributes:
        bullets: Block number to the marker in its margin.
        quotes: Block number to the depth of quotation.
        rules: Block numbers that are a horizontal line.
        code: Spans (start, end) of code within a line.
    """

    bullets: dict[int, str] = field(default_factory=dict)
    quotes: dict[int, int] = field(default_factory=dict)
    rules: list[int] = field(default_factory=list)
    code: list[tuple[int, int]] = field(default_factory=list)


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
        self._formats: list[QTextCharFormat] = [self._plain()]

    def write(self, tokens: Sequence[Token]) -> None:
        """The tokens are in the document."""
        self._cursor.beginEditBlock()
        position = 0
        while position < len(tokens):
            token = tokens[position]
            if token.type == "table_open":
                end = next(i for i in range(position, len(tokens)) if _ends(tokens[i], token))
                self._table(tokens[position : end + 1])
                position = end
            else:
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

    # blocks

    def _block_token(self, token: Token) -> None:
        kind = token.type
        if kind == "paragraph_open":
            self._begin_block(bottom=4 if token.hidden else self._style.paragraph_px)
        elif kind == "inline":
            self._inline(token.children or [])
        elif kind == "hr":
            self._begin_block(bottom=self._style.paragraph_px)
            self.marks.rules.append(self._cursor.block().blockNumber())
        elif kind in ("fence", "code_block"):
            self._nested_code(token.content.rstrip("\n"))
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
            self._formats.pop()

    def _list_token(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrs.get("start", 1) or 1)
            self._lists.append(_List(token.type.startswith("ordered"), start))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
            if not self._lists:
                self._widen_last_margin()
        elif token.type == "list_item_open":
            self._next_bullet()

    def _next_bullet(self) -> None:
        innermost = self._lists[-1]
        if innermost.is_ordered:
            self._bullet = f"{innermost.number}."
            innermost.number += 1
        else:
            self._bullet = "•" if len(self._lists) % 2 else "◦"

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
            self._cursor.setBlockCharFormat(self._formats[-1])
        else:
            self._cursor.insertBlock(block, self._formats[-1])
        self._is_first = self._is_block_free = False
        number = self._cursor.block().blockNumber()
        if self._bullet:
            self.marks.bullets[number], self._bullet = self._bullet, ""
        if self._quotes:
            self.marks.quotes[number] = self._quotes

    def _heading(self, tag: str) -> None:
        px = round(self._style.reading_px * _HEADING_EM.get(tag, 1.0))
        heading = QTextCharFormat(self._formats[-1])
        font = QFont(self._style.strong)
        font.setPixelSize(px)
        heading.setFont(font)
        self._formats.append(heading)
        self._begin_block(top=px * 1.15, bottom=px * 0.35)

    def _nested_code(self, code: str) -> None:
        self._begin_block(bottom=self._style.paragraph_px)
        start = self._cursor.position()
        # Lines of one block, so that its ground is one piece.
        self._cursor.insertText(code.replace("\n", "\u2028"), self._mono())
        self.marks.code.append((start, self._cursor.position()))

    # text within a block

    def _plain(self) -> QTextCharFormat:
        plain = QTextCharFormat()
        plain.setFont(self._style.reading)
        plain.setForeground(self._style.colors.ink)
        return plain

    def _mono(self) -> QTextCharFormat:
        mono = QTextCharFormat(self._formats[-1])
        mono.setFont(self._style.mono)
        return mono

    def _push(self, **changes: Any) -> None:
        changed = QTextCharFormat(self._formats[-1])
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
        self._formats.append(changed)

    def _inline(self, children: Sequence[Token]) -> None:
        for token in children:
            if token.nesting == 1:
                self._push(**_LOOKS.get(token.type, {}), **_address(token))
            elif token.nesting == -1:
                self._formats.pop()
            elif token.type == "text":
                self._text(token.content)
            elif token.type == "code_inline":
                self._inline_code(token.content)
            elif token.type == "image":
                self._image(token)
            else:
                line_end = " " if token.type == "softbreak" else "\u2028"
                self._cursor.insertText(line_end, self._formats[-1])

    def _text(self, words: str) -> None:
        """Bare addresses become links, as readers expect."""
        if "://" not in words or self._formats[-1].isAnchor():
            self._cursor.insertText(words, self._formats[-1])
            return
        end = 0
        for address in _ADDRESS.finditer(words):
            self._cursor.insertText(words[end : address.start()], self._formats[-1])
            self._push(href=address[0])
            self._cursor.insertText(address[0], self._formats[-1])
            self._formats.pop()
            end = address.end()
        self._cursor.insertText(words[end:], self._formats[-1])

    def _inline_code(self, code: str) -> None:
        # Narrow no-break spaces give the ground of the code room at both ends.
        start = self._cursor.position()
        self._cursor.insertText("\u202f", self._formats[-1])
        self._cursor.insertText(code, self._mono())
        self._cursor.insertText("\u202f", self._formats[-1])
        self.marks.code.append((start, self._cursor.position()))

    def _image(self, token: Token) -> None:
        """A picture is named and linked, never loaded: loading would tell its server."""
        self._push(href=str(token.attrs.get("src", "")))
        self._cursor.insertText(token.content or "picture", self._formats[-1])
        self._formats.pop()

    # tables

    def _table(self, tokens: Sequence[Token]) -> None:
        rows = _cells(tokens)
        if not rows:
            return
        if self._is_block_free:
            self._flatten_block()
        table = self._cursor.insertTable(
            len(rows), max(len(row) for row in rows), self._table_format()
        )
        self._is_first = False
        for r, row in enumerate(rows):
            for c, (cell, alignment) in enumerate(row):
                self._cell(table.cellAt(r, c), cell, alignment, is_head=r == 0)
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._is_block_free = True

    def _flatten_block(self) -> None:
        """The empty block that Qt puts around a table takes no room."""
        block = QTextBlockFormat()
        block.setLineHeight(1.0, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        self._cursor.setBlockFormat(block)

    def _table_format(self) -> QTextTableFormat:
        table = QTextTableFormat()
        table.setBorder(0)
        table.setBorderCollapse(True)
        table.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
        table.setCellSpacing(0)
        table.setCellPadding(0)
        table.setTopMargin(0 if self._is_first else self._style.paragraph_px * 0.5)
        table.setBottomMargin(self._style.paragraph_px)
        table.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        return table

    def _cell(self, cell: Any, content: Sequence[Token], alignment: str, *, is_head: bool) -> None:
        shape = QTextTableCellFormat()
        shape.setTopPadding(5)
        shape.setBottomPadding(5)
        shape.setLeftPadding(10)
        shape.setRightPadding(10)
        shape.setBottomBorder(1)
        shape.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        colors = self._style.colors
        shape.setBottomBorderBrush(colors.line_strong if is_head else colors.line)
        cell.setFormat(shape)
        inner, self._cursor = self._cursor, cell.firstCursorPosition()
        block = QTextBlockFormat()
        line_height(block, self._style.line_px - 3)
        block.setAlignment(_alignment(alignment))
        self._cursor.setBlockFormat(block)
        if is_head:
            self._push(weight=QFont.Weight.DemiBold)
        self._inline(content)
        if is_head:
            self._formats.pop()
        self._cursor = inner


def _reads_right_to_left(words: str) -> bool:
    """Whether the first letter that has a direction goes to the left."""
    directions = (unicodedata.bidirectional(letter) for letter in words)
    return next((d for d in directions if d in {"L", "R", "AL"}), "L") != "L"


def _address(token: Token) -> dict[str, str]:
    return {"href": str(token.attrs.get("href", ""))} if token.type == "link_open" else {}


def _ends(token: Token, opening: Token) -> bool:
    return token.type == "table_close" and token.level == opening.level


def _alignment(style: str) -> Qt.AlignmentFlag:
    if "right" in style:
        return Qt.AlignmentFlag.AlignRight
    return Qt.AlignmentFlag.AlignHCenter if "center" in style else Qt.AlignmentFlag.AlignLeft


def _cells(tokens: Sequence[Token]) -> list[list[tuple[Sequence[Token], str]]]:
    """Rows of (content, alignment)."""
    rows: list[list[tuple[Sequence[Token], str]]] = []
    alignment = ""
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            alignment = str(token.attrs.get("style", ""))
        elif token.type == "inline":
            rows[-1].append((token.children or [], alignment))
    return rows
