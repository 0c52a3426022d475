"""The settings, by section and by search; each change holds at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Protocol

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QScrollBar,
    QVBoxLayout,
    QWidget,
)

from ui import text
from ui.current_settings import CurrentSettings
from ui.settings.settings_form import SettingRow, SettingsForm
from ui.theme import Theme
from ui.widgets.labels import label
from ui.window_state import WindowState


class SettingsPage(Protocol):
    """What the window needs of a page; every page is a QWidget."""

    section: str
    title: str

    @property
    def rows(self) -> Mapping[str, SettingRow]:
        """Setting name to its row."""
        ...

    def search(self, query: str) -> int:
        """Only what matches is shown; returns how many rows or parts do."""
        ...

    def setVisible(self, is_visible: bool) -> None:
        """As every widget can be."""
        ...


class SettingsWindow(QWidget):
    """Not modal: one can go on reading while a setting is changed.

    Attributes:
        forms: Section name to its page.
    """

    def __init__(
        self,
        settings: CurrentSettings,
        theme: Theme,
        state: WindowState,
        parent: QWidget | None = None,
        pages: Iterable[SettingsPage] = (),
    ) -> None:
        """The window, not yet shown.

        Args:
            settings: Those that hold.
            theme: Colours and fonts.
            state: Where it was last.
            parent: The main window.
            pages: What other rooms have to set, after our own sections.
        """
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("SettingsWindow")
        self.setWindowTitle(text.SETTINGS_TITLE)
        self._state = state
        pages = tuple(pages)
        taken = {name for page in pages for name in page.rows}
        own = [
            SettingsForm(section.name, settings, theme)
            for section in fields(settings.value)
            # A setting that no other page has a row for is never lost from the window.
            if {field.name for field in fields(getattr(settings.value, section.name))} - taken
        ]
        self.forms: dict[str, SettingsPage] = {page.section: page for page in (*own, *pages)}
        self.navigation = QListWidget()
        self.navigation.setObjectName("SettingsNav")
        self.navigation.setAccessibleName(text.SETTINGS_TITLE)
        self.navigation.setFixedWidth(176)
        for page in self.forms.values():
            item = QListWidgetItem(page.title, self.navigation)
            item.setSizeHint(QSize(0, theme.px(34)))
        self.search = QLineEdit()
        self.search.setPlaceholderText(text.SETTINGS_SEARCH)
        self.search.setAccessibleName(text.SETTINGS_SEARCH)
        self.search.setClearButtonEnabled(False)
        self.nothing = label(text.NO_SETTING_FOUND, "muted")
        self._arrange()
        self.search.textChanged.connect(self._find)
        self.navigation.currentRowChanged.connect(lambda _row: self._show_section())
        self.navigation.setCurrentRow(0)
        self.resize(760, 600)
        self.restoreGeometry(state.settings_geometry())

    def show_section(self, name: str) -> None:
        """This section is on screen."""
        self.search.clear()
        self.navigation.setCurrentRow(list(self.forms).index(name))

    def scroll_bar(self) -> QScrollBar:
        """What moves the page."""
        return self._scroll.verticalScrollBar()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """It will come back where it was."""
        self._state.save_settings_geometry(self.saveGeometry())
        super().closeEvent(event)

    def _arrange(self) -> None:
        page = QWidget()
        page.setObjectName("SettingsPage")
        column = QVBoxLayout(page)
        column.setContentsMargins(28, 18, 16, 20)
        column.setSpacing(0)
        for form in self.forms.values():
            assert isinstance(form, QWidget)
            column.addWidget(form)
        column.addWidget(self.nothing)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(page)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        field = QHBoxLayout()
        field.setContentsMargins(28, 16, 60, 0)
        field.addWidget(self.search)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addLayout(field)
        right.addWidget(self._scroll, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.navigation)
        row.addLayout(right, 1)

    def _find(self) -> None:
        query = self.search.text()
        if not query.strip():
            self._show_section()
            return
        found = sum(form.search(query) for form in self.forms.values())
        self.nothing.setVisible(not found)

    def _show_section(self) -> None:
        chosen = self.navigation.currentRow()
        for row, form in enumerate(self.forms.values()):
            form.search("")
            form.setVisible(row == chosen)
        self.nothing.hide()
        self._scroll.verticalScrollBar().setValue(0)
