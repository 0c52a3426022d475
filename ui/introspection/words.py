"""Words of the introspection panel that its parts share."""

from __future__ import annotations

PANEL = "Introspection"
OUT = "Open in a window of its own"
IN = "Put back beside the chat"
CLOSE_PANEL = "Close what is measured"

STREAM = "Stream"
DEPTH = "Depth"
ATTENTION = "Attention"
CONFIDENCE = "Confidence"
STEERING = "Steering"
FOOTER = "Functional measurements of a language model. They are not evidence of experience."

EMPTY = "Ask something and watch it being measured."
LOCKED = "The vault is locked. What was measured is in it."
NO_MODEL = "No model is loaded. Choose one, ask something, and watch it being measured."
TOO_LATE = "This answer was begun before the panel was open. The next one is measured."
NOT_MEASURED = "This answer was not measured. It will be if it is written again."
WRITE_AGAIN = "Write it again"
LOOKING = "Looking for what was kept."


def what_is(title: str) -> str:
    """Asks for a word's meaning."""
    return f"What is this? {title}"
