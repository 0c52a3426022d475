"""The conversations that are open now, in memory; keeping.py writes them to the vault.

Runs on: io.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from engine.contract.errors import NotFoundError
from engine.contract.ids import new_id
from engine.contract.messages import Conversation, FinishReason, Message, Role

_TITLE_LETTERS = 60


class Conversations:
    """Every conversation by its identifier, and those that were deleted, for Undo."""

    def __init__(self, now_s: Callable[[], float] = time.time) -> None:
        self._now_s = now_s
        self._open: dict[str, Conversation] = {}
        self._deleted: dict[str, Conversation] = {}

    def __len__(self) -> int:
        return len(self._open)

    def fill(self, conversations: Iterable[Conversation]) -> None:
        """These, and no others."""
        self._open = {conversation.id: conversation for conversation in conversations}
        self._deleted = {}

    def put(self, conversation: Conversation) -> None:
        """The conversation is in the list, in place of one of its identifier."""
        self._deleted.pop(conversation.id, None)
        self._keep(conversation)

    def drop(self, conversation_id: str) -> None:
        """It is out of the list; the vault has it in its trash."""
        self._open.pop(conversation_id, None)

    def forget(self, conversation_ids: Iterable[str]) -> None:
        """These cannot even be restored any more."""
        for conversation_id in conversation_ids:
            self._deleted.pop(conversation_id, None)

    def find_message(self, conversation_id: str, message_id: str) -> Message | None:
        """The message, in a conversation that is open or was deleted lately."""
        conversation = self._open.get(conversation_id) or self._deleted.get(conversation_id)
        found = (m for m in conversation.messages if m.id == message_id) if conversation else ()
        return next(iter(found), None)

    def create(self, conversation_id: str, title: str, system_prompt: str | None) -> Conversation:
        """A new, empty conversation; one that exists already is returned as it is."""
        if conversation_id not in self._open:
            now_s = self._now_s()
            self._open[conversation_id] = Conversation(
                id=conversation_id,
                title=title,
                created_at_s=now_s,
                updated_at_s=now_s,
                system_prompt=system_prompt,
            )
        return self._open[conversation_id]

    def get(self, conversation_id: str, *, even_deleted: bool = False) -> Conversation:
        """The conversation.

        Args:
            even_deleted: Whether one that was deleted since may be returned.

        Raises:
            NotFoundError: There is none of that identifier (any more).
        """
        if conversation_id in self._open:
            return self._open[conversation_id]
        if even_deleted and conversation_id in self._deleted:
            return self._deleted[conversation_id]
        raise NotFoundError("This conversation is not there any more.", action="Begin a new one.")

    def list(self) -> tuple[Conversation, ...]:
        """All of them, the latest first."""
        return tuple(sorted(self._open.values(), key=lambda c: c.updated_at_s, reverse=True))

    def rename(self, conversation_id: str, title: str) -> Conversation:
        """The conversation under its new title."""
        return self._keep(replace(self.get(conversation_id), title=title.strip()))

    def delete(self, conversation_id: str) -> None:
        """It is out of the list; `restore` brings it back."""
        self._deleted[conversation_id] = self.get(conversation_id)
        del self._open[conversation_id]

    def restore(self, conversation_id: str) -> Conversation:
        """The deleted conversation, in the list again."""
        if conversation_id in self._deleted:
            self._open[conversation_id] = self._deleted.pop(conversation_id)
        return self.get(conversation_id)

    def add_message(self, conversation_id: str, role: Role, text: str = "") -> Message:
        """A new last message. The first thing a user says also becomes the title."""
        conversation = self.get(conversation_id)
        last = conversation.messages[-1].id if conversation.messages else None
        message = Message(
            id=new_id("msg"), role=role, text=text, created_at_s=self._now_s(), parent_id=last
        )
        title = conversation.title or (_title_of(text) if role is Role.USER else "")
        self._keep(
            replace(
                conversation,
                title=title,
                updated_at_s=message.created_at_s,
                messages=(*conversation.messages, message),
            )
        )
        return message

    def update_message(self, conversation_id: str, message: Message) -> None:
        """`message` stands in the place of the one with its identifier.

        A conversation that was deleted while it was being answered is updated where it lies.
        """
        shelf = self._open if conversation_id in self._open else self._deleted
        conversation = shelf.get(conversation_id)
        if conversation is None:
            return
        messages = tuple(message if m.id == message.id else m for m in conversation.messages)
        shelf[conversation_id] = replace(
            conversation, messages=messages, updated_at_s=self._now_s()
        )

    def _keep(self, conversation: Conversation) -> Conversation:
        self._open[conversation.id] = conversation
        return conversation


def spoken(conversation: Conversation) -> tuple[Message, ...]:
    """The messages that belong into a prompt.

    Answers that stayed empty do not, and neither does a question that could not be answered at
    all: a message too long for the model would otherwise push out everything before it.
    """
    unanswered = {
        message.parent_id
        for message in conversation.messages
        if message.finish_reason is FinishReason.FAILED and not message.text
    }
    return tuple(
        message
        for message in conversation.messages
        if message.text and message.id not in unanswered
    )


def _title_of(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= _TITLE_LETTERS:
        return line
    return line[:_TITLE_LETTERS].rsplit(" ", 1)[0] + "…"
