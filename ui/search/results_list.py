"""The list of what was found: titles, and excerpts with their words marked."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engine.contract.library_events import SearchHit
from ui import text_search as words
from ui.search.matcher import in_utf16
from ui.search.results_model import ResultRole, ResultsModel
from ui.theme import FOUND_ALPHA, Theme

AnyIndex = QModelIndex | QPersistentModelIndex
_HEAD_PX, _HIT_PX, _MORE_PX = 42, 66, 30
_SIDE = 12


class _RowPainter(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """One height for each kind of row, so that no excerpt need be laid out before it shows."""
        px = _HEAD_PX if index.data(ResultRole.IS_HEAD) else _HIT_PX
        if index.data(ResultRole.MORE):
            px = _MORE_PX
        return QSize(option.rect.width(), self._theme.px(px))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Ground, who and when, and the excerpt; or a title; or the way to more."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        rect = QRectF(option.rect).adjusted(_SIDE, 0, -_SIDE, 0)
        hit: SearchHit = index.data(ResultRole.HIT)
        if index.data(ResultRole.IS_HEAD):
            marks = hit.marks if not hit.message_id else ()
            said = hit.excerpt if marks else hit.title
            place = rect.adjusted(0, 14, 0, -4)
            self._paint_text(painter, place, said, marks, self._theme.font(14, 600), lines=1)
        elif more := index.data(ResultRole.MORE):
            painter.setFont(self._theme.font(12, 500))
            painter.setPen(self._theme.colors.accent)
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, words.more_hits(more))
        else:
            self._paint_hit(painter, rect, hit, index.data(ResultRole.WHEN))
        painter.restore()

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        colors, state = self._theme.colors, QStyle.StateFlag
        ground = QRectF(option.rect).adjusted(0.5, 1.5, -0.5, -1.5)
        is_chosen = bool(option.state & state.State_Selected)
        if is_chosen or option.state & state.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.accent_soft if is_chosen else colors.hover)
            painter.drawRoundedRect(ground, 8, 8)
        if option.state & state.State_HasFocus and is_chosen:
            painter.setPen(QPen(colors.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground, 8, 8)

    def _paint_hit(self, painter: QPainter, rect: QRectF, hit: SearchHit, when: str) -> None:
        colors = self._theme.colors
        line = QRectF(rect.left(), rect.top() + 7, rect.width(), self._theme.px(16))
        painter.setFont(self._theme.font(11, 600))
        painter.setPen(colors.muted)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words.speaker(hit.role))
        painter.setFont(self._theme.font(11))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(line, right, when)
        place = QRectF(rect.left(), line.bottom() + 1, rect.width(), rect.bottom() - line.bottom())
        self._paint_text(painter, place, hit.excerpt, hit.marks, self._theme.font(13), lines=2)

    def _paint_text(
        self,
        painter: QPainter,
        rect: QRectF,
        said: str,
        marks: tuple[tuple[int, int], ...],
        font: QFont,
        *,
        lines: int,
    ) -> None:
        """So many lines of the words, the marked ones on their ground; the rest is left out."""
        layout = QTextLayout(said, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats([self._mark(start, end) for start, end in in_utf16(said, list(marks))])
        layout.beginLayout()
        end = _lay_out(layout, rect.width(), lines)
        layout.endLayout()
        painter.setPen(self._theme.colors.ink)
        layout.draw(painter, rect.topLeft())
        if end is not None:
            painter.setFont(font)
            painter.drawText(rect.topLeft() + end, "…")

    def _mark(self, start: int, end: int) -> QTextLayout.FormatRange:
        colors = self._theme.colors
        mark = QTextLayout.FormatRange()
        mark.start, mark.length = start, end - start
        mark.format = QTextCharFormat()
        ground = QColor(colors.signal)
        ground.setAlphaF(FOUND_ALPHA)
        mark.format.setBackground(ground)
        mark.format.setForeground(colors.ink)
        mark.format.setFontWeight(QFont.Weight.DemiBold)
        return mark


def _lay_out(layout: QTextLayout, width: float, lines: int) -> QPointF | None:
    """At most so many lines are there; returns where dots go if words are left over."""
    y, end = 0.0, None
    for number in range(lines):
        line = layout.createLine()
        if not line.isValid():
            return None
        # The last line leaves room for the dots.
        line.setLineWidth(width - 14 if number == lines - 1 else width)
        line.setPosition(QPointF(0, y))
        end = QPointF(line.naturalTextWidth(), y + line.ascent())
        y += line.height() + 2
        if line.textStart() + line.textLength() >= len(layout.text()):
            return None
    return end


class ResultsList(QListView):
    """Up and down choose, Return opens; the first hit is chosen to begin with.

    Attributes:
        opened: SearchHit.
        left_upwards: Up was pressed on the first row.
    """

    opened = Signal(object)
    left_upwards = Signal()

    def __init__(self, model: ResultsModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ResultsList")
        self.setAccessibleName(words.RESULTS)
        self._results = model
        self.setItemDelegate(_RowPainter(theme, self))
        self.setModel(model)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.clicked.connect(self.open)
        theme.changed.connect(self._restyle)

    def choose_first(self) -> None:
        """The first hit is chosen, so that Return opens it."""
        if self._results.rowCount():
            has_hits = self._results.rowCount() > 1
            self.setCurrentIndex(self._results.index(1 if has_hits else 0, 0))
            self.scrollToTop()

    def step(self, by: int) -> None:
        """The row `by` further on is chosen, within the list."""
        last = self._results.rowCount() - 1
        row = max(0, min(last, self.currentIndex().row() + by))
        if last >= 0:
            self.setCurrentIndex(self._results.index(row, 0))

    def open(self, index: QModelIndex) -> None:
        """What the row stands for is opened, or the rest of its conversation's hits listed."""
        if not index.isValid():
            return
        hit: SearchHit = index.data(ResultRole.HIT)
        if index.data(ResultRole.MORE):
            row = index.row()
            self._results.show_all_of(hit.conversation_id)
            self.setCurrentIndex(self._results.index(row, 0))
        else:
            self.opened.emit(hit)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens; up from the first row leads back to the field."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.open(self.currentIndex())
        elif event.key() == Qt.Key.Key_Up and self.currentIndex().row() <= 0:
            self.left_upwards.emit()
        else:
            super().keyPressEvent(event)

    def _restyle(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
