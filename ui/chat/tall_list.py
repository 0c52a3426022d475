"""A list whose rows have heights of their own, so that its length costs nothing."""

from __future__ import annotations

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
)
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from ui.chat.row_heights import RowHeights

AnyIndex = QModelIndex | QPersistentModelIndex


class TallList(QListView):
    """Answers what Qt asks about places from its own heights.

    It stays a QListView so that screen readers find one item a row.

    Attributes:
        heights: Of the rows, in order.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heights = RowHeights()

    def layout_width(self) -> int:
        """Width that rows are laid out in; the scroll bar is part of it and moves nothing."""
        return self.width()

    def visualRect(self, index: AnyIndex) -> QRect:
        """Where a row is in the viewport."""
        row = index.row()
        if not index.isValid() or row >= len(self.heights):
            return QRect()
        top = round(self.heights.top(row)) - self.verticalScrollBar().value()
        return QRect(0, top, self.layout_width(), round(self.heights.height(row)))

    def indexAt(self, point: QPoint) -> QModelIndex:
        """The row under a point of the viewport."""
        y = point.y() + self.verticalScrollBar().value()
        if not len(self.heights) or not 0 <= y < self.heights.total():
            return QModelIndex()
        return self.model().index(self.heights.row_at(y), 0)

    def scrollTo(
        self,
        index: AnyIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        """The row is in sight; of one taller than the view, its beginning is."""
        rect = self.visualRect(index)
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if rect.isNull():
            return
        is_on_top = hint == QAbstractItemView.ScrollHint.PositionAtTop
        if rect.top() < 0 or rect.height() > height or is_on_top:
            bar.setValue(bar.value() + rect.top())
        elif rect.bottom() > height:
            bar.setValue(bar.value() + rect.bottom() - height)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, _modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """The row that a key leads to from the current one."""
        step = QAbstractItemView.CursorAction
        last = len(self.heights) - 1
        row = self.currentIndex().row() if self.currentIndex().isValid() else last
        moves = {
            step.MoveUp: row - 1,
            step.MovePrevious: row - 1,
            step.MoveDown: row + 1,
            step.MoveNext: row + 1,
            step.MoveHome: 0,
            step.MoveEnd: last,
            step.MovePageUp: self.heights.row_at(
                self.heights.top(max(row, 0)) - self.viewport().height()
            ),
            step.MovePageDown: self.heights.row_at(
                self.heights.top(max(row, 0)) + self.viewport().height()
            ),
        }
        return self.model().index(max(0, min(moves.get(action, row), last)), 0)

    def horizontalOffset(self) -> int:
        """The list is never wider than the view."""
        return 0

    def verticalOffset(self) -> int:
        """How far the list is scrolled."""
        return self.verticalScrollBar().value()

    def isIndexHidden(self, _index: AnyIndex) -> bool:
        """No message is hidden."""
        return False

    def setSelection(self, _rect: QRect, _command: QItemSelectionModel.SelectionFlag) -> None:
        """Rows are not selected; their text is."""

    def visualRegionForSelection(self, _selection: QItemSelection) -> QRegion:
        """Nothing: rows are not selected."""
        return QRegion()
