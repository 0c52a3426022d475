"""Finds words in the conversation on screen, a slice at a time, and marks them."""

from __future__ import annotations

import time
from bisect import bisect_right
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from ui.chat.chat_page import ChatPage
from ui.chat.message_layout import MessageLayout
from ui.chat.message_list_model import MessageRole
from ui.chat.message_parts import DocumentPart
from ui.search.matcher import Matcher, in_utf16, readable
from ui.text import SHOW_ALL

# Half a frame at 60 Hz: typing and scrolling go on while 10,000 messages are looked through.
_SLICE_S = 0.006
_AGAIN_MS = 250  # after messages changed; an answer being written changes them many times a second


@dataclass(frozen=True, slots=True)
class _Found:
    message_id: str
    count: int


class Finder(QObject):
    """Knows all matches in the conversation on screen and which of them is looked at.

    Attributes:
        changed: More was found, or another match is looked at.
        total: Matches so far.
        place: The one looked at, from 1; 0 if none is.
        is_complete: Whether all messages have been looked through.
    """

    changed = Signal()

    def __init__(self, page: ChatPage) -> None:
        super().__init__(page)
        self._page = page
        self._matcher = Matcher(())
        self._revision = 0
        self._found: list[_Found] = []
        self._ends: list[int] = []
        self._row = 0
        self._anchor_row = 0
        self._anchor_id = ""
        self._wants_first = False
        self.total = 0
        self.place = 0
        self.is_complete = True
        self._slice = QTimer(self)
        self._slice.setInterval(0)
        self._slice.timeout.connect(self._look_on)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._look_again)
        messages = page.messages
        messages.modelReset.connect(self._again.start)
        messages.rowsInserted.connect(self._again.start)
        messages.rowsRemoved.connect(self._again.start)
        messages.dataChanged.connect(self._again.start)

    @property
    def is_on(self) -> bool:
        """Whether anything is looked for."""
        return bool(self._matcher.words)

    def look_for(self, matcher: Matcher, *, at: str = "") -> None:
        """All matches are being marked and counted; the first one is gone to as soon as known.

        Args:
            matcher: What is looked for.
            at: The message whose first match is gone to; empty takes the first in sight.
        """
        if matcher == self._matcher and not at:
            return
        self._matcher = matcher
        self._anchor_id = at
        self.place = 0
        self._begin(goes=True)

    def stop(self) -> None:
        """Nothing is looked for or marked."""
        self._slice.stop()
        self._again.stop()
        self._matcher = Matcher(())
        self._found, self._ends, self.total, self.place = [], [], 0, 0
        self.is_complete = True
        self._page.view.delegate.unmark()
        self._page.view.viewport().update()

    def step(self, by: int) -> None:
        """The match `by` further on is looked at; past the last comes the first."""
        if self.total:
            self.place = (self.place - 1 + by) % self.total + 1 if self.place else 1
            self._go()

    # looking

    def _begin(self, *, goes: bool) -> None:
        self._revision += 1
        self._found, self._ends, self.total, self._row = [], [], 0, 0
        self._wants_first = goes
        self.is_complete = False
        view = self._page.view
        view.delegate.marker = self._mark
        view.viewport().update()
        self._anchor_row = max(0, view.heights.row_at(view.verticalScrollBar().value()))
        if self._anchor_id:
            self._anchor_row = max(0, self._page.messages.row_of(self._anchor_id))
        self._slice.start()
        self._look_on()

    def _look_again(self) -> None:
        if self.is_on:
            self._begin(goes=False)

    def _look_on(self) -> None:
        model = self._page.messages
        end = time.perf_counter() + _SLICE_S
        rows = model.rowCount()
        while self._row < rows:
            index = model.index(self._row, 0)
            words = index.data(MessageRole.TEXT) or ""
            count = self._matcher.count(readable(words))
            if count:
                self.total += count
                self._found.append(_Found(index.data(MessageRole.ID), count))
                self._ends.append(self.total)
                if self._wants_first and self._row >= self._anchor_row:
                    self._go_first(self.total - count + 1)
            self._row += 1
            if time.perf_counter() > end:
                break
        if self._row >= rows:
            self._slice.stop()
            self.is_complete = True
            if self._wants_first and self.total:
                self._go_first(1)
            self.place = min(self.place, self.total)
        self.changed.emit()

    def _go_first(self, place: int) -> None:
        self._wants_first = False
        self.place = place
        self._go()

    # going and marking

    def _at(self, place: int) -> tuple[str, int]:
        """The message of a match, and its number in it, from 0."""
        entry = bisect_right(self._ends, place - 1)
        before = self._ends[entry] - self._found[entry].count
        return self._found[entry].message_id, place - 1 - before

    def _go(self) -> None:
        message_id, number = self._at(self.place)
        view = self._page.view
        row = self._page.messages.row_of(message_id)
        if row < 0:
            return
        index = self._page.messages.index(row, 0)
        layout = view.delegate.layout_of(index, view.layout_width())
        if number >= sum(len(self._spans(part)) for _, part in layout.placed):
            # Long words of the user are folded; what is looked for is further down.
            spot = next((spot for spot in layout.spots() if spot.name == SHOW_ALL), None)
            if spot is not None:
                self._page.reader.act(index, spot)
                layout = view.delegate.layout_of(index, view.layout_width())
        self._revision += 1
        view.setCurrentIndex(index)
        view.go_to_message(message_id, self._y_of(layout, number))
        view.viewport().update()
        self.changed.emit()

    def _y_of(self, layout: MessageLayout, number: int) -> float:
        y = 0.0
        for origin, part in layout.placed:
            for start, _ in self._spans(part):
                block = part.document.findBlock(start)
                top = part.document.documentLayout().blockBoundingRect(block).top()
                line = block.layout().lineForTextPosition(start - block.position())
                y = origin.y() + part.origin.y() + top + (line.y() if line.isValid() else 0.0)
                if number == 0:
                    return y
                number -= 1
        return y

    def _spans(self, part: DocumentPart) -> list[tuple[int, int]]:
        words = part.document.toPlainText()
        return in_utf16(words, self._matcher.spans(words))

    def _mark(self, message_id: str, layout: MessageLayout) -> None:
        """The layout carries its marks; they are made anew only if something has changed."""
        current = -1
        if self.place and self.total:
            shown_id, number = self._at(self.place)
            current = number if shown_id == message_id else -1
        key = (self._revision, current, tuple(part.length() for _, part in layout.placed))
        if layout.found_key == key:
            return
        layout.found_key = key
        spans = [(part, span) for _, part in layout.placed for span in self._spans(part)]
        for _, part in layout.placed:
            part.found = []
        current = min(current, len(spans) - 1)
        for number, (part, (start, end)) in enumerate(spans):
            part.found.append((start, end, number == current))
