"""The settings that hold now, as the engine last confirmed them."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from engine.contract.commands import ChangeSettings
from engine.contract.events import Event, SettingsChanged
from engine.contract.settings import Settings, describe
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
        # While the vault's own values are unknown, a change must not overwrite them.
        self._waiting: list[tuple[str, str, Any]] | None = None
        jobs.bridge.event_received.connect(self._take)

    def change(self, section: str, name: str, value: Any) -> None:
        """The engine is asked to use another value of one setting.

        Raises:
            BadRequestError: The value is out of its range; nothing was asked.
        """
        part = replace(getattr(self._asked, section), **{name: value})
        self._asked = replace(self._asked, **{section: part})
        if self._waiting is not None:
            self._waiting.append((section, name, value))
            return
        self._jobs.submit(ChangeSettings(settings=self._asked))

    def change_all(self, settings: Settings) -> None:
        """The engine is asked to use all of these at once."""
        self._asked = settings
        if self._waiting is None:
            self._jobs.submit(ChangeSettings(settings=settings))

    def with_defaults(self) -> Settings:
        """The settings with every public one at its default; what is private stays as it is."""
        settings = self.value
        for section in fields(settings):
            part = getattr(settings, section.name)
            private = {
                name: getattr(part, name)
                for name, description in describe(part)
                if description.is_private
            }
            settings = replace(settings, **{section.name: replace(type(part)(), **private)})
        # Who has been welcomed stays so.
        kept = replace(settings.interface, is_welcomed=self.value.interface.is_welcomed)
        return replace(settings, interface=kept)

    def forget_private(self) -> None:
        """Settings that tell something about the user are gone until the engine tells them."""
        for section in fields(self.value):
            part = getattr(self.value, section.name)
            defaults = type(part)()
            private = {
                name: getattr(defaults, name)
                for name, description in describe(part)
                if description.is_private
            }
            self.value = replace(self.value, **{section.name: replace(part, **private)})
        self._asked = self.value
        self._waiting = []
        self.changed.emit()

    def _take(self, event: Event) -> None:
        if not isinstance(event, SettingsChanged):
            return
        self.value = self._asked = event.settings
        waiting, self._waiting = self._waiting or [], None
        for section, name, value in waiting:
            self.change(section, name, value)
        self.changed.emit()
