"""The page that searches everything: a field, filters, and what was found."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui import text_search as words
from ui.library.library_shelf import LibraryShelf
from ui.model_status import ModelStatus
from ui.search.filter_chips import FilterChips
from ui.search.results_list import ResultsList
from ui.search.results_model import ResultsModel
from ui.search.search_desk import SearchDesk
from ui.theme import READING_WIDTH, Theme
from ui.widgets.announcing import announce
from ui.widgets.buttons import IconButton
from ui.widgets.empty_state import EmptyState
from ui.widgets.labels import label
from ui.widgets.skeleton import Skeleton

_SIDE = 24


class SearchPage(QWidget):
    """In the place of the conversation while the user searches.

    Attributes:
        closed: The user wants the conversation back.
        opened: SearchHit that the user wants to read.
        field: What is looked for.
        chips: Where.
        list: What was found.
        desk: Asks the engine.
    """

    closed = Signal()
    opened = Signal(object)

    def __init__(
        self, desk: SearchDesk, library: LibraryShelf, models: ModelStatus, theme: Theme
    ) -> None:
        super().__init__()
        self.setObjectName("SearchPage")
        self.setAccessibleName(words.SEARCH)
        self.desk = desk
        self._theme = theme
        self.field = QLineEdit()
        self.field.setObjectName("SearchField")
        self.field.setPlaceholderText(words.SEARCH_HINT)
        self.field.setAccessibleName(words.SEARCH)
        self._put_glass(theme)
        self.field.setMinimumHeight(theme.px(40))
        self.field.installEventFilter(self)
        self.close_button = IconButton(theme, "close", words.BACK)
        self.close_button.clicked.connect(self.closed)
        self.chips = FilterChips(library, models, theme)
        self.said = label("", "small")
        self.model = ResultsModel(self)
        self.list = ResultsList(self.model, theme)
        self.list.opened.connect(self.opened)
        self.list.left_upwards.connect(self.field.setFocus)
        self.nothing = EmptyState(theme, words.BEGIN, ())
        self._skeleton = Skeleton(theme)
        self._arrange()
        self.field.textChanged.connect(desk.type)
        self.chips.changed.connect(lambda: desk.filter(self.chips.filters()))
        desk.changed.connect(self._show)
        self._show()

    def focus(self) -> None:
        """Typing goes into the field."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def forget(self) -> None:
        """Neither query nor results are held any more."""
        # Unlike clear(), this leaves nothing to undo.
        self.field.setText("")
        self.chips.take_away()
        self.desk.forget()
        self.model.show(())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """All stands in one column, as wide as that of the conversation."""
        super().resizeEvent(event)
        side = max(_SIDE, (self.width() - self._theme.px(READING_WIDTH)) // 2)
        layout = self.layout()
        if layout is not None:
            layout.setContentsMargins(side - 12, 18, side - 12, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc leads back to the conversation."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the field up and down choose what was found, Return opens it, and Esc leads back."""
        if not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        key = event.key()
        if event.type() == QEvent.Type.ShortcutOverride and key == Qt.Key.Key_Escape:
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: 8,
            Qt.Key.Key_PageUp: -8,
        }
        if key == Qt.Key.Key_Escape:
            self.closed.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.list.open(self.list.currentIndex())
        elif key in steps:
            self.list.step(steps[Qt.Key(key)])
        else:
            return super().eventFilter(watched, event)
        return True

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 0, 4, 0)
        head.setSpacing(8)
        head.addWidget(self.field, 1)
        head.addWidget(self.close_button)
        under = QVBoxLayout()
        under.setContentsMargins(12, 0, 12, 0)
        under.setSpacing(10)
        under.addWidget(self.chips)
        under.addWidget(self.said)
        self._stack = QStackedWidget()
        for widget in (self.nothing, self.list, self._skeleton):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addLayout(head)
        column.addLayout(under)
        column.addWidget(self._stack, 1)

    def _show(self) -> None:
        desk = self.desk
        if desk.error is not None:
            self._say(desk.error.message, desk.error.action)
        elif not desk.query.strip():
            self._say(words.BEGIN, words.BEGIN_MORE)
        elif desk.found is None:
            self.said.setText("")
            self._stack.setCurrentWidget(self._skeleton)
        elif not desk.found.hits:
            self._say(words.NOTHING, words.NOTHING_MORE)
        else:
            self._show_found()

    def _put_glass(self, theme: Theme) -> None:
        """A picture, not an action of the field: nothing would happen on a click."""
        glass = QLabel(self.field)
        glass.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self.field)
        row.setContentsMargins(12, 0, 0, 0)
        row.addWidget(glass)
        row.addStretch(1)

        def draw() -> None:
            size = theme.px(18)
            glass.setPixmap(theme.icons.pixmap("search", size, theme.colors.faint))
            self.field.setTextMargins(size + 8, 0, 0, 0)

        theme.changed.connect(draw)
        draw()

    def _say(self, sentence: str, detail: str) -> None:
        self.said.setText("")
        self.model.show(())
        self._shown = None
        self.nothing.say(sentence, detail)
        if sentence != words.BEGIN:
            announce(self.field, f"{sentence} {detail}".strip())
        self._stack.setCurrentWidget(self.nothing)

    _shown: object = None

    def _show_found(self) -> None:
        found = self.desk.found
        if found is not None and found is not self._shown:
            self._shown = found
            self.model.show(found.hits)
            self.list.choose_first()
            hits = len(found.hits)
            self.said.setText(words.found(hits, found.total, self.model.conversations))
            announce(self.field, self.said.text())
        self._stack.setCurrentWidget(self.list)
