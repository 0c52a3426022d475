"""Folders, presets and prompts, as the engine last told them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from engine.contract.events import Event
from engine.contract.library import Folder, Preset, PromptTemplate
from engine.contract.library_commands import ListLibrary
from engine.contract.library_events import LibraryListed
from ui.jobs import Jobs


class LibraryShelf(QObject):
    """Lets sidebar, composer and editors read the library without each asking for it.

    Attributes:
        changed: The engine has told another library.
        folders: By name.
        presets: By name.
        prompts: By name.
    """

    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.folders: tuple[Folder, ...] = ()
        self.presets: tuple[Preset, ...] = ()
        self.prompts: tuple[PromptTemplate, ...] = ()

    def refresh(self) -> None:
        """The engine is asked what there is."""
        self._jobs.submit(ListLibrary(), has_asker=True)

    def folder(self, folder_id: str) -> Folder | None:
        """The folder of this identifier, if it is there."""
        return next((folder for folder in self.folders if folder.id == folder_id), None)

    def forget(self) -> None:
        """No word of the library is held any more."""
        self.folders, self.presets, self.prompts = (), (), ()
        self.changed.emit()

    def apply(self, event: Event) -> None:
        """The event is reflected here and has been announced."""
        if isinstance(event, LibraryListed):
            self.folders, self.presets = event.folders, event.presets
            self.prompts = event.prompts
            self.changed.emit()
