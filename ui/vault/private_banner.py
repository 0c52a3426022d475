"""Says, while a private session runs, that nothing is kept, and offers to keep it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QLabel, QWidget

from ui import text, text_lock
from ui.theme import Theme
from ui.vault.vault_desk import VaultDesk
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label

_NARROW_PX = 620


class PrivateBanner(QFrame):
    """One calm line above the page.

    Attributes:
        keep_wanted: The user wants a passphrase, so that what is written stays.
        action: Offers it.
    """

    keep_wanted = Signal()

    def __init__(self, vault: VaultDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("PrivateBanner")
        self._vault = vault
        self._theme = theme
        self._is_dismissed = False
        self._sign = QLabel()
        self._words = label(text_lock.PRIVATE_BANNER, "", wraps=True)
        self.action = push_button(text_lock.PRIVATE_ACTION, "quiet", self.keep_wanted.emit)
        self.close_button = IconButton(theme, "close", text.DISMISS)
        self.close_button.clicked.connect(self._dismiss)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(24, 7, 16, 7)
        self._row.setSpacing(10)
        self._row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addWidget(self._words, 1)
        self._row.addWidget(self.action)
        self._row.addWidget(self.close_button)
        self.setAccessibleName(text_lock.PRIVATE_BANNER)
        vault.changed.connect(self._refresh)
        theme.changed.connect(self._restyle)
        self._restyle()
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window does without the sign."""
        super().resizeEvent(event)
        self._sign.setVisible(self.width() > _NARROW_PX)

    def _refresh(self) -> None:
        if not self._vault.is_private:
            self._is_dismissed = False
        self.setVisible(self._vault.is_private and not self._is_dismissed)

    def _dismiss(self) -> None:
        # The shield goes on saying so.
        self._is_dismissed = True
        self._refresh()

    def _restyle(self) -> None:
        self._sign.setPixmap(self._theme.icons.pixmap("shield", 18, self._theme.colors.warn))
