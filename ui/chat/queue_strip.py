"""The messages that wait for an answer to end, under it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui import text_message as words
from ui.chat.message_queue import Waiting
from ui.theme import Theme
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label

_SHOWN_ROWS = 3
_ROW_PX = 32


class _Line(QWidget):
    """One line of words, shortened to the room there is."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self._said = " ".join(said.split())
        self._label = label("")
        self._label.setAccessibleName(said)
        self._label.setToolTip(said if len(said) < 400 else said[:400] + "…")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        metrics = QFontMetrics(self._label.font())
        self._label.setText(
            metrics.elidedText(self._said, Qt.TextElideMode.ElideRight, self.width() - 2)
        )


class QueueStrip(QFrame):
    """One row for each waiting message, to be edited or taken back.

    Attributes:
        edited: waiting identifier, other words.
        removed: waiting identifier.
        send_wanted: What is held should be sent.
    """

    edited = Signal(str, str)
    removed = Signal(str)
    send_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Card")
        self.setAccessibleName(words.QUEUE)
        self._theme = theme
        self._edited_id = ""
        self._shown: tuple[tuple[Waiting, ...], bool] = ((), False)
        self._title = label("", "small")
        self.send = push_button(words.QUEUE_SEND, "quiet", self.send_wanted.emit)
        head = QHBoxLayout()
        head.setContentsMargins(14, 0, 6, 0)
        head.addWidget(self._title, 1)
        head.addWidget(self.send)
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(14, 0, 6, 0)
        self._rows.setSpacing(0)
        inner = QWidget()
        inner.setLayout(self._rows)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inner)
        for ground in (self._area.viewport(), inner):
            ground.setAutoFillBackground(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 6)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._area)
        self.edit: QPlainTextEdit | None = None
        self.hide()

    def show_waiting(self, waiting: tuple[Waiting, ...], *, is_held: bool) -> None:
        """These wait, the next one first."""
        if (waiting, is_held) == self._shown:
            return
        self._shown = (waiting, is_held)
        if self._edited_id not in {one.id for one in waiting}:
            self._edited_id = ""
        self._build()

    def title(self) -> str:
        """What stands above the rows."""
        return "" if self.isHidden() else self._title.text()

    def edit_row(self, waiting_id: str) -> None:
        """The words of this one are in a field."""
        self._edited_id = waiting_id
        self._build()
        if self.edit is not None:
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter is done with the field, Esc leaves it as it was."""
        if isinstance(event, QKeyEvent) and watched is self.edit:
            is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            is_broken = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            is_own = event.key() == Qt.Key.Key_Escape or (is_return and not is_broken)
            if is_own and event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if is_own and event.type() == QEvent.Type.KeyPress:
                self._leave_field(is_saved=is_return)
                return True
        return super().eventFilter(watched, event)

    def _build(self) -> None:
        waiting, is_held = self._shown
        self._clear()
        for one in waiting:
            self._rows.addWidget(self._field(one) if one.id == self._edited_id else self._row(one))
        title = words.waiting(len(waiting))
        self._title.setText(f"{title}. {words.QUEUE_HELD}" if is_held else title)
        self.send.setVisible(is_held)
        rows = min(_SHOWN_ROWS, len(waiting))
        height = rows * self._theme.px(_ROW_PX)
        if self.edit is not None:
            height += self.edit.height() - self._theme.px(_ROW_PX) + 10
        self._area.setFixedHeight(max(0, height))
        self.setVisible(bool(waiting))

    def _clear(self) -> None:
        while self._rows.count():
            item = self._rows.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.edit = None

    def _row(self, one: Waiting) -> QWidget:
        row = QWidget()
        row.setFixedHeight(self._theme.px(_ROW_PX))
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        line.addWidget(_Line(one.text), 1)
        edit = IconButton(self._theme, "edit", words.QUEUE_EDIT)
        edit.clicked.connect(lambda _checked=False: self.edit_row(one.id))
        remove = IconButton(self._theme, "close", words.QUEUE_REMOVE)
        remove.clicked.connect(lambda _checked=False: self.removed.emit(one.id))
        line.addWidget(edit)
        line.addWidget(remove)
        return row

    def _field(self, one: Waiting) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 2, 0, 4)
        line.setSpacing(6)
        edit = QPlainTextEdit(one.text)
        edit.setProperty("kind", "field")
        edit.setAccessibleName(words.QUEUE_EDIT)
        edit.setTabChangesFocus(True)
        lines = min(4, max(1, one.text.count("\n") + 1 + len(one.text) // 80))
        edit.setFixedHeight(lines * edit.fontMetrics().lineSpacing() + 22)
        edit.installEventFilter(self)
        self.edit = edit
        line.addWidget(edit, 1)
        line.addWidget(
            push_button(words.QUEUE_SAVE, "quiet", lambda: self._leave_field(is_saved=True))
        )
        return row

    def _leave_field(self, *, is_saved: bool) -> None:
        edited, self._edited_id = self._edited_id, ""
        said = self.edit.toPlainText().strip() if self.edit is not None else ""
        self._build()
        if is_saved:
            self.edited.emit(edited, said)
