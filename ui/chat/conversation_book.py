"""What the window knows of conversations, kept up to date by engine events."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.contract.chat_events import MessagesRemoved
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
from ui.chat.conversation_entry import ConversationEntry, LiveAnswer


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
            MessagesRemoved: self._removed,
        }

    def apply(self, event: Event) -> None:
        """The event is reflected here and has been announced."""
        taker = self._takers.get(type(event))
        if taker is not None:
            taker(event)

    def in_order(self) -> list[ConversationEntry]:
        """Kept conversations in which something was said, latest first."""
        entries = [
            entry
            for entry in self.entries.values()
            if not entry.is_temporary and not entry.is_empty()
        ]
        return sorted(entries, key=lambda entry: entry.updated_at_s, reverse=True)

    def begin(self, conversation_id: str) -> None:
        """It is known, with nothing in it, before the engine has answered."""
        self.entries.setdefault(
            conversation_id,
            ConversationEntry(id=conversation_id, title="", updated_at_s=time.time()),
        )

    def begin_temporary(self, conversation_id: str) -> None:
        """It is known as one that is never listed, before the engine has answered."""
        self.entries[conversation_id] = ConversationEntry(
            id=conversation_id, title="", updated_at_s=time.time(), is_temporary=True
        )

    def expect(self, conversation_id: str, words: str, job_id: str, place: int = -1) -> None:
        """The user's words are shown at once, before the engine has taken them up.

        Args:
            conversation_id: Where.
            words: What was said.
            job_id: What will take them up.
            place: Where on the path they will stand; -1 at its end.
        """
        entry = self.entries.get(conversation_id)
        if entry is None:
            entry = ConversationEntry(id=conversation_id, title="", updated_at_s=time.time())
            self.entries[conversation_id] = entry
        entry.pending = Message(
            id=f"pending_{job_id}", role=Role.USER, text=words, created_at_s=time.time()
        )
        entry.pending_job, entry.pending_place = job_id, place
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
        message = entry.tree.get(live.message_id)
        if message is not None:
            entry.tree.replace(
                replace(
                    message,
                    text="".join(live.pieces),
                    reasoning="".join(live.reasoning),
                    finish_reason=FinishReason.FAILED,
                )
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
        entry.folder_id = conversation.folder_id
        entry.is_pinned = conversation.is_pinned
        entry.is_archived = conversation.is_archived
        entry.is_temporary = conversation.is_temporary
        entry.preset_id = conversation.preset_id
        entry.system_prompt = conversation.system_prompt
        entry.sampling = conversation.sampling
        if conversation.messages:
            entry.tree.fill(conversation.messages, conversation.leaf_id)
            entry.search_anew()
        return entry

    def _created(self, event: ConversationCreated) -> None:
        self._keep(event.conversation)
        self.listed.emit()
        self.messages_changed.emit(event.conversation.id)

    def _changed(self, event: ConversationChanged) -> None:
        entry = self._keep(event.conversation)
        is_other_path = not event.conversation.messages and entry.tree.show(
            event.conversation.leaf_id
        )
        self.listed.emit()
        if is_other_path:
            entry.search_anew()
            self.messages_changed.emit(entry.id)

    def _deleted(self, event: ConversationDeleted) -> None:
        if self.entries.pop(event.conversation_id, None) is not None:
            self.deleted.emit(event.conversation_id)
            self.listed.emit()

    def _added(self, event: MessageAdded) -> None:
        entry = self.entries.get(event.conversation_id)
        if entry is None:
            return
        entry.tree.add(event.message)
        entry.updated_at_s = max(entry.updated_at_s, event.message.created_at_s)
        if event.message.role is Role.USER:
            entry.pending = None
            self.listed.emit()
        elif event.message.finish_reason is None:
            entry.live = _live_from(event.message)
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
        live.take(event.text, is_reasoning=event.is_reasoning, tokens=event.completion_tokens)
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
        entry.tree.replace(event.message)
        entry.search_anew()
        self.listed.emit()
        self.answer_finished.emit(event.conversation_id, event.message.id)

    def _removed(self, event: MessagesRemoved) -> None:
        entry = self.entries.get(event.conversation_id)
        if entry is None:
            return
        entry.tree.remove(event.message_ids, event.leaf_id)
        entry.search_anew()
        self.listed.emit()
        self.messages_changed.emit(event.conversation_id)


def _live_from(message: Message) -> LiveAnswer:
    """An answer that is written on begins with the words it had."""
    live = LiveAnswer(message_id=message.id)
    live.pieces += [message.text] if message.text else []
    live.reasoning += [message.reasoning] if message.reasoning else []
    return live
