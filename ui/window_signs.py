"""What the window says of itself: its title, and which menu items can be chosen now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from ui import text, text_search, text_sidebar
from ui.actions import ALWAYS_THERE
from ui.chat.sidebar import Sidebar
from ui.search.search_face import SearchFace
from ui.session import Session
from ui.side_by_side import SideBySide
from ui.top_bar import TopBar


class Face(Protocol):
    """A part of the window that knows which of its menu items can be chosen."""

    def states(self) -> Mapping[str, bool]:
        """Item key to whether it can be chosen now."""
        ...


class WindowSigns(QObject):
    """Follows what is on screen, so that no act has to say so."""

    def __init__(
        self,
        window: QMainWindow,
        session: Session,
        parts: tuple[TopBar, Sidebar, SideBySide, SearchFace],
        actions: Mapping[str, QAction],
        is_down: Callable[[], bool],
    ) -> None:
        """Nothing is shown yet.

        Args:
            window: Has the title.
            session: Everything behind it.
            parts: What else says where one is.
            actions: Item key of ui.actions to its action.
            is_down: Whether the lock screen or the first screens cover the content.
        """
        super().__init__(window)
        self._window = window
        self._session = session
        self._top_bar, self._sidebar, self._panes, self._search = parts
        self._actions = actions
        self._is_down = is_down
        self._faces: Sequence[Face] = ()
        desk, book = session.desk, session.book
        for signal in (desk.shown, desk.changed, book.listed, session.vault.changed):
            signal.connect(self.show)
        desk.finished.connect(lambda _message_id: self.show())
        self._search.shown.connect(self.show)
        self._panes.changed.connect(self._show_sidebar_state)
        self._sidebar.list.selectionModel().selectionChanged.connect(self.show_states)

    def follow(self, *faces: Face) -> None:
        """These know which of their menu items can be chosen; of two, either is enough."""
        self._faces = faces
        self.show()

    def show(self) -> None:
        """Title and menus are those of now."""
        desk = self._session.desk
        is_down = self._is_down()
        for key, action in self._actions.items():
            action.setEnabled(not is_down or key in ALWAYS_THERE)
        if is_down:
            self._top_bar.show_title("")
            self._window.setWindowTitle(text.APP)
            return
        title = self._title()
        self._top_bar.show_title(title)
        is_known = desk.entry() is not None
        self._window.setWindowTitle(f"{title} · {text.APP}" if is_known else text.APP)
        self._sidebar.list.mark(desk.current_id)
        self.show_states()

    def show_states(self) -> None:
        """Only what can be done now can be chosen."""
        if self._is_down():
            return
        can_lock = self._session.vault.can_lock
        states = {"lock": can_lock, "back_up": can_lock, "stop": self._session.desk.is_answering()}
        for face in self._faces:
            for key, can in face.states().items():
                states[key] = can or (key == "stop" and states["stop"])
        for key, is_enabled in states.items():
            self._actions[key].setEnabled(is_enabled)

    def _title(self) -> str:
        if self._search.is_open():
            return text_search.SEARCH
        if self._session.desk.is_temporary():
            return text_sidebar.TEMPORARY
        entry = self._session.desk.entry()
        return entry.shown_title() if entry is not None else text.NEW_CONVERSATION

    def _show_sidebar_state(self) -> None:
        self._top_bar.toggle.rename(
            text.SIDEBAR_HIDE if self._panes.is_shown() else text.SIDEBAR_SHOW
        )
