"""The grid of layers by tokens, of which only what is in sight is drawn."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QSizePolicy, QToolTip, QWidget

from ui import text_instruments as words
from ui.introspection.lens_cells import LensCells
from ui.introspection.lens_painter import LensPainter
from ui.theme import Theme
from ui.widgets.announcing import announce

ZOOM = (6, 14, 40, 64, 96)
"""Widths of a column, px; from the third on there is room for a word."""
_USUAL_ZOOM = 3
_ROW_PX = 26
_HEAD_PX = 24
_LAYERS_PX = 30  # for the number of a layer at the left
_FOOT_PX = 14  # for the bar that scrolls, so that it covers no row


class LensGrid(QAbstractScrollArea):
    """Columns are tokens, rows are layers; the deepest is at the top, the words are below.

    Attributes:
        chosen: Column and row of the cell that the user wants to see.
        zoomed: The columns have another width.
        cells: What stands in them.
        cell: The cell that is chosen; None for none.
        picked: Column of the token that is pinned in any view; None for none.
        is_following: Whether the last token stays in sight while more come.
    """

    chosen = Signal(int, int)
    zoomed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.cells = LensCells()
        self.cell: tuple[int, int] | None = None
        self.picked: int | None = None
        self.is_following = True
        self._zoom = _USUAL_ZOOM
        self._painter = LensPainter(theme, self.cells)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(words.LENS_GRID)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self.viewport().setAutoFillBackground(False)
        self.horizontalScrollBar().actionTriggered.connect(self._scrolled_by_hand)
        theme.changed.connect(self.lay_out)

    # what is shown

    def lay_out(self) -> None:
        """There is a column for each token, and the end is in sight if it is followed."""
        if self.cell is not None and self.cell[0] >= len(self.cells.tokens):
            self.cell = None
        self.setFixedHeight(self.sizeHint().height())
        bar = self.horizontalScrollBar()
        bar.setPageStep(max(1, self._room()))
        bar.setSingleStep(self.column_px())
        bar.setRange(0, max(0, len(self.cells.tokens) * self.column_px() - self._room()))
        if self.is_following:
            bar.setValue(bar.maximum())
        self.viewport().update()

    def forget(self) -> None:
        """No token is held any more."""
        self.cell = self.picked = None
        self.cells.show((), 0, ())
        self._painter.tiles.forget()
        self.setAccessibleDescription("")
        self.lay_out()

    def choose(self, column: int, row: int) -> None:
        """This cell is chosen and in sight; what lies outside takes the nearest."""
        if not self.cells.tokens or not self.cells.rows:
            return
        column = min(max(0, column), len(self.cells.tokens) - 1)
        row = min(max(0, row), len(self.cells.rows) - 1)
        self.cell = (column, row)
        self.show_column(column)
        said = self.cells.said(column, row)
        self.setAccessibleDescription(said)
        announce(self, said)
        self.viewport().update()
        self.chosen.emit(column, row)

    def show_column(self, column: int) -> None:
        """The column is in sight."""
        bar, left = self.horizontalScrollBar(), column * self.column_px()
        if left < bar.value():
            bar.setValue(left)
        elif left + self.column_px() > bar.value() + self._room():
            bar.setValue(left + self.column_px() - self._room())
        self.is_following = bar.value() == bar.maximum()

    def follow_end(self) -> None:
        """The last token is in sight and stays so."""
        self.is_following = True
        self.lay_out()

    # how wide

    def column_px(self) -> int:
        """Width of a column, px."""
        return self._theme.px(ZOOM[self._zoom]) if self._zoom > 1 else ZOOM[self._zoom]

    def has_words(self) -> bool:
        """Whether columns are wide enough for words."""
        return self._zoom > 1

    def can_zoom(self, by: int) -> bool:
        """Whether there is a next step that way."""
        return 0 <= self._zoom + by < len(ZOOM)

    def zoom(self, by: int, at_px: int | None = None) -> None:
        """Columns are so many steps wider; the token at this place stays there."""
        if not self.can_zoom(by):
            return
        bar = self.horizontalScrollBar()
        # By keys and buttons the middle stays where it is.
        at = self._room() // 2 if at_px is None else at_px - self._left()
        token = (bar.value() + at) / self.column_px()
        self._zoom += by
        self.lay_out()
        if not self.is_following:
            bar.setValue(round(token * self.column_px() - at))
        self.zoomed.emit()

    # where

    def cell_at(self, place: QPoint) -> tuple[int, int] | None:
        """Column and row under a place of the viewport; None beside the grid."""
        column = (place.x() - self._left() + self.horizontalScrollBar().value()) // self.column_px()
        row = (place.y()) // self._row_px()
        if place.x() < self._left() or not 0 <= column < len(self.cells.tokens):
            return None
        # The words below stand for their column.
        return column, min(max(0, row), len(self.cells.rows) - 1)

    def cell_rect(self, column: int, row: int) -> QRect:
        """Where a cell lies in the viewport; it may be out of sight."""
        left = self._left() + column * self.column_px() - self.horizontalScrollBar().value()
        return QRect(left, row * self._row_px(), self.column_px(), self._row_px())

    def visible_columns(self) -> range:
        """The columns that are in sight, in part at least."""
        value, width = self.horizontalScrollBar().value(), self.column_px()
        last = (value + self._room()) // width + 1
        return range(value // width, min(last, len(self.cells.tokens)))

    def sizeHint(self) -> QSize:
        """As high as the layers, the words and the bar."""
        rows = len(self.cells.rows) * self._row_px()
        return QSize(320, rows + self._theme.px(_HEAD_PX) + _FOOT_PX)

    def minimumSizeHint(self) -> QSize:
        """A few columns wide."""
        return QSize(160, self.sizeHint().height())

    # what the user does

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cells, words, the line where each settled."""
        del event
        painter = QPainter(self.viewport())
        painter.setClipRect(self.viewport().rect())
        self._painter.paint(painter, self)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The end stays in sight."""
        super().resizeEvent(event)
        self.lay_out()

    def viewportEvent(self, event: QEvent) -> bool:
        """What a cell says is told where the pointer rests."""
        if isinstance(event, QHelpEvent):
            place = self.cell_at(event.pos())
            said = self.cells.said(*place) if place is not None else ""
            QToolTip.showText(event.globalPos(), said, self.viewport())
            return True
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses a cell."""
        place = self.cell_at(event.position().toPoint())
        if place is not None:
            self.choose(*place)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Ctrl zooms; sideways and Shift scroll; the rest is the page's."""
        delta = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if delta.y() > 0 else -1, round(event.position().x()))
            event.accept()
        elif delta.x() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - (delta.x() or delta.y()))
            self.is_following = bar.value() == bar.maximum()
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from cell to cell, Home and End to the ends, plus and minus zoom."""
        key = event.key()
        last = len(self.cells.tokens) - 1
        column, row = self.cell or (last + 1, 0)
        moves = {
            Qt.Key.Key_Left: (column - 1, row),
            Qt.Key.Key_Right: (column + 1, row),
            Qt.Key.Key_Up: (column, row - 1),
            Qt.Key.Key_Down: (column, row + 1),
            Qt.Key.Key_Home: (0, row),
            Qt.Key.Key_End: (last, row),
            Qt.Key.Key_PageUp: (column - max(1, len(self.visible_columns()) - 2), row),
            Qt.Key.Key_PageDown: (column + max(1, len(self.visible_columns()) - 2), row),
        }
        if key in moves:
            self.choose(*moves[Qt.Key(key)])
        elif event.text() in ("+", "-"):
            self.zoom(1 if event.text() == "+" else -1)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring shows."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The ring goes."""
        super().focusOutEvent(event)
        self.viewport().update()

    def _scrolled_by_hand(self) -> None:
        bar = self.horizontalScrollBar()
        self.is_following = bar.sliderPosition() >= bar.maximum()

    def _row_px(self) -> int:
        return self._theme.px(_ROW_PX)

    def _left(self) -> int:
        return self._theme.px(_LAYERS_PX)

    def _room(self) -> int:
        return self.viewport().width() - self._left()
