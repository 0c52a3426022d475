"""Search and find as the main window uses them, and the way there and back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedWidget

from engine.contract.chat_commands import ShowVersion
from engine.contract.library_events import SearchHit
from ui import text_search as words
from ui.chat.chat_page import ChatPage
from ui.search.find_bar import FindBar
from ui.search.finder import Finder
from ui.search.search_desk import SearchDesk
from ui.search.search_page import SearchPage
from ui.session import Session
from ui.theme import Theme

_GIVE_UP_MS = 3000  # another version of a message is there within a tenth of this


class SearchFace(QObject):
    """Puts the search page in the place of the conversation, and the find bar over it.

    Attributes:
        said: Words for a toast.
        shown: The search page came or went.
        page: Searches everything.
        find_bar: Finds in the conversation on screen.
        pages: Conversation and search page, one of them on screen.
    """

    said = Signal(str)
    shown = Signal()

    def __init__(self, session: Session, chat: ChatPage, theme: Theme) -> None:
        super().__init__(chat)
        self._session = session
        self._chat = chat
        self.finder = Finder(chat)
        self.find_bar = FindBar(self.finder, theme)
        self.page = SearchPage(SearchDesk(session.jobs), session.library, session.models, theme)
        self.page.desk.setParent(self.page)
        self.pages = QStackedWidget()
        self.pages.addWidget(chat)
        self.pages.addWidget(self.page)
        self._awaited = ""
        self._query = ""
        self._is_jumping = False
        self._origin: tuple[str | None, int, bool] | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_GIVE_UP_MS)
        self._patience.timeout.connect(self._give_up)
        self.page.closed.connect(self.leave)
        self.page.opened.connect(self._jump)
        self.find_bar.closed.connect(self._close_find)
        self.find_bar.back_wanted.connect(self._back_to_results)
        session.desk.shown.connect(self._conversation_changed)
        session.desk.changed.connect(self._arrive)
        chat.messages.modelReset.connect(self._arrive)
        chat.view.installEventFilter(self)
        chat.composer.edit.installEventFilter(self)

    def acts(self) -> dict[str, Callable[[], object]]:
        """What menu items do."""
        return {
            "search": self.open,
            "find": self.find,
            "find_next": lambda: self._step(1),
            "find_previous": lambda: self._step(-1),
        }

    def states(self) -> dict[str, bool]:
        """Which menu items can be chosen now."""
        has_messages = self._chat.messages.rowCount() > 0 and not self.is_open()
        return dict.fromkeys(("find", "find_next", "find_previous"), has_messages)

    def is_open(self) -> bool:
        """Whether the search page is on screen."""
        return self.pages.currentWidget() is self.page

    def open(self, query: str = "") -> None:
        """The search page is on screen, with what was looked for before or these words."""
        if not self.is_open() and not self.find_bar.is_from_results():
            view = self._chat.view
            place = view.verticalScrollBar().value()
            self._origin = (self._session.desk.current_id, place, view.is_at_end())
        self.find_bar.forget()
        if query:
            self.page.field.setText(query)
            self.page.desk.ask_now()
        self.pages.setCurrentWidget(self.page)
        self.page.focus()
        self.shown.emit()

    def leave(self) -> None:
        """What was on screen before the search is so again, where it was."""
        origin, self._origin = self._origin, None
        desk, view = self._session.desk, self._chat.view
        if origin is not None and origin[0] != desk.current_id:
            self._is_jumping = True
            desk.show(origin[0], self._chat.draft())
            self._is_jumping = False
        self.close()
        if origin is not None and not origin[2]:
            view.verticalScrollBar().setValue(origin[1])

    def close(self) -> None:
        """The conversation is on screen."""
        if self.is_open():
            self.pages.setCurrentWidget(self._chat)
            self._chat.composer.focus()
            self.shown.emit()

    def find(self) -> None:
        """Words can be looked for in the conversation on screen."""
        if self._chat.messages.rowCount():
            self.close()
            self.find_bar.open(self._selected())

    def forget(self) -> None:
        """No query and no result is held any more."""
        self._awaited = self._query = ""
        self._origin = None
        self.find_bar.forget()
        self.page.forget()
        self.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc in the messages or the composer leads out of find, or back to the results."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if self.find_bar.isHidden():
                return super().eventFilter(watched, event)
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                is_led = self.find_bar.is_from_results()
                (self._back_to_results if is_led else self._close_find)()
                return True
        return super().eventFilter(watched, event)

    def _selected(self) -> str:
        selection = self._chat.view.delegate.selection
        if selection is None:
            return ""
        index = self._chat.messages.index(selection[0], 0)
        view = self._chat.view
        layout = view.delegate.layout_of(index, view.layout_width())
        chosen = layout.selected_text(selection[1])
        return chosen if len(chosen) < 100 and "\n" not in chosen else ""

    def _step(self, by: int) -> None:
        if self.find_bar.isHidden():
            self.find()
        else:
            self.find_bar.step(by)

    def _close_find(self) -> None:
        self._origin = None
        self.find_bar.forget()
        self._chat.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _back_to_results(self) -> None:
        self.find_bar.forget()
        self.pages.setCurrentWidget(self.page)
        self.page.list.setFocus(Qt.FocusReason.OtherFocusReason)
        self.shown.emit()

    # the way to a hit

    def _jump(self, hit: SearchHit) -> None:
        """The message is on screen and marked, also if it is of a version not shown now."""
        entry = self._session.book.entries.get(hit.conversation_id)
        if entry is None:
            self.said.emit(words.GONE)
            return
        self._query, self._awaited = self.page.desk.query, hit.message_id
        self._is_jumping = True
        self._session.desk.show(hit.conversation_id, self._chat.draft())
        self._is_jumping = False
        self.pages.setCurrentWidget(self._chat)
        self._chat.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.shown.emit()
        if not hit.message_id:
            self.find_bar.forget()
            return
        if self._chat.messages.row_of(hit.message_id) < 0:
            self._patience.start()
            self._session.jobs.submit(
                ShowVersion(conversation_id=hit.conversation_id, message_id=hit.message_id)
            )
        self._arrive()

    def _arrive(self) -> None:
        if self._awaited and self._chat.messages.row_of(self._awaited) >= 0:
            message_id, self._awaited = self._awaited, ""
            self._patience.stop()
            self._chat.view.go_to_message(message_id)
            self.find_bar.open_for(self._query, message_id)

    def _give_up(self) -> None:
        if self._awaited:
            self._awaited = ""
            self.said.emit(words.GONE)

    def _conversation_changed(self) -> None:
        if self._is_jumping:
            return
        self._awaited = ""
        self._origin = None
        if not self.find_bar.isHidden():
            self.find_bar.forget()
        self.close()
