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
    SendMessage,
    StopGeneration,
)
from engine.contract.errors import ErrorReport
from engine.contract.events import ContextMeasured, Event
from engine.contract.ids import new_id
from engine.contract.vault_commands import KeepDraft
from ui import text
from ui.chat.conversation_book import ConversationBook
from ui.chat.conversation_entry import ConversationEntry
from ui.chat.drafts import Drafts
from ui.chat.message_queue import MessageQueue, Waiting
from ui.chat.tree_desk import Surroundings, TreeDesk, Turn, words_of
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
        waiting_files: Tells which files go with the draft.
        files_returned: Identifiers of files that would have gone with them.
        model_wanted: The user should choose another model.
        current_id: The conversation on screen; None while a new one has not been begun.
        drafts: What was typed and not sent.
        queue: What was sent while an answer is written.
        tree: What is done with the messages on screen.
    """

    shown = Signal()
    changed = Signal()
    grew = Signal()
    finished = Signal(str)
    measured = Signal(object)
    failed = Signal(object, str, object)
    draft_returned = Signal(str)
    files_returned = Signal(tuple)
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
        self.queue = MessageQueue(self)
        around = Surroundings(self.entry, self._begin, self._can_begin)
        self.tree = TreeDesk(jobs, book, around, self)
        # The next new conversation's identifier: its draft is kept before it is begun.
        self._blank_id = new_id("conv")
        self._was_shown: str | None = None
        self._is_open = False
        self._send_jobs: dict[str, str] = {}
        self.waiting_files: Callable[[], tuple[str, ...]] = tuple
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

    @property
    def place_id(self) -> str:
        """The conversation on screen, or the one that a first message would begin."""
        return self.current_id or self._blank_id

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
        is_temporary = self.is_temporary()
        if conversation_id is None and self.current_id and is_blank and not is_temporary:
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

    def is_temporary(self) -> bool:
        """Whether nothing of what is on screen will be kept."""
        entry = self.entry()
        return entry is not None and entry.is_temporary

    def begin_temporary(self, draft: str = "") -> None:
        """An empty page is on screen of which nothing will be kept; `draft` is for the former."""
        entry = self.entry()
        is_blank = entry is None or entry.is_empty()
        if not self._is_open or (self.is_temporary() and is_blank):
            return
        self.note(draft)
        self.drafts.keep()
        self.current_id = new_id("conv")
        self.drafts.never_keep(self.current_id)
        self._book.begin_temporary(self.current_id)
        self._jobs.submit(CreateConversation(conversation_id=self.current_id, is_temporary=True))
        self.shown.emit()

    def note(self, draft: str) -> None:
        """This is typed in the conversation on screen; words not taken up yet stay before it."""
        entry = self.entry()
        waiting = entry.pending.text if entry is not None and entry.pending is not None else ""
        parts = [words for words in (waiting, draft) if words]
        self.drafts.note(self.current_id or self._blank_id, "\n\n".join(parts))

    def close(self) -> None:
        """Nothing is asked of the engine until the conversations are there again."""
        self.hand_back_waiting()
        self._is_open = False

    def forget(self) -> None:
        """No word of any conversation is here any more; which one was on screen is remembered."""
        self._is_open = False
        self._was_shown = self.current_id or self._was_shown
        self.current_id = None
        self.drafts.forget()
        self._errors.clear()
        self._send_jobs.clear()
        self.queue.forget()
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

    def send(self, words: str, attachment_ids: tuple[str, ...] = ()) -> None:
        """The words are on screen and on their way, or wait while an answer is written.

        They come back while nothing can be sent.
        """
        if not self._is_open:
            self._return(words, attachment_ids)
            return
        if self.current_id is not None and self.is_answering():
            self.queue.add(self.current_id, words, attachment_ids)
            return
        if self.current_id is None:
            self._create()
        assert self.current_id is not None
        self._send_to(self.current_id, words, attachment_ids)
        if self.current_id == self._blank_id:
            self._blank_id = new_id("conv")

    def send_waiting(self) -> None:
        """The next message that waits is sent, though it was held."""
        if self.current_id is not None and not self.is_answering():
            self._send_next(self.current_id, self.queue.release(self.current_id))

    def hand_back_waiting(self) -> None:
        """Whatever waits anywhere is a draft again."""
        for conversation_id in self.queue.conversations():
            self._give_back_waiting(conversation_id)

    def begin_conversation(self) -> None:
        """The empty page is a conversation that the engine knows."""
        if self.current_id is None and self._is_open:
            self._create()
            self._book.begin(self._blank_id)
            self._blank_id = new_id("conv")

    def _send_to(self, conversation_id: str, words: str, files: tuple[str, ...]) -> None:
        self._begin(
            SendMessage(conversation_id=conversation_id, text=words, attachment_ids=files),
            words,
            -1,
        )

    def _send_next(self, conversation_id: str, waiting: Waiting | None) -> None:
        if waiting is not None:
            self._send_to(conversation_id, waiting.text, waiting.attachment_ids)

    def _begin(self, command: Turn, words: str, place: int) -> str:
        job_id = self._jobs.submit(command)
        self._send_jobs[command.conversation_id] = job_id
        if words:
            self._book.expect(command.conversation_id, words, job_id, place)
        else:
            self._messages_changed(command.conversation_id)
        return job_id

    def _can_begin(self) -> bool:
        return self._is_open and not self.is_answering()

    def take_over(self, conversation_id: str, job_id: str) -> None:
        """What was asked elsewhere belongs to the window now, and its answer with it."""
        self._send_jobs[conversation_id] = job_id
        self._jobs.lose_asker(job_id)

    def stop(self) -> None:
        """The answer ends within one step; one not yet begun is taken back."""
        if self.current_id is None or self.current_id not in self._send_jobs:
            return
        entry = self.entry()
        self.queue.hold(self.current_id)
        if entry is not None and entry.live is not None:
            self._jobs.submit(StopGeneration(conversation_id=self.current_id))
        else:
            self._jobs.cancel(self._send_jobs[self.current_id])

    def measure(self, draft: str) -> None:
        """The engine is asked how full the context would be with this draft."""
        if self._models.loaded is None or not self._is_open:
            return
        files = self.waiting_files()
        if self.current_id is None:
            if not draft.strip() and not files:
                return
            self._create()
        assert self.current_id is not None
        if self._measure_job:
            self._jobs.cancel(self._measure_job)
        self._measure_job = self._jobs.submit(
            MeasureContext(conversation_id=self.current_id, draft=draft, attachment_ids=files)
        )

    def _create(self) -> None:
        # The engine gives it a title: first the user's words, later the model's.
        self.current_id = self._blank_id
        self._jobs.submit(CreateConversation(conversation_id=self.current_id))

    # what the engine says

    def _take(self, event: Event) -> None:
        if isinstance(event, ContextMeasured) and event.conversation_id == self.current_id:
            entry = self.entry()
            if entry is not None:
                entry.will_cut(event.cut_messages)
            self.measured.emit(event)

    def _messages_changed(self, conversation_id: str) -> None:
        if conversation_id == self.current_id:
            self.changed.emit()

    def _answer_finished(self, conversation_id: str, message_id: str) -> None:
        # The job goes on, perhaps with another answer, until it says that it is finished.
        if conversation_id == self.current_id:
            self.finished.emit(message_id)

    def _deleted(self, conversation_id: str) -> None:
        self.drafts.lose(conversation_id)
        if conversation_id == self.current_id:
            self.current_id = None
            self.shown.emit()

    def _job_finished(self, job_id: str, command: Command) -> None:
        if job_id == self._measure_job:
            self._measure_job = ""
        if not isinstance(command, Turn):
            return
        conversation_id = command.conversation_id
        if self._send_jobs.get(conversation_id) != job_id:
            return
        del self._send_jobs[conversation_id]
        self._book.withdraw(conversation_id, job_id)
        waiting = self.queue.next(conversation_id) if self._is_open else None
        self._send_next(conversation_id, waiting)
        if waiting is None and conversation_id == self.current_id:
            self.measure(self.draft())

    def _failed(self, job_id: str, command: Command, error: ErrorReport) -> None:
        if isinstance(command, MeasureContext):
            if job_id == self._measure_job:
                self._measure_job = ""
            return  # the meter keeps silent; nobody asked
        words = ""
        if isinstance(command, Turn):
            self._send_jobs.pop(command.conversation_id, None)
            words = self._book.withdraw(command.conversation_id, job_id)
            self._give_back_waiting(command.conversation_id)
            if error.kind in ("vault_locked", "cancelled"):
                # The lock screen says so already; what was not taken up is a draft again.
                if words and (self._is_open or error.kind == "cancelled"):
                    self._give_back(command.conversation_id, words, _files_of(command))
                return
        elif error.kind in ("vault_locked", "cancelled"):
            return
        action, act = self._way_out(command, error, words)
        self._report(command, (error, action, act))

    def _report(
        self, command: Command, report: tuple[ErrorReport, str, Callable[[], object]]
    ) -> None:
        if isinstance(command, Turn) and command.conversation_id != self.current_id:
            self._errors[command.conversation_id] = report
        else:
            self.failed.emit(*report)

    def _way_out(
        self, command: Command, error: ErrorReport, words: str
    ) -> tuple[str, Callable[[], object]]:
        """The one action that a failure offers."""
        if error.kind in _NEEDS_ANOTHER_MODEL:
            if words and isinstance(command, Turn):
                self._give_back(command.conversation_id, words, _files_of(command))
            return text.CHOOSE_MODEL, self.model_wanted.emit
        told = words or (words_of(command) if isinstance(command, Turn) else "")
        if isinstance(command, Turn) and told:
            return text.PUT_BACK, lambda: self._return(told, _files_of(command))
        if isinstance(command, LoadModel):
            return text.TRY_AGAIN, lambda: self._models.load(command.model_id)
        if isinstance(command, FetchModel):
            return text.TRY_AGAIN, lambda: self._models.fetch(command.model_id)
        if isinstance(command, (ChangeSettings, KeepDraft)):
            return "", lambda: None
        return text.TRY_AGAIN, lambda: self._jobs.submit(command)

    def _give_back(self, conversation_id: str, words: str, files: tuple[str, ...] = ()) -> None:
        if conversation_id == self.current_id:
            self._return(words, files)
            return
        typed = self.drafts.of(conversation_id)
        self.drafts.note(conversation_id, f"{words}\n\n{typed}" if typed else words)

    def _give_back_waiting(self, conversation_id: str) -> None:
        waiting = self.queue.take_all(conversation_id)
        if waiting:
            files = tuple(file for one in waiting for file in one.attachment_ids)
            self._give_back(conversation_id, "\n\n".join(one.text for one in waiting), files)

    def _return(self, words: str, files: tuple[str, ...]) -> None:
        self.draft_returned.emit(words)
        if files:
            self.files_returned.emit(files)


def _files_of(command: Turn) -> tuple[str, ...]:
    return command.attachment_ids if isinstance(command, SendMessage) else ()
