"""A conversation's tree as the window holds it: the path on screen, kept up to date in steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.contract.message_tree import path_to
from engine.contract.messages import Message


class MessageTree:
    """Changes only what a message changes, so that a long conversation costs what a short one does.

    Attributes:
        path: The messages on screen, the first one first; not to be changed by others.
    """

    def __init__(self) -> None:
        self.path: list[Message] = []
        self._messages: dict[str, Message] = {}
        self._beside: dict[tuple[str, str], list[str]] = {}
        self._places: dict[str, int] = {}

    def fill(self, messages: Sequence[Message], leaf_id: str | None) -> None:
        """These are all messages, in the order they were made, and the path ends at the leaf."""
        self._messages = {message.id: message for message in messages}
        self._beside = {}
        for message in messages:
            self._beside.setdefault(self._family(message), []).append(message.id)
        self._show(path_to(messages, leaf_id))

    def add(self, message: Message) -> None:
        """The message joins, and the path ends with it."""
        if message.id in self._messages:
            self.replace(message)
            return
        self._messages[message.id] = message
        self._beside.setdefault(self._family(message), []).append(message.id)
        parent = message.parent_id or ""
        if parent in self._messages and parent not in self._places:
            self._show(path_to(tuple(self._messages.values()), message.id))
            return
        end = self._places.get(parent, -1) + 1
        self._cut(end)
        self._places[message.id] = end
        self.path.append(message)

    def replace(self, message: Message) -> None:
        """The message stands in the place of the one with its identifier."""
        if message.id not in self._messages:
            return
        self._messages[message.id] = message
        place = self._places.get(message.id)
        if place is not None:
            self.path[place] = message

    def remove(self, message_ids: Iterable[str], leaf_id: str | None) -> None:
        """These are gone, and the path ends at the leaf; None if nothing is left."""
        for message_id in message_ids:
            message = self._messages.get(message_id)
            if message is not None:
                self._beside[self._family(message)].remove(message_id)
        for message_id in message_ids:
            self._messages.pop(message_id, None)
        self._show(path_to(self.all(), leaf_id) if leaf_id else ())

    def show(self, leaf_id: str | None) -> bool:
        """The path ends at the leaf; returns whether it is another one than before."""
        is_there = leaf_id in self._messages
        if not is_there or (self.path and self.path[-1].id == leaf_id):
            return False
        self._show(path_to(self.all(), leaf_id))
        return True

    def all(self) -> tuple[Message, ...]:
        """Every message, in the order they were made."""
        return tuple(self._messages.values())

    def get(self, message_id: str) -> Message | None:
        """The message, whether it is on the path or not."""
        return self._messages.get(message_id)

    def place_of(self, message_id: str) -> int:
        """Where on the path a message is; -1 if it is not on it."""
        return self._places.get(message_id, -1)

    def versions(self, message_id: str) -> tuple[str, ...]:
        """The message and those beside it, the oldest first; empty if it is not there."""
        message = self._messages.get(message_id)
        return tuple(self._beside[self._family(message)]) if message is not None else ()

    def before(self, message_id: str) -> Message | None:
        """The message that this one follows, such as the question of an answer."""
        message = self._messages.get(message_id)
        return self._messages.get(message.parent_id or "") if message is not None else None

    def _family(self, message: Message) -> tuple[str, str]:
        # A message whose parent was forgotten is a first message.
        parent = message.parent_id if message.parent_id in self._messages else None
        return parent or "", message.role.value

    def _show(self, path: Sequence[Message]) -> None:
        self.path = list(path)
        self._places = {message.id: place for place, message in enumerate(self.path)}

    def _cut(self, end: int) -> None:
        for message in self.path[end:]:
            del self._places[message.id]
        del self.path[end:]
