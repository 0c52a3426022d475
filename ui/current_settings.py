"""The settings that hold now, as the engine last confirmed them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.contract.commands import ChangeSettings
from engine.contract.events import Event, SettingsChanged
from engine.contract.settings import Settings
from ui.jobs import Jobs


class CurrentSettings(QObject):
    """Lets windows read and change settings without each keeping a copy.

    Attributes:
        changed: The engine has taken other settings.
        value: Those that hold.
    """

    changed = Signal()

    def __init__(self, jobs: Jobs, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.value = settings
        # Two changes in a row build on each other, though the first is not confirmed yet.
        self._asked = settings
        jobs.bridge.event_received.connect(self._take)

    def change(self, section: str, name: str, value: Any) -> None:
        """The engine is asked to use another value of one setting.

        Raises:
            BadRequestError: The value is out of its range; nothing was asked.
        """
        part = replace(getattr(self._asked, section), **{name: value})
        self._asked = replace(self._asked, **{section: part})
        self._jobs.submit(ChangeSettings(settings=self._asked))

    def _take(self, event: Event) -> None:
        if isinstance(event, SettingsChanged):
            self.value = self._asked = event.settings
            self.changed.emit()
