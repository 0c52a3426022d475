"""The parts that a message is drawn from: running text, code, and single lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFontMetricsF,
    QPainter,
    QPalette,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextLine,
    QTextOption,
)

from ui.chat.document_writer import QUOTE_EM, DocumentWriter, Marks, SafeDocument, line_height
from ui.chat.markdown import Prose
from ui.chat.text_style import TextStyle

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a message that can be clicked.

    Attributes:
        rect: Where, in the message's own px.
        action: "copy", "copy_code", "fold" or "show_all".
        argument: Which one, if there are several.
        name: What it does, for tooltips and menus.
    """

    rect: QRectF
    action: str
    argument: int
    name: str


class DocumentPart:
    """Text in a QTextDocument; selectable."""

    def __init__(self, style: TextStyle) -> None:
        self.style = style
        self.height = 0.0
        self.document = SafeDocument()
        self.document.setDocumentMargin(0)
        self.document.setUndoRedoEnabled(False)
        self.document.setDefaultFont(style.reading)
        self.document.setUseDesignMetrics(True)
        self.origin = QPointF(0, 0)
        self._width = -1.0

    def length(self) -> int:
        """Number of positions a selection can span."""
        return max(0, self.document.characterCount() - 1)

    def text_between(self, start: int, end: int) -> str:
        """The plain text of a span, with ordinary spaces and line ends."""
        cursor = QTextCursor(self.document)
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        plain = cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n")
        return plain.replace("\u202f", "")

    def position_at(self, point: QPointF) -> int:
        """The text position nearest to a point of this part."""
        layout = self.document.documentLayout()
        return layout.hitTest(point - self.origin, Qt.HitTestAccuracy.FuzzyHit)

    def link_at(self, point: QPointF) -> str:
        """Where the link under the point leads; empty if there is none."""
        return self.document.documentLayout().anchorAt(point - self.origin)

    def set_width(self, width: float) -> None:
        """The text is wrapped to this width."""
        # Qt lays all text out again even if the width is the one it has.
        if width != self._width:
            self._width = width
            self.document.setTextWidth(width - self.origin.x())
        self.height = self.document.size().height()

    def paint(self, painter: QPainter, clip: QRectF, selected: Span | None) -> None:
        """The text and, behind it, the selection are drawn."""
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = clip.translated(-self.origin)
        context.palette.setColor(QPalette.ColorRole.Text, self.style.colors.ink)
        if selected is not None and selected[0] < selected[1]:
            cursor = QTextCursor(self.document)
            cursor.setPosition(min(selected[0], self.length()))
            cursor.setPosition(min(selected[1], self.length()), QTextCursor.MoveMode.KeepAnchor)
            selection = QAbstractTextDocumentLayout.Selection()
            selection.cursor = cursor
            selection.format = QTextCharFormat()
            selection.format.setBackground(self.style.colors.selection)
            context.selections = [selection]
        painter.save()
        painter.translate(self.origin)
        self.document.documentLayout().draw(painter, context)
        painter.restore()


def _x_of(line: QTextLine, position: int) -> float:
    # The binding returns the position too, as it may have been moved to a character's border.
    x: Any = line.cursorToX(position)
    return float(x[0] if isinstance(x, tuple) else x)


class ProsePart(DocumentPart):
    """One run of Markdown without code blocks."""

    def __init__(self, prose: Prose, style: TextStyle) -> None:
        super().__init__(style)
        writer = DocumentWriter(self.document, style)
        writer.write(prose.tokens)
        self._marks: Marks = writer.marks

    def paint(self, painter: QPainter, clip: QRectF, selected: Span | None) -> None:
        """Grounds of code, the text, then markers, bars and rules."""
        for start, end in self._marks.code:
            self._paint_code_ground(painter, start, end)
        super().paint(painter, clip, selected)
        for number, bullet in self._marks.bullets.items():
            self._paint_bullet(painter, self.document.findBlockByNumber(number), bullet)
        for number, depth in self._marks.quotes.items():
            self._paint_bars(painter, self.document.findBlockByNumber(number), depth)
        for number in self._marks.rules:
            rect = self._rect(self.document.findBlockByNumber(number))
            painter.fillRect(
                QRectF(rect.left(), rect.center().y(), self.document.textWidth(), 1),
                self.style.colors.line,
            )

    def _rect(self, block: QTextBlock) -> QRectF:
        return self.document.documentLayout().blockBoundingRect(block)

    def _paint_code_ground(self, painter: QPainter, start: int, end: int) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.style.colors.sunken)
        block = self.document.findBlock(start)
        origin = self._rect(block).topLeft()
        layout = block.layout()
        first, last = start - block.position(), end - block.position()
        for index in range(layout.lineCount()):
            line = layout.lineAt(index)
            left, right = line.textStart(), line.textStart() + line.textLength()
            if right <= first or left >= last:
                continue
            x1 = _x_of(line, max(first, left))
            x2 = _x_of(line, min(last, right))
            rect = QRectF(
                origin.x() + min(x1, x2), origin.y() + line.y(), abs(x2 - x1), line.height()
            )
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, 0), 4, 4)
        painter.restore()

    def _paint_bullet(self, painter: QPainter, block: QTextBlock, bullet: str) -> None:
        layout = block.layout()
        if not layout.lineCount():
            return
        line = layout.lineAt(0)
        rect = self._rect(block)
        painter.setFont(self.style.reading)
        painter.setPen(self.style.colors.faint)
        width = QFontMetricsF(self.style.reading).horizontalAdvance(bullet)
        gap = self.style.reading_px * 0.5
        if block.textDirection() == Qt.LayoutDirection.RightToLeft:
            x = rect.left() + line.x() + line.width() + gap
        else:
            x = rect.left() + line.x() - gap - width
        painter.drawText(QPointF(x, rect.top() + line.y() + line.ascent()), bullet)

    def _paint_bars(self, painter: QPainter, block: QTextBlock, depth: int) -> None:
        rect = self._rect(block)
        bottom = rect.bottom()
        following = block.next()
        if following.isValid() and following.blockNumber() in self._marks.quotes:
            bottom = self._rect(following).top()  # bars of neighbouring paragraphs join
        for level in range(depth):
            x = self.style.reading_px * QUOTE_EM * level
            if block.textDirection() == Qt.LayoutDirection.RightToLeft:
                x = self.document.textWidth() - x - 2
            bar = QRectF(x, rect.top(), 2, bottom - rect.top())
            painter.fillRect(bar, self.style.colors.line_strong)


class PlainPart(DocumentPart):
    """Text as it was typed or is being written; it can grow at its end."""

    def __init__(self, words: str, style: TextStyle, *, is_user: bool = False) -> None:
        super().__init__(style)
        self._shape = QTextBlockFormat()
        line_height(self._shape, style.words_line_px if is_user else style.line_px)
        self._look = QTextCharFormat()
        self._look.setFont(style.words if is_user else style.reading)
        self.document.setDefaultFont(self._look.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document.setDefaultTextOption(option)
        cursor = QTextCursor(self.document)
        cursor.setBlockFormat(self._shape)
        cursor.insertText(words, self._look)

    def set_color(self, color: QColor) -> None:
        """The text is drawn in this colour."""
        self._look.setForeground(color)
        cursor = QTextCursor(self.document)
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeCharFormat(self._look)

    def append(self, words: str) -> None:
        """More text stands at the end; only its last paragraph is laid out again."""
        cursor = QTextCursor(self.document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(words, self._look)
        self.height = self.document.size().height()

    def natural_width(self) -> float:
        """Width of the longest line as it is wrapped now."""
        return self.document.idealWidth()
