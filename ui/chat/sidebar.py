"""The sidebar: search, conversations by day, and the way to a new one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from ui import text
from ui.chat.conversation_book import ConversationBook
from ui.chat.conversation_list import ConversationList
from ui.chat.conversation_list_model import ConversationListModel
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label
from ui.widgets.skeleton import Skeleton

_SEARCH_AFTER_MS = 80


class _ShortcutHint(QWidget):
    """The shortcut's name at the right end of a field or button."""

    def __init__(self, theme: Theme, keys: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It covers its parent."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.resize(watched.size())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The keys' names, right aligned."""
        del event
        parent = self.parentWidget()
        if isinstance(parent, QLineEdit) and parent.text():
            return
        painter = QPainter(self)
        painter.setFont(self._theme.font(12))
        painter.setPen(self._theme.colors.faint)
        rect = self.rect().adjusted(0, 0, -11, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, right, self._keys)
        painter.end()


class Sidebar(QFrame):
    """Left of the page, or over it in a narrow window.

    Attributes:
        new_wanted: The user wants a new conversation.
    """

    new_wanted = Signal()

    def __init__(self, book: ConversationBook, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Sidebar")
        self.setAccessibleName(text.SIDEBAR)
        self._book = book
        self.model = ConversationListModel(book, self)
        self.list = ConversationList(self.model, theme)
        self.search = QLineEdit()
        self.search.setPlaceholderText(text.SEARCH)
        self.search.setAccessibleName(text.SEARCH)
        self.search.setFixedHeight(theme.px(30))
        self.search.installEventFilter(self)
        _ShortcutHint(theme, "Ctrl+K", self.search)
        self.nothing = label("", "muted", wraps=True)
        self.nothing.setContentsMargins(20, 8, 16, 8)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._skeleton = Skeleton(theme)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_SEARCH_AFTER_MS)
        self._pause.timeout.connect(self._find)
        self.search.textChanged.connect(self._pause.start)
        self.new_button = push_button(f"+ {text.NEW_CONVERSATION}", "new", self.new_wanted.emit)
        self.new_button.setAccessibleName(text.NEW_CONVERSATION)
        _ShortcutHint(theme, "Ctrl+N", self.new_button)
        self._arrange()
        book.listed.connect(self._show_list)
        self.model.modelReset.connect(self._show_list)
        self._show_list()

    def focus_search(self) -> None:
        """Typing goes into the search field."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def forget(self) -> None:
        """Neither a title nor a query is held any more."""
        # Unlike clear(), this leaves nothing to undo.
        self.search.setText("")
        self._find()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the search field Esc clears, and down and Return lead to what was found."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._find()
                return self._go_to_found(opens=event.key() != Qt.Key.Key_Down)
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        self._stack = QStackedWidget()
        for widget in (self.list, self.nothing, self._skeleton):
            self._stack.addWidget(widget)
        field = QVBoxLayout()
        field.setContentsMargins(16, 14, 16, 0)
        field.addWidget(self.search)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 0, 10, 12)
        foot.setSpacing(6)
        line = QFrame()
        line.setObjectName("FootLine")
        line.setFixedHeight(1)
        foot.addWidget(line)
        foot.addWidget(self.new_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(field)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)

    def _find(self) -> None:
        self.model.search(self.search.text())
        self._show_list()

    def _go_to_found(self, *, opens: bool) -> bool:
        if not self.model.found:
            return False
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        index = self.model.index(1, 0)
        self.list.setCurrentIndex(index)
        if opens:
            self.list.activated.emit(index)
        return True

    def _show_list(self) -> None:
        if self.model.found:
            self._stack.setCurrentWidget(self.list)
        elif not self._book.is_loaded:
            self._stack.setCurrentWidget(self._skeleton)
        else:
            is_search = bool(self.search.text().strip())
            self.nothing.setText(text.NOTHING_FOUND if is_search else text.NO_CONVERSATIONS)
            self._stack.setCurrentWidget(self.nothing)
