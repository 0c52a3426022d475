"""The three screens over the window, and going from one to the next."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ui import text_welcome as words
from ui.theme import Theme
from ui.welcome.step import Step
from ui.widgets.buttons import push_button
from ui.widgets.labels import label

_COLUMN_PX = 560


class _Dots(QWidget):
    """Where one is, quietly."""

    def __init__(self, theme: Theme, number: int) -> None:
        super().__init__()
        self._theme = theme
        self._number = number
        self._current = 0

    def show_step(self, current: int) -> None:
        """This one is on screen."""
        self._current = current
        self.setAccessibleName(words.step(current))
        self.update()

    def sizeHint(self) -> QSize:
        """A row of dots."""
        return QSize(self._theme.px(18) * self._number + self._theme.px(10), self._theme.px(12))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A longer dot where one is."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        x, size = 0.0, float(self._theme.px(7))
        colors = self._theme.colors
        for place in range(self._number):
            width = size * 2.6 if place == self._current else size
            painter.setBrush(colors.accent if place == self._current else colors.line_strong)
            top = (self.height() - size) / 2
            painter.drawRoundedRect(QRectF(x, top, width, size), size / 2, size / 2)
            x += width + self._theme.px(7)
        painter.end()


class WelcomePanel(QWidget):
    """Covers the window's content until it is done with.

    Attributes:
        done: The last screen was left; True if its action was taken, False if it was skipped.
        steps: The screens.
        next_button: Goes on; on the last screen it starts.
    """

    done = Signal(bool)

    def __init__(self, steps: Sequence[Step], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("Welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(words.TITLE)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = theme
        self.steps = tuple(steps)
        self._pages = QStackedWidget()
        for step in steps:
            scroll = QScrollArea()
            scroll.setWidget(step)
            scroll.setWidgetResizable(True)
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            step.setObjectName("ModelList")
            self._pages.addWidget(scroll)
        self._dots = _Dots(theme, len(self.steps))
        self.back_button = push_button(words.BACK, "quiet", self.go_back)
        self.skip_button = push_button(words.SKIP, "quiet", self.skip)
        self.skip_button.setToolTip(words.SKIP_HELP)
        self.next_button = push_button(words.NEXT, "primary", self.go_on)
        self._column = QWidget()
        self._arrange()
        parent.installEventFilter(self)
        theme.changed.connect(self._cover)
        self.hide()

    def current(self) -> int:
        """Which screen is shown."""
        return self._pages.currentIndex()

    def begin(self) -> None:
        """The first screen covers the window."""
        self._show_step(0)
        self._cover()
        self.show()
        self.raise_()
        self.next_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_on(self) -> None:
        """What is on this screen holds; the next one comes."""
        self.steps[self.current()].leave()
        if self.current() + 1 < len(self.steps):
            self._show_step(self.current() + 1)
        else:
            self.done.emit(True)

    def go_back(self) -> None:
        """The screen before is shown."""
        if self.current():
            self._show_step(self.current() - 1)

    def skip(self) -> None:
        """This screen is left as it is."""
        if self.current() + 1 < len(self.steps):
            self._show_step(self.current() + 1)
        else:
            self.done.emit(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc skips."""
        if event.key() == Qt.Key.Key_Escape:
            self.skip()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Esc is this screen's, and not the menu's Stop."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        if is_override and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """It is as large as what it covers."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._cover()
        return super().eventFilter(watched, event)

    def _show_step(self, number: int) -> None:
        self._pages.setCurrentIndex(number)
        self._dots.show_step(number)
        is_last = number + 1 == len(self.steps)
        self.next_button.setText(words.FINISH if is_last else words.NEXT)
        self.back_button.setVisible(number > 0)
        self.steps[number].begin()
        said = words.step(number)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))

    def _cover(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        self.setGeometry(parent.rect())
        self._column.setFixedWidth(min(self._theme.px(_COLUMN_PX), max(240, self.width() - 48)))
        tall = self.height() - 32
        self._column.setFixedHeight(min(tall, self._theme.px(620)))

    def _arrange(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(6)
        foot.addWidget(self._dots)
        foot.addStretch(1)
        foot.addWidget(self.back_button)
        foot.addWidget(self.skip_button)
        foot.addWidget(self.next_button)
        inner = QVBoxLayout(self._column)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(14)
        inner.addWidget(label(words.TITLE, "section"))
        inner.addWidget(self._pages, 1)
        inner.addLayout(foot)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 16, 24, 16)
        whole.addWidget(self._column, 0, Qt.AlignmentFlag.AlignCenter)
