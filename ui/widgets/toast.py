"""A short word at the foot of a page that goes by itself, with a way back."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from ui.widgets.announcing import announce
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

_SHOWN_MS = 2500
_SHOWN_WITH_ACTION_MS = 8000  # long enough to read, decide and reach for it


class Toast(QFrame):
    """Lies over its parent, centred near the foot."""

    def __init__(self, parent: QWidget, *, foot_px: int = 150) -> None:
        super().__init__(parent)
        self.setObjectName("Toast")
        self._foot_px = foot_px
        self._act: Callable[[], object] = lambda: None
        self._words = label("")
        self._words.setObjectName("ToastText")
        self.action = push_button("", "plain", self._do)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 8, 6)
        row.setSpacing(6)
        row.addWidget(self._words)
        row.addWidget(self.action)
        self._end = QTimer(self)
        self._end.setSingleShot(True)
        self._end.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    def say(self, words: str, action: str = "", act: Callable[[], object] | None = None) -> None:
        """The words are shown for some seconds; `act` runs if the user takes the action."""
        self._words.setText(words)
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self._act = act or (lambda: None)
        self.setAccessibleName(words)
        self._end.start(_SHOWN_WITH_ACTION_MS if action else _SHOWN_MS)
        self._place()
        self.show()
        self.raise_()
        announce(self, f"{words} {action}".strip())

    def take(self, action: str) -> bool:
        """What it offers is done; False if it does not offer this now."""
        is_offered = not self.isHidden() and self.action.text() == action
        if is_offered:
            self._do()
        return is_offered

    def words(self) -> str:
        """What it says now; empty while it is hidden."""
        return "" if self.isHidden() else self._words.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It stays in its place when the page changes size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        self.adjustSize()
        parent = self.parentWidget()
        if parent is not None:
            x = (parent.width() - self.width()) // 2
            self.move(x, parent.height() - self.height() - self._foot_px)

    def _do(self) -> None:
        self.hide()
        self._act()
