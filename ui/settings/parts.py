"""What the pages of the settings window are built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ui.current_settings import CurrentSettings
from ui.model_status import ModelStatus
from ui.shortcuts.key_binder import KeyBinder
from ui.theme import Theme
from ui.window_state import WindowState


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsParts:
    """Handed from the window to its pages, so that each takes one thing instead of seven.

    Attributes:
        settings: Those that hold.
        models: The models there are.
        keys: What changes shortcuts.
        theme: Colours and fonts.
        state: Where windows were last.
        version: Of the app.
        resources: The folder with fonts and their licence.
        welcome: Shows the first steps again.
    """

    settings: CurrentSettings
    models: ModelStatus
    keys: KeyBinder
    theme: Theme
    state: WindowState
    version: str
    resources: Path
    welcome: Callable[[], object]
