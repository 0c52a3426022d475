"""Completes /name in the composer, and leads from blank to blank."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QDate, QEvent, QLocale, QObject, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QKeyEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from engine.contract.library import PromptTemplate
from ui import text_library as words
from ui.library.library_shelf import LibraryShelf
from ui.library.prompt_filling import blank_spans, closeness, fill
from ui.library.prompt_list import PromptList
from ui.theme import Theme
from ui.widgets.announcing import announce

_NAME_BEGUN = re.compile(r"/([\w-]{0,60})")
_MOST_CLIPBOARD = 20_000  # letters; more than that is a file, which has its own way in
_MOST_OFFERED = 30


class _BlankPainter(QSyntaxHighlighter):
    """Puts a soft ground under blanks."""

    def __init__(self, edit: QPlainTextEdit, theme: Theme) -> None:
        super().__init__(edit.document())
        self._theme = theme
        self.names: frozenset[str] = frozenset()

    def highlightBlock(self, text: str) -> None:
        """One line is coloured."""
        for start, end in blank_spans(text, self.names) if self.names else ():
            look = QTextCharFormat()
            look.setBackground(self._theme.colors.accent_soft)
            look.setForeground(self._theme.colors.accent)
            # Qt counts in UTF-16 units, Python in letters.
            lead = _utf16(text[:start])
            self.setFormat(lead, _utf16(text[start:end]), look)


class PromptCompleter(QObject):
    """Watches the composer's field; its keys come here before the composer sees them.

    Attributes:
        hinted: What is to be said under the field; empty for nothing.
        list: The prompts that fit.
    """

    hinted = Signal(str)

    def __init__(
        self,
        edit: QPlainTextEdit,
        anchor: QWidget,
        shelf: LibraryShelf,
        theme: Theme,
        selection: Callable[[], str],
        page: QWidget,
    ) -> None:
        """Nothing is offered yet.

        Args:
            edit: The composer's field.
            anchor: The list stands above it.
            shelf: Where prompts are.
            theme: Colours and fonts.
            selection: What is selected in the conversation; empty if nothing is.
            page: What the list lies over.
        """
        super().__init__(page)
        self._edit = edit
        self._anchor = anchor
        self._shelf = shelf
        self._selection = selection
        self._dismissed = ""
        self._names: frozenset[str] = frozenset()
        self._painter = _BlankPainter(edit, theme)
        self.list = PromptList(theme, page)
        self.list.list.setFocusProxy(self._edit)
        self.list.chosen.connect(self.take)
        theme.changed.connect(self._painter.rehighlight)
        edit.textChanged.connect(self._typed)
        # Installed last, it is asked first.
        edit.installEventFilter(self)

    def take(self, prompt: PromptTemplate) -> None:
        """The prompt is in the field, its first blank selected, the rest there to be read."""
        filled = fill(prompt.text, self._known())
        self._names = self._painter.names = frozenset(filled.blanks)
        self.list.hide()
        cursor = self._edit.textCursor()
        cursor.select(cursor.SelectionType.Document)
        cursor.insertText(filled.text)
        self._edit.setTextCursor(cursor)
        self._painter.rehighlight()
        self._edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self._go(is_back=False, from_start=True)

    def forget(self) -> None:
        """Nothing is offered and no blank waits."""
        self.list.hide()
        self._names = self._painter.names = frozenset()
        self.hinted.emit("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the list and of blanks; all others are the composer's."""
        if event.type() == QEvent.Type.FocusOut and not self.list.underMouse():
            self.list.hide()
        is_escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and is_escape and self.list.isVisible():
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if self.list.isVisible():
                return self._list_key(event)
            return self._blank_key(event)
        return super().eventFilter(watched, event)

    def _list_key(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Down:
                self._move(1)
            case Qt.Key.Key_Up:
                self._move(-1)
            case Qt.Key.Key_Escape:
                self._dismissed = self._edit.toPlainText()
                self.list.hide()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Tab:
                prompt = self.list.current()
                if prompt is not None:
                    self.take(prompt)
            case _:
                return False
        return True

    def _move(self, rows: int) -> None:
        self.list.move_by(rows)
        prompt = self.list.current()
        announce(self._edit, prompt.title if prompt is not None else "")

    def _blank_key(self, event: QKeyEvent) -> bool:
        if not self._names or not self._spans():
            return False
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        is_plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.key() == Qt.Key.Key_Backtab:
            self._go(is_back=True)
        elif event.key() == Qt.Key.Key_Tab or (is_return and is_plain):
            # A message with a blank in it is not sent by an absent-minded Return.
            self._go(is_back=False)
        else:
            return False
        return True

    def _typed(self) -> None:
        text = self._edit.toPlainText()
        if self._names:
            left = len(blank_spans(text, self._names))
            self.hinted.emit(words.variables_left(left) if left else "")
            if not text:
                self.forget()
        begun = _NAME_BEGUN.fullmatch(text)
        if begun is None or text == self._dismissed or not self._edit.hasFocus():
            if begun is None:
                self._dismissed = ""
            self.list.hide()
            return
        self.list.show_prompts(self._fitting(begun[1]), self._anchor)
        self._announce()

    def _fitting(self, query: str) -> list[PromptTemplate]:
        ranked = [(closeness(query, p.name, p.title), p) for p in self._shelf.prompts]
        ranked = sorted((pair for pair in ranked if pair[0]), key=lambda pair: -pair[0])
        return [prompt for _, prompt in ranked[:_MOST_OFFERED]]

    def _announce(self) -> None:
        if self.list.isVisible():
            said = f"{words.COMPLETIONS}: {self.list.list.count()}"
            announce(self._edit, said)

    def _known(self) -> dict[str, str]:
        clipboard = QGuiApplication.clipboard().text()[:_MOST_CLIPBOARD]
        date = QLocale.system().toString(QDate.currentDate(), QLocale.FormatType.LongFormat)
        return {"clipboard": clipboard, "date": date, "selection": self._selection()}

    def _spans(self) -> list[tuple[int, int]]:
        text = self._edit.toPlainText()
        return [
            (_utf16(text[:start]), _utf16(text[:end]))
            for start, end in blank_spans(text, self._names)
        ]

    def _go(self, *, is_back: bool, from_start: bool = False) -> None:
        """The next blank is selected, to be typed over; after the last comes the first."""
        spans = self._spans()
        cursor = self._edit.textCursor()
        if not spans:
            cursor.movePosition(cursor.MoveOperation.End)
            self._edit.setTextCursor(cursor)
            return
        here = 0 if from_start else cursor.selectionEnd()
        if is_back:
            before = [span for span in spans if span[1] < cursor.selectionEnd()]
            start, end = before[-1] if before else spans[-1]
        else:
            after = [span for span in spans if span[0] >= here]
            start, end = after[0] if after else spans[0]
        cursor.setPosition(start)
        cursor.setPosition(end, cursor.MoveMode.KeepAnchor)
        self._edit.setTextCursor(cursor)


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
