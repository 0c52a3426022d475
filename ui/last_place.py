"""What was on screen comes back after a restart: conversation, place in it, and windows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from engine.contract.chat_commands import KeepPlace
from engine.contract.events import Event
from engine.contract.vault import Place
from engine.contract.vault_events import VaultOpened
from ui.chat.message_view import MessageView
from ui.session import Session
from ui.window_state import WindowState

_PAUSE_MS = 1000  # after scrolling; a place is written once and not at each step of the wheel

Windows = Mapping[str, Callable[[], object]]
"""Name of a window to what opens it."""


class LastPlace(QObject):
    """Keeps the place in the vault, which may tell what was read; window names in the state file.

    The first time the conversations have come after a start, and again after each unlocking, what
    was on screen is put back, unless the user has gone somewhere else by then.
    """

    def __init__(
        self, session: Session, view: MessageView, state: WindowState, windows: Windows
    ) -> None:
        """Listens from now on.

        Args:
            session: Everything behind the window.
            view: The messages on screen.
            state: Remembers which windows were open.
            windows: Those that can be opened again.
        """
        super().__init__(session)
        self._session = session
        self._view = view
        self._state = state
        self._windows = windows
        self._waiting: Place | None = None
        self._has_restored_windows = False
        self._kept: Place | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.keep)
        session.bridge.event_received.connect(self._take)
        session.book.loaded.connect(self._put_back)
        session.desk.shown.connect(self._pause.start)
        session.vault.closing.connect(self.keep)
        session.vault.closed.connect(self._forget)
        view.verticalScrollBar().valueChanged.connect(lambda _value: self._pause.start())

    def keep(self) -> None:
        """Where the reader is, is on its way into the vault."""
        self._pause.stop()
        current = self._session.desk.current_id
        entry = self._session.desk.entry()
        is_worth_it = entry is not None and not entry.is_empty() and not entry.is_temporary
        if not self._session.vault.is_open or current is None or not is_worth_it:
            return
        message_id, offset_px = self._view.place()
        place = Place(conversation_id=current, message_id=message_id, offset_px=offset_px)
        # A place that waits to be gone to must not be overwritten by where one is before.
        if place != self._kept and self._waiting is None:
            self._kept = place
            self._session.jobs.submit(
                KeepPlace(conversation_id=current, message_id=message_id, offset_px=offset_px)
            )

    def keep_windows(self, named: Callable[[str], QWidget | None]) -> None:
        """Which windows are open is remembered."""
        shown = (name for name in self._windows if (window := named(name)) and window.isVisible())
        self._state.save_open_windows(tuple(shown))

    def _take(self, event: Event) -> None:
        if isinstance(event, VaultOpened):
            self._waiting = event.place

    def _put_back(self) -> None:
        place, self._waiting = self._waiting, None
        desk = self._session.desk
        is_known = place is not None and place.conversation_id in self._session.book.entries
        is_elsewhere = desk.current_id not in (None, getattr(place, "conversation_id", None))
        # Words typed into a new conversation are what was on screen last.
        is_typing = desk.current_id is None and bool(desk.draft())
        if place is not None and is_known and not is_elsewhere and not is_typing:
            if desk.current_id is None:
                desk.show(place.conversation_id, desk.draft())
            if place.message_id:
                self._view.go_to_place(place.message_id, place.offset_px)
            self._kept = place
        if not self._has_restored_windows:
            self._has_restored_windows = True
            for name in self._state.open_windows():
                if name in self._windows:
                    self._windows[name]()

    def _forget(self) -> None:
        self._pause.stop()
        self._waiting = self._kept = None
