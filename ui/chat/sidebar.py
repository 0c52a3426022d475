"""The sidebar: the way to search, conversations, and the ways to a new one."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui import text, text_search
from ui import text_sidebar as words
from ui.chat.conversation_book import ConversationBook
from ui.chat.conversation_list import ConversationList
from ui.chat.conversation_list_model import ConversationListModel
from ui.library.library_shelf import LibraryShelf
from ui.theme import Theme
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label
from ui.widgets.shortcut_hint import ShortcutHint
from ui.widgets.skeleton import Skeleton


class Sidebar(QFrame):
    """Left of the page, or over it in a narrow window.

    Attributes:
        new_wanted: The user wants a new conversation.
        temporary_wanted: The user wants one of which nothing is kept.
        search_wanted: The user wants to search everything.
        model: What is listed.
        list: Where it is chosen.
        back: Leads from the archive back to all.
    """

    new_wanted = Signal()
    temporary_wanted = Signal()
    search_wanted = Signal()

    def __init__(
        self,
        book: ConversationBook,
        library: LibraryShelf,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("Sidebar")
        self.setAccessibleName(text.SIDEBAR)
        self._book = book
        self.model = ConversationListModel(book, library, self)
        self.list = ConversationList(self.model, theme)
        self.search = push_button(text_search.SEARCH, "search", self.search_wanted.emit)
        self.search.setAccessibleName(text_search.SEARCH)
        self.search.setFixedHeight(theme.px(30))
        self._search_hint = ShortcutHint(theme, self.search)
        self.back = push_button(words.ARCHIVED, "back", lambda: self.show_archive(False))
        self.back.setIcon(theme.icons.pixmap("chevron-left", 16, theme.colors.muted))
        self.back.setAccessibleName(words.BACK_TO_ALL)
        self.back.setToolTip(words.BACK_TO_ALL)
        self.back.hide()
        self.nothing = label("", "muted", wraps=True)
        self.nothing.setContentsMargins(20, 8, 16, 8)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._skeleton = Skeleton(theme)
        self.new_button = push_button(f"+ {text.NEW_CONVERSATION}", "new", self.new_wanted.emit)
        self.new_button.setAccessibleName(text.NEW_CONVERSATION)
        self._new_hint = ShortcutHint(theme, self.new_button)
        self.temporary = IconButton(theme, "temporary", words.NEW_TEMPORARY, size=32)
        self.temporary.clicked.connect(self.temporary_wanted)
        self._arrange()
        book.listed.connect(self._show_list)
        self.model.modelReset.connect(self._show_list)
        self.list.archive_wanted.connect(lambda: self.show_archive(True))
        self.list.left.connect(lambda: self.show_archive(False))
        theme.changed.connect(
            lambda: self.back.setIcon(theme.icons.pixmap("chevron-left", 16, theme.colors.muted))
        )
        self._show_list()

    def follow(self, actions: Mapping[str, QAction]) -> None:
        """The shortcuts shown are those of these actions."""
        self._search_hint.follow(actions["search"])
        self._new_hint.follow(actions["new"])

    def show_archive(self, is_archive: bool) -> None:
        """The archive is listed, or all the rest."""
        if is_archive == self.model.is_archive:
            return
        self.model.show_archive(is_archive)
        self._show_list()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """Nothing of what was listed is held any more."""
        self.model.forget()

    def _arrange(self) -> None:
        self._stack = QStackedWidget()
        for widget in (self.list, self.nothing, self._skeleton):
            self._stack.addWidget(widget)
        field = QVBoxLayout()
        field.setContentsMargins(16, 14, 16, 0)
        field.addWidget(self.search)
        head = QVBoxLayout()
        head.setContentsMargins(10, 8, 10, 0)
        head.addWidget(self.back)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 0, 10, 12)
        foot.setSpacing(6)
        line = QFrame()
        line.setObjectName("FootLine")
        line.setFixedHeight(1)
        foot.addWidget(line)
        ways = QHBoxLayout()
        ways.setSpacing(2)
        ways.addWidget(self.new_button, 1)
        ways.addWidget(self.temporary)
        foot.addLayout(ways)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(field)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        column.addLayout(foot)

    def _show_list(self) -> None:
        is_archive = self.model.is_archive
        self.back.setVisible(is_archive)
        if self.model.rowCount():
            self._stack.setCurrentWidget(self.list)
        elif not self._book.is_loaded:
            self._stack.setCurrentWidget(self._skeleton)
        else:
            self.nothing.setText(words.NOTHING_ARCHIVED if is_archive else text.NO_CONVERSATIONS)
            self._stack.setCurrentWidget(self.nothing)
