"""A pane beside the page, or over it where there is no room: the sidebar, and its mirror."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPoint, QPropertyAnimation, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from ui.theme import PANEL_MS, Theme
from ui.widgets.labels import set_style_property

_EDGE_PX = 40  # of the page that an overlay leaves in sight, to click on


@dataclass(frozen=True, slots=True)
class Shape:
    """Where a pane stands and how wide it may be, in px.

    Attributes:
        is_right: Whether it stands at the right of the page.
        narrow: In a window narrower than this, or more with larger text, it lies over the page.
        usual: Its width before the user gives it another.
        least: Its smallest width.
        most: Its largest.
        is_open: Whether it is there before the user has chosen.
    """

    is_right: bool
    narrow: int
    usual: int
    least: int
    most: int
    is_open: bool = True


SIDEBAR = Shape(is_right=False, narrow=720, usual=248, least=200, most=380)
PANEL = Shape(is_right=True, narrow=1000, usual=396, least=340, most=680, is_open=False)


class _Scrim(QWidget):
    """Dims the page under the pane; a click on it is a click elsewhere."""

    clicked = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(0, 0, 0, 70))
        painter.end()


class SideBySide(QWidget):
    """Keeps the user's choice for wide windows and folds the pane in narrow ones.

    Attributes:
        changed: The pane was shown or hidden.
    """

    changed = Signal()

    def __init__(self, pane: QWidget, page: QWidget, theme: Theme, shape: Shape = SIDEBAR) -> None:
        super().__init__()
        self._pane = pane
        self._theme = theme
        self._shape = shape
        self._is_wanted = shape.is_open
        self._is_narrow = False
        self._window_width = 0
        self._is_out = False
        self._width = self._grown(shape.usual)
        self._grown_for = self._width
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(page)
        self.splitter.insertWidget(self._place_in_row(), pane)
        self.splitter.setStretchFactor(self.splitter.indexOf(page), 1)
        self.splitter.splitterMoved.connect(self._moved)
        pane.setVisible(self._is_wanted)
        self._limit()
        theme.changed.connect(self._follow_text_size)
        page.setMinimumWidth(320)
        self._scrim = _Scrim(self)
        self._scrim.hide()
        self._scrim.clicked.connect(self.fold_overlay)
        self._slide = QPropertyAnimation(pane, b"pos", self)
        self._slide.setDuration(PANEL_MS)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        pane.installEventFilter(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.splitter)

    def usual_width(self) -> int:
        """Width of the pane before the user gives it another."""
        return self._grown(self._shape.usual)

    def pane_width(self) -> int:
        """Width the pane has, or will have when it is shown."""
        return self._width

    def set_pane_width(self, width: int) -> None:
        """The pane is this wide, within its limits."""
        least, most = self._grown(self._shape.least), self._grown(self._shape.most)
        self._width = max(least, min(width, most))
        self._share_room()

    def is_open(self) -> bool:
        """Whether the user wants the pane in a wide window."""
        return self._is_wanted

    def is_shown(self) -> bool:
        """Whether the pane is on screen now, beside the page or over it."""
        return not self._is_out and not self._pane.isHidden()

    def is_overlay(self) -> bool:
        """Whether the window is so narrow that the pane lies over the page."""
        return self._is_narrow

    def set_open(self, is_open: bool) -> None:
        """The user's choice for wide windows."""
        self._is_wanted = is_open
        if not self._is_narrow and not self._is_out:
            self._pane.setVisible(is_open)
            self._share_room()
            self.changed.emit()

    def toggle(self) -> None:
        """The pane is shown if it was hidden, else hidden."""
        if not self._is_narrow:
            self.set_open(not self._is_wanted)
        elif self.is_shown():
            self.fold_overlay()
        else:
            self._show_overlay()

    def open(self) -> None:
        """The pane is on screen."""
        if not self.is_shown():
            self.toggle()

    def fold_overlay(self) -> None:
        """A pane that lies over the page is gone; one beside it stays."""
        if self._is_narrow and self.is_shown():
            self._pane.hide()
            self._scrim.hide()
            self.changed.emit()

    def take_out(self) -> None:
        """The pane belongs to whoever takes it, until it is put back."""
        self._is_out = True
        self._scrim.hide()
        self._pane.hide()

    def put_back(self) -> None:
        """The pane stands beside the page again, or is folded where there is no room."""
        self._is_out = False
        self._seat()
        self.changed.emit()

    def fit(self, window_width: int) -> None:
        """The pane is beside the page if the window is wide enough, else folded."""
        self._window_width = window_width
        is_narrow = window_width < self._grown(self._shape.narrow)
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            if not self._is_out:
                self._seat()
            self.changed.emit()
        if is_narrow and self.is_shown():
            self._place_overlay()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc folds the pane that lies over the page."""
        if self._is_narrow and not self._is_out and isinstance(event, QKeyEvent):
            is_press = event.type() == QEvent.Type.KeyPress
            if is_press and event.key() == Qt.Key.Key_Escape:
                self.fold_overlay()
                return True
        return super().eventFilter(watched, event)

    def _seat(self) -> None:
        self._scrim.hide()
        self._pane.hide()
        set_style_property(self._pane, "floating", self._is_narrow)
        self._limit()
        if self._is_narrow:
            self._pane.setParent(self)
        else:
            self.splitter.insertWidget(self._place_in_row(), self._pane)
            self._pane.setVisible(self._is_wanted)
            self._share_room()

    def _place_in_row(self) -> int:
        return 1 if self._shape.is_right else 0

    def _show_overlay(self) -> None:
        self._place_overlay()
        self._scrim.show()
        self._scrim.raise_()
        self._pane.show()
        self._pane.raise_()
        if not self._theme.is_motion_reduced:
            rest = self._pane.pos()
            away = self._pane.width() if self._shape.is_right else -self._pane.width()
            self._slide.setStartValue(rest + QPoint(away, 0))
            self._slide.setEndValue(rest)
            self._slide.start()
        self.changed.emit()

    def _place_overlay(self) -> None:
        self._scrim.setGeometry(self.rect())
        width = min(self._width, self.width() - _EDGE_PX)
        left = self.width() - width if self._shape.is_right else 0
        self._pane.setGeometry(left, 0, width, self.height())

    def _share_room(self) -> None:
        if self._is_narrow or self._is_out or self._pane.isHidden():
            return
        room = max(self.splitter.width(), self._width + 400)
        sizes = [self._width, room - self._width - 1]
        self.splitter.setSizes(sizes[::-1] if self._shape.is_right else sizes)

    def _moved(self) -> None:
        self._width = self._pane.width()

    def _grown(self, px: int) -> int:
        """Larger text needs more room, though not as much more as it is larger."""
        return (px + self._theme.px(px)) // 2

    def _limit(self) -> None:
        # Over the page it may be narrower, as the window may be.
        self._pane.setMinimumWidth(0 if self._is_narrow else self._grown(self._shape.least))
        self._pane.setMaximumWidth(self._grown(self._shape.most))

    def _follow_text_size(self) -> None:
        usual = self._grown(self._shape.usual)
        if usual == self._grown_for:
            return
        width = round(self._width * usual / self._grown_for)
        self._grown_for = usual
        self._limit()
        self.set_pane_width(width)
        if self._window_width:
            self.fit(self._window_width)
