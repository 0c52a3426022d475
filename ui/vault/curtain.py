"""Keeps the window's content behind the lock screen while the vault is not open."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QDialog, QStackedWidget, QWidget

from ui.theme import Theme
from ui.vault.lock_screen import LockScreen
from ui.vault.vault_desk import VaultDesk


class Curtain(QStackedWidget):
    """Shows either the content or the lock screen, never a part of both.

    Attributes:
        fell: The lock screen has just covered the content.
        rose: The content is on screen again.
        lock_screen: What covers it.
    """

    fell = Signal()
    rose = Signal()

    def __init__(self, content: QWidget, vault: VaultDesk, theme: Theme) -> None:
        super().__init__()
        self._vault = vault
        self._content = content
        self.lock_screen = LockScreen(vault, theme)
        self.addWidget(content)
        self.addWidget(self.lock_screen)
        vault.changed.connect(self._follow)

    def is_down(self) -> bool:
        """Whether the content is covered."""
        return self.currentWidget() is self.lock_screen

    def _follow(self) -> None:
        is_down = self._vault.is_covered
        if is_down == self.is_down():
            return
        if is_down:
            close_all_above(self.window())
            self.setCurrentWidget(self.lock_screen)
            self.lock_screen.focus()
            self.fell.emit()
        else:
            self.setCurrentWidget(self._content)
            self.rose.emit()


def close_all_above(window: QWidget) -> None:
    """Menus, popovers, dialogs and other windows of this window are off the screen."""
    popup = QApplication.activePopupWidget()
    while popup is not None:
        popup.close()
        following = QApplication.activePopupWidget()
        popup = following if following is not popup else None
    for other in QApplication.topLevelWidgets():
        if other is window or not _belongs_to(other, window):
            continue
        if isinstance(other, QDialog):
            # Not reject(): a sheet at work refuses that.
            other.hide()
            other.deleteLater()
        else:
            other.close()


def _belongs_to(other: QWidget, window: QWidget) -> bool:
    parent = other.parentWidget()
    while parent is not None:
        if parent is window:
            return True
        parent = parent.parentWidget()
    return False
