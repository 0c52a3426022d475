"""What Markdown and HTML share: which messages a page shows, and the words round them."""

from __future__ import annotations

import time
from dataclasses import dataclass

from engine.contract.message_tree import newest_leaf, path_to, shown_path
from engine.contract.messages import Conversation, FinishReason, Message, Role

_ENDS = {
    FinishReason.LENGTH: "Cut at the token limit.",
    FinishReason.STOPPED: "Stopped.",
    FinishReason.FAILED: "Ended by an error.",
}
SPEAKERS = {Role.USER: "You", Role.ASSISTANT: "Assistant", Role.SYSTEM: "System"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One message of a page.

    Attributes:
        note: Which version it is, if there are several, and how it ended, if not by itself.
        follows: Where it begins another path: the place of the message it follows, from 1.
    """

    message: Message
    place: int
    note: str
    follows: int | None = None


def shown_messages(conversation: Conversation, *, has_all_versions: bool) -> list[Shown]:
    """The path on screen; with all versions, every other path from where it leaves, after it."""
    messages = conversation.messages
    paths = [shown_path(conversation)]
    if has_all_versions:
        seen = {message.id for message in paths[0]}
        for message in messages:
            if message.id not in seen:
                # Newest leaves first reach all that lies below the message in few paths.
                path = path_to(messages, newest_leaf(messages, message.id))
                paths.append(tuple(one for one in path if one.id not in seen))
                seen |= {one.id for one in path}
    shown: list[Shown] = []
    places: dict[str, int] = {}
    versions = _versions(conversation)
    for path in paths:
        for number, message in enumerate(path):
            place = places[message.id] = len(shown) + 1
            is_other = path is not paths[0] and number == 0
            follows = places.get(message.parent_id or "", 0) if is_other else None
            note = _note(message, *versions[message.id])
            shown.append(Shown(message=message, place=place, note=note, follows=follows))
    return shown


def _versions(conversation: Conversation) -> dict[str, tuple[int, int]]:
    """For each message its number among those beside it, from 1, and how many there are."""
    known = {message.id for message in conversation.messages}
    beside: dict[tuple[str, Role], list[str]] = {}
    for message in conversation.messages:
        parent = message.parent_id if message.parent_id in known else ""
        beside.setdefault((parent or "", message.role), []).append(message.id)
    return {id_: (number, len(ids)) for ids in beside.values() for number, id_ in enumerate(ids, 1)}


def _note(message: Message, number: int, versions: int) -> str:
    notes = []
    if versions > 1:
        notes.append(f"Version {number} of {versions}.")
    if message.finish_reason in _ENDS:
        notes.append(_ENDS[message.finish_reason])
    return " ".join(notes)


def day_of(at_s: float) -> str:
    """Such as "2026-11-23 15:04", as the clocks on this machine show it."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(at_s))
    except (ValueError, OverflowError, OSError):
        return ""


def title_of(conversation: Conversation) -> str:
    """Its title in one line; a word for one that has none."""
    return " ".join(conversation.title.split()) or "Conversation"
