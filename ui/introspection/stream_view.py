"""The answer token by token, with what was measured at each."""

from __future__ import annotations

from engine.contract.signals import View
from ui.introspection import words
from ui.introspection.panel_view import PanelView


class StreamView(PanelView):
    """Shows how sure the model was at every token, and what else could have come."""

    view = View.STREAM
    title = words.STREAM

    def refresh(self) -> None:
        """What is on screen is what is known."""
