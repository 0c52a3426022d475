"""Tells, by a notice and a number on the app's icon, what ended while nobody looked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.contract.commands import Command
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, CommandFinished, Event
from ui import text_quick as text
from ui.quick.outside import Notices
from ui.session import Session

# Whoever asked waits this long without turning to something else.
LONG_S = 8.0
_ANSWERS = frozenset(
    {"SendMessage", "EditMessage", "RegenerateAnswer", "ContinueAnswer", "CompareAnswers"}
)
Otherwise = Callable[[str, str, Callable[[], None]], bool]


class OutOfSight(QObject):
    """Notes when work was given and, if it took long and no window is looked at, tells its end.

    Never more than a title is told, and nothing of what was said while the vault is locked.

    Attributes:
        unseen: How many ended since a window was last looked at.
    """

    def __init__(
        self,
        session: Session,
        windows: Callable[[], Iterable[QWidget]],
        opened: Callable[[str], None],
        notices: Notices | None,
        otherwise: Otherwise,
        *,
        long_s: float = LONG_S,
    ) -> None:
        """Listens from now on.

        Args:
            session: Everything behind the window.
            windows: Those in which one would see it.
            opened: Called with the conversation whose notice was clicked; empty for other work.
            notices: The desktop's own; None if it has none.
            otherwise: Another way to show a notice.
            long_s: Work that took less is not told.
        """
        super().__init__(session)
        self._session = session
        self._windows = windows
        self._opened = opened
        self._notices = notices
        self._otherwise = otherwise
        self._long_s = long_s
        self._begun: dict[str, tuple[float, Command]] = {}
        self.unseen = 0
        session.jobs.submitted.connect(self._submitted)
        session.bridge.event_received.connect(self._take)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._state_changed)

    def tell(self, title: str, words: str, conversation_id: str = "") -> None:
        """A notice is shown, if they are wanted and something can show them."""
        if not self._session.settings.value.interface.is_notified:
            return

        def opened() -> None:
            self._opened(conversation_id)

        if self._notices is None or not self._notices.show(title, words, opened):
            self._otherwise(title, words, opened)

    def see(self) -> None:
        """A window is looked at: number and notices have done their work."""
        self.unseen = 0
        self._show_badge()
        if self._notices is not None:
            self._notices.withdraw()

    def is_looked_at(self) -> bool:
        """Whether a window that would show it is in front."""
        is_active = QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive
        return is_active and any(
            window.isVisible() and not window.isMinimized() and window.isActiveWindow()
            for window in self._windows()
        )

    def _submitted(self, job_id: str, command: Command) -> None:
        name = type(command).__name__
        if name in _ANSWERS or name in text.JOB_NAMES:
            self._begun[job_id] = (time.monotonic(), command)

    def _take(self, event: Event) -> None:
        if isinstance(event, (CommandFinished, CommandFailed)):
            begun = self._begun.pop(event.job_id, None)
            if begun is not None:
                error = event.error if isinstance(event, CommandFailed) else None
                self._ended(*begun, error)

    def _ended(self, begun_s: float, command: Command, error: ErrorReport | None) -> None:
        took_s = time.monotonic() - begun_s
        is_worth_it = error is None or error.kind not in ("cancelled", "vault_locked")
        if took_s < self._long_s or not is_worth_it or self.is_looked_at():
            return
        self.unseen += 1
        self._show_badge()
        name = type(command).__name__
        if name in _ANSWERS:
            conversation_id = str(getattr(command, "conversation_id", ""))
            title = text.ANSWER_READY if error is None else text.ANSWER_FAILED
            self.tell(title, self._title_of(conversation_id), conversation_id)
        elif error is None:
            self.tell(text.JOB_DONE, text.job_done(text.JOB_NAMES[name]))
        else:
            self.tell(text.JOB_FAILED, text.job_failed(text.JOB_NAMES[name]))

    def _title_of(self, conversation_id: str) -> str:
        """The title, which is all that may be told; not even that if it is locked or temporary."""
        if self._session.vault.is_covered:
            return text.SOMETHING_LOCKED
        entry = self._session.book.entries.get(conversation_id)
        if entry is None or entry.is_temporary or not entry.title:
            return text.QUICK_QUESTION if entry is not None and entry.is_temporary else ""
        return entry.title

    def _show_badge(self) -> None:
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            # Zero takes the number away.
            app.setBadgeNumber(self.unseen)

    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive and self.unseen:
            self.see()
