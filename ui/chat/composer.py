"""Where the user types."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui import text, text_message
from ui.chat.composer_edit import ComposerEdit
from ui.chat.context_meter import ContextMeter
from ui.theme import Theme
from ui.widgets.buttons import IconButton, RoundButton
from ui.widgets.labels import label, set_style_property

_MOST_LINES = 10
_MEASURE_AFTER_MS = 150


class Composer(QFrame):
    """A field that grows to ten lines, the context meter, and the send button.

    Attributes:
        sent: The words to send; the field is empty already.
        stopped: The user wants the answer to stop.
        edit_wanted: Up in the empty field: the last question is to be edited.
        draft_changed: The draft, when the user has paused typing.
        has_files: Whether files would go with the words.
        may_send: Whether nothing about them stands in the way.
    """

    sent = Signal(str)
    stopped = Signal()
    edit_wanted = Signal()
    draft_changed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ComposerBox")
        self._theme = theme
        self._is_answering = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_MEASURE_AFTER_MS)
        self._pause.timeout.connect(lambda: self.draft_changed.emit(self.draft()))
        self.has_files: Callable[[], bool] = lambda: False
        self.may_send: Callable[[], bool] = lambda: True
        self.edit = ComposerEdit()
        self.edit.setObjectName("ComposerEdit")
        self.edit.setAccessibleName(text.COMPOSER)
        self.edit.setPlaceholderText(text.COMPOSER_HINT)
        self.edit.setTabChangesFocus(True)
        self.edit.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.edit.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.edit.document().setDocumentMargin(0)
        self.edit.installEventFilter(self)
        self.edit.textChanged.connect(self._typed)
        self.meter = ContextMeter(theme)
        self.button = RoundButton(theme, "send", text.SEND, size=28)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.clicked.connect(self._clicked)
        self.queue_button = IconButton(theme, "send", text_message.QUEUE_BUTTON)
        self.queue_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.queue_button.clicked.connect(lambda _checked=False: self.send())
        self.queue_button.hide()
        self._cut = label("", "warn", wraps=True)
        self._cut.hide()
        hint = text.HINT_MAC if sys.platform == "darwin" else text.HINT_OTHER
        self._hint = label(hint, "faint")
        self._arrange()
        theme.changed.connect(self._restyle)
        self._restyle()
        self._typed()

    def draft(self) -> str:
        """What is in the field."""
        return self.edit.toPlainText()

    def set_draft(self, words: str) -> None:
        """The field holds these words, the cursor after them."""
        self.edit.setPlainText(words)
        self.edit.moveCursor(self.edit.textCursor().MoveOperation.End)

    def forget(self) -> None:
        """Nothing is in the field, and undo brings nothing back."""
        self.edit.setPlainText("")
        self._pause.stop()
        self.meter.clear()
        self.show_cut(0)

    def say_hint(self, words: str) -> None:
        """This is said under the field; empty for which keys send."""
        usual = text.HINT_MAC if sys.platform == "darwin" else text.HINT_OTHER
        self._hint.setText(words or usual)

    def focus(self) -> None:
        """Typing goes into the field."""
        self.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def send(self, words: str | None = None) -> None:
        """The draft, or `words` in its place, is sent, unless it is blank."""
        if words is not None:
            self.set_draft(words)
        draft = self.draft().strip()
        if (draft or self.has_files()) and self.may_send():
            self.edit.clear()
            self.sent.emit(draft)

    def put_above(self, widget: QWidget) -> None:
        """The widget stands above the words."""
        self._column.insertWidget(0, widget)

    def put_tool(self, widget: QWidget) -> None:
        """The widget stands at the left under the words."""
        self._tools.addWidget(widget)

    def refresh(self) -> None:
        """The button knows whether there is anything to send."""
        self._refresh_button()

    def set_answering(self, is_answering: bool) -> None:
        """The button stops the answer while there is one, else it sends."""
        self._is_answering = is_answering
        self.button.icon_name = "stop" if is_answering else "send"
        self.button.rename(text.STOP if is_answering else text.SEND)
        self._refresh_button()

    def show_cut(self, messages: int) -> None:
        """So many older messages would not fit into the next prompt; 0 if all do."""
        said = text_message.will_be_cut(messages) if messages else ""
        if said != self._cut.text():
            self._cut.setText(said)
            self._cut.setVisible(bool(said))

    def cut_words(self) -> str:
        """What it says of older messages."""
        return self._cut.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return sends, Shift+Return breaks the line, Esc stops."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            set_style_property(self, "focused", event.type() == QEvent.Type.FocusIn)
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_undo = event.matches(QKeySequence.StandardKey.Undo)
            if is_undo and not self.edit.document().isUndoAvailable():
                # Nothing was typed: the menu's undo may take back what was done elsewhere.
                event.ignore()
                return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrapping may have changed the number of lines; narrow ones do without the hint."""
        super().resizeEvent(event)
        self._hint.setVisible(self.width() > self._theme.px(560))
        self.meter.set_compact(self.width() < self._theme.px(360))
        self._grow()

    def _key(self, event: QKeyEvent) -> bool:
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.send()
            return True
        if event.key() == Qt.Key.Key_Escape and self._is_answering:
            self.stopped.emit()
            return True
        if event.key() == Qt.Key.Key_Up and not self.draft():
            self.edit_wanted.emit()
            return True
        return False

    def _arrange(self) -> None:
        self._tools = QHBoxLayout()
        foot = QHBoxLayout()
        foot.setSpacing(16)
        foot.addLayout(self._tools)
        foot.addWidget(self._hint)
        foot.addStretch(1)
        foot.addWidget(self.meter)
        foot.addWidget(self.queue_button)
        foot.addWidget(self.button)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 10, 7)
        column.setSpacing(8)
        column.addWidget(self.edit)
        column.addWidget(self._cut)
        column.addLayout(foot)

    def _clicked(self) -> None:
        if self._is_answering:
            self.stopped.emit()
        else:
            self.send()
            self.focus()

    def _typed(self) -> None:
        self._refresh_button()
        self._grow()
        self._pause.start()

    def _refresh_button(self) -> None:
        # A document of blanks only is short; a long one is not scanned at each key.
        has_words = self.edit.document().characterCount() > 500 or bool(self.draft().strip())
        has_words = has_words or self.has_files()
        self.button.setEnabled(self._is_answering or has_words)
        self.queue_button.setVisible(self._is_answering and has_words)

    def _grow(self) -> None:
        lines = min(_MOST_LINES, max(1, round(self.edit.document().size().height())))
        line = self.edit.fontMetrics().lineSpacing()
        self.edit.setFixedHeight(lines * line + 4)

    def _restyle(self) -> None:
        self.edit.setFont(self._theme.reading_font())
        layout = self.layout()
        if layout is not None:
            high, low = self._theme.spaced(12), self._theme.spaced(7)
            layout.setContentsMargins(18, high, 10, low)
        self._grow()
