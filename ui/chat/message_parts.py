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
    QPen,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextLine,
    QTextOption,
)

from ui.chat.document_writer import (
    QUOTE_EM,
    DocumentWriter,
    SafeDocument,
    line_height,
)
from ui.chat.inline_writer import Marks
from ui.chat.markdown import Prose
from ui.chat.text_style import TextStyle
from ui.theme import FOUND_ALPHA
from ui.widgets.tint import paint_tint

Span = tuple[int, int]
MarkedSpan = tuple[int, int, bool]
Doubt = tuple[int, int, float]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a message that can be clicked.

    Attributes:
        rect: Where, in the message's own px.
        action: "copy", "copy_code", "fold", "show_all", or one of message_offers.py.
        argument: Which one, if there are several.
        name: What it does, for tooltips and menus.
    """

    rect: QRectF
    action: str
    argument: int
    name: str

    def key(self) -> str:
        """What tells it from the other spots of its message."""
        return f"{self.action}_{self.argument}"


class DocumentPart:
    """Text in a QTextDocument; selectable.

    Attributes:
        found: Spans that a search is about; the one looked at now is True.
        doubts: Start, end and strength of spans that the model was unsure of; set by `doubt`.
    """

    def __init__(self, style: TextStyle) -> None:
        self.style = style
        self.height = 0.0
        self.document = SafeDocument()
        self.document.setDocumentMargin(0)
        self.document.setUndoRedoEnabled(False)
        self.document.setDefaultFont(style.reading)
        self.document.setUseDesignMetrics(True)
        self.origin = QPointF(0, 0)
        self.found: list[MarkedSpan] = []
        self.doubts: list[Doubt] = []
        self._doubted: list[tuple[QRectF, float]] | None = None
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
            self._doubted = None
        self.height = self.document.size().height()

    def paint(self, painter: QPainter, clip: QRectF, selected: Span | None) -> None:
        """The text and, behind it, the selection are drawn."""
        context = QAbstractTextDocumentLayout.PaintContext()
        context.clip = clip.translated(-self.origin)
        context.palette.setColor(QPalette.ColorRole.Text, self.style.colors.ink)
        context.selections = self._found_selections()
        if selected is not None and selected[0] < selected[1]:
            cursor = QTextCursor(self.document)
            cursor.setPosition(min(selected[0], self.length()))
            cursor.setPosition(min(selected[1], self.length()), QTextCursor.MoveMode.KeepAnchor)
            selection = QAbstractTextDocumentLayout.Selection()
            selection.cursor = cursor
            selection.format = QTextCharFormat()
            selection.format.setBackground(self.style.colors.selection)
            context.selections = [*context.selections, selection]
        painter.save()
        painter.translate(self.origin)
        if self.doubts:
            self._paint_doubts(painter, context.clip)
        self.document.documentLayout().draw(painter, context)
        painter.restore()

    def doubt(self, spans: list[Doubt]) -> None:
        """These spans are tinted, as the model was unsure of them."""
        self.doubts = spans
        self._doubted = None

    def _paint_doubts(self, painter: QPainter, clip: QRectF) -> None:
        if self._doubted is None:
            self._doubted = [
                (rect, strength)
                for start, end, strength in self.doubts
                for rect in line_rects(self.document, start, min(end, self.length()))
            ]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for rect, strength in self._doubted:
            if clip.isEmpty() or clip.top() - 40 < rect.top() < clip.bottom() + 10:
                paint_tint(painter, rect, self.style.colors.signal, strength)
        painter.restore()

    def _found_selections(self) -> list[QAbstractTextDocumentLayout.Selection]:
        selections = []
        for start, end, is_current in self.found:
            cursor = QTextCursor(self.document)
            cursor.setPosition(min(start, self.length()))
            cursor.setPosition(min(end, self.length()), QTextCursor.MoveMode.KeepAnchor)
            selection = QAbstractTextDocumentLayout.Selection()
            selection.cursor = cursor
            selection.format = QTextCharFormat()
            ground = QColor(self.style.colors.signal)
            if is_current:
                selection.format.setForeground(self.style.colors.canvas)
            else:
                # Paler words, such as a model's thoughts, would be too faint on this ground.
                selection.format.setForeground(self.style.colors.ink)
                ground.setAlphaF(FOUND_ALPHA)
            selection.format.setBackground(ground)
            selections.append(selection)
        return selections


def _x_of(line: QTextLine, position: int) -> float:
    # The binding returns the position too, as it may have been moved to a character's border.
    x: Any = line.cursorToX(position)
    return float(x[0] if isinstance(x, tuple) else x)


def line_rects(document: QTextDocument, start: int, end: int) -> list[QRectF]:
    """Where a span within one block is drawn, a rectangle for each of its lines."""
    block = document.findBlock(start)
    origin = document.documentLayout().blockBoundingRect(block).topLeft()
    layout = block.layout()
    first, last = start - block.position(), end - block.position()
    found = []
    for index in range(layout.lineCount()):
        line = layout.lineAt(index)
        left, right = line.textStart(), line.textStart() + line.textLength()
        if right <= first or left >= last:
            continue
        x1 = _x_of(line, max(first, left))
        x2 = _x_of(line, min(last, right))
        place = QPointF(origin.x() + min(x1, x2), origin.y() + line.y())
        found.append(QRectF(place.x(), place.y(), abs(x2 - x1), line.height()))
    return found


class ProsePart(DocumentPart):
    """One run of Markdown without code blocks."""

    def __init__(self, prose: Prose, style: TextStyle) -> None:
        super().__init__(style)
        self._prose = prose
        self._marks = Marks()
        self._write()

    def _write(self) -> None:
        writer = DocumentWriter(self.document, self.style)
        writer.write(self._prose.tokens)
        self._marks = writer.marks

    def take_formulas(self) -> bool:
        """The text is written anew if formulas stood as their source; whether it was."""
        if not self._marks.is_waiting:
            return False
        self.document.clear()
        self._write()
        self.height = self.document.size().height()
        return True

    def text_between(self, start: int, end: int) -> str:
        """The plain text of a span, formulas as LaTeX."""
        plain = super().text_between(start, end)
        inside = sorted(place for place in self._marks.formulas if start <= place < end)
        for place in inside:
            plain = plain.replace("\ufffc", f"${self._marks.formulas[place][1]}$", 1)
        return plain

    def paint(self, painter: QPainter, clip: QRectF, selected: Span | None) -> None:
        """Grounds of code, the text, then markers, bars and rules."""
        for start, end in self._marks.code:
            self._paint_code_ground(painter, start, end)
        super().paint(painter, clip, selected)
        for number, bullet in self._marks.bullets.items():
            self._paint_bullet(painter, self.document.findBlockByNumber(number), bullet)
        for number, is_done in self._marks.tasks.items():
            self._paint_box(painter, self.document.findBlockByNumber(number), is_done=is_done)
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
        for rect in line_rects(self.document, start, end):
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

    def _paint_box(self, painter: QPainter, block: QTextBlock, *, is_done: bool) -> None:
        """A task's box: a shape, as not every font has the sign."""
        line, rect = block.layout().lineAt(0), self._rect(block)
        side = round(self.style.reading_px * 0.85)
        x = rect.left() + line.x() - self.style.reading_px * 0.5 - side
        if block.textDirection() == Qt.LayoutDirection.RightToLeft:
            x = rect.left() + line.x() + line.width() + self.style.reading_px * 0.5
        box = QRectF(x, rect.top() + line.y() + line.ascent() - side + 1.5, side, side)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self.style.colors
        painter.setPen(QPen(colors.muted, 1.2))
        painter.drawRoundedRect(box, 3, 3)
        if is_done:
            painter.setPen(QPen(colors.ok, 1.8))
            check = (QPointF(0.22, 0.52), QPointF(0.43, 0.74), QPointF(0.8, 0.26))
            painter.drawPolyline([box.topLeft() + point * side for point in check])
        painter.restore()

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
