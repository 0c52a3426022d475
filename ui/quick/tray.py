"""The icon in the menu bar or the panel, and its menu. It shows nothing that is private."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QKeySequence
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from ui import text_quick as text
from ui.text import APP
from ui.theme import Theme
from ui.vault.vault_desk import VaultDesk

_SIZES = (16, 18, 22, 24, 32, 48)


class Tray(QObject):
    """Shows the icon where there is a place for it.

    Attributes:
        clicked: The icon itself was clicked.
        menu: Question, window, lock, quit.
        actions_by_key: "ask", "open", "silence", "lock" and "quit" to their lines.
    """

    clicked = Signal()

    def __init__(
        self, theme: Theme, vault: VaultDesk, acts: Mapping[str, Callable[[], object]]
    ) -> None:
        """Nothing is shown yet.

        Args:
            theme: Colours and icons.
            vault: Whether it can be locked.
            acts: What "ask", "open", "silence", "lock", "unlock" and "quit" do.
        """
        super().__init__()
        self._vault = vault
        self._icon: QSystemTrayIcon | None = None
        self._theme = theme
        self._acts = acts
        self._keys = ""
        self.menu = QMenu()
        self.actions_by_key: dict[str, QAction] = {}
        for key, words in (
            ("ask", text.TRAY_ASK),
            ("open", text.TRAY_OPEN),
            ("silence", text.TRAY_STOP_READING),
            ("", ""),
            ("lock", text.TRAY_LOCK),
            ("", ""),
            ("quit", text.TRAY_QUIT),
        ):
            if not key:
                self.menu.addSeparator()
                continue
            action = self.menu.addAction(words)
            action.triggered.connect(lambda _checked=False, key=key: self._act(key))
            self.actions_by_key[key] = action
        self.actions_by_key["silence"].setVisible(False)
        vault.changed.connect(self.refresh)
        self.refresh()

    @property
    def is_shown(self) -> bool:
        """Whether the icon is there for the user to click."""
        icon = self._icon
        return icon is not None and icon.isVisible() and QSystemTrayIcon.isSystemTrayAvailable()

    def show(self, *, is_wanted: bool) -> None:
        """The icon is there if it is wanted and this desktop has a place for it."""
        # Without a screen there is no place for an icon, and Qt warns of every try.
        if is_wanted and self._icon is None and QGuiApplication.platformName() != "offscreen":
            self._icon = QSystemTrayIcon(tray_icon(self._theme))
            self._icon.setToolTip(APP)
            self._icon.setContextMenu(self.menu)
            self._icon.activated.connect(self._activated)
        if self._icon is not None:
            self._icon.setVisible(is_wanted)

    def show_keys(self, keys: str) -> None:
        """The menu names the keys that open the quick question; empty for none."""
        self._keys = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
        self.refresh()

    def show_reading(self, *, is_reading: bool) -> None:
        """The menu offers silence while a voice is heard."""
        self.actions_by_key["silence"].setVisible(is_reading)

    def notify(self, title: str, words: str, opened: Callable[[], None]) -> bool:
        """A notice through the icon, where the desktop has no better way."""
        if self._icon is None or not self.is_shown:
            return False
        self._icon.messageClicked.connect(opened)
        self._icon.showMessage(title, words, self._icon.icon())
        return True

    def refresh(self) -> None:
        """The lines say what can be done as the vault stands."""
        lock = self.actions_by_key["lock"]
        is_closed = self._vault.is_covered
        lock.setText(text.TRAY_UNLOCK if is_closed else text.TRAY_LOCK)
        lock.setEnabled(is_closed or self._vault.can_lock)
        self.actions_by_key["ask"].setText(text.tray_ask(self._keys))

    def close(self) -> None:
        """The icon is gone."""
        if self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
            self._icon = None
        self.menu.deleteLater()

    def _act(self, key: str) -> None:
        if key == "lock" and self._vault.is_covered:
            key = "unlock"
        self._acts[key]()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        # On a Mac a click opens the menu; elsewhere the menu has the other button.
        if reason == QSystemTrayIcon.ActivationReason.Trigger and sys.platform != "darwin":
            self.clicked.emit()


def tray_icon(theme: Theme, platform: str = sys.platform) -> QIcon:
    """A template on macOS, which the system colours to suit its bar; else the app's tile."""
    if platform != "darwin":
        return theme.icons.app_icon()
    icon = QIcon()
    for size in _SIZES[:2]:
        icon.addPixmap(theme.icons.pixmap("mark", size, QColor("black")))
    icon.setIsMask(True)
    return icon
