"""One error in plain words, with one action."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from engine.contract.errors import ErrorReport
from ui import text
from ui.theme import Theme
from ui.widgets.announcing import announce
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label


class ErrorBanner(QFrame):
    """Says what happened, what is safe, and offers one thing to do."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Banner")
        self._theme = theme
        self._act: Callable[[], object] = lambda: None
        self._sign = label("")
        self._message = label("", wraps=True)
        self._message.setObjectName("BannerText")
        self._advice = label("", "small", wraps=True)
        self.action = push_button("", "quiet", self._do)
        close = IconButton(theme, "close", text.DISMISS)
        close.clicked.connect(self.hide)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._message)
        words.addWidget(self._advice)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 8, 10)
        row.setSpacing(10)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.action, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def show_error(
        self, error: ErrorReport, action: str = "", act: Callable[[], object] | None = None
    ) -> None:
        """The error is on screen; `act` runs if the user takes the action."""
        self._message.setText(error.message)
        self._advice.setText(error.action)
        self._advice.setVisible(bool(error.action))
        self._act = act or (lambda: None)
        self.action.setText(action)
        self.action.setVisible(bool(action))
        words = f"{error.message} {error.action}".strip()
        self.setAccessibleName(words)
        self.show()
        announce(self, words, is_urgent=True)

    def forget(self) -> None:
        """What it said and what it would do are gone."""
        self.hide()
        self._act = lambda: None
        for words in (self._message, self._advice):
            words.setText("")
        self.setAccessibleName("")

    def message(self) -> str:
        """What the banner says; empty while there is none."""
        return "" if self.isHidden() else self._message.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc dismisses."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def _do(self) -> None:
        self.hide()
        self._act()

    def _restyle(self) -> None:
        self._sign.setPixmap(self._theme.icons.pixmap("warning", 18, self._theme.colors.error))
