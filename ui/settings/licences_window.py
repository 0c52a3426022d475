"""Every package the app is built from, and the text of its licence."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from ui import text_settings as words
from ui.settings.licences import BundledPackage, bundled_packages, licence_text
from ui.theme import Theme
from ui.widgets.labels import label
from ui.widgets.side_window import SideWindow
from ui.widgets.window_size import open_at

_NARROW_PX = 600


class LicencesWindow(SideWindow):
    """A list of packages, and the licence of the chosen one.

    Attributes:
        list: One row for each package.
        page: The text of the chosen one's licence.
    """

    def __init__(self, resources: Path, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("SettingsWindow")
        self.setWindowTitle(words.LICENCES)
        self._resources = resources
        self._theme = theme
        self._packages = bundled_packages(resources)
        self._heading = label(words.LICENCES, "heading")
        self._count = label(words.packages(len(self._packages)), "small")
        self.search = QLineEdit()
        self.search.setPlaceholderText(words.LICENCES_SEARCH)
        self.search.setAccessibleName(words.LICENCES_SEARCH)
        self.list = QListWidget()
        self.list.setObjectName("PlainList")
        self.list.setAccessibleName(words.LICENCES)
        self.name = label("", "strong", wraps=True)
        self.name.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.licence = label("", "small", wraps=True)
        self.licence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.page = QPlainTextEdit()
        self.page.setProperty("kind", "field")
        self.page.setReadOnly(True)
        self.page.setTabChangesFocus(True)
        self.page.setAccessibleName(words.LICENCES)
        self._arrange()
        self._fill("")
        self.search.textChanged.connect(self._fill)
        self.list.currentItemChanged.connect(lambda *_: self._show())
        open_at(self, theme.px(820), theme.px(560))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the text stands under the list."""
        super().resizeEvent(event)
        is_narrow = self.width() < self._theme.px(_NARROW_PX)
        flow = QBoxLayout.Direction
        self._side.setDirection(flow.TopToBottom if is_narrow else flow.LeftToRight)

    def _fill(self, query: str) -> None:
        folded = query.strip().casefold()
        self.list.clear()
        for package in self._packages:
            if folded in f"{package.name} {package.licence}".casefold():
                item = QListWidgetItem(words.package(package.name, package.version), self.list)
                item.setData(Qt.ItemDataRole.UserRole, package)
        self._count.setText(
            words.packages(self.list.count()) if self.list.count() else words.NO_PACKAGE
        )
        self.list.setCurrentRow(0)
        self._show()

    def _show(self) -> None:
        item: QListWidgetItem | None = self.list.currentItem()
        if item is None:
            for part in (self.name, self.licence):
                part.setText("")
            self.page.setPlainText("")
            return
        package: BundledPackage = item.data(Qt.ItemDataRole.UserRole)
        self.name.setText(words.package(package.name, package.version))
        about = (package.licence or words.UNNAMED_LICENCE, package.home)
        self.licence.setText("\n".join(filter(None, about)))
        told = licence_text(package, self._resources)
        self.page.setPlainText(told or words.NO_LICENCE_TEXT.format(licence=package.licence or "-"))

    def _arrange(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.search)
        left.addWidget(self.list, 1)
        left.addWidget(self._count)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self.name)
        right.addWidget(self.licence)
        right.addWidget(self.page, 1)
        self._side = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._side.setSpacing(20)
        self._side.addLayout(left, 2)
        self._side.addLayout(right, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 18, 24, 20)
        column.setSpacing(6)
        column.addWidget(self._heading)
        column.addWidget(label(words.LICENCES_NOTE, "muted", wraps=True))
        column.addSpacing(6)
        column.addLayout(self._side, 1)
