"""The bar of find: what is looked for, which match one is at, and the way on."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from ui import text_search as words
from ui.search.finder import Finder
from ui.search.matcher import literal, of_query
from ui.theme import Theme
from ui.widgets.announcing import announce
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label, set_style_property

_LOOK_AFTER_MS = 120


class FindBar(QFrame):
    """Above the messages while something is looked for in them.

    Attributes:
        closed: The user is done with it.
        back_wanted: The user wants the results that led here.
        field: What is looked for.
        count: Which match of how many.
    """

    closed = Signal()
    back_wanted = Signal()

    def __init__(self, finder: Finder, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("FindBar")
        self.setAccessibleName(words.FIND)
        self._finder = finder
        self._query = ""
        self.field = QLineEdit()
        self.field.setPlaceholderText(words.FIND_HINT)
        self.field.setAccessibleName(words.FIND)
        self.field.setMaximumWidth(theme.px(360))
        self.field.installEventFilter(self)
        self.count = label("", "small")
        self.count.setMinimumWidth(theme.px(84))
        self.count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.previous = IconButton(theme, "chevron-up", words.FIND_PREVIOUS)
        self.next = IconButton(theme, "chevron-down", words.FIND_NEXT)
        self.close_button = IconButton(theme, "close", words.CLOSE_FIND)
        self.back = push_button(words.BACK_TO_RESULTS, "quiet", self.back_wanted.emit)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_LOOK_AFTER_MS)
        self._pause.timeout.connect(self._look)
        self.field.textEdited.connect(lambda _words: self._edited())
        self.previous.clicked.connect(lambda: finder.step(-1))
        self.next.clicked.connect(lambda: finder.step(1))
        self.close_button.clicked.connect(self.closed)
        finder.changed.connect(self._show_count)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 12, 7)
        row.setSpacing(4)
        row.addWidget(self.back)
        row.addWidget(self.field, 1)
        row.addWidget(self.count)
        row.addSpacing(4)
        row.addWidget(self.previous)
        row.addWidget(self.next)
        row.addStretch(0)
        row.addWidget(self.close_button)
        self.hide()

    def open(self, selected: str = "") -> None:
        """Typing goes into the field; what was selected is looked for at once."""
        self._query = ""
        self.back.hide()
        self.show()
        if selected:
            self.field.setText(selected)
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()
        self._look()

    def open_for(self, query: str, message_id: str) -> None:
        """The words of a search are marked, from the message that it led to."""
        self._query = query
        self.back.show()
        self.show()
        self.field.setText(query)
        self._finder.look_for(of_query(query), at=message_id)
        self._show_count()

    def is_from_results(self) -> bool:
        """Whether a search led here."""
        return not self.isHidden() and bool(self._query)

    def step(self, by: int) -> None:
        """The next match is looked at, or one before."""
        if self._pause.isActive():
            self._look()
        else:
            self._finder.step(by)

    def forget(self) -> None:
        """It is gone, with what was looked for."""
        self._pause.stop()
        self._finder.stop()
        self._query = ""
        # Unlike clear(), this leaves nothing to undo.
        self.field.setText("")
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the field Return leads on, with Shift back, and Esc closes."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                self.step(-1 if is_back else 1)
                return True
            if event.key() == Qt.Key.Key_Escape:
                (self.back_wanted if self._query else self.closed).emit()
                return True
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            # Esc would else stop an answer that is being written.
            event.accept()
            return True
        return super().eventFilter(watched, event)

    def _edited(self) -> None:
        self._query = ""
        self.back.hide()
        self._pause.start()

    def _look(self) -> None:
        self._pause.stop()
        matcher = literal(self.field.text())
        if matcher.words:
            self._finder.look_for(matcher)
        else:
            self._finder.stop()
        self._show_count()

    def _show_count(self) -> None:
        finder = self._finder
        is_nothing = finder.is_on and finder.is_complete and not finder.total
        said = words.matches(finder.place, finder.total, is_complete=finder.is_complete)
        if finder.is_on and finder.is_complete and said != self.count.text():
            announce(self.field, said)
        self.count.setText(said if finder.is_on else "")
        self.count.setAccessibleName(said if finder.is_on else "")
        set_style_property(self.count, "role", "error" if is_nothing else "small")
        set_style_property(self.field, "invalid", is_nothing)
        for button in (self.previous, self.next):
            button.setEnabled(finder.total > 0)
