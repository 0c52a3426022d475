"""Everything of presets, prompts and a conversation's own settings that the main window does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from engine.contract.chat_commands import ConfigureConversation
from engine.contract.events import ConversationChanged, ConversationCreated, Event
from engine.contract.library import SamplingOverrides
from ui.current_settings import CurrentSettings
from ui.jobs import Jobs
from ui.library.conversation_panel import WIDTH, ConversationPanel, OwnSettings
from ui.library.library_shelf import LibraryShelf
from ui.library.presets_window import PresetsWindow
from ui.library.prompt_completer import PromptCompleter
from ui.library.prompts_window import PromptsWindow
from ui.model_status import ModelStatus
from ui.theme import Theme
from ui.widgets.popover import Popover


class Windows(Protocol):
    """The main window's windows, which are closed when the vault is locked."""

    def open_window(self, name: str, make: Callable[[], QWidget]) -> QWidget:
        """The window of this name is in front, made if need be."""
        ...


class Entry(Protocol):
    """What is known of a conversation."""

    preset_id: str
    system_prompt: str | None
    sampling: SamplingOverrides


class Desk(Protocol):
    """The conversation on screen."""

    current_id: str | None

    def entry(self) -> Entry | None:
        """What is known of it, if anything is."""
        ...

    def begin_conversation(self) -> None:
        """A conversation is begun if none is on screen."""
        ...


class LibraryFace(QObject):
    """Opens its windows through the main window, and watches the composer for "/".

    Attributes:
        panel: Preset, prompt and sampling of the conversation on screen.
        completer: Prompts in the composer; None until the composer is given.
    """

    def __init__(
        self,
        shelf: LibraryShelf,
        jobs: Jobs,
        settings: CurrentSettings,
        models: ModelStatus,
        desk: Desk,
        theme: Theme,
        window: QWidget,
        windows: Windows,
    ) -> None:
        super().__init__(window)
        self._shelf = shelf
        self._jobs = jobs
        self._settings = settings
        self._models = models
        self._desk = desk
        self._theme = theme
        self._window = window
        self._windows = windows
        self._anchor: QWidget = window
        self._asked: dict[str, OwnSettings] = {}
        self.completer: PromptCompleter | None = None
        self.panel = ConversationPanel(theme)
        self.panel.changed.connect(self._configure)
        self.panel.edit_wanted.connect(self._edit_presets)
        self.popover = Popover(self.panel, theme.px(WIDTH), window)
        for signal in (shelf.changed, settings.changed):
            signal.connect(self._refresh)
        jobs.bridge.event_received.connect(self._take)
        jobs.failed.connect(self._failed)

    def acts(self) -> dict[str, Callable[[], object]]:
        """What the menu can do here."""
        return {
            "presets": self.open_presets,
            "prompts": self.open_prompts,
            "configure": self.open_panel,
        }

    def watch(
        self, edit: QPlainTextEdit, composer: QWidget, page: QWidget, selection: Callable[[], str]
    ) -> PromptCompleter:
        """Prompts are completed in this field from now on."""
        self.completer = PromptCompleter(edit, composer, self._shelf, self._theme, selection, page)
        return self.completer

    def hang_under(self, anchor: QWidget) -> None:
        """The panel opens under this from now on."""
        self._anchor = anchor

    def open_panel(self) -> None:
        """The settings of the conversation on screen are in front."""
        self._refresh()
        room = self._window.screen().availableGeometry()
        self.panel.fit(room.height())
        self.popover.setFixedWidth(min(self._theme.px(WIDTH), room.width() - 24))
        self.popover.open_under(self._anchor)
        self.panel.preset.setFocus()

    def open_presets(self) -> None:
        """The presets are in front."""
        self._windows.open_window(
            "presets",
            lambda: PresetsWindow(
                *(self._shelf, self._jobs, self._settings, self._models, self._theme),
                parent=self._window,
            ),
        )

    def open_prompts(self) -> None:
        """The prompt library is in front."""
        self._windows.open_window(
            "prompts",
            lambda: PromptsWindow(self._shelf, self._jobs, self._theme, self._window),
        )

    def own(self) -> OwnSettings:
        """What the conversation on screen has of its own."""
        current = self._desk.current_id or ""
        if current in self._asked:
            return self._asked[current]
        entry = self._desk.entry()
        if entry is None:
            return OwnSettings()
        return OwnSettings(
            preset_id=entry.preset_id,
            system_prompt=entry.system_prompt,
            sampling=entry.sampling,
        )

    def forget(self) -> None:
        """No word of the library is on screen or held here."""
        self._asked.clear()
        self.popover.hide()
        self.panel.show_own(OwnSettings(), (), self._settings.value.generation)
        if self.completer is not None:
            self.completer.forget()

    def _refresh(self) -> None:
        generation = self._settings.value.generation
        self.panel.show_own(self.own(), self._shelf.presets, generation)

    def _configure(self, own: OwnSettings) -> None:
        before = self.own().preset_id
        self._desk.begin_conversation()
        conversation_id = self._desk.current_id
        if conversation_id is None:
            return
        self._asked[conversation_id] = own
        self._jobs.submit(
            ConfigureConversation(
                conversation_id=conversation_id,
                preset_id=own.preset_id,
                system_prompt=own.system_prompt,
                sampling=own.sampling,
            )
        )
        if own.preset_id and own.preset_id != before:
            self._load_model_of(own.preset_id)

    def _load_model_of(self, preset_id: str) -> None:
        preset = next((p for p in self._shelf.presets if p.id == preset_id), None)
        loaded = self._models.loaded
        wanted = preset.model_id if preset is not None else ""
        if wanted and (loaded is None or loaded.id != wanted):
            self._models.load(wanted)

    def _edit_presets(self) -> None:
        self.popover.hide()
        self.open_presets()

    def _failed(self, _job_id: str, command: object, _error: object) -> None:
        if isinstance(command, ConfigureConversation):
            self._asked.pop(command.conversation_id, None)
            self._refresh()

    def _take(self, event: Event) -> None:
        if isinstance(event, (ConversationChanged, ConversationCreated)):
            told = event.conversation
            asked = self._asked.get(told.id)
            holds = OwnSettings(
                preset_id=told.preset_id,
                system_prompt=told.system_prompt,
                sampling=told.sampling,
            )
            if asked == holds:
                del self._asked[told.id]
