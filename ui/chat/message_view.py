"""The list of messages: only rows in sight are laid out, so its length costs nothing."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from ui import text, text_message
from ui.chat.formulas import formulas
from ui.chat.highlight import code_colours
from ui.chat.message_delegate import MessageDelegate
from ui.chat.message_list_model import MessageListModel, MessageRole
from ui.chat.tall_list import TallList
from ui.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex
_NEAR_END_PX = 8  # the reader counts as being at the end when within this distance of it
_REPAINT_MS = 33  # 30 repaints a second while an answer is written
_PREPARED_ROWS = 4  # laid out above and below what is in sight
_FOOT_PX = 20  # room below the last message
_GUEST_PX = 16  # room above what stands in a message's place


class MessageView(TallList):
    """A list view with its own placing of rows.

    QListView asks for the size of every row whenever one changes, which for 1,000 messages costs
    more than a frame at each token. Here heights are estimated until a row comes into sight, and
    while an answer is written only its own row is laid out. It stays a QListView so that screen
    readers find one item a message.
    Checked by: tests/benchmarks/bench_ui.py

    Attributes:
        end_left: Emitted with whether the reader has left the end of the conversation.
        is_led_by_keys: Whether the current message is ringed; pointers need no ring.
    """

    end_left = Signal(bool)

    def __init__(
        self, model: MessageListModel, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("MessageView")
        self.setAccessibleName(text.MESSAGES)
        self.setAccessibleDescription(text_message.ACTION_HELP)
        self.delegate = MessageDelegate(theme, self)
        self.is_led_by_keys = False
        self._follows = True
        self._is_settling = False
        self._grown_id = ""
        self._guest: QWidget | None = None
        self._guest_id = ""
        self._laid_out_width = 0
        self._repaint = QTimer(self)
        self._repaint.setInterval(_REPAINT_MS)
        self._repaint.setSingleShot(True)
        self._repaint.timeout.connect(self._show_growth)
        self._advance = QTimer(self)
        self._advance.setSingleShot(True)
        self._advance.timeout.connect(self._go_on)
        self._messages = model
        self.setItemDelegate(self.delegate)
        self.setModel(model)
        model.rowsRemoved.connect(self._rows_removed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setMouseTracking(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        theme.changed.connect(self._restyle)
        code_colours().ready.connect(self.viewport().update)
        formulas().ready.connect(self._show_formulas)

    # what the page asks for

    def grow(self, message_id: str) -> None:
        """The answer being written has more text; it is shown within a thirtieth of a second."""
        self._grown_id = message_id
        if not self._repaint.isActive():
            self._repaint.start()

    def go_to_end(self) -> None:
        """The last message is in sight and stays so while it grows."""
        self._follows = True
        self._settle()
        self.end_left.emit(False)

    def go_to_message(self, message_id: str, y: float = 0.0) -> bool:
        """The message is in sight, its point `y` px from its top in the upper third of the view.

        Returns:
            Whether the message is in the list.
        """
        row = self._messages.row_of(message_id)
        if row < 0:
            return False
        self._follows = False
        self._measure(row)
        bar = self.verticalScrollBar()
        # Rows that come into sight above it are measured as they do, and push it on.
        for _ in range(4):
            self.updateGeometries()
            value = round(self.heights.top(row) + y - self.viewport().height() / 3)
            value = max(0, min(value, bar.maximum()))
            if value == bar.value():
                break
            bar.setValue(value)
        self._settle()
        return True

    def is_at_end(self) -> bool:
        """Whether the reader follows the end."""
        return self._follows

    def stay(self) -> None:
        """What is in sight stays where it is, whatever is written below."""
        if self._follows and self.verticalScrollBar().maximum() > 0:
            self._follows = False
            self.end_left.emit(True)

    def place(self) -> tuple[str, int]:
        """What is in sight: the topmost message and how far its top is above the view's.

        Returns:
            An empty identifier at the end, which a reader who was there is taken back to.
        """
        if self._follows or not len(self.heights):
            return "", 0
        value = self.verticalScrollBar().value()
        row = self.heights.row_at(value)
        message_id = str(self._messages.index(row, 0).data(MessageRole.ID))
        return message_id, round(value - self.heights.top(row))

    def go_to_place(self, message_id: str, offset_px: int) -> bool:
        """What `place` told is in sight again; False if the message is not in the list."""
        row = self._messages.row_of(message_id)
        if row < 0:
            return False
        self.stay()
        self._measure(row)
        self.updateGeometries()
        self.verticalScrollBar().setValue(round(self.heights.top(row)) + offset_px)
        return True

    def seat(self, guest: QWidget | None, message_id: str = "") -> None:
        """The guest stands in the message's place, as high as it wishes; None for none.

        The height is asked for again by `remeasure`.
        """
        former, self._guest_id = self._guest_id, message_id
        self._guest = guest
        if guest is not None:
            guest.setParent(self.viewport())
        for id_ in {former, message_id}:
            self.remeasure(self._messages.row_of(id_))
        self._place_guest()
        if guest is not None:
            guest.show()

    def remeasure(self, row: int) -> None:
        """The row is laid out again; what is above it stays where it is."""
        if 0 <= row < len(self.heights):
            self.heights.doubt_row(row)
            self._settle()

    # placing

    def _show_growth(self) -> None:
        self.remeasure(self._messages.row_of(self._grown_id))

    def _show_formulas(self) -> None:
        if self.delegate.take_formulas():
            self.heights.doubt()
            self._settle()

    def _go_on(self) -> None:
        """Long messages are laid out step by step, between what else there is to do."""
        if self.delegate.advance():
            self.heights.doubt()
            self._settle()
        elif self._prepare():
            self._advance.start(0)

    def _prepare(self) -> bool:
        """One message just out of sight is laid out before it is scrolled to; False if all are."""
        if not len(self.heights):
            return False
        top = self.verticalScrollBar().value()
        first = self.heights.row_at(top)
        last = self.heights.row_at(top + self.viewport().height())
        for away in range(1, _PREPARED_ROWS + 1):
            for row in (first - away, last + away):
                index = self._messages.index(row, 0)
                if index.isValid() and not self.delegate.has_layout(index):
                    self.delegate.height_of(index, self.layout_width())
                    return True
        return False

    def _restyle(self) -> None:
        self.heights.doubt()
        self._settle()

    def _settle(self) -> None:
        """Rows in sight are measured and the scroll bar tells the truth."""
        if self._is_settling:
            return
        self._is_settling = True
        bar = self.verticalScrollBar()
        value: float = bar.value()
        if self._follows:
            self._measure_up_from_end()
            value = self._limit()
        else:
            value = self._measure_down_from(value)
        self.updateGeometries()
        bar.setValue(round(value))
        self._is_settling = False
        self._place_guest()
        self.viewport().update()
        self._advance.start(0)

    def _place_guest(self) -> None:
        if self._guest is None:
            return
        row = self._messages.row_of(self._guest_id)
        if row < 0:
            self._guest.hide()
            return
        rect = self.visualRect(self._messages.index(row, 0))
        left, width = self.delegate.column(self.layout_width())
        room = QRect(round(left), rect.top() + _GUEST_PX, round(width), rect.height() - _GUEST_PX)
        if self._guest.geometry() != room:
            self._guest.setGeometry(room)

    def _limit(self) -> int:
        room = self.heights.total() + _FOOT_PX - self.viewport().height()
        return max(0, round(room))

    def _measure(self, row: int) -> float:
        index = self._messages.index(row, 0)
        if self._guest is not None and index.data(MessageRole.ID) == self._guest_id:
            return self.heights.measure(row, self._guest.sizeHint().height() + _GUEST_PX)
        return self.heights.measure(row, round(self.delegate.height_of(index, self.layout_width())))

    def _measure_up_from_end(self) -> None:
        room = float(self.viewport().height())
        for row in range(len(self.heights) - 1, -1, -1):
            if not self.heights.is_measured(row):
                self._measure(row)
            room -= self.heights.height(row)
            if room < 0:
                return

    def _measure_down_from(self, value: float) -> float:
        """Measures the rows in sight; returns where to scroll so that they do not jump."""
        if not len(self.heights):
            return 0.0
        row = self.heights.row_at(value)
        # What is under the reader's eyes is the lower part of the topmost row and all below it.
        if not self.heights.is_measured(row):
            is_cut = self.heights.top(row) < value
            difference = self._measure(row)
            value += difference if is_cut else 0
        end = value + self.viewport().height()
        while row < len(self.heights) and self.heights.top(row) < end:
            if not self.heights.is_measured(row):
                self._measure(row)
            row += 1
        return value

    def _scrolled(self, value: int) -> None:
        if self._is_settling:
            return
        follows = value >= self.verticalScrollBar().maximum() - _NEAR_END_PX
        if follows != self._follows:
            self._follows = follows
            self.end_left.emit(not follows)
        self._settle()

    def _guesses(self, first: int, last: int) -> list[float]:
        messages = self._messages.messages(first, last)
        return self.delegate.guesses(messages, self.layout_width())

    # what Qt tells

    def reset(self) -> None:
        """Another conversation is shown, at its end."""
        super().reset()
        if not hasattr(self, "_messages"):
            return
        self.delegate.forget()
        self.heights.clear()
        self.heights.insert(0, self._guesses(0, self._messages.rowCount() - 1))
        self._follows = True
        self._settle()
        self.end_left.emit(False)

    def rowsInserted(self, parent: AnyIndex, start: int, end: int) -> None:
        """Messages came; the view follows if the reader is at the end."""
        super().rowsInserted(parent, start, end)
        self.heights.insert(start, self._guesses(start, end))
        self._settle()

    def _rows_removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        self.delegate.forget()
        self.heights.remove(first, last)
        self._settle()

    def dataChanged(
        self, top_left: AnyIndex, bottom_right: AnyIndex, roles: Sequence[int] = ()
    ) -> None:
        """The rows are laid out again; no other row is touched."""
        if MessageRole.ID in roles:
            self.delegate.forget()
        for row in range(top_left.row(), min(bottom_right.row() + 1, len(self.heights))):
            self.heights.doubt_row(row)
        self._settle()

    def doItemsLayout(self) -> None:
        """Nothing of QListView's own placing is done."""
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        """The scroll bar spans all rows."""
        QAbstractItemView.updateGeometries(self)
        if not hasattr(self, "heights"):
            return
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(40)
        was_settling, self._is_settling = self._is_settling, True
        bar.setRange(0, self._limit())
        self._is_settling = was_settling

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The text wraps anew; the topmost message in sight stays in sight."""
        del event
        width = self.layout_width()
        if width == self._laid_out_width or not len(self.heights):
            self._settle()
            return
        self._laid_out_width = width
        value = self.verticalScrollBar().value()
        row = self.heights.row_at(value)
        share = (value - self.heights.top(row)) / max(1.0, self.heights.height(row))
        self.heights.doubt()
        if not self._follows:
            self._measure(row)
            self.updateGeometries()
            self._is_settling = True
            place = self.heights.top(row) + share * self.heights.height(row)
            self.verticalScrollBar().setValue(round(place))
            self._is_settling = False
        self._settle()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        """Everything in sight is painted again; it is a few milliseconds' work."""
        self._place_guest()
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The rows in sight are drawn."""
        if not len(self.heights):
            return
        painter = QPainter(self.viewport())
        painter.setClipRect(event.rect())
        offset = self.verticalScrollBar().value()
        row = self.heights.row_at(offset + event.rect().top())
        option = QStyleOptionViewItem()
        current = self.currentIndex().row() if self._shows_focus() else -1
        while row < len(self.heights):
            index = self._messages.index(row, 0)
            option.rect = self.visualRect(index)
            if option.rect.top() > event.rect().bottom():
                break
            focus = QStyle.StateFlag.State_HasFocus
            option.state = focus if row == current else QStyle.StateFlag.State_None
            if self._guest is None or index.data(MessageRole.ID) != self._guest_id:
                self.delegate.paint(painter, option, index)
            row += 1
        painter.end()

    def _shows_focus(self) -> bool:
        return self.is_led_by_keys and self.hasFocus()
