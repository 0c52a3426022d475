"""A table of an answer, written into the document; what would freeze the layout is left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markdown_it.token import Token
from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextFrameFormat,
    QTextLength,
    QTextTableCell,
    QTextTableCellFormat,
    QTextTableFormat,
)

from ui.chat.markdown import SHOWN_COLUMNS
from ui.chat.text_style import TextStyle

if TYPE_CHECKING:
    from ui.chat.document_writer import DocumentWriter


def write_table(writer: DocumentWriter, style: TextStyle, tokens: Sequence[Token]) -> None:
    """The table stands in the document.

    Rows beyond markdown.SHOWN_ROWS were left out before the parser; columns are here.
    """
    rows = [row[:SHOWN_COLUMNS] for row in _cells(tokens)]
    if not rows:
        return
    is_first = writer.begin_table()
    table = writer.cursor.insertTable(
        len(rows), max(len(row) for row in rows), _table_format(style, is_first=is_first)
    )
    for r, row in enumerate(rows):
        for c, (content, alignment) in enumerate(row):
            cell = table.cellAt(r, c)
            _shape_cell(cell, style, alignment, is_head=r == 0)
            if r == 0:
                writer.words.push(weight=QFont.Weight.DemiBold)
            writer.words.write(cell.firstCursorPosition(), content)
            if r == 0:
                writer.words.formats.pop()
    writer.end_table()


def _table_format(style: TextStyle, *, is_first: bool) -> QTextTableFormat:
    table = QTextTableFormat()
    table.setBorder(0)
    table.setBorderCollapse(True)
    table.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
    table.setCellSpacing(0)
    table.setCellPadding(0)
    table.setTopMargin(0 if is_first else style.paragraph_px * 0.5)
    table.setBottomMargin(style.paragraph_px)
    table.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    return table


def _shape_cell(cell: QTextTableCell, style: TextStyle, alignment: str, *, is_head: bool) -> None:
    shape = QTextTableCellFormat()
    shape.setTopPadding(5)
    shape.setBottomPadding(5)
    shape.setLeftPadding(10)
    shape.setRightPadding(10)
    shape.setBottomBorder(1)
    shape.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
    shape.setBottomBorderBrush(style.colors.line_strong if is_head else style.colors.line)
    cell.setFormat(shape)
    block = QTextBlockFormat()
    block.setLineHeight(
        float(style.line_px - 3), QTextBlockFormat.LineHeightTypes.MinimumHeight.value
    )
    block.setAlignment(_alignment(alignment))
    cell.firstCursorPosition().setBlockFormat(block)


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
