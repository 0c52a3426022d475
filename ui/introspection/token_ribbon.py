"""The answer as a ribbon of tokens: wrapped, tinted, marked, and walked through by keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from ui.introspection import stream_words as words
from ui.introspection.measured import Measured
from ui.introspection.ribbon_lines import RibbonLines
from ui.introspection.ribbon_painter import RibbonPainter
from ui.introspection.token_text import Joiner, Piece
from ui.theme import Theme
from ui.widgets.announcing import announce

_SIDE_PX = 8
_TOP_PX = 6
_LEAST_PX = 108


class TokenRibbon(QAbstractScrollArea):
    """Paints only the lines in sight, so that a long answer costs no more than a short one.

    Attributes:
        opened: The user wants to see what else could have stood at the picked token.
        unfinished: More lines are to be broken; `show_measured` goes on with them.
        drawn_lines: How many lines were drawn by the last painting.
    """

    opened = Signal()
    unfinished = Signal()

    def __init__(
        self, theme: Theme, written: Callable[[], str], parent: QWidget | None = None
    ) -> None:
        """Nothing is shown yet.

        Args:
            theme: Colours and fonts.
            written: Gives the text of the answer that is shown.
            parent: Where it lies.
        """
        super().__init__(parent)
        self.setObjectName("TokenRibbon")
        self.setAccessibleName(words.RIBBON)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self._theme = theme
        self._written = written
        self._measured = Measured()
        self._revision = -1
        self._joiner = Joiner(written)
        self._lines = RibbonLines()
        self._painter = RibbonPainter(theme, self._lines)
        self._follows = True
        self._followed: int | None = None
        self.drawn_lines = 0
        theme.changed.connect(self._restyle)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._restyle()

    @property
    def pieces(self) -> list[Piece]:
        """What is drawn, each of one or more tokens."""
        return self._joiner.pieces

    def sizeHint(self) -> QSize:
        """A few lines; it takes what room there is."""
        return QSize(200, self.minimumHeight())

    # what the view tells

    def show_measured(self, measured: Measured, tint: str) -> bool:
        """What is known is on screen; whether more of a long answer is still to be laid out."""
        pieces = self._joiner.pieces
        # Seeking in a replay takes tokens away.
        has_fewer = bool(pieces) and pieces[-1].last >= len(measured.tokens)
        is_same = measured is self._measured and measured.revision == self._revision
        if has_fewer or not is_same:
            self._measured, self._revision = measured, measured.revision
            self._joiner = Joiner(self._written)
            self._lines.clear()
            self._painter.forget()
            self._follows = True
        changed = self._joiner.extend(measured.tokens)
        pieces = self._joiner.pieces
        if changed < len(pieces) or len(self._lines.starts) > len(pieces):
            self._lines.replace_from(changed, [piece.text for piece in pieces[changed:]])
        has_more = self._lines.advance()
        self._painter.look_at(measured, tint, pieces)
        self._fit()
        self._follow_picked()
        self.viewport().update()
        return has_more

    def piece_of(self, place: int) -> int:
        """The piece that the token at this place is drawn in; -1 if it is not."""
        low, high = 0, len(self._joiner.pieces) - 1
        while low <= high:
            middle = (low + high) // 2
            piece = self._joiner.pieces[middle]
            if place < piece.first:
                high = middle - 1
            elif place > piece.last:
                low = middle + 1
            else:
                return middle
        return -1

    def text_of(self, place: int) -> str:
        """What is drawn for the token at this place."""
        piece = self.piece_of(place)
        return self._joiner.pieces[piece].text if piece >= 0 else ""

    def rect_of(self, place: int) -> QRectF:
        """Where the token at this place is drawn, in the viewport; empty if it is not."""
        piece = self.piece_of(place)
        if piece < 0 or piece >= len(self._lines.starts) or not len(self._lines):
            return QRectF()
        index = self._lines.line_of(piece)
        rect = self._painter.rect_in_line(index, piece)
        return rect.translated(_SIDE_PX, self._top_of(index))

    # pointing

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The token under the pointer is looked at."""
        place = self._place_at(event.position().toPoint())
        self._measured.hover(place)
        said = words.marks(self._measured.tokens[place]) if place is not None else ""
        if said:
            QToolTip.showText(event.globalPosition().toPoint(), said, self)
        else:
            QToolTip.hideText()

    def leaveEvent(self, event: object) -> None:
        """The end is followed again, unless a token is pinned."""
        del event
        self._measured.hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The token is pinned; a second click lets it go."""
        place = self._place_at(event.position().toPoint())
        is_same = self._measured.is_pinned and place == self._measured.picked
        self._measured.pick(None if is_same else place, is_pinned=not is_same)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows walk, Return opens, Esc lets go."""
        key = event.key()
        if key == Qt.Key.Key_Escape and self._measured.is_pinned:
            self._measured.pick(None)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._measured.tokens:
            self._measured.pick(self._measured.looked_at_place(), is_pinned=True)
            self.opened.emit()
        elif not self._walk(Qt.Key(key)):
            event.ignore()

    def _walk(self, key: Qt.Key) -> bool:
        if not self._measured.tokens:
            return False
        at = self._measured.looked_at_place()
        piece = max(0, self.piece_of(at))
        pieces = self._joiner.pieces
        to: int | None
        match key:
            case Qt.Key.Key_Left:
                to = piece if self._measured.picked is None else piece - 1
            case Qt.Key.Key_Right:
                to = piece + 1
            case Qt.Key.Key_Home:
                to = 0
            case Qt.Key.Key_End:
                to = len(pieces) - 1
            case Qt.Key.Key_Up:
                to = self._beside(piece, -1)
            case Qt.Key.Key_Down:
                to = self._beside(piece, 1)
            case _:
                return False
        to = max(0, min(to, len(pieces) - 1))
        self._measured.pick(pieces[to].first, is_pinned=True)
        self._bring_into_sight(to)
        announce(self, self.say_picked())
        return True

    def say_picked(self) -> str:
        """What a screen reader says of the token that is looked at."""
        token = self._measured.looked_at()
        if token is None:
            return ""
        layers = self._measured.opening.layers if self._measured.opening else 0
        text = self.text_of(self._measured.looked_at_place())
        return words.spoken(token, text, len(self._measured.tokens), layers)

    def _beside(self, piece: int, step: int) -> int:
        """The piece above or below."""
        index = self._lines.line_of(piece)
        to = max(0, min(index + step, len(self._lines) - 1))
        if to == index:
            return piece
        middle = self._painter.rect_in_line(index, piece).center().x()
        return self._painter.piece_at(to, middle)

    def _place_at(self, point: QPoint) -> int | None:
        y = point.y() + self.verticalScrollBar().value() - _TOP_PX
        index = int(y // self._line_px)
        if not 0 <= index < len(self._lines):
            return None
        piece = self._painter.piece_at(index, point.x() - _SIDE_PX, is_exact=True)
        return self._joiner.pieces[piece].first if piece >= 0 else None

    # drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lines in sight."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        offset = self.verticalScrollBar().value() - _TOP_PX
        first = max(0, int((event.rect().top() + offset) // self._line_px))
        last = min(len(self._lines) - 1, int((event.rect().bottom() + offset) // self._line_px))
        self.drawn_lines = max(0, last - first + 1)
        for index in range(first, last + 1):
            painter.save()
            painter.translate(_SIDE_PX, self._top_of(index))
            self._painter.paint_line(painter, index)
            painter.restore()
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The lines are broken to the new width."""
        super().resizeEvent(event)
        self._relayout()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What is looked at is said."""
        super().focusInEvent(event)
        self.setAccessibleDescription(self.say_picked() or words.RIBBON_HELP)

    def _restyle(self) -> None:
        self._line_px = float(self._theme.px(self._theme.reading_px * 1.65))
        self.setMinimumHeight(self._theme.px(_LEAST_PX))
        self._painter.restyle(self._line_px)
        self._relayout()

    def _relayout(self) -> None:
        width = self.viewport().width() - 2 * _SIDE_PX
        self._lines.set_look(self._theme.reading_font(), width)
        self._painter.forget()
        if self._lines.advance():
            self.unfinished.emit()
        self._fit()
        self.viewport().update()

    def _fit(self) -> None:
        bar = self.verticalScrollBar()
        total = round(len(self._lines) * self._line_px) + 2 * _TOP_PX
        was_following = self._follows
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(round(self._line_px))
        bar.setRange(0, max(0, total - self.viewport().height()))
        if was_following and self._measured.picked is None:
            bar.setValue(bar.maximum())
            self._follows = True

    def _scrolled(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - 4
        self.viewport().update()

    def _follow_picked(self) -> None:
        """A token that was picked elsewhere, such as in the line above, comes into sight."""
        picked = self._measured.picked
        if picked == self._followed:
            return
        self._followed = picked
        piece = self.piece_of(picked) if picked is not None else -1
        if piece >= 0 and not self.viewport().underMouse() and len(self._lines):
            self._bring_into_sight(piece)

    def _bring_into_sight(self, piece: int) -> None:
        bar = self.verticalScrollBar()
        top = round(self._lines.line_of(piece) * self._line_px)
        if top < bar.value():
            bar.setValue(top)
        elif top + self._line_px + 2 * _TOP_PX > bar.value() + self.viewport().height():
            bar.setValue(round(top + self._line_px + 2 * _TOP_PX - self.viewport().height()))

    def _top_of(self, index: int) -> float:
        return index * self._line_px + _TOP_PX - self.verticalScrollBar().value()
