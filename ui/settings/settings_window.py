"""The settings, by section and by search; each change holds at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
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
from ui import text_settings as words
from ui.settings.choice_box import ChoiceBox
from ui.settings.parts import SettingsParts
from ui.settings.settings_page import SettingsPage
from ui.settings.settings_pages import make_pages
from ui.widgets.labels import label
from ui.widgets.side_window import SideWindow
from ui.widgets.window_size import open_at

_NARROW_PX = 560


class SettingsWindow(SideWindow):
    """Not modal: one can go on reading while a setting is changed.

    Attributes:
        forms: Section name to its page.
    """

    def __init__(
        self,
        parts: SettingsParts,
        parent: QWidget | None = None,
        pages: Iterable[SettingsPage] = (),
        show_licences: Callable[[], object] = lambda: None,
    ) -> None:
        """The window, not yet shown.

        Args:
            parts: What its pages are built from.
            parent: The main window.
            pages: What other rooms have to set.
            show_licences: Brings the licences on screen.
        """
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("SettingsWindow")
        self.setWindowTitle(text.SETTINGS_TITLE)
        self._state = parts.state
        self._theme = parts.theme
        self.forms = make_pages(parts, pages, self.show_section, show_licences)
        self.navigation = QListWidget()
        self.navigation.setObjectName("SettingsNav")
        self.navigation.setAccessibleName(text.SETTINGS_TITLE)
        self.sections = ChoiceBox(parts.theme)
        self.sections.setAccessibleName(words.SECTIONS)
        for page in self.forms.values():
            QListWidgetItem(page.title, self.navigation)
            self.sections.addItem(page.title)
        self.search = QLineEdit()
        self.search.setPlaceholderText(text.SETTINGS_SEARCH)
        self.search.setAccessibleName(text.SETTINGS_SEARCH)
        self.search.setClearButtonEnabled(False)
        self.nothing = label(text.NO_SETTING_FOUND, "muted", wraps=True)
        self._arrange()
        self.search.textChanged.connect(self._find)
        self.navigation.currentRowChanged.connect(self._chosen)
        self.sections.activated.connect(self.navigation.setCurrentRow)
        self.navigation.setCurrentRow(0)
        open_at(self, parts.theme.px(780), parts.theme.px(620))
        self.restoreGeometry(self._state.settings_geometry())
        self.setMinimumSize(340, 320)
        self._theme.changed.connect(self._restyle)
        self._restyle()
        self.search.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_section(self, name: str) -> None:
        """This section is on screen."""
        row = list(self.forms).index(name)
        if row != self.navigation.currentRow():
            self.navigation.setCurrentRow(row)
        else:
            self._chosen(row)

    def show_setting(self, section: str, name: str) -> None:
        """The row of this setting is on screen and has the keyboard."""
        for page_name, page in self.forms.items():
            row = page.rows.get(name)
            if row is not None and row.section == section:
                self.show_section(page_name)
                self._scroll.ensureWidgetVisible(row, 0, 60)
                row.field.widget.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def scroll_bar(self) -> QScrollBar:
        """What moves the page."""
        return self._scroll.verticalScrollBar()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow window has its sections in one box above the page."""
        super().resizeEvent(event)
        self._fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """It will come back where it was."""
        self._state.save_settings_geometry(self.saveGeometry())
        super().closeEvent(event)

    def _arrange(self) -> None:
        page = QWidget()
        page.setObjectName("SettingsPage")
        self._column = column = QVBoxLayout(page)
        column.setSpacing(0)
        for form in self.forms.values():
            assert isinstance(form, QWidget)
            column.addWidget(form)
        column.addWidget(self.nothing)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(page)
        self._scroll.setWidgetResizable(True)
        self._head = QVBoxLayout()
        self._head.setSpacing(8)
        self._head.addWidget(self.sections)
        self._head.addWidget(self.search)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addLayout(self._head)
        right.addWidget(self._scroll, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.navigation)
        row.addLayout(right, 1)

    def _restyle(self) -> None:
        px = self._theme.px
        self.navigation.setFixedWidth(px(176))
        for row in range(self.navigation.count()):
            self.navigation.item(row).setSizeHint(QSize(0, px(34)))
        self._fit()

    def _fit(self) -> None:
        is_narrow = self.width() < self._theme.px(_NARROW_PX)
        self.navigation.setVisible(not is_narrow)
        self.sections.setVisible(is_narrow)
        side = 16 if is_narrow else 28
        self._head.setContentsMargins(side, 16, side if is_narrow else 60, 0)
        self._column.setContentsMargins(side, 18, 16, 20)

    def _find(self) -> None:
        query = self.search.text()
        if not query.strip():
            self._show_section()
            return
        found = sum(form.search(query) for form in self.forms.values())
        self.nothing.setVisible(not found)
        self._scroll.verticalScrollBar().setValue(0)

    def _chosen(self, row: int) -> None:
        self.sections.setCurrentIndex(row)
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._show_section()

    def _show_section(self) -> None:
        chosen = self.navigation.currentRow()
        for row, form in enumerate(self.forms.values()):
            form.search("")
            form.setVisible(row == chosen)
        self.nothing.hide()
        self._scroll.verticalScrollBar().setValue(0)
