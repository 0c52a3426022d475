"""What this program is, and the keys it knows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from ui import text, text_shortcuts
from ui import text_settings as words
from ui.settings.shortcuts_page import ShortcutsPage
from ui.shortcuts.key_binder import KeyBinder
from ui.theme import Theme
from ui.widgets.buttons import push_button
from ui.widgets.labels import label
from ui.widgets.side_window import SideWindow
from ui.widgets.window_size import open_at


class _SmallWindow(SideWindow):
    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog)
        self.setObjectName("SettingsWindow")
        self.setWindowTitle(title)


class AboutWindow(_SmallWindow):
    """Name, version, and what it is and is not."""

    def __init__(
        self,
        version: str,
        theme: Theme,
        show_licences: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text.ABOUT_TITLE, parent)
        picture = QLabel()
        picture.setPixmap(theme.icons.pixmap("app", 96, QColor("black")))
        picture.setAccessibleName(text.APP)
        column = QVBoxLayout(self)
        column.setContentsMargins(36, 24, 36, 28)
        column.setSpacing(6)
        rows = (
            picture,
            label(text.APP, "heading"),
            label(text.version(version), "muted"),
            label(text.ABOUT_BODY, wraps=True),
            label(text.ABOUT_FONTS, "small", wraps=True),
        )
        for row in rows:
            row.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(row)
        rows[3].setContentsMargins(0, 10, 0, 6)
        column.addSpacing(8)
        self.licences = push_button(words.SHOW_LICENCES, "plain", show_licences)
        column.addWidget(self.licences, 0, Qt.AlignmentFlag.AlignHCenter)
        self.setFixedWidth(theme.px(460))


class ShortcutsWindow(_SmallWindow):
    """Every key that does something, there to be read and changed even while the vault is locked.

    Attributes:
        page: The same page as in the settings.
    """

    def __init__(self, keys: KeyBinder, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(text.SHORTCUTS_TITLE, parent)
        self.page = ShortcutsPage(keys, theme)
        search = QLineEdit()
        search.setPlaceholderText(text_shortcuts.SEARCH)
        search.setAccessibleName(text_shortcuts.SEARCH)
        nothing = label(text_shortcuts.NOTHING_FOUND, "muted", wraps=True)
        nothing.hide()
        search.textChanged.connect(lambda query: nothing.setVisible(not self.page.search(query)))
        inner = QWidget()
        inner.setObjectName("SettingsPage")
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(28, 16, 16, 20)
        rows.addWidget(self.page)
        rows.addWidget(nothing)
        rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = QVBoxLayout()
        head.setContentsMargins(28, 18, 60, 0)
        head.addWidget(search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(scroll, 1)
        open_at(self, theme.px(520), theme.px(640))
