"""Asks the engine for messages that hold some words, and knows what it answered last."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, Event
from engine.contract.library_commands import SearchFilters, SearchMessages
from engine.contract.library_events import MessagesFound
from ui.jobs import Jobs

_ASK_AFTER_MS = 110  # a fast typist's pause between two words
_LIMIT = 200


class SearchDesk(QObject):
    """Only the latest question counts: one that is overtaken is cancelled and its answer ignored.

    Attributes:
        changed: It was answered, asked, or made empty.
        query: What was typed.
        filters: Where it is looked for.
        found: The last answer; None before one, or while nothing is typed.
        error: Why there was none.
    """

    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job_id = ""
        self.query = ""
        self.filters = SearchFilters()
        self.found: MessagesFound | None = None
        self.error: ErrorReport | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_ASK_AFTER_MS)
        self._pause.timeout.connect(self._ask)
        jobs.bridge.event_received.connect(self._take)

    @property
    def is_searching(self) -> bool:
        """Whether an answer is on its way."""
        return bool(self._job_id) or self._pause.isActive()

    def type(self, query: str) -> None:
        """This is typed now; it is asked when the typist pauses."""
        self.query = query
        if query.strip():
            self._pause.start()
        else:
            self._drop()
            self.found = self.error = None
        self.changed.emit()

    def filter(self, filters: SearchFilters) -> None:
        """It is looked for here from now on."""
        if filters != self.filters:
            self.filters = filters
            self.ask_now()
            self.changed.emit()

    def ask_now(self) -> None:
        """What is typed is asked at once."""
        if self.query.strip():
            self._ask()

    def forget(self) -> None:
        """Neither query nor answer is held any more."""
        self._drop()
        self.query, self.filters, self.found, self.error = "", SearchFilters(), None, None
        self.changed.emit()

    def _drop(self) -> None:
        self._pause.stop()
        if self._job_id:
            self._jobs.cancel(self._job_id)
            self._job_id = ""

    def _ask(self) -> None:
        self._drop()
        command = SearchMessages(query=self.query.strip(), filters=self.filters, limit=_LIMIT)
        self._job_id = self._jobs.submit(command, has_asker=True)

    def _take(self, event: Event) -> None:
        if not self._job_id or event.job_id != self._job_id:
            return
        if isinstance(event, MessagesFound):
            self._job_id, self.found, self.error = "", event, None
            self.changed.emit()
        elif isinstance(event, CommandFailed):
            self._job_id, self.error = "", event.error
            self.changed.emit()
