"""A message being edited, in its own place on the page."""

from __future__ import annotations

import sys

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from ui import text_message as words
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label, set_style_property

_MOST_LINES = 16
_RETURNS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class InlineEditor(QFrame):
    """Ctrl+Enter saves, Esc cancels; Enter alone begins a line, as in any text.

    Attributes:
        saved: The new words.
        cancelled: Nothing is to change.
        grew: It wishes to be of another height.
        message_id: What is edited.
    """

    saved = Signal(str)
    cancelled = Signal()
    grew = Signal()

    def __init__(
        self, theme: Theme, message_id: str, text: str, *, is_answer: bool, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("ComposerBox")
        self.message_id = message_id
        self._original = text
        self.edit = QPlainTextEdit()
        self.edit.setObjectName("ComposerEdit")
        self.edit.setAccessibleName(words.EDITOR_ANSWER if is_answer else words.EDITOR)
        self.edit.setFont(theme.reading_font(size=theme.reading_px * 13 / 15))
        self.edit.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.edit.setTabChangesFocus(True)
        self.edit.document().setDocumentMargin(0)
        self.edit.setPlainText(text)
        self.edit.moveCursor(self.edit.textCursor().MoveOperation.End)
        self.edit.installEventFilter(self)
        self._hint = label(
            words.EDITOR_HINT_MAC if sys.platform == "darwin" else words.EDITOR_HINT,
            "faint",
            wraps=True,
        )
        self.setAccessibleDescription(self._hint.text())
        self.cancel = push_button(words.CANCEL, "plain", self.cancelled.emit)
        said = words.SAVE_ANSWER if is_answer else words.SAVE_QUESTION
        self.save = push_button(said, "primary", self._save)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self._hint, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 10, 10)
        column.setSpacing(8)
        column.addWidget(self.edit)
        column.addLayout(foot)
        self.edit.document().documentLayout().documentSizeChanged.connect(self._fit)
        self.edit.textChanged.connect(self._typed)
        self._fit()
        self._typed()

    def words(self) -> str:
        """What is in the field."""
        return self.edit.toPlainText().strip()

    def is_changed(self) -> bool:
        """Whether anything was typed that is not kept yet."""
        return self.words() not in ("", self._original.strip())

    def sizeHint(self) -> QSize:
        """As high as its lines need."""
        layout = self.layout()
        return QSize(400, layout.sizeHint().height() if layout is not None else 120)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Its keys, before the window's shortcuts see them."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            set_style_property(self, "focused", event.type() == QEvent.Type.FocusIn)
        if isinstance(event, QKeyEvent) and self._is_own(event):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
            elif event.type() == QEvent.Type.KeyPress:
                self._do(event)
            return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels from its buttons too."""
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        has_control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        return event.key() == Qt.Key.Key_Escape or (event.key() in _RETURNS and has_control)

    def _do(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            self._save()

    def _save(self) -> None:
        if self.words():
            self.saved.emit(self.words())

    def _typed(self) -> None:
        self.save.setEnabled(bool(self.words()))

    def _fit(self) -> None:
        lines = min(_MOST_LINES, max(2, round(self.edit.document().size().height())))
        height = lines * self.edit.fontMetrics().lineSpacing() + 4
        if height != self.edit.height() or self.edit.minimumHeight() != height:
            self.edit.setFixedHeight(height)
            self.updateGeometry()
            self.grew.emit()
