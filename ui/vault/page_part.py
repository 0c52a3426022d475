"""One part of a page: what it is about, its words, its buttons, and how its last work ended."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from engine.contract.errors import ErrorReport
from ui import text_vault as text
from ui.settings.settings_form import SettingRow
from ui.vault.errand import Errand
from ui.vault.parts import VaultParts
from ui.widgets.buttons import push_button
from ui.widgets.labels import label, set_style_property

# A page's fields keep this free at the right, where rows have their way back to the default.
RIGHT_PX = 44


class PagePart(QFrame):
    """A heading with words under it, and at most some buttons.

    Attributes:
        body: Where rows, tables and lists stand, under the words.
        buttons: What can be done, in the order they were added.
        rows: Setting name to its row.
        errand: The work that its buttons do on the spot.
    """

    def __init__(self, parts: VaultParts, title: str, words: str = "") -> None:
        super().__init__()
        self._title = title
        self._words = label(words, "small", wraps=True)
        self._words.setVisible(bool(words))
        self.body = QVBoxLayout()
        self.body.setSpacing(0)
        self.buttons: list[QPushButton] = []
        self.rows: dict[str, SettingRow] = {}
        self.errand = Errand(parts.jobs, self)
        self.errand.changed.connect(self._show_progress)
        self.errand.failed.connect(self._refuse)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self._message = label("", "small", wraps=True)
        self._stage = label("", "small")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._arrange()
        self.say("")
        self._show_progress()

    def add_button(self, words: str, act: Callable[[], object], kind: str = "plain") -> QPushButton:
        """A button more, at the left end of the row of buttons."""
        button = push_button(words, kind, act)
        button.setAutoDefault(False)
        self._row.insertWidget(len(self.buttons), button)
        self.buttons.append(button)
        return button

    def add_rows(self, rows: dict[str, SettingRow]) -> None:
        """Settings that belong here."""
        self.rows |= rows
        for row in rows.values():
            self.body.addWidget(row)

    def tell(self, words: str) -> None:
        """What stands under the heading."""
        self._words.setText(words)
        self._words.setVisible(bool(words))

    def words(self) -> str:
        """What stands under the heading."""
        return self._words.text()

    def say(self, words: str, *, is_error: bool = False) -> None:
        """How the last work ended; empty for nothing."""
        self._message.setText(words)
        self._message.setVisible(bool(words))
        set_style_property(self._message, "role", "error" if is_error else "small")

    def said(self) -> str:
        """How the last work ended."""
        return self._message.text()

    def search(self, folded_query: str) -> int:
        """It is shown if its words match, or with those of its rows that do; how many matched."""
        named = f"{self._title} {self._words.text()}"
        words = " ".join((named, *(button.text() for button in self.buttons))).casefold()
        if folded_query in words:
            for row in self.rows.values():
                row.show()
            self.show()
            return 1
        found = 0
        for row in self.rows.values():
            matches = row.matches(folded_query)
            row.setVisible(matches)
            found += matches
        self.setVisible(found > 0)
        return found

    def _refuse(self, error: ErrorReport) -> None:
        self.say(f"{error.message} {error.action}".strip(), is_error=True)

    def _show_progress(self) -> None:
        is_running = self.errand.is_running
        is_long = is_running and bool(self.errand.stage)
        self._bar.setVisible(is_long)
        self._stage.setVisible(is_long)
        self._bar.setValue(round(1000 * self.errand.share_ratio))
        self._bar.setAccessibleName(self.errand.stage)
        self._stage.setText(text.progress(self.errand.stage, self.errand.share_ratio))
        if is_running:
            self.say("")

    def _arrange(self) -> None:
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, RIGHT_PX, 0)
        words.setSpacing(4)
        words.addWidget(label(self._title, "strong"))
        words.addWidget(self._words)
        foot = QVBoxLayout()
        foot.setContentsMargins(0, 6, RIGHT_PX, 0)
        foot.setSpacing(6)
        foot.addLayout(self._row)
        for widget in (self._message, self._stage, self._bar):
            foot.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 14, 0, 0)
        column.setSpacing(0)
        column.addLayout(words)
        column.addLayout(self.body)
        column.addLayout(foot)
        line = QFrame()
        line.setObjectName("FootLine")
        line.setFixedHeight(1)
        end = QVBoxLayout()
        end.setContentsMargins(0, 14, RIGHT_PX, 0)
        end.addWidget(line)
        column.addLayout(end)


def margined(widget: QWidget) -> QVBoxLayout:
    """The widget, keeping free what a page keeps free at the right."""
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, RIGHT_PX, 0)
    column.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
    return column
