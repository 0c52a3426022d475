"""Words of the search over everything, of find, and of the command palette."""

from __future__ import annotations

import datetime

from engine.contract.messages import Role
from ui.text import ASSISTANT, YOU

# search over everything
SEARCH_ITEM = "Search everything"
SEARCH = "Search everything"
SEARCH_HINT = 'Search all conversations. "Quoted words" stand side by side.'
RESULTS = "Results"
BEGIN = "Find any word you or the model wrote."
BEGIN_MORE = "Words are found in titles and messages, other versions included."
NOTHING = "Nothing found."
NOTHING_MORE = "Try fewer words, or take a filter away."
SEARCHING = "Searching"
CLEAR_FILTERS = "Clear filters"
BACK = "Back to the conversation"
BACK_TO_RESULTS = "Back to the results"
GONE = "That message is no longer there."
TITLE_HIT = "Title"

WHO, WHEN, FOLDER, WHERE, FILES, MODEL = (
    "Anyone",
    "Any time",
    "Any folder",
    "Archive too",
    "With files",
    "Any model",
)
BY_YOU, BY_MODEL = "By you", "By the model"
ARCHIVED_ONLY, NOT_ARCHIVED, PINNED_ONLY = "Archived only", "Not archived", "Pinned only"
TODAY, WEEK, MONTH, YEAR = "Today", "Last 7 days", "Last 30 days", "Last 12 months"

# find in the conversation
FIND_ITEM = "Find in conversation"
FIND_NEXT = "Find next"
FIND_PREVIOUS = "Find previous"
FIND = "Find in this conversation"
FIND_HINT = "Find in this conversation"
NO_MATCH = "Not found"
CLOSE_FIND = "Close"

# palette
PALETTE_ITEM = "Command palette"
PALETTE = "Command palette"
PALETTE_HINT = "Type an action, a setting, a conversation or a model"
PALETTE_NOTHING = "Nothing matches. Press Enter to search all messages."
ACTION, SETTING, CONVERSATION, MODEL_KIND, FOLDER_KIND = (
    "Action",
    "Setting",
    "Conversation",
    "Model",
    "Folder",
)
MOVE_HINT = "Move to which folder?"
TURN_ON, TURN_OFF = "turn on", "turn off"
IN_USE = "in use"


def search_for(words: str) -> str:
    """The palette's last line."""
    return f"Search all messages for \u201c{words}\u201d"


def matches(place: int, total: int, *, is_complete: bool) -> str:
    """Where one is among the matches: 3 of 12; with a plus while more are looked for."""
    if not total:
        return NO_MATCH if is_complete else SEARCHING
    return f"{place:,} of {total:,}{'' if is_complete else '+'}"


def found(hits: int, total: int, conversations: int) -> str:
    """How much was found: 12 matches in 4 conversations."""
    where = "1 conversation" if conversations == 1 else f"{conversations:,} conversations"
    if total > hits:
        return f"The best {hits:,} of {total:,} matches, in {where}"
    return f"1 match in {where}" if hits == 1 else f"{hits:,} matches in {where}"


def more_hits(count: int) -> str:
    """Under a conversation of which not all hits are shown."""
    return "1 more match" if count == 1 else f"{count:,} more matches"


def speaker(role: Role | None) -> str:
    """Who wrote what was found."""
    if role is None:
        return TITLE_HIT
    return YOU if role is Role.USER else ASSISTANT


def day(seconds: float, now: datetime.datetime) -> str:
    """When something was written: 14:05 today, else 3 Nov, else 3 Nov 2025."""
    then = datetime.datetime.fromtimestamp(seconds)
    if then.date() == now.date():
        return then.strftime("%H:%M")
    words = f"{then.day} {then:%b}"
    return words if then.year == now.year else f"{words} {then.year}"


def spoken_hit(role: Role | None, excerpt: str, when: str) -> str:
    """A hit as a screen reader says it."""
    return f"{speaker(role)}, {when}: {excerpt}"
