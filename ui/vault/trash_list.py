"""The list in the trash: a thing's first words, and when it goes."""

from __future__ import annotations

import time

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from engine.contract.vault import TrashItem
from ui import text_vault as text
from ui.theme import Theme
from ui.vault.trash_model import AnyIndex, TrashModel, TrashRole
from ui.widgets.row_painter import RowPainter

_ROW_PX = 54


class _ItemPainter(RowPainter):
    """Two lines on a ground that shows choice, hover and focus."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Ground, first words, and the line under them."""
        item: TrashItem = index.data(TrashRole.ITEM)
        colors = self._theme.colors
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = QStyle.StateFlag
        is_chosen = bool(option.state & state.State_Selected)
        ground = QRectF(option.rect).adjusted(0.5, 1.5, -0.5, -1.5)
        if is_chosen or option.state & state.State_MouseOver:
            painter.setPen(QPen(colors.line, 1) if is_chosen else Qt.PenStyle.NoPen)
            painter.setBrush(colors.accent_soft if is_chosen else colors.hover)
            painter.drawRoundedRect(ground, 8, 8)
        if option.state & state.State_HasFocus:
            painter.setPen(QPen(colors.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground, 8, 8)
        half = option.rect.height() // 2
        upper = option.rect.adjusted(12, 7, -12, -half)
        lower = option.rect.adjusted(12, half, -12, -7)
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(self._theme.font(13))
        painter.setPen(colors.ink)
        words = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, upper.width()
        )
        painter.drawText(upper, flags, words)
        painter.setFont(self._theme.font(12))
        painter.setPen(colors.muted)
        line = painter.fontMetrics().elidedText(
            text.trash_line(item, time.time()), Qt.TextElideMode.ElideRight, lower.width()
        )
        painter.drawText(lower, flags, line)
        painter.restore()


class TrashList(QListView):
    """Several things can be chosen at once.

    Attributes:
        put_back_wanted: Return was pressed on what is chosen, or a double click.
        forget_wanted: Delete was pressed.
        choice_changed: Something else is chosen.
    """

    put_back_wanted = Signal()
    forget_wanted = Signal()
    choice_changed = Signal()

    def __init__(self, model: TrashModel, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("TrashList")
        self.setAccessibleName(text.TRASH)
        self._trash = model
        self.setItemDelegate(_ItemPainter(theme, self, _ROW_PX, is_spaced=False))
        self.setModel(model)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.selectionModel().selectionChanged.connect(lambda *_: self.choice_changed.emit())
        model.modelReset.connect(self.choice_changed)
        self.doubleClicked.connect(lambda _index: self.put_back_wanted.emit())
        theme.changed.connect(self.viewport().update)

    def chosen(self) -> list[TrashItem]:
        """What is chosen, in the order shown."""
        rows = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return [self._trash.item(index) for index in rows]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return puts back, Delete asks to forget; the rest is as in every list."""
        if self.chosen() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.put_back_wanted.emit()
        elif self.chosen() and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.forget_wanted.emit()
        else:
            super().keyPressEvent(event)
