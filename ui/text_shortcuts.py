"""Every word about keys that the user reads."""

from __future__ import annotations

import sys

TITLE = "Shortcuts"
NOTE = "Click on keys to change them. Changes hold at once."
SEARCH = "Search shortcuts"
NONE = "None"
PRESS = "Press the keys"
CAPTURE_HELP = "Press the new keys. Esc keeps the old ones, Backspace takes them away."
RESET_ALL = "All shortcuts back to the usual ones"
FIXED = "Keys that cannot be changed"
NOTHING_FOUND = "No shortcut matches. Try another word."
_SEND = "Return" if sys.platform == "darwin" else "Enter"
FIXED_LINES = (
    (_SEND, "Send the message"),
    (f"Shift+{_SEND}", "Start a new line in the message"),
    ("/", "Complete a prompt, at the start of a message"),
    ("Tab", "Go to the next blank of a prompt, else to the next control"),
    ("Esc", "Close a window, a list or a question"),
)
TYPED = "These keys are needed for typing. Add Ctrl or Alt."
UNREADABLE = "These are no keys."


def taken(keys: str, by: str) -> str:
    """Why keys are refused that something else has."""
    return f"{keys} is taken by “{by}”. Choose other keys, or change that one first."


def of(words: str) -> str:
    """What a screen reader calls the field for one act's keys."""
    return f"Keys for {words}"
