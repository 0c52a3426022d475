"""One part of a page: what it is about, its words, its buttons, and how its last work ended."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from engine.contract.errors import ErrorReport
from ui import text_vault as text
from ui.settings.page import RIGHT_PX, Block
from ui.vault.errand import Errand
from ui.vault.parts import VaultParts
from ui.widgets.labels import label


class PagePart(Block):
    """A block whose buttons do work on the spot, and a line under it.

    Attributes:
        errand: That work.
    """

    def __init__(self, parts: VaultParts, title: str, words: str = "") -> None:
        super().__init__(title, words)
        self.errand = Errand(parts.jobs, self)
        self.errand.changed.connect(self._show_progress)
        self.errand.failed.connect(self._refuse)
        self._stage = label("", "small")
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._arrange()
        self._show_progress()

    def tell(self, words: str) -> None:
        """What stands under the heading."""
        self._words.setText(words)
        self._words.setVisible(bool(words))

    def words(self) -> str:
        """What stands under the heading."""
        return self._words.text()

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
        self._row.setContentsMargins(0, 0, 0, 0)
        self.foot.setContentsMargins(0, 6, RIGHT_PX, 0)
        self.foot.setSpacing(6)
        self.foot.addWidget(self._stage)
        self.foot.addWidget(self._bar)
        line = QFrame()
        line.setObjectName("FootLine")
        line.setFixedHeight(1)
        end = QVBoxLayout()
        end.setContentsMargins(0, 14, RIGHT_PX, 0)
        end.addWidget(line)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.addLayout(end)


def margined(widget: QWidget) -> QVBoxLayout:
    """The widget, keeping free what a page keeps free at the right."""
    column = QVBoxLayout()
    column.setContentsMargins(0, 0, RIGHT_PX, 0)
    column.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
    return column
