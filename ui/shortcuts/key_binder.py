"""Keeps the menu's keys those of the settings, and changes them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from ui import text
from ui.actions import MenuItem
from ui.current_settings import CurrentSettings
from ui.shortcuts.key_map import KeyMap, acts


class KeyBinder(QObject):
    """The one place where keys are changed; menus follow it live.

    Attributes:
        changed: Other keys may hold from now on.
    """

    changed = Signal()

    def __init__(
        self,
        settings: CurrentSettings,
        actions: Mapping[str, QAction],
        parent: QObject | None = None,
    ) -> None:
        """The menu has the settings' keys from now on.

        Args:
            settings: Those that hold.
            actions: Item key of ui.actions to its action.
            parent: Its owner.
        """
        super().__init__(parent)
        self._settings = settings
        self._actions = actions
        settings.changed.connect(self.apply)
        self.apply()

    def map(self) -> KeyMap:
        """The keys that hold."""
        value = self._settings.value
        reserved = {value.quick.hotkey: text.SECTION_TITLES["quick"]}
        return KeyMap(value.interface.shortcuts, reserved)

    def apply(self) -> None:
        """Every item of the menu has the keys that hold."""
        keys = self.map()
        for item in acts():
            action = self._actions.get(item.key)
            wanted = keys.keys_of(item)
            if action is not None and action.shortcuts() != wanted:
                action.setShortcuts(wanted)
        self.changed.emit()

    def bind(self, item: MenuItem, keys: QKeySequence | None) -> str:
        """The item has these keys, or none; why not, if they were refused."""
        held = self.map()
        if keys is not None:
            fault = held.refusal(item, keys)
            if fault:
                return fault
        self._keep(held.with_keys(item, keys))
        return ""

    def reset(self, item: MenuItem) -> str:
        """The item has its usual keys again; why not, if something else has them now."""
        held = self.map()
        fault = held.usual_refusal(item)
        if not fault:
            self._keep(held.with_usual(item))
        return fault

    def reset_all(self) -> None:
        """Every item has its usual keys again."""
        self._keep(KeyMap())

    def has_own(self) -> bool:
        """Whether any keys differ from the usual ones."""
        return bool(self.map().bindings)

    def _keep(self, keys: KeyMap) -> None:
        self._settings.change("interface", "shortcuts", keys.bindings)
