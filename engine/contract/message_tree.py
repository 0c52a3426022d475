"""A conversation's messages as a tree: the path that is shown, and the versions beside each.

A message's parent is the one it follows. Messages with one parent are versions of each other:
edits of a question, or other answers to it. Nothing is overwritten; the conversation's `leaf_id`
only says which path is on screen and goes into the prompt.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.contract.messages import Conversation, Message


def shown_path(conversation: Conversation) -> tuple[Message, ...]:
    """The messages from the first to the leaf, oldest first."""
    return path_to(conversation.messages, conversation.leaf_id)


def path_to(messages: Sequence[Message], leaf_id: str | None) -> tuple[Message, ...]:
    """The messages from the first to this one, oldest first.

    Args:
        messages: The whole tree, in the order the messages were made.
        leaf_id: The last of the path; None, or one that is not there, takes the newest message.
    """
    if not messages:
        return ()
    by_id = {message.id: message for message in messages}
    at: Message | None = by_id.get(leaf_id or "", messages[-1])
    path: list[Message] = []
    # A damaged parent could lead in a circle.
    while at is not None and len(path) < len(messages):
        path.append(at)
        at = by_id.get(at.parent_id or "")
    return tuple(reversed(path))


def versions_of(messages: Sequence[Message], message_id: str) -> tuple[Message, ...]:
    """The message and those beside it, the oldest first; empty if it is not there."""
    known = {message.id for message in messages}
    own = next((message for message in messages if message.id == message_id), None)
    if own is None:
        return ()
    parent = _parent(own, known)
    return tuple(m for m in messages if _parent(m, known) == parent and m.role is own.role)


def newest_leaf(messages: Sequence[Message], message_id: str) -> str:
    """The end of the newest path that goes through this message."""
    below = {message_id}
    leaf = message_id
    # A message is made after its parent, so one pass in order reaches everything below.
    for message in messages:
        if message.parent_id in below:
            below.add(message.id)
            leaf = message.id
    return leaf


def below(messages: Sequence[Message], message_id: str) -> tuple[Message, ...]:
    """The message and all that follows it on any path, oldest first."""
    found = {message_id}
    for message in messages:
        if message.parent_id in found:
            found.add(message.id)
    return tuple(message for message in messages if message.id in found)


def _parent(message: Message, known: set[str]) -> str:
    # A message whose parent was forgotten is a first message.
    return message.parent_id if message.parent_id in known else ""
