"""Paints messages and keeps their layouts, so that each is laid out once for a width."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.contract.messages import Message, Role
from ui.chat.answer_layout import AnswerLayout
from ui.chat.conversation_entry import LiveAnswer
from ui.chat.held_selection import counted, found_again
from ui.chat.message_layout import MessageLayout, MessageLook, Selection
from ui.chat.message_list_model import MessageRole
from ui.chat.message_parts import Spot
from ui.chat.text_style import TextStyle, text_style
from ui.chat.user_layout import UserLayout
from ui.theme import READING_WIDTH, Theme

AnyIndex = QModelIndex | QPersistentModelIndex
# About 30 screens of messages; a layout takes 10 to 100 kB.
_KEPT_LAYOUTS = 200
_SIDE = 24  # px between the column and the window's edge, at least


class MessageDelegate(QStyledItemDelegate):
    """Turns rows into pictures.

    Attributes:
        selection: The row whose text is selected, and what of it; None if nothing is.
        hovered_row: The row under the pointer; -1 if none.
        pointed: What of it is under the pointer.
        ringed: The message that the keyboard is in, and the action it has reached there.
        marker: Puts the marks of a search on a message's layout before it is painted.
        doubter: Tints what a model was unsure of, likewise; None while doubt is not shown.
    """

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._style = text_style(theme)
        self._layouts: OrderedDict[str, MessageLayout] = OrderedDict()
        self._unfolded: set[str] = set()
        self._in_full: set[str] = set()
        self.selection: tuple[int, Selection] | None = None
        self.hovered_row = -1
        self.marker: Callable[[str, MessageLayout], None] | None = None
        self.doubter: Callable[[str, AnswerLayout], None] | None = None
        self.pointed: Spot | None = None
        self.ringed: tuple[str, str] = ("", "")

    def column(self, width: int) -> tuple[float, float]:
        """Left edge and width of the reading column in a view of this width."""
        reading = self._theme.px(READING_WIDTH * max(1.0, self._theme.reading_px / 15))
        column = min(float(reading), width - 2.0 * _SIDE)
        return (width - column) / 2, column

    def layout_of(self, index: AnyIndex, width: int) -> MessageLayout:
        """The layout of a row in a view of this width, made now if it is not there."""
        if self._style.revision != self._theme.revision:
            self._style = text_style(self._theme)
            self._layouts.clear()
        message: Message = index.data(MessageRole.MESSAGE)
        look = MessageLook(
            notice=index.data(MessageRole.NOTICE),
            is_unfolded=message.id in self._unfolded,
            is_in_full=message.id in self._in_full,
            is_first_seen=index.data(MessageRole.IS_FIRST_SEEN),
        )
        layout = self._layouts.get(message.id)
        if layout is None or not self._bring_up_to_date(layout, index, message, look):
            layout = self._make(index, message, look)
            self._layouts[message.id] = layout
            if len(self._layouts) > _KEPT_LAYOUTS:
                self._layouts.popitem(last=False)
        self._layouts.move_to_end(message.id)
        layout.offers = index.data(MessageRole.OFFERS)
        layout.set_width(self.column(width)[1])
        return layout

    def has_layout(self, index: AnyIndex) -> bool:
        """Whether the row is laid out already, so that drawing it takes but a moment."""
        message: Message = index.data(MessageRole.MESSAGE)
        return message.id in self._layouts

    def height_of(self, index: AnyIndex, width: int) -> float:
        """Exact height of a row in a view of this width."""
        return self.layout_of(index, width).height

    def guesses(self, messages: Sequence[Message], width: int) -> list[float]:
        """The heights of rows, as far as they can be told without a layout."""
        column = self.column(width)[1]
        return [self._guess(message, column) for message in messages]

    def _guess(self, message: Message, column: float) -> float:
        words, is_user = message.text, message.role is Role.USER
        style: TextStyle = self._style
        if is_user:
            line, per_line, around = style.words_line_px, column * 0.7 / style.words_px, 50
        else:
            line, per_line, around = style.line_px, column / style.reading_px, 75
        lines = len(words) / (per_line * 2.0) + words.count("\n") * 0.6 + 1
        return around + (min(lines, 20) if is_user else lines) * line

    def advance(self) -> bool:
        """One more step of a long message is laid out; False if none was left."""
        return any(layout.advance() for layout in reversed(self._layouts.values()))

    def take_formulas(self) -> bool:
        """Formulas that are drawn by now are shown; whether there were any."""
        return any([layout.take_formulas() for layout in self._layouts.values()])

    def turn(self, message_id: str, action: str) -> None:
        """Reasoning folds or unfolds, or long words are shown to their end or cut."""
        chosen = self._unfolded if action == "fold" else self._in_full
        chosen ^= {message_id}

    def unmark(self) -> None:
        """No layout carries marks of a search any more."""
        self.marker = None
        for layout in self._layouts.values():
            layout.found_key = None
            for _, part in layout.placed:
                part.found = []

    def show_no_doubt(self) -> None:
        """No layout is tinted any more."""
        self.doubter = None
        for layout in self._layouts.values():
            for _, part in layout.placed:
                part.doubt([])

    def forget(self) -> None:
        """Selection and hover are gone, as another conversation is shown."""
        self.selection = None
        self.hovered_row = -1
        self.pointed = None
        self.ringed = ("", "")

    def forget_words(self) -> None:
        """No layout holds a message's words any more."""
        self.forget()
        self._layouts.clear()
        self._unfolded.clear()
        self._in_full.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Width of the view and height of the message."""
        width = option.rect.width()
        return QSize(width, round(self.height_of(index, width)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """The message is drawn into the row."""
        layout = self.layout_of(index, option.rect.width())
        if self.marker is not None:
            self.marker(index.data(MessageRole.ID), layout)
        if self.doubter is not None and isinstance(layout, AnswerLayout):
            self.doubter(index.data(MessageRole.ID), layout)
        left, column = self.column(option.rect.width())
        origin = QPointF(option.rect.left() + left, option.rect.top())
        has_focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
        selection = None
        if self.selection is not None and self.selection[0] == index.row():
            selection = self.selection[1]
        painter.save()
        painter.translate(origin)
        clip = painter.clipBoundingRect() if painter.hasClipping() else QRectF()
        if clip.isEmpty():
            clip = QRectF(0, 0, column, layout.height)
        if has_focus:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._style.colors.accent, 2))
            top = layout.lead + layout.RING_TOP
            ring = QRectF(-12, top, column + 24, layout.height + 2 - top)
            painter.drawRoundedRect(ring, 10, 10)
        is_hovered = index.row() == self.hovered_row
        is_active = has_focus or is_hovered
        layout.pointed = self.pointed if is_hovered else None
        layout.ringed = self._ringed_spot(layout) if has_focus else None
        layout.paint(painter, clip, is_active=is_active, selection=selection)
        painter.restore()

    def _ringed_spot(self, layout: MessageLayout) -> Spot | None:
        message_id, key = self.ringed
        if message_id != layout.message.id:
            return None
        return next((spot for spot in layout.spots() if spot.key() == key), None)

    def _make(self, index: AnyIndex, message: Message, look: MessageLook) -> MessageLayout:
        if message.role is Role.USER:
            return UserLayout(message, self._style, look)
        return AnswerLayout(message, self._style, look, index.data(MessageRole.LIVE))

    def _bring_up_to_date(
        self, layout: MessageLayout, index: AnyIndex, message: Message, look: MessageLook
    ) -> bool:
        """Whether the layout could be kept, grown or finished; else it must be made anew."""
        if not isinstance(layout, AnswerLayout):
            return layout.message is message and layout.look == look
        live: LiveAnswer | None = index.data(MessageRole.LIVE)
        if look != replace(layout.look, notice=look.notice):
            return False
        if layout.look != look:
            layout.look = look
        if live is not None:
            if layout.live is live:
                self._holding(layout, index.row(), lambda: layout.grow(live))
                return True
            return False
        if layout.live is not None:
            self._holding(layout, index.row(), lambda: layout.finish(message, look))
            return True
        return layout.message is message

    def _holding(self, layout: MessageLayout, row: int, change: Callable[[], None]) -> None:
        """The layout is changed, and what is selected in it stays selected."""
        if self.selection is None or self.selection[0] != row:
            change()
            return
        ends = counted(layout, self.selection[1])
        change()
        again = found_again(layout, ends)
        self.selection = (row, again) if again is not None else None
