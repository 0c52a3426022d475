"""Paints messages and keeps their layouts, so that each is laid out once for a width."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from engine.contract.messages import Message, Role
from ui.chat.answer_layout import AnswerLayout
from ui.chat.conversation_book import LiveAnswer
from ui.chat.message_layout import MessageLayout, MessageLook, Selection
from ui.chat.message_list_model import MessageRole
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
        )
        layout = self._layouts.get(message.id)
        if layout is None or not self._bring_up_to_date(layout, index, message, look):
            layout = self._make(index, message, look)
            self._layouts[message.id] = layout
            if len(self._layouts) > _KEPT_LAYOUTS:
                self._layouts.popitem(last=False)
        self._layouts.move_to_end(message.id)
        layout.set_width(self.column(width)[1])
        return layout

    def height_of(self, index: AnyIndex, width: int) -> float:
        """Exact height of a row in a view of this width."""
        return self.layout_of(index, width).height

    def estimated_height(self, index: AnyIndex, width: int) -> float:
        """A guess at a row's height that costs no layout."""
        words: str = index.data(MessageRole.TEXT)
        is_user: bool = index.data(MessageRole.IS_USER)
        column = self.column(width)[1]
        style: TextStyle = self._style
        if is_user:
            line, per_line, around = style.words_line_px, column * 0.7 / style.words_px, 50
        else:
            line, per_line, around = style.line_px, column / style.reading_px, 75
        lines = len(words) / (per_line * 2.0) + words.count("\n") * 0.6 + 1
        return around + (min(lines, 20) if is_user else lines) * line

    def turn(self, message_id: str, action: str) -> None:
        """Reasoning folds or unfolds, or long words are shown to their end or cut."""
        chosen = self._unfolded if action == "fold" else self._in_full
        chosen ^= {message_id}

    def forget(self) -> None:
        """Selection and hover are gone, as another conversation is shown."""
        self.selection = None
        self.hovered_row = -1

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
            painter.drawRoundedRect(QRectF(-12, 5, column + 24, layout.height - 6), 10, 10)
        is_active = has_focus or index.row() == self.hovered_row
        layout.paint(painter, clip, is_active=is_active, selection=selection)
        painter.restore()

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
                layout.grow(live)
                return True
            return False
        if layout.live is not None:
            layout.finish(message, look)
            return True
        return layout.message is message
