"""Asks before an address of an answer is opened, showing all of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from ui import text
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

# Others start programs or read files of this machine.
_OPENED_SCHEMES = frozenset({"http", "https", "mailto"})


class LinkQuestion(QDialog):
    """A model can write a link whose words and address differ, so the address is shown first."""

    def __init__(self, address: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.url = QUrl(address)
        self.is_allowed = self.url.isValid() and self.url.scheme() in _OPENED_SCHEMES
        self.setWindowTitle(text.LINK_OPEN)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(420)
        title = text.LINK_TITLE if self.is_allowed else text.LINK_REFUSED
        where = label(self.url.toDisplayString() or address, "muted", wraps=True)
        where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        cancel = push_button(text.CANCEL, "plain", self.reject)
        copy = push_button(text.COPY_LINK, "plain", self._copy)
        self.open_button = push_button(text.LINK_OPEN, "primary", self._open)
        self.open_button.setVisible(self.is_allowed)
        self.open_button.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for button in (cancel, copy, self.open_button):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addWidget(label(title, "strong"))
        if self.url.host():
            column.addWidget(label(self.url.host(), "heading"))
        column.addWidget(where)
        column.addSpacing(6)
        column.addLayout(buttons)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.url.toString())
        self.accept()

    def _open(self) -> None:
        QDesktopServices.openUrl(self.url)
        self.accept()
