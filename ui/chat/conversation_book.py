"""What the window knows of conversations, kept up to date by engine events."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.contract.events import (
    ContextRolled,
    ConversationChanged,
    ConversationCreated,
    ConversationDeleted,
    ConversationsListed,
    Event,
    HistoryCut,
    MessageAdded,
    PrefillProgressed,
    TextGenerated,
    TurnFinished,
)
from engine.contract.messages import Conversation, FinishReason, Message, Role
from ui import text

_TITLE_LENGTH = 60


def title_from(words: str) -> str:
    """A title made of a message's first line."""
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    if len(line) <= _TITLE_LENGTH:
        return line
    return line[:_TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


@dataclass
class LiveAnswer:
    """An answer while it is written.

    Attributes:
        pieces: Text so far, in the steps it came in.
        reasoning: What was written inside the thinking tags, likewise.
        tokens: Tokens generated so far.
        read_tokens: Prompt tokens read so far, of `prompt_tokens`.
    """

    message_id: str
    pieces: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    tokens: int = 0
    read_tokens: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    first_token_at: float | None = None
    first_tokens: int = 0

    def tokens_per_second(self) -> float | None:
        """Speed since the first token; None before there is a second of it."""
        if self.first_token_at is None:
            return None
        elapsed = time.perf_counter() - self.first_token_at
        return (self.tokens - self.first_tokens) / elapsed if elapsed > 0.5 else None


@dataclass
class ConversationEntry:
    """One conversation as the window holds it.

    Attributes:
        pending: The user's message while the engine has not yet taken it up.
        pending_job: The job that will take it up.
        live: The answer being written; None if none is.
        notices: Message identifier to what is said above it.
    """

    id: str
    title: str
    updated_at_s: float
    messages: list[Message] = field(default_factory=list)
    pending: Message | None = None
    pending_job: str = ""
    live: LiveAnswer | None = None
    notices: dict[str, str] = field(default_factory=dict)
    cut_waiting: str = ""
    _search_text: str = ""
    _searched_messages: int = -1

    def shown_title(self) -> str:
        """The title; without one, the first words of the user."""
        if self.title:
            return self.title
        for message in self.messages:
            if message.role is Role.USER:
                return title_from(message.text)
        return title_from(self.pending.text) if self.pending else text.NEW_CONVERSATION

    def contains(self, folded_query: str) -> bool:
        """Whether title or text holds the query, which must be case-folded."""
        if self._searched_messages != len(self.messages):
            self._search_text = "\n".join(message.text for message in self.messages).casefold()
            self._searched_messages = len(self.messages)
        return folded_query in self.shown_title().casefold() or folded_query in self._search_text

    def is_empty(self) -> bool:
        """Whether nothing was said in it yet."""
        return not self.messages and self.pending is None


class ConversationBook(QObject):
    """Holds all conversations, so that sidebar and page need not ask the engine twice.

    Attributes:
        listed: The list or a title changed.
        loaded: The engine has told all there is.
        messages_changed: Messages of this conversation were added or replaced.
        answer_grew: The answer being written in this conversation has more text, or the
            prompt was read further.
        answer_finished: conversation, message.
        is_loaded: Whether the engine has answered what there is.
    """

    listed = Signal()
    loaded = Signal()
    messages_changed = Signal(str)
    answer_grew = Signal(str)
    answer_finished = Signal(str, str)
    deleted = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.entries: dict[str, ConversationEntry] = {}
        self.is_loaded = False
        self._takers: dict[type[Event], Callable[[Any], None]] = {
            ConversationsListed: self._listed,
            ConversationCreated: self._created,
            ConversationChanged: self._changed,
            ConversationDeleted: self._deleted,
            MessageAdded: self._added,
            PrefillProgressed: self._prefilled,
            HistoryCut: self._cut,
            ContextRolled: self._rolled,
            TextGenerated: self._generated,
            TurnFinished: self._turn_finished,
        }

    def apply(self, event: Event) -> None:
        """The event is reflected here and has been announced."""
        taker = self._takers.get(type(event))
        if taker is not None:
            taker(event)

    def in_order(self) -> list[ConversationEntry]:
        """Conversations in which something was said, latest first."""
        entries = [entry for entry in self.entries.values() if not entry.is_empty()]
        return sorted(entries, key=lambda entry: entry.updated_at_s, reverse=True)

    def expect(self, conversation_id: str, words: str, job_id: str) -> None:
        """The user's words are shown at once, before the engine has taken them up."""
        entry = self.entries.get(conversation_id)
        if entry is None:
            entry = ConversationEntry(id=conversation_id, title="", updated_at_s=time.time())
            self.entries[conversation_id] = entry
        entry.pending = Message(
            id=f"pending_{job_id}", role=Role.USER, text=words, created_at_s=time.time()
        )
        entry.pending_job = job_id
        entry.updated_at_s = time.time()
        self.listed.emit()
        self.messages_changed.emit(conversation_id)

    def withdraw(self, conversation_id: str, job_id: str) -> str:
        """The job is over: words it had not taken up are taken off the page and returned."""
        entry = self.entries.get(conversation_id)
        if entry is None:
            return ""
        words = ""
        if entry.pending is not None and entry.pending_job == job_id:
            words, entry.pending = entry.pending.text, None
        self._settle(entry)
        self.listed.emit()
        self.messages_changed.emit(conversation_id)
        return words

    def _settle(self, entry: ConversationEntry) -> None:
        """An answer whose job ended without TurnFinished keeps what had been written."""
        if entry.live is None:
            return
        live, entry.live = entry.live, None
        for row, message in enumerate(entry.messages):
            if message.id == live.message_id:
                entry.messages[row] = replace(
                    message,
                    text="".join(live.pieces),
                    reasoning="".join(live.reasoning),
                    finish_reason=FinishReason.FAILED,
                )

    def _listed(self, event: ConversationsListed) -> None:
        self.is_loaded = True
        for conversation in event.conversations:
            if conversation.id not in self.entries:
                self._keep(conversation)
        self.listed.emit()
        self.loaded.emit()

    def forget(self) -> None:
        """No conversation is here any more, until they are listed again."""
        self.entries.clear()
        self.is_loaded = False
        self.listed.emit()

    def _keep(self, conversation: Conversation) -> ConversationEntry:
        entry = self.entries.get(conversation.id)
        if entry is None:
            entry = ConversationEntry(id=conversation.id, title="", updated_at_s=0.0)
            self.entries[conversation.id] = entry
        entry.title = conversation.title
        entry.updated_at_s = conversation.updated_at_s
        if conversation.messages:
            entry.messages = list(conversation.messages)
        return entry

    def _created(self, event: ConversationCreated) -> None:
        self._keep(event.conversation)
        self.listed.emit()
        self.messages_changed.emit(event.conversation.id)

    def _changed(self, event: ConversationChanged) -> None:
        self._keep(event.conversation)
        self.listed.emit()

    def _deleted(self, event: ConversationDeleted) -> None:
        if self.entries.pop(event.conversation_id, None) is not None:
            self.deleted.emit(event.conversation_id)
            self.listed.emit()

    def _added(self, event: MessageAdded) -> None:
        entry = self.entries.get(event.conversation_id)
        if entry is None:
            return
        entry.messages.append(event.message)
        entry.updated_at_s = max(entry.updated_at_s, event.message.created_at_s)
        if event.message.role is Role.USER:
            entry.pending = None
            self.listed.emit()
        elif event.message.finish_reason is None:
            entry.live = LiveAnswer(message_id=event.message.id)
            if entry.cut_waiting:
                entry.notices[event.message.id], entry.cut_waiting = entry.cut_waiting, ""
        self.messages_changed.emit(event.conversation_id)

    def _live(self, event: PrefillProgressed | TextGenerated) -> LiveAnswer | None:
        entry = self.entries.get(event.conversation_id)
        if entry is None or entry.live is None or entry.live.message_id != event.message_id:
            return None
        return entry.live

    def _prefilled(self, event: PrefillProgressed) -> None:
        live = self._live(event)
        if live is not None:
            live.read_tokens = event.done_tokens
            live.prompt_tokens = event.total_tokens
            live.cached_tokens = event.cached_tokens
            self.answer_grew.emit(event.conversation_id)

    def _generated(self, event: TextGenerated) -> None:
        live = self._live(event)
        if live is None:
            return
        if live.first_token_at is None:
            live.first_token_at = time.perf_counter()
            live.first_tokens = event.completion_tokens
        live.tokens = event.completion_tokens
        if event.text:
            (live.reasoning if event.is_reasoning else live.pieces).append(event.text)
        self.answer_grew.emit(event.conversation_id)

    def _cut(self, event: HistoryCut) -> None:
        entry = self.entries.get(event.conversation_id)
        if entry is None:
            return
        notice = text.older_left_out(len(event.message_ids))
        if entry.live is None:
            entry.cut_waiting = notice
        else:
            entry.notices[entry.live.message_id] = notice
            self.messages_changed.emit(event.conversation_id)

    def _rolled(self, event: ContextRolled) -> None:
        entry = self.entries.get(event.conversation_id)
        if entry is not None:
            entry.notices[event.message_id] = text.ROLLED
            self.messages_changed.emit(event.conversation_id)

    def _turn_finished(self, event: TurnFinished) -> None:
        entry = self.entries.get(event.conversation_id)
        if entry is None:
            return
        entry.live = None
        entry.updated_at_s = max(entry.updated_at_s, event.message.created_at_s)
        for row, message in enumerate(entry.messages):
            if message.id == event.message.id:
                entry.messages[row] = event.message
        entry._searched_messages = -1
        self.listed.emit()
        self.answer_finished.emit(event.conversation_id, event.message.id)
