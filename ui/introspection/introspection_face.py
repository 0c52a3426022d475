"""The panel in the window: beside the chat, over it, or in a window of its own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QByteArray, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ui.introspection import words
from ui.introspection.introspection_panel import IntrospectionPanel
from ui.introspection.measuring_desk import MeasuringDesk
from ui.side_by_side import PANEL, SideBySide
from ui.theme import Theme
from ui.widgets.side_window import SideWindow
from ui.widgets.window_size import open_at
from ui.window_state import WindowState

_OWN_SIZE = (460, 760)


class PanelWindow(SideWindow):
    """Holds the panel while it has a window of its own.

    Attributes:
        shut: The window was closed.
    """

    shut = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("PanelWindow")
        self.setWindowTitle(words.PANEL)
        self.setMinimumSize(340, 360)
        open_at(self, *(theme.px(size) for size in _OWN_SIZE))
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Whoever made it hears of it."""
        super().closeEvent(event)
        self.shut.emit()


class IntrospectionFace(QObject):
    """Opens and closes the panel, and has answers measured while it can be seen.

    Attributes:
        changed: The panel was shown or hidden.
        panel: The panel.
        beside: The chat with the panel at its right.
    """

    changed = Signal()

    def __init__(
        self, desk: MeasuringDesk, page: QWidget, theme: Theme, is_covered: Callable[[], bool]
    ) -> None:
        """The panel is closed.

        Args:
            desk: What is measured.
            page: What the panel stands beside.
            theme: Colours and fonts.
            is_covered: Whether nothing of the vault's content may be seen.
        """
        super().__init__()
        self._desk = desk
        self._theme = theme
        self._is_covered = is_covered
        self._window: PanelWindow | None = None
        self._geometry = QByteArray()
        self._is_out = False
        self._is_wanted_out = False
        self.panel = IntrospectionPanel(desk, theme)
        self.beside = SideBySide(self.panel, page, theme, PANEL)
        self.setParent(self.beside)
        self.panel.out_wanted.connect(self._change_place)
        self.panel.close_wanted.connect(self.toggle)
        self.beside.changed.connect(self._changed)
        self.panel.installEventFilter(self)

    def acts(self) -> dict[str, Callable[[], object]]:
        """What the menu does about it, by item key."""
        return {"introspection": self.toggle, "doubt": self.toggle_doubt}

    def is_shown(self) -> bool:
        """Whether the panel is open, wherever it is."""
        return self._is_wanted_out if self._is_out else self.beside.is_shown()

    def toggle(self) -> None:
        """The panel is shown if it was hidden, else hidden."""
        if not self._is_out:
            self.beside.toggle()
        elif self._window is not None and self._window.isVisible():
            self._window.close()
        else:
            self._show_window()

    def open(self) -> None:
        """The panel is on screen."""
        if not self.is_shown():
            self.toggle()
        elif self._window is not None and self._is_out:
            self._window.raise_()

    def look_at(self, message_id: str) -> None:
        """What was measured in this answer is on screen."""
        self._desk.look_at(message_id)
        self.open()

    def toggle_doubt(self) -> None:
        """Doubt is shown in the chat if it was not, else it is not."""
        is_shown = self._desk.settings.value.introspection.is_doubt_shown
        self._desk.settings.change("introspection", "is_doubt_shown", not is_shown)

    def fit(self, window_width: int) -> None:
        """It is beside the chat if the window is wide enough, else it lies over it."""
        self.beside.fit(window_width)

    # across restarts and locks

    def restore(self, state: WindowState) -> None:
        """The panel is as it was when the window was closed."""
        self.beside.set_pane_width(state.panel_width(self.beside.usual_width()))
        self.panel.show_tab(state.panel_tab())
        self._geometry = state.panel_geometry()
        if state.is_panel_out():
            # Its window comes when the vault is open, and not before what it is locked for.
            self._take_out()
            self._is_wanted_out = state.is_panel_open()
        else:
            self.beside.set_open(state.is_panel_open())

    def remember(self, state: WindowState) -> None:
        """How the panel is, is remembered."""
        is_open = self._is_wanted_out if self._is_out else self.beside.is_open()
        width = self.beside.pane_width()
        state.save_panel(width, self.panel.tab(), is_open=is_open, is_out=self._is_out)
        if self._window is not None:
            state.save_panel_geometry(self._window.saveGeometry())

    def come_back(self) -> None:
        """A window of its own that was put away is on screen again."""
        is_wanted = self._is_out and self._is_wanted_out and self.beside.window().isVisible()
        if is_wanted and self._desk.is_open() and not self._is_covered():
            self._show_window()

    def put_away(self) -> None:
        """No window of its own is on screen; it comes back with the main one."""
        if self._window is not None:
            self._window.hide()

    # places

    def _change_place(self) -> None:
        if self._is_out:
            self._put_back()
        else:
            self._take_out()
            self._show_window()

    def _take_out(self) -> None:
        self.beside.take_out()
        self._is_out = True
        window = self._window or PanelWindow(self._theme, self.beside.window())
        if self._window is None:
            self._window = window
            window.shut.connect(self._shut)
            window.restoreGeometry(self._geometry)
        window.column.addWidget(self.panel)
        self.panel.show_out(is_out=True)

    def _put_back(self) -> None:
        self._is_out = self._is_wanted_out = False
        if self._window is not None:
            self._window.hide()
        self.panel.show_out(is_out=False)
        self.beside.put_back()
        self.beside.open()

    def _show_window(self) -> None:
        if self._window is not None:
            self._is_wanted_out = True
            self.panel.setMinimumWidth(0)
            self.panel.setMaximumWidth(16_777_215)
            self.panel.show()
            self._window.show()
            self._window.raise_()
            self._changed()

    def _shut(self) -> None:
        # What a lock closes comes back when it is unlocked; what the user closes does not.
        if not self._is_covered():
            self._is_wanted_out = False
        self._changed()

    def _changed(self) -> None:
        self._desk.set_panel_open(self.is_shown())
        self.changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A panel that is shown by whatever way is measured for."""
        if watched is self.panel and event.type() == QEvent.Type.Show:
            self._desk.set_panel_open(self.is_shown())
        return super().eventFilter(watched, event)
