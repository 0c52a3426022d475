"""A field that takes the keys one presses instead of their letters."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from ui import text_shortcuts as text
from ui.theme import Theme

_MODIFIERS = frozenset(
    {
        Qt.Key.Key_Control,
        Qt.Key.Key_Shift,
        Qt.Key.Key_Alt,
        Qt.Key.Key_Meta,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_CapsLock,
    }
)
_PAD = 12


class KeyField(QAbstractButton):
    """Shows keys; a click or Return waits for other ones.

    Attributes:
        chosen: QKeySequence that was pressed, or None to have no keys.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys: list[QKeySequence] = []
        self._is_waiting = False
        self.setAccessibleName(name)
        self.setToolTip(text.CAPTURE_HELP)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.clicked.connect(self.wait)
        theme.changed.connect(self.updateGeometry)

    def show_keys(self, keys: list[QKeySequence]) -> None:
        """These are on the field."""
        self._keys = keys
        self._refresh()

    def words(self) -> str:
        """What is on the field."""
        if self._is_waiting:
            return text.PRESS
        native = QKeySequence.SequenceFormat.NativeText
        # Of many, such as a keyboard's own key for Undo, the first two say enough.
        return "   ".join(keys.toString(native) for keys in self._keys[:2]) or text.NONE

    def wait(self) -> None:
        """The next keys pressed are taken."""
        self._is_waiting = True
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._refresh()

    @property
    def is_waiting(self) -> bool:
        """Whether the next keys pressed are taken."""
        return self._is_waiting

    def event(self, event: QEvent) -> bool:
        """While it waits, no menu and no focus chain gets a key."""
        if self._is_waiting and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if self._is_waiting and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                self._take(event)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return is as good as a click."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Going elsewhere keeps the old keys."""
        self._stop()
        super().focusOutEvent(event)

    def sizeHint(self) -> QSize:
        """Room for the keys, or for the request to press some."""
        metrics = QFontMetrics(self._theme.font(12, 500))
        wanted = max(metrics.horizontalAdvance(self.words()), self._theme.px(84))
        return QSize(wanted + 2 * _PAD, max(28, metrics.height() + 12))

    def minimumSizeHint(self) -> QSize:
        """The same: keys are never cut off."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A key cap; with a ring while it waits."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        is_marked = self._is_waiting or self.hasFocus()
        painter.setPen(QPen(colors.accent if is_marked else colors.line, 2 if is_marked else 1))
        ground = colors.hover if self.underMouse() else colors.surface
        painter.setBrush(colors.accent_soft if self._is_waiting else ground)
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -2, -2), 7, 7)
        is_quiet = not self._keys and not self._is_waiting
        painter.setPen(colors.faint if is_quiet else colors.ink)
        painter.setFont(self._theme.font(12, 500))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.words())
        painter.end()

    def _take(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key()) if event.key() else Qt.Key.Key_unknown
        if key in _MODIFIERS:
            return
        plain = not event.modifiers()
        self._stop()
        if key == Qt.Key.Key_Escape and plain:
            return
        if key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and plain:
            self.chosen.emit(None)
            return
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        self.chosen.emit(QKeySequence(QKeyCombination(modifiers, key)))

    def _stop(self) -> None:
        self._is_waiting = False
        self._refresh()

    def _refresh(self) -> None:
        self.setText(self.words())
        self.setAccessibleDescription(self.words())
        self.updateGeometry()
        self.update()
