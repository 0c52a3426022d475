"""Pointer and keys over the messages: selecting text, copying, folding, following links."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QPointF,
    QRect,
    Qt,
    QTextBoundaryFinder,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QMenu, QToolTip

from ui import text
from ui.chat.message_layout import MessageLayout, Selection, TextPlace
from ui.chat.message_list_model import MessageRole
from ui.chat.message_offers import NAMES, MessageOffers
from ui.chat.message_parts import Spot
from ui.chat.message_view import MessageView
from ui.widgets.announcing import announce

_NO_KEYS = Qt.KeyboardModifier.NoModifier
_OWN = ("copy", "copy_code", "fold", "show_all")  # done here; the rest is asked of the page


class MessageReader(QObject):
    """Lets a reader use the messages a MessageView shows.

    Attributes:
        acted: message identifier, action, where its sign is on the screen.
        copied: Emitted after something went to the clipboard.
        link_clicked: Where the link leads.
        file_wanted: message identifier and which of its files is to be shown.
        fill_again: Puts the ways to answer again into a menu; None leaves one plain line.
    """

    acted = Signal(str, str, QRect)
    copied = Signal()
    link_clicked = Signal(str)
    file_wanted = Signal(str, int)

    def __init__(self, view: MessageView) -> None:
        super().__init__(view)
        self._view = view
        self._press: tuple[int, TextPlace] | None = None
        self._press_point = QPoint()
        self.fill_again: Callable[[QMenu, str], object] | None = None
        kind = QEvent.Type
        self._pointer_acts: dict[QEvent.Type, Callable[[QMouseEvent], bool]] = {
            kind.MouseButtonPress: self._pressed,
            kind.MouseMove: self._moved,
            kind.MouseButtonRelease: self._released,
            kind.MouseButtonDblClick: self._select_word,
        }
        view.viewport().installEventFilter(self)
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whether the event is dealt with here and goes no further."""
        kind = event.type()
        if watched is self._view:
            return self._view_event(event)
        if isinstance(event, QMouseEvent):
            act = self._pointer_acts.get(kind)
            return act(event) if act is not None else False
        if kind == QEvent.Type.Leave:
            self._hover(-1)
        elif isinstance(event, QHelpEvent):
            return self._tell(event)
        elif isinstance(event, QContextMenuEvent):
            return self._open_menu(event)
        return False

    def _view_event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                self._view.is_led_by_keys = True
                self._view.viewport().update()
                return self._key(event)
            return event.type() == QEvent.Type.ShortcutOverride and self._claims(event)
        if isinstance(event, QFocusEvent) and event.gotFocus():
            self._view.is_led_by_keys = event.reason() != Qt.FocusReason.MouseFocusReason
            if not self._view.currentIndex().isValid():
                last = self._view.model().rowCount() - 1
                self._view.setCurrentIndex(self._view.model().index(last, 0))
        return False

    # finding out what is where

    def _at(self, point: QPoint) -> tuple[QModelIndex, MessageLayout, QPointF] | None:
        index = self._view.indexAt(point)
        if not index.isValid():
            return None
        return index, self._layout(index), self._local(index, point)

    def _layout(self, index: QModelIndex) -> MessageLayout:
        return self._view.delegate.layout_of(index, self._view.layout_width())

    def _local(self, index: QModelIndex, point: QPoint) -> QPointF:
        left, _ = self._view.delegate.column(self._view.layout_width())
        rect = self._view.visualRect(index)
        return QPointF(point.x() - left, point.y() - rect.top())

    # the pointer

    def _pressed(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        self._view.is_led_by_keys = False
        self._view.setFocus(Qt.FocusReason.MouseFocusReason)
        self._press = None
        self._press_point = event.position().toPoint()
        self._select(None)
        found = self._at(self._press_point)
        if found is not None:
            index, layout, point = found
            self._view.setCurrentIndex(index)
            place = layout.place_at(point)
            if layout.spot_at(point) is None and place is not None:
                self._press = (index.row(), place)
        return True

    def _moved(self, event: QMouseEvent) -> bool:
        point = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(point)
            return True
        found = self._at(point)
        self._hover(found[0].row() if found else -1)
        shape = Qt.CursorShape.ArrowCursor
        spot = found[1].spot_at(found[2]) if found is not None else None
        self._point(spot)
        if found is not None:
            _, layout, local = found
            if spot is not None or layout.link_at(local):
                shape = Qt.CursorShape.PointingHandCursor
            elif layout.is_over_text(local):
                shape = Qt.CursorShape.IBeamCursor
        self._view.viewport().setCursor(shape)
        return True

    def _drag(self, point: QPoint) -> None:
        if self._press is None:
            return
        row, start = self._press
        self._view.stay()  # text that runs away from under the pointer cannot be selected
        held = self._view.delegate.selection
        if held is not None and held[0] == row:
            start = held[1][0]  # it moves with its words while they are still written
        index = self._view.model().index(row, 0)
        end = self._layout(index).place_at(self._local(index, point))
        if end is not None:
            self._select((row, (start, end)) if end != start else None)

    def _released(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        point = event.position().toPoint()
        is_click = (point - self._press_point).manhattanLength() < 4
        found = self._at(point)
        if is_click and found is not None and self._view.delegate.selection is None:
            index, layout, local = found
            spot = layout.spot_at(local)
            link = layout.link_at(local)
            if spot is not None:
                self.act(index, spot)
            elif link:
                self.link_clicked.emit(link)
        self._press = None
        return True

    def _select_word(self, event: QMouseEvent) -> bool:
        found = self._at(event.position().toPoint())
        if found is None:
            return False
        index, layout, local = found
        place = layout.place_at(local)
        if place is None or not layout.is_over_text(local):
            return False
        part = layout.placed[place.part][1]
        words = QTextBoundaryFinder(
            QTextBoundaryFinder.BoundaryType.Word, part.document.toPlainText()
        )
        words.setPosition(place.position)
        start = words.position() if words.isAtBoundary() else words.toPreviousBoundary()
        words.setPosition(place.position)
        end = words.toNextBoundary()
        self._select((index.row(), (TextPlace(place.part, start), TextPlace(place.part, end))))
        return True

    def _hover(self, row: int) -> None:
        delegate = self._view.delegate
        if row != delegate.hovered_row:
            delegate.hovered_row = row
            self._view.viewport().update()

    def _point(self, spot: Spot | None) -> None:
        if spot != self._view.delegate.pointed:
            self._view.delegate.pointed = spot
            self._view.viewport().update()

    def _select(self, selection: tuple[int, Selection] | None) -> None:
        if selection != self._view.delegate.selection:
            self._view.delegate.selection = selection
            self._view.viewport().update()

    def _tell(self, event: QHelpEvent) -> bool:
        found = self._at(event.pos())
        words = ""
        if found is not None:
            index, layout, point = found
            spot = layout.spot_at(point)
            stats = index.data(MessageRole.STATS)
            words = spot.name if spot else layout.link_at(point)
            if not words and stats is not None and point.y() > layout.height - 28:
                words = text.meta_help(stats)
        QToolTip.showText(event.globalPos(), words, self._view)
        return True

    # keys

    def _claims(self, event: QKeyEvent) -> bool:
        if event.matches(QKeySequence.StandardKey.Copy) or event.matches(
            QKeySequence.StandardKey.SelectAll
        ):
            event.accept()
            return True
        return False

    def _key(self, event: QKeyEvent) -> bool:
        index = self._view.currentIndex()
        if not index.isValid():
            return False
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy(index)
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all(index)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            spot = self._ringed(index) or self._turn(index)
            if spot is not None:
                self.act(index, spot)
        else:
            return self._action_key(index, event)
        return True

    def _action_key(self, index: QModelIndex, event: QKeyEvent) -> bool:
        """Keys that walk over the actions of a message, or do one."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._ring_next(index, 1 if event.key() == Qt.Key.Key_Right else -1)
        elif event.key() == Qt.Key.Key_Escape and self._ringed(index) is not None:
            self._ring(index, None)
        elif event.key() == Qt.Key.Key_Delete and event.modifiers() == _NO_KEYS:
            self._ask_for(index, "delete", QRect())
        else:
            return False
        return True

    def _turn(self, index: QModelIndex) -> Spot | None:
        """What folds or unfolds the message, if anything does."""
        spots = self._layout(index).spots()
        return next((spot for spot in spots if spot.action in ("fold", "show_all")), None)

    def _ringed(self, index: QModelIndex) -> Spot | None:
        message_id, key = self._view.delegate.ringed
        if message_id != index.data(MessageRole.ID):
            return None
        return next((spot for spot in self._layout(index).spots() if spot.key() == key), None)

    def _ring_next(self, index: QModelIndex, step: int) -> None:
        """The next thing that can be done with the message is ringed and said."""
        spots = self._layout(index).spots()
        ringed = self._ringed(index)
        keys = [spot.key() for spot in spots]
        if ringed is None:
            place = 0 if step > 0 else len(spots) - 1
        else:
            place = (keys.index(ringed.key()) + step) % len(spots)
        self._ring(index, spots[place] if spots else None)

    def _ring(self, index: QModelIndex, spot: Spot | None) -> None:
        message_id = index.data(MessageRole.ID) if spot is not None else ""
        self._view.delegate.ringed = (message_id, spot.key() if spot is not None else "")
        self._view.viewport().update()
        if spot is not None:
            announce(self._view, spot.name)

    # actions

    def act(self, index: QModelIndex, spot: Spot) -> None:
        """What the spot offers is done."""
        if spot.action == "copy":
            self._put(index.data(MessageRole.TEXT))
        elif spot.action == "copy_code":
            self._put(self._layout(index).codes()[spot.argument])
        elif spot.action == "file":
            self.file_wanted.emit(index.data(MessageRole.ID), spot.argument)
        elif spot.action not in ("fold", "show_all"):
            left, _ = self._view.delegate.column(self._view.layout_width())
            place = spot.rect.toRect().translated(round(left), self._view.visualRect(index).top())
            corner = self._view.viewport().mapToGlobal(place.topLeft())
            self._ask_for(index, spot.action, QRect(corner, place.size()))
        else:
            self._view.delegate.turn(index.data(MessageRole.ID), spot.action)
            self._view.remeasure(index.row())

    def _ask_for(self, index: QModelIndex, action: str, place: QRect) -> None:
        offers: MessageOffers = index.data(MessageRole.OFFERS)
        if action in offers.listed() or action == "more":
            self.acted.emit(index.data(MessageRole.ID), action, place)

    def copy(self, index: QModelIndex) -> None:
        """The selected text, or else the whole message, is on the clipboard."""
        selection = self._view.delegate.selection
        if selection is not None:
            chosen = self._view.model().index(selection[0], 0)
            self._put(self._layout(chosen).selected_text(selection[1]))
        elif index.isValid():
            self._put(index.data(MessageRole.TEXT))

    def selected_text(self) -> str:
        """The text that is selected; empty if none is."""
        selection = self._view.delegate.selection
        if selection is None:
            return ""
        chosen = self._view.model().index(selection[0], 0)
        return self._layout(chosen).selected_text(selection[1]) if chosen.isValid() else ""

    def select_all(self, index: QModelIndex) -> None:
        """All text of the message is selected."""
        whole = self._layout(index).whole()
        if whole is not None:
            self._select((index.row(), whole))

    def _put(self, words: str) -> None:
        QGuiApplication.clipboard().setText(words)
        self.copied.emit()

    def _open_menu(self, event: QContextMenuEvent) -> bool:
        is_by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self._view.currentIndex() if is_by_key else self._view.indexAt(event.pos())
        if not index.isValid():
            return False
        menu = self.menu(index, event.pos())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        place = self._view.visualRect(index).center() if is_by_key else event.pos()
        menu.popup(self._view.viewport().mapToGlobal(place))
        return True

    def menu(self, index: QModelIndex, point: QPoint) -> QMenu:
        """Everything that can be done with a message, by words."""
        menu = QMenu(self._view)
        layout = self._layout(index)
        link = layout.link_at(self._local(index, point))
        if self._view.delegate.selection is not None:
            menu.addAction(text.COPY_SELECTION, lambda: self.copy(index))
        if link:
            menu.addAction(text.COPY_LINK, lambda: self._put(link))
        for spot in layout.spots():
            if spot.action in _OWN:
                menu.addAction(spot.name, partial(self.act, index, spot))
        menu.addAction(text.SELECT_ALL, lambda: self.select_all(index))
        self._list_actions(menu, index)
        return menu

    def _list_actions(self, menu: QMenu, index: QModelIndex) -> None:
        """Under a line, all that the conversation lets one do with the message."""
        offers: MessageOffers = index.data(MessageRole.OFFERS)
        if offers.listed():
            menu.addSeparator()
        for action in offers.listed():
            if action == "regenerate" and self.fill_again is not None:
                self.fill_again(menu, index.data(MessageRole.ID))
            elif action:
                menu.addAction(NAMES[action], partial(self._ask_for, index, action, QRect()))
            else:
                menu.addSeparator()
