"""Everything of settings, shortcuts, About and licences that the main window shows and does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from ui.current_settings import CurrentSettings
from ui.model_status import ModelStatus
from ui.settings.about_window import AboutWindow, ShortcutsWindow
from ui.settings.licences_window import LicencesWindow
from ui.settings.parts import SettingsParts
from ui.settings.settings_page import SettingsPage
from ui.settings.settings_window import SettingsWindow
from ui.shortcuts.key_binder import KeyBinder
from ui.theme import Theme
from ui.window_state import WindowState


class Windows(Protocol):
    """The main window's windows, which are closed when the vault is locked."""

    def open_window(self, name: str, make: Callable[[], QWidget]) -> QWidget:
        """The window of this name is in front, made if need be."""
        ...


class SettingsFace(QObject):
    """Opens its windows through the main window, and binds the menu's keys.

    Attributes:
        keys: What changes shortcuts; None until the menu is there.
    """

    def __init__(
        self,
        settings: CurrentSettings,
        models: ModelStatus,
        theme: Theme,
        state: WindowState,
        version: str,
        window: QWidget,
        windows: Windows,
    ) -> None:
        """Nothing is open yet.

        Args:
            settings: Those that hold.
            models: The models there are.
            theme: Colours and fonts.
            state: Where windows were last.
            version: Of the app.
            window: The main window.
            windows: The same, for its windows.
        """
        super().__init__(window)
        self._settings = settings
        self._models = models
        self._theme = theme
        self._state = state
        self._version = version
        self._window = window
        self._windows = windows
        self._others: Callable[[], Iterable[SettingsPage]] = tuple
        self._welcome: Callable[[], object] = lambda: None
        self.keys: KeyBinder | None = None

    def acts(self) -> dict[str, Callable[[], object]]:
        """What the menu can do here."""
        return {
            "settings": self.open_settings,
            "shortcuts": self.open_shortcuts,
            "about": self.open_about,
            "licences": self.open_licences,
        }

    def bind(
        self,
        actions: Mapping[str, QAction],
        pages: Callable[[], Iterable[SettingsPage]],
        welcome: Callable[[], object],
    ) -> None:
        """The menu has the user's keys.

        Args:
            actions: Item key of ui.actions to its action.
            pages: Makes the pages of other rooms.
            welcome: Shows the first steps again.
        """
        self.keys = KeyBinder(self._settings, actions, self)
        self._others = pages
        self._welcome = welcome

    def open_settings(self, section: str = "") -> None:
        """The settings are in front, at this section if one is named."""
        window = self._windows.open_window("settings", self._make)
        if section and isinstance(window, SettingsWindow):
            window.show_section(section)

    def open_setting(self, section: str, name: str) -> None:
        """The settings are in front, at this one setting."""
        window = self._windows.open_window("settings", self._make)
        if isinstance(window, SettingsWindow):
            window.show_setting(section, name)

    def open_shortcuts(self) -> None:
        """All shortcuts are in front."""
        self._windows.open_window("shortcuts", self._make_shortcuts)

    def open_about(self) -> None:
        """What this program is, is in front."""
        self._windows.open_window(
            "about",
            lambda: AboutWindow(self._version, self._theme, self.open_licences, self._window),
        )

    def open_licences(self) -> None:
        """What it is built from is in front."""
        resources = self._theme.icons.directory.parent
        self._windows.open_window(
            "licences", lambda: LicencesWindow(resources, self._theme, self._window)
        )

    def _binder(self) -> KeyBinder:
        assert self.keys is not None, "the menu is made with the window"
        return self.keys

    def _make_shortcuts(self) -> QWidget:
        return ShortcutsWindow(self._binder(), self._theme, self._window)

    def _make(self) -> QWidget:
        parts = SettingsParts(
            settings=self._settings,
            models=self._models,
            keys=self._binder(),
            theme=self._theme,
            state=self._state,
            version=self._version,
            resources=self._theme.icons.directory.parent,
            welcome=self._welcome,
        )
        return SettingsWindow(parts, self._window, self._others(), self.open_licences)
