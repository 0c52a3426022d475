"""The files of a sent message, drawn above its words; a click or Enter shows one's text."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from engine.contract.attachments import Attachment
from ui import text_attachments as words
from ui.chat.file_chip import icon_of
from ui.chat.message_parts import Spot
from ui.chat.text_style import TextStyle

_ICON, _PAD, _BETWEEN = 18.0, 10.0, 6.0
_MORE_LINE = 4.0  # above and below the two lines of a chip


class AttachedPart:
    """Chips in lines that end at the right.

    Attributes:
        height: Of all lines, with the distance to the words below; 0 without files.
    """

    def __init__(self, files: tuple[Attachment, ...], style: TextStyle) -> None:
        self._files = files
        self._style = style
        self._names = QFontMetricsF(style.label)
        self._facts = QFontMetricsF(style.small)
        self._chips: list[QRectF] = []
        self.height = 0.0

    def place(self, top_right: QPointF, widest: float) -> None:
        """The chips are in their places, from the first to the last."""
        self._chips = []
        self.height = 0.0
        line: list[float] = []
        height = self._names.height() + self._facts.height() + 2 * _MORE_LINE
        for file in self._files:
            width = min(self._width_of(file), widest)
            if line and sum(line) + width + _BETWEEN * len(line) > widest:
                self._end_line(line, top_right, height)
                line = []
            line.append(width)
        if line:
            self._end_line(line, top_right, height)

    def _end_line(self, widths: list[float], top_right: QPointF, height: float) -> None:
        left = top_right.x() - sum(widths) - _BETWEEN * (len(widths) - 1)
        for width in widths:
            self._chips.append(QRectF(left, top_right.y() + self.height, width, height))
            left += width + _BETWEEN
        self.height += height + _BETWEEN

    def _width_of(self, file: Attachment) -> float:
        name = self._names.horizontalAdvance(file.name)
        facts = self._facts.horizontalAdvance(words.facts(file))
        return float(min(260.0, max(name, facts) + _ICON + 3 * _PAD + 2))

    def paint(self, painter: QPainter, pointed: Spot | None) -> None:
        """The chips are drawn; the one under the pointer on a ground of its own."""
        colors = self._style.colors
        for place, (file, rect) in enumerate(zip(self._files, self._chips, strict=True)):
            is_over = pointed is not None and (pointed.action, pointed.argument) == ("file", place)
            painter.setPen(QPen(colors.line_strong if is_over else colors.line, 1))
            painter.setBrush(colors.hover if is_over else colors.surface)
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
            icon = QRectF(rect.left() + _PAD, rect.center().y() - _ICON / 2, _ICON, _ICON)
            self._style.icons.paint(painter, icon_of(file), icon, colors.muted)
            left = icon.right() + _PAD
            room = rect.right() - left - _PAD
            middle = Qt.TextElideMode.ElideMiddle
            name = QRectF(left, rect.top() + _MORE_LINE, room, self._names.height())
            facts = QRectF(left, name.bottom(), room, self._facts.height())
            painter.setFont(self._style.label)
            painter.setPen(colors.ink)
            painter.drawText(name, self._names.elidedText(file.name, middle, room))
            painter.setFont(self._style.small)
            painter.setPen(colors.warn if file.notice else colors.muted)
            painter.drawText(facts, self._facts.elidedText(words.facts(file), middle, room))

    def spots(self) -> list[Spot]:
        """Each chip can be clicked."""
        return [
            Spot(rect, "file", place, words.chip_name(file))
            for place, (file, rect) in enumerate(zip(self._files, self._chips, strict=True))
        ]
