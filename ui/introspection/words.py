"""Words of the introspection panel that its parts share."""

from __future__ import annotations

PANEL = "Introspection"
STREAM = "Stream"
DEPTH = "Depth"
ATTENTION = "Attention"
CONFIDENCE = "Confidence"
STEERING = "Steering"
FOOTER = "Functional measurements of a language model. They are not evidence of experience."


def what_is(title: str) -> str:
    """Asks for a word's meaning."""
    return f"What is this? {title}"
