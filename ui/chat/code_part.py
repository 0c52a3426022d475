"""A block of code: its ground, its language, its colours and its copy button."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QPainter,
    QPen,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextLayout,
    QTextOption,
)

from ui import text
from ui.chat.document_writer import line_height
from ui.chat.highlight import code_colours
from ui.chat.markdown import Code
from ui.chat.message_parts import DocumentPart, Span, Spot
from ui.chat.text_style import TextStyle


class CodePart(DocumentPart):
    """A block of code on its own ground, with its language and a copy button."""

    _HEAD = 30.0
    _PAD = 14.0

    def __init__(self, code: Code, style: TextStyle, number: int, *, is_open: bool = False) -> None:
        super().__init__(style)
        self.code = code.text
        self.number = number
        self._language = code.language
        self.origin = QPointF(self._PAD, self._HEAD + 8)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self.document.setDefaultTextOption(option)
        self.document.setDefaultFont(style.mono)
        self._look = QTextCharFormat()
        self._look.setFont(style.mono)
        # While it is still being written it is plain: colouring it again and again costs frames.
        self._is_plain = True
        self._is_open = is_open
        self._write()

    def _write(self) -> None:
        cursor = QTextCursor(self.document)
        shape = QTextBlockFormat()
        line_height(shape, round(self.style.line_px * 0.8))
        cursor.setBlockFormat(shape)
        cursor.insertText(self.code, self._look)

    def _colour(self) -> None:
        """Colours are laid over the text once they are there; nothing moves."""
        runs = code_colours().runs(self.code, self._language)
        if runs is None:
            return
        self._is_plain = False
        ranges: dict[int, list[QTextLayout.FormatRange]] = {}
        for start, length, role in runs:
            end = start + length
            while start < end:
                block = self.document.findBlock(start)
                piece = QTextLayout.FormatRange()
                piece.start = start - block.position()
                piece.length = min(end, block.position() + block.length()) - start
                piece.format.setForeground(getattr(self.style.colors, role))
                ranges.setdefault(block.blockNumber(), []).append(piece)
                start += max(1, piece.length)
        for number, pieces in ranges.items():
            self.document.findBlockByNumber(number).layout().setFormats(pieces)
        # New formats drop a block's lines; the same lines are made again.
        self.document.markContentsDirty(0, self.document.characterCount())

    def append(self, more: str) -> None:
        """More code stands at the end."""
        self.code += more
        cursor = QTextCursor(self.document)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(more, self._look)
        self.set_width(self._width)

    def set_width(self, width: float) -> None:
        """The code is wrapped to this width, never cut."""
        if width != self._width:
            self._width = width
            self.document.setTextWidth(width - 2 * self._PAD)
        self.height = self._HEAD + self.document.size().height() + 20

    def spot(self) -> Spot:
        """The copy button, in px of this part."""
        rect = QRectF(self._width - 34, 1, 32, self._HEAD - 2)
        return Spot(rect, "copy_code", self.number, text.COPY_CODE)

    def paint(self, painter: QPainter, clip: QRectF, selected: Span | None) -> None:
        """Ground, head line, code."""
        if self._is_plain and not self._is_open:
            self._colour()
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
