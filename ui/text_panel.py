"""Words of the window about the introspection panel."""

from __future__ import annotations

SHOW = "Show what is measured"
HIDE = "Hide what is measured"
TOGGLE = "Show or hide what is measured"
DOUBT = "Show doubt in the chat"
