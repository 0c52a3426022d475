"""The sidebar's list: choose, open folders, rename, drag, and act on several at once."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QApplication,
    QListView,
    QWidget,
)

from ui import text
from ui.chat.conversation_list_model import (
    MIME,
    ConversationListModel,
    ConversationRole,
    Place,
    RowKind,
)
from ui.chat.conversation_rows import ConversationRows
from ui.theme import Theme


class ConversationList(QListView):
    """The sidebar's list.

    Attributes:
        chosen: conversation identifier; the user wants to read it.
        renamed: conversation identifier, new title.
        folder_renamed: folder identifier, new name.
        delete_wanted: conversation identifiers, as a tuple.
        folder_delete_wanted: folder identifier.
        placed: conversation identifiers, Place they were dropped at.
        archive_wanted: The archive should be shown.
        left: Esc was pressed.
        menu_wanted: index, point on the screen.
    """

    chosen = Signal(str)
    renamed = Signal(str, str)
    folder_renamed = Signal(str, str)
    delete_wanted = Signal(object)
    folder_delete_wanted = Signal(str)
    placed = Signal(object, object)
    archive_wanted = Signal()
    left = Signal()
    menu_wanted = Signal(QModelIndex, QPoint)

    def __init__(
        self, model: ConversationListModel, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("ConversationList")
        self.setAccessibleName(text.CONVERSATIONS)
        self._list = model
        self._theme = theme
        self._drop_place: Place | None = None
        self._kept_choice: list[str] = []
        self.rows = ConversationRows(theme, self)
        self.rows.renamed.connect(self.renamed)
        self.rows.folder_renamed.connect(self.folder_renamed)
        self.rows.editing.connect(model.hold)
        self.setItemDelegate(self.rows)
        self.setModel(model)
        self._set_up()
        self.clicked.connect(self._clicked)
        self.activated.connect(self._act_on)
        model.modelAboutToBeReset.connect(self._note_choice)
        model.modelReset.connect(self._restore_choice)
        self.selectionModel().selectionChanged.connect(lambda *_: self._count_chosen())
        theme.changed.connect(self._restyle)

    def _set_up(self) -> None:
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.EditKeyPressed)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(False)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)

    # what the face asks for

    def mark(self, conversation_id: str | None) -> None:
        """This conversation is shown as the one on screen."""
        if conversation_id == self.rows.current_id:
            return
        self.rows.current_id = conversation_id
        index = self._list.index_of(conversation_id)
        if index.isValid() and index.data(ConversationRole.ID) not in self.chosen_ids():
            self.setCurrentIndex(index)
        elif not index.isValid():
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())
        self.viewport().update()

    def chosen_ids(self) -> tuple[str, ...]:
        """The conversations that are selected, from top to bottom."""
        rows = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return tuple(id_ for index in rows if (id_ := index.data(ConversationRole.ID)))

    def ids_for(self, index: QModelIndex) -> tuple[str, ...]:
        """What an act on this row is about: the selection if the row is in it, else the row."""
        own = index.data(ConversationRole.ID)
        chosen = self.chosen_ids()
        if own in chosen:
            return chosen
        return (own,) if own else ()

    def rename(self, index: QModelIndex) -> None:
        """The title or name of a row can be edited in its place."""
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
            self.edit(index)

    def rename_current(self) -> None:
        """The title of the marked conversation can be edited."""
        index = self.currentIndex()
        if not index.isValid() and self.rows.current_id is not None:
            index = self._list.index_of(self.rows.current_id)
        self.rename(index)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        """The rows follow again."""
        super().closeEditor(editor, hint)
        self._list.release()

    # keys and clicks

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Some row shows where the keyboard is, even if no conversation is on screen."""
        super().focusInEvent(event)
        keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if event.reason() in keys and not self.currentIndex().isValid():
            flags = QItemSelectionModel.SelectionFlag.NoUpdate
            row = next((n for n in range(self._list.rowCount()) if self._is_reachable(n)), -1)
            self.selectionModel().setCurrentIndex(self._list.index(row, 0), flags)

    def _is_reachable(self, row: int) -> bool:
        wanted = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return (self._list.index(row, 0).flags() & wanted) == wanted

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return opens, Delete deletes (it can be undone), arrows open and close folders.

        Backspace does nothing: it is pressed by mistake too easily.
        """
        index = self.currentIndex()
        if self.state() == QListView.State.EditingState or not self._own_key(event.key(), index):
            super().keyPressEvent(event)

    def _own_key(self, key: int, index: QModelIndex) -> bool:
        keys = Qt.Key
        if key == keys.Key_Backspace:
            return True
        if key == keys.Key_Escape:
            if len(self.chosen_ids()) > 1:
                self.setCurrentIndex(index)
            else:
                self.left.emit()
            return True
        if not index.isValid():
            return False
        if key in (keys.Key_Return, keys.Key_Enter):
            self._act_on(index)
        elif key == keys.Key_Delete:
            self._want_delete(index)
        elif key in (keys.Key_Left, keys.Key_Right):
            return self._fold_by_key(index, is_open=key == keys.Key_Right)
        else:
            return False
        return True

    def _want_delete(self, index: QModelIndex) -> None:
        if index.data(ConversationRole.KIND) is RowKind.FOLDER:
            self.folder_delete_wanted.emit(index.data(ConversationRole.FOLDER_ID))
        elif ids := self.ids_for(index):
            self.delete_wanted.emit(ids)

    def _fold_by_key(self, index: QModelIndex, *, is_open: bool) -> bool:
        folder_id = index.data(ConversationRole.FOLDER_ID)
        if not folder_id:
            return False
        self._list.set_folder_open(folder_id, is_open)
        self.setCurrentIndex(self._list.index_of_folder(folder_id))
        return True

    def _clicked(self, index: QModelIndex) -> None:
        modifiers = QApplication.keyboardModifiers()
        many = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        if not modifiers & many:
            self._act_on(index)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on empty ground takes the selection back to the conversation on screen."""
        super().mouseReleaseEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self.setCurrentIndex(self._list.index_of(self.rows.current_id))

    def _act_on(self, index: QModelIndex) -> None:
        match index.data(ConversationRole.KIND):
            case RowKind.CONVERSATION:
                self.chosen.emit(index.data(ConversationRole.ID))
            case RowKind.FOLDER:
                folder_id = index.data(ConversationRole.FOLDER_ID)
                is_open = bool(index.data(ConversationRole.IS_OPEN))
                self._list.set_folder_open(folder_id, not is_open)
                self.setCurrentIndex(self._list.index_of_folder(folder_id))
            case RowKind.ARCHIVE:
                self.archive_wanted.emit()

    def _open_menu(self, point: QPoint) -> None:
        index = self.indexAt(point)
        if index.isValid() and index.data(ConversationRole.KIND) is not RowKind.HEADING:
            self.menu_wanted.emit(index, self.viewport().mapToGlobal(point))

    # dragging

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Only our own conversations can be dropped here."""
        if event.mimeData().hasFormat(MIME):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Where they would go is framed."""
        if not event.mimeData().hasFormat(MIME):
            event.ignore()
            return
        # Scrolls when the pointer is near an edge.
        super().dragMoveEvent(event)
        self._show_drop(self._list.place_at(self.indexAt(event.position().toPoint())))
        if self._drop_place is None:
            event.ignore()
        else:
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: object) -> None:
        """Nothing is framed any more."""
        del event
        self._show_drop(None)
        self.setState(QListView.State.NoState)

    def dropEvent(self, event: QDropEvent) -> None:
        """The conversations go to that place; the model follows the engine, not the drop."""
        place = self._list.place_at(self.indexAt(event.position().toPoint()))
        self._show_drop(None)
        self.setState(QListView.State.NoState)
        ids = dragged_ids(event.mimeData().data(MIME))
        if place is None or not ids:
            event.ignore()
            return
        # Had it moved rows itself, Qt would now remove those that were dragged.
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()
        self.placed.emit(ids, place)

    def _show_drop(self, place: Place | None) -> None:
        if place != self._drop_place:
            self._drop_place = place
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows and, over them, a frame round where a drop would go."""
        super().paintEvent(event)
        if self._drop_place is None:
            return
        frame = None
        for row in range(self._list.rowCount()):
            index = self._list.index(row, 0)
            if self._list.place_at(index) == self._drop_place:
                rect = self.visualRect(index)
                frame = rect if frame is None else frame.united(rect)
        if frame is not None:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.colors.accent, 2))
            painter.drawRoundedRect(frame.adjusted(9, 1, -9, -1), 8, 8)
            painter.end()

    # keeping the selection

    def _note_choice(self) -> None:
        self._kept_choice = list(self.chosen_ids())

    def _restore_choice(self) -> None:
        """What was selected is so again, as far as it is still listed."""
        current = self._list.index_of(self.rows.current_id)
        many = self._kept_choice if len(self._kept_choice) > 1 else []
        self.setCurrentIndex(current)
        if not current.isValid():
            self.clearSelection()
        flag = self.selectionModel().SelectionFlag
        for id_ in many:
            index = self._list.index_of(id_)
            if index.isValid():
                self.selectionModel().select(index, flag.Select)
        self._count_chosen()

    def _count_chosen(self) -> None:
        self.rows.is_many_chosen = len(self.chosen_ids()) > 1
        self.viewport().update()

    def _restyle(self) -> None:
        # Rows may be of another height now.
        self.scheduleDelayedItemsLayout()
        self.viewport().update()


def dragged_ids(carried: QByteArray) -> tuple[str, ...]:
    """The conversations that a drag carries."""
    return tuple(id_ for id_ in bytes(carried.data()).decode().split("\n") if id_)
