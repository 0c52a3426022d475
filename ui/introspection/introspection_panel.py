"""The panel: tabs, the view that is shown, and what all of it is worth."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from ui.introspection import words
from ui.introspection.measuring_desk import MeasuringDesk
from ui.introspection.panel_view import SIDE_PX, PanelView
from ui.introspection.tab_strip import TabStrip
from ui.introspection.tabs import TABS
from ui.theme import Theme
from ui.widgets.buttons import IconButton
from ui.widgets.labels import label


class IntrospectionPanel(QFrame):
    """Shows one view at a time of the answer that the desk looks at.

    A view is made when its tab is shown for the first time.

    Attributes:
        asked: A name in the glossary that the user wants explained, and the view that has it.
        out_wanted: The user wants the panel in a window of its own, or back beside the chat.
        close_wanted: The user wants it gone.
        view_made: A view is there that was not before.
        tabs: The tab bar.
    """

    asked = Signal(str, object)
    out_wanted = Signal()
    close_wanted = Signal()
    view_made = Signal(object)

    def __init__(self, desk: MeasuringDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("IntrospectionPanel")
        self.setAccessibleName(words.PANEL)
        self._desk = desk
        self._theme = theme
        self._views: dict[int, PanelView] = {}
        head = QFrame()
        head.setObjectName("PanelHead")
        self.tabs = TabStrip(theme)
        self.tabs.setAccessibleName(words.PANEL)
        row = QHBoxLayout(head)
        row.setContentsMargins(SIDE_PX - 8, 0, SIDE_PX - 8, 0)
        row.addWidget(self.tabs)
        row.addStretch(1)
        self._pages = QStackedWidget()
        self._places: list[QStackedWidget] = []
        for kind in TABS:
            self.tabs.addTab(kind.title)
            self._places.append(QStackedWidget())
            self._pages.addWidget(self._places[-1])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(head)
        column.addWidget(self._pages, 1)
        column.addWidget(self._make_foot())
        self.tabs.currentChanged.connect(self._show)
        desk.shown_changed.connect(self._follow)
        desk.forgotten.connect(self._forget)
        self._show(0)

    def tab(self) -> str:
        """The view that is shown, as it is kept across restarts."""
        return TABS[self.tabs.currentIndex()].view.value

    def show_tab(self, name: str) -> None:
        """The view of this name is shown, if there is one."""
        for index, kind in enumerate(TABS):
            if kind.view.value == name:
                self.tabs.setCurrentIndex(index)

    def view(self) -> PanelView:
        """The view that is shown."""
        return self._views[self.tabs.currentIndex()]

    def show_out(self, *, is_out: bool) -> None:
        """The button says whether the panel is in a window of its own."""
        self.out.icon_name = "window-in" if is_out else "window-out"
        self.out.rename(words.IN if is_out else words.OUT)
        self.out.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The tabs share the room there is."""
        super().resizeEvent(event)
        self.tabs.fit(self.width() - 2 * (SIDE_PX - 8))

    def _show(self, index: int) -> None:
        if index not in self._views:
            view = TABS[index](self._desk, self._theme)
            view.asked.connect(lambda term: self.asked.emit(term, view))
            self._places[index].addWidget(view)
            self._views[index] = view
            view.show_measured(self._desk.current)
            view.ask()
            self.view_made.emit(view)
        self._pages.setCurrentIndex(index)

    def _forget(self) -> None:
        """No view holds a word of what was measured, on screen or behind it."""
        views, self._views = self._views, {}
        for index, view in views.items():
            self._places[index].removeWidget(view)
            view.deleteLater()
        self._show(self.tabs.currentIndex())

    def _follow(self) -> None:
        for view in self._views.values():
            view.show_measured(self._desk.current)

    def _make_foot(self) -> QWidget:
        foot = QFrame()
        foot.setObjectName("PanelFoot")
        self.out = IconButton(self._theme, "window-out", words.OUT)
        self.out.clicked.connect(self.out_wanted)
        close = IconButton(self._theme, "close", words.CLOSE_PANEL)
        close.clicked.connect(self.close_wanted)
        row = QHBoxLayout(foot)
        row.setContentsMargins(SIDE_PX, 8, SIDE_PX - 8, 10)
        row.setSpacing(2)
        row.addWidget(label(words.FOOTER, "tiny", wraps=True), 1)
        row.addWidget(self.out)
        row.addWidget(close)
        return foot
