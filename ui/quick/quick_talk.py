"""The conversation of the quick panel: temporary, until it is continued in the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.contract.chat_commands import KeepConversation
from engine.contract.commands import (
    CreateConversation,
    DeleteConversation,
    SendMessage,
    StopGeneration,
)
from engine.contract.errors import ErrorReport
from engine.contract.events import CommandFailed, CommandFinished, Event
from engine.contract.ids import new_id
from engine.contract.messages import Role
from ui.chat.conversation_entry import ConversationEntry
from ui.session import Session


class QuickTalk(QObject):
    """Asks and stops, and hands the conversation over to the window.

    Attributes:
        changed: Messages came or changed, or an answer began or ended.
        grew: The answer being written has more text.
        finished: message identifier of an answer.
        failed: ErrorReport, and the words that were not taken up; empty if they were.
        conversation_id: The one on the panel; empty while nothing was asked.
    """

    changed = Signal()
    grew = Signal()
    finished = Signal(str)
    failed = Signal(object, str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.conversation_id = ""
        self._job_id = ""
        book = session.book
        book.messages_changed.connect(self._changed)
        book.answer_grew.connect(lambda id_: self.grew.emit() if id_ == self._id() else None)
        book.answer_finished.connect(self._finished)
        session.vault.closed.connect(self.forget)
        session.bridge.event_received.connect(self._take)

    @property
    def is_answering(self) -> bool:
        """Whether an answer is waited for or being written."""
        return bool(self._job_id)

    def entry(self) -> ConversationEntry | None:
        """What was said; None while nothing was."""
        return self._session.book.entries.get(self.conversation_id)

    def last_answer(self) -> str:
        """The Markdown of the latest answer, so far as it is written."""
        entry = self.entry()
        if entry is None or not entry.messages:
            return ""
        if entry.live is not None:
            return "".join(entry.live.pieces)
        last = entry.messages[-1]
        return last.text if last.role is Role.ASSISTANT else ""

    def ask(self, words: str) -> bool:
        """The question is on its way; False while one is being answered or nothing can be kept."""
        if self.is_answering or not self._session.vault.is_open:
            return False
        jobs, book = self._session.jobs, self._session.book
        if not self.conversation_id:
            self.conversation_id = new_id("conv")
            book.begin_temporary(self.conversation_id)
            jobs.submit(CreateConversation(conversation_id=self.conversation_id, is_temporary=True))
        command = SendMessage(conversation_id=self.conversation_id, text=words)
        self._job_id = jobs.submit(command, has_asker=True)
        book.expect(self.conversation_id, words, self._job_id)
        return True

    def stop(self) -> None:
        """The answer ends within one step; a question not yet taken up comes back."""
        entry = self.entry()
        if not self._job_id:
            return
        if entry is not None and entry.live is not None:
            self._session.jobs.submit(StopGeneration(conversation_id=self.conversation_id))
        else:
            self._session.jobs.cancel(self._job_id)

    def begin_anew(self) -> None:
        """Nothing was asked; what was is gone, unless it was kept."""
        former, entry = self.conversation_id, self.entry()
        self.stop()
        self.conversation_id, self._job_id = "", ""
        if entry is not None and entry.is_temporary:
            self._session.jobs.submit(DeleteConversation(conversation_id=former))
        self.changed.emit()

    def hand_over(self) -> str:
        """The conversation is being kept and belongs to the window; its identifier."""
        handed, self.conversation_id = self.conversation_id, ""
        job_id, self._job_id = self._job_id, ""
        if handed:
            self._session.jobs.submit(KeepConversation(conversation_id=handed))
            if job_id:
                self._session.desk.take_over(handed, job_id)
        self.changed.emit()
        return handed

    def forget(self) -> None:
        """No word of it is held any more."""
        self.conversation_id, self._job_id = "", ""
        self.changed.emit()

    def _id(self) -> str:
        return self.conversation_id or "none"

    def _changed(self, conversation_id: str) -> None:
        if conversation_id == self.conversation_id:
            self.changed.emit()

    def _finished(self, conversation_id: str, message_id: str) -> None:
        if conversation_id == self.conversation_id:
            self._job_id = ""
            self.changed.emit()
            self.finished.emit(message_id)

    def _take(self, event: Event) -> None:
        if not self._job_id or event.job_id != self._job_id:
            return
        if isinstance(event, CommandFinished):
            self._job_id = ""
            self.changed.emit()
        elif isinstance(event, CommandFailed):
            self._fail(event.error)

    def _fail(self, error: ErrorReport) -> None:
        job_id, self._job_id = self._job_id, ""
        words = self._session.book.withdraw(self.conversation_id, job_id)
        self.changed.emit()
        self.failed.emit(error, words)
