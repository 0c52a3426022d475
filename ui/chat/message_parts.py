"""The parts that a message is drawn from: running text, code, and single lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFontMetricsF,
    QPainter,
    QPalette,
    QPen,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextOption,
)

from ui import text
from ui.chat.document_writer import QUOTE_EM, DocumentWriter, Marks, SafeDocument, line_height
from ui.chat.highlight import coloured_runs
from ui.chat.markdown import Code, Prose
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


class Part(Protocol):
    """Something with a height that can be drawn at the origin of a painter."""

    height: float

    def set_width(self, width: float) -> None:
        """It is laid out in this width and `height` is right."""
        ...

    def paint(self, painter: QPainter, clip: QRectF, selected: Span | None) -> None:
        """It is drawn; what lies outside `clip` may be left out."""
        ...


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
            x1 = line.cursorToX(max(first, left))
            x2 = line.cursorToX(min(last, right))
            x1, x2 = (x1[0], x2[0]) if isinstance(x1, tuple) else (x1, x2)
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


class CodePart(DocumentPart):
    """A block of code on its own ground, with its language and a copy button."""

    _HEAD = 30.0
    _PAD = 14.0

    def __init__(self, code: Code, style: TextStyle, number: int, *, is_open: bool = False) -> None:
        super().__init__(style)
        self.code = code.text
        self.number = number
        self._language = code.language
        self._width = 0.0
        self.origin = QPointF(self._PAD, self._HEAD + 8)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self.document.setDefaultTextOption(option)
        self.document.setDefaultFont(style.mono)
        self._write(is_open)

    def _write(self, is_open: bool) -> None:
        cursor = QTextCursor(self.document)
        cursor.beginEditBlock()
        shape = QTextBlockFormat()
        line_height(shape, round(self.style.line_px * 0.8))
        cursor.setBlockFormat(shape)
        looks: dict[str, QTextCharFormat] = {}
        # While it is still being written it is plain: colouring it again and again costs frames.
        runs = [(self.code, "ink")] if is_open else coloured_runs(self.code, self._language)
        for piece, role in runs:
            cursor.insertText(piece, looks.setdefault(role, self._look(role)))
        cursor.endEditBlock()

    def _look(self, role: str) -> QTextCharFormat:
        look = QTextCharFormat()
        look.setFont(self.style.mono)
        is_strong = role == "ink_strong"
        look.setForeground(getattr(self.style.colors, "ink" if is_strong else role))
        return look

    def append(self, more: str) -> None:
        """More code stands at the end."""
        self.code += more
        cursor = QTextCursor(self.document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(more, self._look("ink"))
        self.set_width(self._width)

    def set_width(self, width: float) -> None:
        """The code is wrapped to this width, never cut."""
        self._width = width
        self.document.setTextWidth(width - 2 * self._PAD)
        self.height = self._HEAD + self.document.size().height() + 20

    def spot(self) -> Spot:
        """The copy button, in px of this part."""
        rect = QRectF(self._width - 34, 1, 32, self._HEAD - 2)
        return Spot(rect, "copy_code", self.number, text.COPY_CODE)

    def paint(self, painter: QPainter, clip: QRectF, selected: Span | None) -> None:
        """Ground, head line, code."""
        colors = self.style.colors
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colors.line, 1))
        painter.setBrush(colors.surface)
        painter.drawRoundedRect(QRectF(0.5, 0.5, self._width - 1, self.height - 1), 10, 10)
        painter.fillRect(QRectF(1, self._HEAD, self._width - 2, 1), colors.line)
        painter.setPen(colors.faint)
        painter.setFont(self.style.small)
        head = QRectF(self._PAD, 0, self._width - 60, self._HEAD)
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, self._language or text.CODE)
        button = self.spot().rect
        icon = QRectF(button.center().x() - 8, button.center().y() - 8, 16, 16)
        self.style.icons.paint(painter, "copy", icon, colors.muted)
        painter.restore()
        super().paint(painter, clip, selected)
