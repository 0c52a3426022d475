"""The name of a shortcut at the right end of a field or button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from ui.theme import Theme

_AROUND_PX = 30  # left of the words, between them and the keys, and right of those


class ShortcutHint(QWidget):
    """Covers its parent and says which keys do the same; follows its action when keys change."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        parent.installEventFilter(self)

    def follow(self, action: QAction) -> None:
        """The keys are those of the action, now and whenever they change."""

        def take() -> None:
            self._keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            self.update()

        action.changed.connect(take)
        take()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It covers its parent."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.resize(watched.size())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The keys' names, right aligned, if the parent's words leave room for them."""
        del event
        if not self._has_room():
            return
        painter = QPainter(self)
        painter.setFont(self._theme.font(12))
        painter.setPen(self._theme.colors.faint)
        rect = self.rect().adjusted(0, 0, -11, 0)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, right, self._keys)
        painter.end()

    def _has_room(self) -> bool:
        parent = self.parentWidget()
        if not isinstance(parent, QAbstractButton):
            return True
        words = parent.fontMetrics().horizontalAdvance(parent.text())
        keys = QFontMetrics(self._theme.font(12)).horizontalAdvance(self._keys)
        return words + keys + _AROUND_PX <= self.width()
