"""The conversation on the desk: sends, stops and measures, and brings back what failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from engine.contract.commands import (
    ChangeSettings,
    Command,
    CreateConversation,
    FetchModel,
    LoadModel,
    MeasureContext,
    RenameConversation,
    SendMessage,
    StopGeneration,
)
from engine.contract.errors import ErrorReport
from engine.contract.events import ContextMeasured, Event
from engine.contract.ids import new_id
from engine.contract.vault_commands import KeepDraft
from ui import text
from ui.chat.conversation_book import ConversationBook, ConversationEntry, title_from
from ui.chat.drafts import Drafts
from ui.jobs import Jobs
from ui.model_status import ModelStatus

_NEEDS_ANOTHER_MODEL = frozenset(
    {"not_enough_memory", "model_not_found", "model_not_loaded", "model_unsupported"}
)


class ConversationDesk(QObject):
    """Turns what the user does with the conversation on screen into commands.

    Attributes:
        shown: Another conversation is on screen.
        changed: Messages of the one on screen came or changed.
        grew: The answer being written on screen has more text.
        finished: message identifier of an answer on screen.
        measured: ContextMeasured of the one on screen.
        failed: ErrorReport, words of the one action, what the action does.
        draft_returned: Words that could not be sent.
        model_wanted: The user should choose another model.
        current_id: The conversation on screen; None while a new one has not been begun.
        drafts: What was typed and not sent.
    """

    shown = Signal()
    changed = Signal()
    grew = Signal()
    finished = Signal(str)
    measured = Signal(object)
    failed = Signal(object, str, object)
    draft_returned = Signal(str)
    model_wanted = Signal()

    def __init__(
        self, jobs: Jobs, book: ConversationBook, models: ModelStatus, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._book = book
        self._models = models
        self.current_id: str | None = None
        self.drafts = Drafts(jobs, self)
        # The next new conversation's identifier: its draft is kept before it is begun.
        self._blank_id = new_id("conv")
        self._was_shown: str | None = None
        self._is_open = False
        self._send_jobs: dict[str, str] = {}
        self._measure_job = ""
        self._errors: dict[str, tuple[ErrorReport, str, Callable[[], object]]] = {}
        book.messages_changed.connect(self._messages_changed)
        book.answer_grew.connect(lambda id_: self.grew.emit() if id_ == self.current_id else None)
        book.answer_finished.connect(self._answer_finished)
        book.deleted.connect(self._deleted)
        book.loaded.connect(self._put_back)
        jobs.bridge.event_received.connect(self._take)
        jobs.failed.connect(self._failed)
        jobs.finished.connect(self._job_finished)

    # what is on screen

    def entry(self) -> ConversationEntry | None:
        """The conversation on screen, if anything is known of it."""
        return self._book.entries.get(self.current_id) if self.current_id else None

    def draft(self) -> str:
        """Words typed here before another conversation was looked at."""
        return self.drafts.of(self.current_id or self._blank_id)

    def is_answering(self) -> bool:
        """Whether the conversation on screen waits for an answer or is getting one."""
        return self.current_id in self._send_jobs

    def answering(self) -> frozenset[str]:
        """Conversations that wait for an answer or are getting one."""
        return frozenset(self._send_jobs)

    def show(self, conversation_id: str | None, draft: str = "") -> None:
        """Another conversation is on screen; None is a new one. `draft` is kept for the former."""
        entry = self.entry()
        is_blank = entry is None or entry.is_empty()
        if conversation_id is None and self.current_id is not None and is_blank:
            return  # what is on screen is a new one already
        if conversation_id is None and self._blank_id in self._book.entries:
            conversation_id = self._blank_id
        if conversation_id == self.current_id:
            return
        self.note(draft)
        self.drafts.keep()
        self.current_id = conversation_id
        self.shown.emit()
        if conversation_id in self._errors:
            self.failed.emit(*self._errors.pop(conversation_id))
        self.measure(self.draft())

    def note(self, draft: str) -> None:
        """This is typed in the conversation on screen; words not taken up yet stay before it."""
        entry = self.entry()
        waiting = entry.pending.text if entry is not None and entry.pending is not None else ""
        parts = [words for words in (waiting, draft) if words]
        self.drafts.note(self.current_id or self._blank_id, "\n\n".join(parts))

    def close(self) -> None:
        """Nothing is asked of the engine until the conversations are there again."""
        self._is_open = False

    def forget(self) -> None:
        """No word of any conversation is here any more; which one was on screen is remembered."""
        self._is_open = False
        self._was_shown = self.current_id or self._was_shown
        self.current_id = None
        self.drafts.forget()
        self._errors.clear()
        self._send_jobs.clear()
        self._blank_id = new_id("conv")
        self.shown.emit()

    def put_back_drafts(self, drafts: Sequence[tuple[str, str]]) -> None:
        """What was typed and not sent before is there again, when the list has come."""
        self._is_open = True
        self.drafts.put_back(drafts)

    def _put_back(self) -> None:
        """The conversation that was on screen is so again, and drafts are where they belong."""
        known = self._book.entries
        unknown = [id_ for id_ in self.drafts.kept_ids() if id_ not in known]
        self._put_back_unbegun(unknown[0] if unknown else "")
        former, self._was_shown = self._was_shown, None
        if self.current_id is None and former in known:
            self.show(former, self.draft())
            return
        if self.current_id in known:
            self.changed.emit()
        if self.draft():
            self.draft_returned.emit(self.draft())

    def _put_back_unbegun(self, conversation_id: str) -> None:
        """A conversation in which nothing was said is not kept, but what was typed in it is."""
        if not conversation_id or conversation_id == self._blank_id:
            return
        begun = self.drafts.of(self._blank_id)
        if not begun and self.current_id is None:
            self._blank_id = conversation_id
            return
        words = self.drafts.of(conversation_id)
        self.drafts.note(self._blank_id, f"{words}\n\n{begun}" if begun else words)
        self.drafts.note(conversation_id, "")
        self.drafts.keep()
        if self.current_id in (None, self._blank_id):
            self.draft_returned.emit(words)

    # what the user does

    def send(self, words: str) -> None:
        """The words are on screen and on their way; they come back while nothing can be sent."""
        if not self._is_open:
            self.draft_returned.emit(words)
            return
        entry = self.entry()
        title = title_from(words)
        if self.current_id is None:
            self._create(title)
        elif entry is None or (entry.is_empty() and not entry.title):
            self._jobs.submit(RenameConversation(conversation_id=self.current_id, title=title))
        assert self.current_id is not None
        job_id = self._jobs.submit(SendMessage(conversation_id=self.current_id, text=words))
        self._send_jobs[self.current_id] = job_id
        self._book.expect(self.current_id, words, job_id)
        if self.current_id == self._blank_id:
            self._blank_id = new_id("conv")

    def stop(self) -> None:
        """The answer ends within one step; one not yet begun is taken back."""
        if self.current_id is None or self.current_id not in self._send_jobs:
            return
        entry = self.entry()
        if entry is not None and entry.live is not None:
            self._jobs.submit(StopGeneration(conversation_id=self.current_id))
        else:
            self._jobs.cancel(self._send_jobs[self.current_id])

    def measure(self, draft: str) -> None:
        """The engine is asked how full the context would be with this draft."""
        if self._models.loaded is None or not self._is_open:
            return
        if self.current_id is None:
            if not draft.strip():
                return
            self._create("")
        assert self.current_id is not None
        if self._measure_job:
            self._jobs.cancel(self._measure_job)
        self._measure_job = self._jobs.submit(
            MeasureContext(conversation_id=self.current_id, draft=draft)
        )

    def _create(self, title: str) -> None:
        self.current_id = self._blank_id
        self._jobs.submit(CreateConversation(conversation_id=self.current_id, title=title))

    # what the engine says

    def _take(self, event: Event) -> None:
        if isinstance(event, ContextMeasured) and event.conversation_id == self.current_id:
            self.measured.emit(event)

    def _messages_changed(self, conversation_id: str) -> None:
        if conversation_id == self.current_id:
            self.changed.emit()

    def _answer_finished(self, conversation_id: str, message_id: str) -> None:
        self._send_jobs.pop(conversation_id, None)
        if conversation_id == self.current_id:
            self.finished.emit(message_id)
            self.measure(self.draft())

    def _deleted(self, conversation_id: str) -> None:
        self.drafts.lose(conversation_id)
        if conversation_id == self.current_id:
            self.current_id = None
            self.shown.emit()

    def _job_finished(self, job_id: str, command: Command) -> None:
        if job_id == self._measure_job:
            self._measure_job = ""
        if not isinstance(command, SendMessage):
            return
        if self._send_jobs.get(command.conversation_id) == job_id:
            del self._send_jobs[command.conversation_id]
            self._messages_changed(command.conversation_id)

    def _failed(self, job_id: str, command: Command, error: ErrorReport) -> None:
        if isinstance(command, MeasureContext):
            if job_id == self._measure_job:
                self._measure_job = ""
            return  # the meter keeps silent; nobody asked
        words = ""
        if isinstance(command, SendMessage):
            self._send_jobs.pop(command.conversation_id, None)
            words = self._book.withdraw(command.conversation_id, job_id)
            self._messages_changed(command.conversation_id)
        if error.kind == "vault_locked":
            # The lock screen says so already; what was not taken up is noted as a draft.
            if words and isinstance(command, SendMessage) and self._is_open:
                self._give_back(command.conversation_id, words)
            return
        if error.kind == "cancelled":
            if words and isinstance(command, SendMessage):
                self._give_back(command.conversation_id, words)
            return
        action, act = self._way_out(command, error, words)
        self._report(command, (error, action, act))

    def _report(
        self, command: Command, report: tuple[ErrorReport, str, Callable[[], object]]
    ) -> None:
        if isinstance(command, SendMessage) and command.conversation_id != self.current_id:
            self._errors[command.conversation_id] = report
        else:
            self.failed.emit(*report)

    def _way_out(
        self, command: Command, error: ErrorReport, words: str
    ) -> tuple[str, Callable[[], object]]:
        """The one action that a failure offers."""
        if error.kind in _NEEDS_ANOTHER_MODEL:
            if words and isinstance(command, SendMessage):
                self._give_back(command.conversation_id, words)
            return text.CHOOSE_MODEL, self.model_wanted.emit
        if isinstance(command, SendMessage):
            told = words or command.text
            return text.PUT_BACK, lambda: self.draft_returned.emit(told)
        if isinstance(command, LoadModel):
            return text.TRY_AGAIN, lambda: self._models.load(command.model_id)
        if isinstance(command, FetchModel):
            return text.TRY_AGAIN, lambda: self._models.fetch(command.model_id)
        if isinstance(command, (ChangeSettings, KeepDraft)):
            return "", lambda: None
        return text.TRY_AGAIN, lambda: self._jobs.submit(command)

    def _give_back(self, conversation_id: str, words: str) -> None:
        if conversation_id == self.current_id:
            self.draft_returned.emit(words)
        else:
            self.drafts.note(conversation_id, words)
