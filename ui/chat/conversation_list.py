"""Past conversations: choose, rename, delete."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui import text
from ui.chat.conversation_list_model import ConversationListModel, ConversationRole
from ui.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex
_ROW_PX = 33


class _RowPainter(QStyledItemDelegate):
    """Draws days and titles, and edits a title in its place."""

    renamed = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.hovered = QPersistentModelIndex()

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """One height for all rows, so that the list need not be measured."""
        del index
        return QSize(option.rect.width(), self._theme.px(_ROW_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """A day's name, or a title on its ground."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(ConversationRole.ID):
            self._paint_title(painter, option, index)
        else:
            painter.setFont(self._theme.font(11, 600))
            painter.setPen(self._theme.colors.muted)
            rect = option.rect.adjusted(20, 8, -16, 0)
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, index.data().upper())
        painter.restore()

    def _paint_title(
        self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex
    ) -> None:
        colors = self._theme.colors
        is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        ground = QRectF(option.rect).adjusted(10.5, 1.5, -9.5, -1.5)
        if is_chosen or is_hovered:
            painter.setPen(QPen(colors.line, 1) if is_chosen else Qt.PenStyle.NoPen)
            painter.setBrush(colors.surface if is_chosen else colors.hover)
            painter.drawRoundedRect(ground, 8, 8)
        if has_focus:
            painter.setPen(QPen(colors.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground, 8, 8)
        font = self._theme.font(13, 500 if is_chosen else 400)
        painter.setFont(font)
        painter.setPen(colors.ink if is_chosen or is_hovered else colors.muted)
        rect = option.rect.adjusted(20, 0, -20, 0)
        if index.data(ConversationRole.IS_ANSWERING):
            dot = QRectF(rect.right() - 5, rect.center().y() - 2.5, 6, 6)
            rect.setRight(rect.right() - 14)
            painter.save()
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.signal)
            painter.drawEllipse(dot)
            painter.restore()
        words = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, rect.width()
        )
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, words)

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, _index: AnyIndex
    ) -> QWidget:
        """A field in the place of the title."""
        field = QLineEdit(parent)
        field.setObjectName("Rename")
        field.setAccessibleName(text.RENAME)
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
        if title and title != index.data():
            self.renamed.emit(index.data(ConversationRole.ID), title)


class ConversationList(QListView):
    """The sidebar's list.

    Attributes:
        chosen: conversation identifier; the user wants to read it.
        renamed: conversation identifier, new title.
        delete_wanted: conversation identifier.
    """

    chosen = Signal(str)
    renamed = Signal(str, str)
    delete_wanted = Signal(str)

    def __init__(
        self, model: ConversationListModel, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("ConversationList")
        self.setAccessibleName(text.CONVERSATIONS)
        self._list = model
        self._current_id: str | None = None
        painter = _RowPainter(theme, self)
        painter.renamed.connect(self.renamed)
        self.setItemDelegate(painter)
        self.setModel(model)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)
        model.modelReset.connect(self._mark_current)
        theme.changed.connect(self.viewport().update)

    def mark(self, conversation_id: str | None) -> None:
        """This conversation is shown as the one on screen."""
        self._current_id = conversation_id
        self._mark_current()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens, Delete deletes (it can be undone); the rest is as in every list."""
        index = self.currentIndex()
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and index.isValid() and self.state() != QListView.State.EditingState:
            self._choose(index)
            return
        if event.key() == Qt.Key.Key_Delete and index.isValid():
            self.delete_wanted.emit(index.data(ConversationRole.ID))
            return
        super().keyPressEvent(event)

    def rename_current(self) -> None:
        """The title of the marked conversation can be edited."""
        if self.currentIndex().isValid():
            self.edit(self.currentIndex())

    def menu(self, index: QModelIndex) -> QMenu:
        """What can be done with one conversation."""
        menu = QMenu(self)
        menu.addAction(text.RENAME, lambda: self.edit(index))
        menu.addAction(
            text.DELETE, lambda: self.delete_wanted.emit(index.data(ConversationRole.ID))
        )
        return menu

    def _open_menu(self, point: QPoint) -> None:
        index = self.indexAt(point)
        if index.isValid() and index.data(ConversationRole.ID):
            menu = self.menu(index)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.viewport().mapToGlobal(point))

    def _choose(self, index: QModelIndex) -> None:
        conversation_id = index.data(ConversationRole.ID)
        if conversation_id:
            self.chosen.emit(conversation_id)

    def _mark_current(self) -> None:
        index = self._list.index_of(self._current_id)
        self.setCurrentIndex(index)
        if not index.isValid():
            self.clearSelection()
