"""The conversations that are open now, in memory; keeping.py writes them to the vault.

Runs on: io.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from engine.contract.attachments import Attachment
from engine.contract.errors import BadRequestError, NotFoundError
from engine.contract.ids import new_id
from engine.contract.message_tree import below, newest_leaf, path_to, versions_of
from engine.contract.messages import Conversation, FinishReason, Message, Role, TitleSource

_TITLE_LETTERS = 60


class Conversations:
    """Every conversation by its identifier, and those that were deleted, for Undo."""

    def __init__(self, now_s: Callable[[], float] = time.time) -> None:
        self._now_s = now_s
        self._open: dict[str, Conversation] = {}
        self._deleted: dict[str, Conversation] = {}
        # Remembered after they are gone, so that a late draft of one is not written either.
        self._temporary: set[str] = set()
        # What was deleted from temporary ones, by the first message of it; the vault has the rest.
        self._removed: dict[str, Conversation] = {}

    def __len__(self) -> int:
        return len(self._open)

    def fill(self, conversations: Iterable[Conversation]) -> None:
        """These, and no others."""
        self._open = {conversation.id: conversation for conversation in conversations}
        self._deleted = {}
        self._removed = {}

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

    def create(
        self,
        conversation_id: str,
        title: str = "",
        system_prompt: str | None = None,
        *,
        is_temporary: bool = False,
        preset_id: str = "",
    ) -> Conversation:
        """A new, empty conversation; one that exists already is returned as it is."""
        if conversation_id not in self._open:
            now_s = self._now_s()
            if is_temporary:
                self._temporary.add(conversation_id)
            self._open[conversation_id] = Conversation(
                id=conversation_id,
                title=title,
                title_source=TitleSource.USER if title else TitleSource.FIRST_WORDS,
                created_at_s=now_s,
                updated_at_s=now_s,
                system_prompt=system_prompt,
                is_temporary=is_temporary,
                preset_id=preset_id,
            )
        return self._open[conversation_id]

    def has(self, conversation_id: str) -> bool:
        """Whether it is in the list."""
        return conversation_id in self._open

    def is_temporary(self, conversation_id: str) -> bool:
        """Whether nothing of it may be written, be it there or gone."""
        return conversation_id in self._temporary

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

    def rename(
        self, conversation_id: str, title: str, source: TitleSource = TitleSource.USER
    ) -> Conversation:
        """The conversation under its new title."""
        return self.change(conversation_id, title=title.strip(), title_source=source)

    def change(self, conversation_id: str, **fields: Any) -> Conversation:
        """The conversation with these fields; its time stays, so its place in the list does."""
        changed = self._keep(replace(self.get(conversation_id), **fields))
        if not changed.is_temporary:
            self._temporary.discard(conversation_id)
        else:
            self._temporary.add(conversation_id)
        return changed

    def delete(self, conversation_id: str) -> None:
        """It is out of the list; `restore` brings it back."""
        self._deleted[conversation_id] = self.get(conversation_id)
        del self._open[conversation_id]

    def restore(self, conversation_id: str) -> Conversation:
        """The deleted conversation, in the list again."""
        if conversation_id in self._deleted:
            self._open[conversation_id] = self._deleted.pop(conversation_id)
        return self.get(conversation_id)

    def add_message(
        self,
        conversation_id: str,
        role: Role,
        text: str = "",
        *,
        parent_id: str | None = None,
        is_first: bool = False,
        **fields: Any,
    ) -> Message:
        """A new message, which ends the path that is shown from now on.

        The first thing a user says also becomes the title.

        Args:
            conversation_id: Where it joins.
            role: Who speaks.
            text: What is said.
            parent_id: The message it follows; None takes the end of the path that is shown.
            is_first: It follows none, beside what else begins the conversation.
            fields: Others of the message.
        """
        conversation = self.get(conversation_id)
        parent = None if is_first else parent_id or end_of(conversation)
        message = Message(
            id=new_id("msg"),
            role=role,
            text=text,
            created_at_s=self._now_s(),
            parent_id=parent,
            **fields,
        )
        title = conversation.title or (_title_of(message) if role is Role.USER else "")
        self._keep(
            replace(
                conversation,
                title=title,
                updated_at_s=message.created_at_s,
                messages=(*conversation.messages, message),
                leaf_id=message.id,
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

    def remove_messages(self, conversation_id: str, message_ids: Sequence[str]) -> Conversation:
        """The first of these and all that follow it are out of the conversation.

        If they were shown, the version before it is, or else what it followed.
        """
        before = self.get(conversation_id)
        gone = set(message_ids)
        rest = tuple(message for message in before.messages if message.id not in gone)
        leaf_id = end_of(before)
        if leaf_id in gone:
            leaf_id = _next_shown(before, rest, message_ids[0])
        if before.is_temporary:
            self._removed[message_ids[0]] = before
        return self._keep(replace(before, messages=rest, leaf_id=leaf_id))

    def restore_messages(self, conversation_id: str, message_id: str) -> Conversation:
        """What was removed with this message from a temporary conversation is back, and shown.

        Raises:
            NotFoundError: It was not removed from there.
        """
        here, before = self.get(conversation_id), self._removed.pop(message_id, None)
        if before is None or before.id != conversation_id:
            raise NotFoundError("This message is not there any more.")
        back = {message.id for message in (*here.messages, *below(before.messages, message_id))}
        messages = tuple(message for message in before.messages if message.id in back)
        leaf_id = newest_leaf(messages, message_id)
        return self.bring_back(replace(before, messages=messages), leaf_id)

    def bring_back(self, whole: Conversation, leaf_id: str) -> Conversation:
        """Messages of `whole` that are not in memory are; the path that is shown ends at `leaf_id`.

        What is in memory of the others stays: an answer that is being written is ahead of the disk.
        """
        here = self._open.get(whole.id)
        if here is None:
            return self._keep(replace(whole, leaf_id=leaf_id))
        own = {message.id: message for message in here.messages}
        told = {message.id for message in whole.messages}
        messages = (
            *(own.get(message.id, message) for message in whole.messages),
            *(message for message in here.messages if message.id not in told),
        )
        return self._keep(replace(here, messages=messages, leaf_id=leaf_id))

    def forget_messages(self, message_ids: Iterable[str]) -> tuple[Conversation, ...]:
        """These are in no conversation; what followed one follows what that one followed.

        Returns:
            The conversations that had any of them.
        """
        gone = set(message_ids)
        changed = []
        for conversation in self._open.values():
            if any(message.id in gone for message in conversation.messages):
                changed.append(_without(conversation, gone))
        return tuple(self._keep(conversation) for conversation in changed)

    def _keep(self, conversation: Conversation) -> Conversation:
        self._open[conversation.id] = conversation
        return conversation


def message_in(conversation: Conversation, message_id: str) -> Message:
    """The message.

    Raises:
        NotFoundError: It is not in this conversation (any more).
    """
    for message in reversed(conversation.messages):
        if message.id == message_id:
            return message
    raise NotFoundError("This message is not there any more.")


def question_of(conversation: Conversation, message_id: str) -> Message:
    """The question that this message is, or answers.

    Raises:
        NotFoundError: The message is not there.
        BadRequestError: Nothing was asked before it.
    """
    message = message_in(conversation, message_id)
    if message.role is Role.USER:
        return message
    if message.parent_id is None:
        raise BadRequestError("There is no question before this answer.")
    return message_in(conversation, message.parent_id)


def _next_shown(before: Conversation, rest: Sequence[Message], message_id: str) -> str | None:
    versions = [version.id for version in versions_of(before.messages, message_id)]
    place = versions.index(message_id)
    beside = versions[:place][-1:] or versions[place + 1 :][:1]
    if beside:
        return newest_leaf(rest, beside[0])
    parent_id = message_in(before, message_id).parent_id
    return parent_id if any(message.id == parent_id for message in rest) else None


def _without(conversation: Conversation, gone: set[str]) -> Conversation:
    parents = {message.id: message.parent_id for message in conversation.messages}

    def staying(message_id: str | None) -> str | None:
        while message_id in gone:
            message_id = parents.get(message_id or "")
        return message_id

    return replace(
        conversation,
        messages=tuple(
            replace(message, parent_id=staying(message.parent_id))
            for message in conversation.messages
            if message.id not in gone
        ),
        leaf_id=staying(conversation.leaf_id),
    )


def end_of(conversation: Conversation) -> str | None:
    """The last message of the path that is shown; None if there is no message."""
    messages = conversation.messages
    if not messages or conversation.leaf_id == messages[-1].id:
        return conversation.leaf_id if messages else None
    is_there = any(message.id == conversation.leaf_id for message in messages)
    return conversation.leaf_id if is_there else messages[-1].id


def spoken(conversation: Conversation, leaf_id: str | None = None) -> tuple[Message, ...]:
    """The messages of one path that belong into a prompt.

    Answers that stayed empty do not, and neither does a question that could not be answered at
    all: a message too long for the model would otherwise push out everything before it.

    Args:
        conversation: The whole tree.
        leaf_id: The end of the path; None takes the one that is shown.
    """
    path = path_to(conversation.messages, leaf_id or conversation.leaf_id)
    unanswered = {
        message.parent_id
        for message in path
        if message.finish_reason is FinishReason.FAILED and not message.text
    }
    return tuple(
        message
        for message in path
        if (message.text or message.attachments) and message.id not in unanswered
    )


def _title_of(message: Message) -> str:
    files: tuple[Attachment, ...] = message.attachments
    line = " ".join(message.text.split()) or ", ".join(file.name for file in files)
    if len(line) <= _TITLE_LETTERS:
        return line
    return line[:_TITLE_LETTERS].rsplit(" ", 1)[0] + "…"
