"""What this program is, and the keys it knows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from ui import text
from ui.actions import ITEMS, key_sequences
from ui.theme import Theme
from ui.widgets.labels import label


class _SmallWindow(QWidget):
    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent, Qt.WindowType.Dialog)
        self.setObjectName("SettingsWindow")
        self.setWindowTitle(title)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)


class AboutWindow(_SmallWindow):
    """Name, version, and what it is and is not."""

    def __init__(self, version: str, theme: Theme, parent: QWidget | None = None) -> None:
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
        self.setFixedWidth(460)


class ShortcutsWindow(_SmallWindow):
    """Every key that does something, read from the table of actions."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(text.SHORTCUTS_TITLE, parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(28, 22, 28, 24)
        grid.setHorizontalSpacing(40)
        grid.setVerticalSpacing(7)
        lines = [
            (item.words.rstrip("."), sequences[0])
            for item in ITEMS
            if item.key and (sequences := key_sequences(item))
        ]
        half = (len(lines) + 1) // 2
        for place, (words, keys) in enumerate(lines):
            row, column = place % half, 2 * (place // half)
            native = keys.toString(QKeySequence.SequenceFormat.NativeText)
            grid.addWidget(label(words, "muted"), row, column)
            shown = label(native, "strong")
            shown.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(shown, row, column + 1)
