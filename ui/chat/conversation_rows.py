"""Draws the sidebar's rows, and edits a title in its place."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QLineEdit,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from ui import text
from ui import text_sidebar as words
from ui.chat.conversation_list_model import ConversationRole, RowKind
from ui.theme import Theme
from ui.widgets.row_painter import RowPainter

AnyIndex = QModelIndex | QPersistentModelIndex
_ROW_PX = 33
_SIDE = 20  # px from the edge to the words
_STEP = 22  # px by which what is in a folder is set in


class ConversationRows(RowPainter):
    """Headings, folders and titles.

    Attributes:
        renamed: conversation identifier, new title.
        folder_renamed: folder identifier, new name.
        editing: A title is being typed in its place.
        current_id: The conversation on screen.
        is_many_chosen: Whether more than one row is selected.
    """

    renamed = Signal(str, str)
    folder_renamed = Signal(str, str)
    editing = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent, _ROW_PX, is_spaced=True)
        self.current_id: str | None = None
        self.is_many_chosen = False

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """A heading, or words on their ground."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        kind: RowKind = index.data(ConversationRole.KIND)
        if kind is RowKind.HEADING:
            painter.setFont(self._theme.font(11, 600))
            painter.setPen(self._theme.colors.muted)
            rect = option.rect.adjusted(_SIDE, 8, -16, 0)
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, index.data().upper())
        else:
            self._paint_ground(painter, option, index)
            if kind is RowKind.CONVERSATION:
                self._paint_conversation(painter, option, index)
            else:
                self._paint_container(painter, option, index)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex
    ) -> None:
        """Ground and ring; font and colour of the words are set for them."""
        colors, state = self._theme.colors, QStyle.StateFlag
        is_shown = bool(index.data(ConversationRole.ID)) and (
            index.data(ConversationRole.ID) == self.current_id
        )
        is_chosen = bool(option.state & state.State_Selected)
        is_hovered = bool(option.state & state.State_MouseOver)
        ground = QRectF(option.rect).adjusted(10.5, 1.5, -9.5, -1.5)
        if is_chosen and self.is_many_chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.accent_soft)
            painter.drawRoundedRect(ground, 8, 8)
        elif is_shown or is_chosen or is_hovered:
            painter.setPen(QPen(colors.line, 1) if is_shown else Qt.PenStyle.NoPen)
            painter.setBrush(colors.surface if is_shown else colors.hover)
            painter.drawRoundedRect(ground, 8, 8)
        if option.state & state.State_HasFocus:
            painter.setPen(QPen(colors.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground, 8, 8)
        painter.setFont(self._theme.font(13, 500 if is_shown else 400))
        painter.setPen(colors.ink if is_shown or is_chosen or is_hovered else colors.muted)

    def _paint_conversation(
        self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex
    ) -> None:
        colors = self._theme.colors
        rect = option.rect.adjusted(_SIDE, 0, -_SIDE, 0)
        if index.data(ConversationRole.FOLDER_ID):
            rect.setLeft(rect.left() + _STEP)
        if index.data(ConversationRole.IS_ANSWERING):
            dot = QRectF(rect.right() - 5, rect.center().y() - 2.5, 6, 6)
            rect.setRight(rect.right() - 14)
            painter.save()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.signal)
            painter.drawEllipse(dot)
            painter.restore()
        if index.data(ConversationRole.IS_PINNED):
            icon = QRectF(rect.right() - 13, rect.center().y() - 7, 15, 15)
            rect.setRight(rect.right() - 18)
            self._theme.icons.paint(painter, "pin", icon, colors.faint)
        self._paint_words(painter, rect, index.data())

    def _paint_container(
        self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex
    ) -> None:
        colors, icons = self._theme.colors, self._theme.icons
        rect = option.rect.adjusted(_SIDE, 0, -_SIDE, 0)
        middle = rect.center().y()
        is_folder = index.data(ConversationRole.KIND) is RowKind.FOLDER
        icon = QRectF(rect.left() - 3, middle - 8, 17, 17)
        icons.paint(painter, "folder" if is_folder else "archive", icon, colors.faint)
        rect.setLeft(rect.left() + _STEP)
        if is_folder:
            chevron = QRectF(rect.right() - 12, middle - 7, 15, 15)
            is_open = bool(index.data(ConversationRole.IS_OPEN))
            icons.paint(
                painter, "chevron-down" if is_open else "chevron-right", chevron, colors.faint
            )
            rect.setRight(rect.right() - 20)
            count = index.data(ConversationRole.COUNT)
            if count:
                painter.save()
                painter.setFont(self._theme.font(12))
                painter.setPen(colors.faint)
                right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(rect, right, text.count(count))
                rect.setRight(
                    rect.right() - painter.fontMetrics().horizontalAdvance(text.count(count)) - 8
                )
                painter.restore()
        self._paint_words(painter, rect, index.data())

    @staticmethod
    def _paint_words(painter: QPainter, rect: QRect, said: str) -> None:
        elided = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, rect.width())
        # A title that reads from right to left stands at the left too, under its neighbours.
        flag = Qt.AlignmentFlag
        painter.drawText(rect, flag.AlignVCenter | flag.AlignLeft | flag.AlignAbsolute, elided)

    # editing

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, index: AnyIndex
    ) -> QWidget:
        """A field in the place of the title."""
        field = QLineEdit(parent)
        field.setObjectName("Rename")
        is_folder = index.data(ConversationRole.KIND) is RowKind.FOLDER
        field.setAccessibleName(words.RENAME_FOLDER if is_folder else words.RENAME)
        self.editing.emit()
        return field

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, _index: AnyIndex
    ) -> None:
        """The field covers the title's ground."""
        rect: QRect = option.rect
        editor.setGeometry(rect.adjusted(10, 2, -10, -2))

    def setModelData(self, editor: QWidget, _model: QAbstractItemModel, index: AnyIndex) -> None:
        """The new title is asked for; the engine's answer brings it into the list."""
        assert isinstance(editor, QLineEdit)
        title = editor.text().strip()
        if not title or title == index.data():
            return
        if index.data(ConversationRole.KIND) is RowKind.FOLDER:
            self.folder_renamed.emit(index.data(ConversationRole.FOLDER_ID), title)
        else:
            self.renamed.emit(index.data(ConversationRole.ID), title)
