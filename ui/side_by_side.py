"""The sidebar beside the page, or over it where there is no room."""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPoint, QPropertyAnimation, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from ui.theme import PANEL_MS, Theme
from ui.widgets.labels import set_style_property

_NARROW_PX = 720
_USUAL_PX, _LEAST_PX, _MOST_PX = 248, 200, 380


class _Scrim(QWidget):
    """Dims the page under the sidebar; a click on it is a click elsewhere."""

    clicked = Signal()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.clicked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(0, 0, 0, 70))
        painter.end()


class SideBySide(QWidget):
    """Keeps the user's choice for wide windows and folds the sidebar in narrow ones.

    Attributes:
        changed: The sidebar was shown or hidden.
    """

    changed = Signal()

    def __init__(self, sidebar: QWidget, page: QWidget, theme: Theme) -> None:
        super().__init__()
        self._sidebar = sidebar
        self._theme = theme
        self._is_wanted = True
        self._is_narrow = False
        self._width = self._grown(_USUAL_PX)
        self._grown_for = self._width
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(sidebar)
        self.splitter.addWidget(page)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.splitterMoved.connect(self._moved)
        self._limit()
        theme.changed.connect(self._follow_text_size)
        page.setMinimumWidth(320)
        self._scrim = _Scrim(self)
        self._scrim.hide()
        self._scrim.clicked.connect(self.fold_overlay)
        self._slide = QPropertyAnimation(sidebar, b"pos", self)
        self._slide.setDuration(PANEL_MS)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        sidebar.installEventFilter(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.splitter)

    def usual_width(self) -> int:
        """Width of the sidebar before the user gives it another."""
        return self._grown(_USUAL_PX)

    def sidebar_width(self) -> int:
        """Width the sidebar has, or will have when it is shown."""
        return self._width

    def set_sidebar_width(self, width: int) -> None:
        """The sidebar is this wide, within its limits."""
        self._width = max(self._grown(_LEAST_PX), min(width, self._grown(_MOST_PX)))
        self._share_room()

    def is_open(self) -> bool:
        """Whether the user wants the sidebar in a wide window."""
        return self._is_wanted

    def is_shown(self) -> bool:
        """Whether the sidebar is on screen now."""
        return not self._sidebar.isHidden()

    def set_open(self, is_open: bool) -> None:
        """The user's choice for wide windows."""
        self._is_wanted = is_open
        if not self._is_narrow:
            self._sidebar.setVisible(is_open)
            self._share_room()
            self.changed.emit()

    def toggle(self) -> None:
        """The sidebar is shown if it was hidden, else hidden."""
        if not self._is_narrow:
            self.set_open(not self._is_wanted)
        elif self.is_shown():
            self.fold_overlay()
        else:
            self._show_overlay()

    def open(self) -> None:
        """The sidebar is on screen."""
        if not self.is_shown():
            self.toggle()

    def fold_overlay(self) -> None:
        """A sidebar that lies over the page is gone; one beside it stays."""
        if self._is_narrow and self.is_shown():
            self._sidebar.hide()
            self._scrim.hide()
            self.changed.emit()

    def fit(self, window_width: int) -> None:
        """The sidebar is beside the page if the window is wide enough, else folded."""
        is_narrow = window_width < _NARROW_PX
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            self._scrim.hide()
            self._sidebar.hide()
            set_style_property(self._sidebar, "floating", is_narrow)
            if is_narrow:
                self._sidebar.setParent(self)
            else:
                self.splitter.insertWidget(0, self._sidebar)
                self._sidebar.setVisible(self._is_wanted)
                self._share_room()
            self.changed.emit()
        if is_narrow and self.is_shown():
            self._place_overlay()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc folds the sidebar that lies over the page."""
        if self._is_narrow and isinstance(event, QKeyEvent):
            is_press = event.type() == QEvent.Type.KeyPress
            if is_press and event.key() == Qt.Key.Key_Escape:
                self.fold_overlay()
                return True
        return super().eventFilter(watched, event)

    def _show_overlay(self) -> None:
        self._place_overlay()
        self._scrim.show()
        self._scrim.raise_()
        self._sidebar.show()
        self._sidebar.raise_()
        if not self._theme.is_motion_reduced:
            self._slide.setStartValue(QPoint(-self._width, 0))
            self._slide.setEndValue(QPoint(0, 0))
            self._slide.start()
        self.changed.emit()

    def _place_overlay(self) -> None:
        self._scrim.setGeometry(self.rect())
        self._sidebar.setGeometry(0, 0, self._width, self.height())

    def _share_room(self) -> None:
        if not self._is_narrow and not self._sidebar.isHidden():
            room = max(self.splitter.width(), self._width + 400)
            self.splitter.setSizes([self._width, room - self._width - 1])

    def _moved(self) -> None:
        self._width = self._sidebar.width()

    def _grown(self, px: int) -> int:
        """Larger text needs more room, though not as much more as it is larger."""
        return (px + self._theme.px(px)) // 2

    def _limit(self) -> None:
        self._sidebar.setMinimumWidth(self._grown(_LEAST_PX))
        self._sidebar.setMaximumWidth(self._grown(_MOST_PX))

    def _follow_text_size(self) -> None:
        usual = self._grown(_USUAL_PX)
        if usual == self._grown_for:
            return
        width = round(self._width * usual / self._grown_for)
        self._grown_for = usual
        self._limit()
        self.set_sidebar_width(width)
