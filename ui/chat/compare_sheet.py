"""Which models and settings a question is answered by, two to four of them."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from engine.contract.chat_commands import Contender
from engine.contract.model_cards import ModelState
from ui import text_message as words
from ui.chat.variants import Variant
from ui.model_status import ModelStatus
from ui.theme import Theme
from ui.widgets.buttons import IconButton, push_button
from ui.widgets.labels import label

_FEWEST, _MOST = 2, 4


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison, with the names it is shown under."""

    contender: Contender
    model: str
    settings: str


class _SideRow(QWidget):
    """One line of the sheet: a model and its settings."""

    removed = Signal()

    def __init__(
        self, theme: Theme, models: list[tuple[str, str]], variants: tuple[Variant, ...]
    ) -> None:
        super().__init__()
        self._variants = variants
        self.model = QComboBox()
        self.model.setAccessibleName(words.COMPARE_MODEL)
        for id_, name in models:
            self.model.addItem(name, id_)
        self.settings = QComboBox()
        self.settings.setAccessibleName(words.COMPARE_SETTINGS)
        self.settings.addItems([variant.name for variant in variants])
        self.remove = IconButton(theme, "close", words.COMPARE_REMOVE)
        self.remove.clicked.connect(lambda _checked=False: self.removed.emit())
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self.model, 3)
        line.addWidget(self.settings, 3)
        line.addWidget(self.remove)

    def side(self) -> Side:
        variant = self._variants[self.settings.currentIndex()]
        contender = Contender(
            model_id=str(self.model.currentData() or ""), generation=variant.generation
        )
        return Side(contender, self.model.currentText(), variant.name)


class CompareSheet(QDialog):
    """Begins with the same model exact and freer, which needs no other model.

    Attributes:
        chosen: The sides, a tuple of Side.
        rows: One for each side.
    """

    chosen = Signal(object)

    def __init__(
        self, theme: Theme, models: ModelStatus, variants: tuple[Variant, ...], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("Sheet")
        self.setWindowTitle(words.COMPARE_TITLE)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        self._variants = variants
        self._models = _models_at_hand(models)
        self.rows: list[_SideRow] = []
        self._lines = QVBoxLayout()
        self._lines.setSpacing(8)
        self.add = push_button(words.COMPARE_ADD, "quiet", self._add)
        self.leave = push_button(words.CANCEL, "plain", self.reject)
        self.start = push_button(words.COMPARE_START, "primary", self._choose)
        self.start.setDefault(True)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.add)
        foot.addStretch(1)
        foot.addWidget(self.leave)
        foot.addWidget(self.start)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label(words.COMPARE_TITLE, "heading"))
        column.addWidget(label(words.COMPARE_WHY, "muted", wraps=True))
        column.addLayout(self._lines)
        column.addSpacing(4)
        column.addLayout(foot)
        self.setFixedWidth(min(theme.px(520), parent.window().width() - 32))
        for _ in range(_FEWEST):
            self._add()

    def _add(self) -> None:
        row = _SideRow(self._theme, self._models, self._variants)
        number = len(self.rows)
        if len(self._models) > 1:
            row.model.setCurrentIndex(number % len(self._models))
        else:
            row.settings.setCurrentIndex(min(number, len(self._variants) - 1))
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._lines.addWidget(row)
        self._refresh()

    def _remove(self, row: _SideRow) -> None:
        self.rows.remove(row)
        row.hide()
        row.deleteLater()
        self._refresh()

    def _refresh(self) -> None:
        self.add.setEnabled(len(self.rows) < _MOST)
        for row in self.rows:
            row.remove.setEnabled(len(self.rows) > _FEWEST)
        self.adjustSize()

    def _choose(self) -> None:
        self.chosen.emit(tuple(row.side() for row in self.rows))
        self.accept()


def _models_at_hand(models: ModelStatus) -> list[tuple[str, str]]:
    """Identifier and name of each model that needs no download, the loaded one first."""
    loaded = models.loaded
    found = [("", loaded.name)] if loaded is not None else []
    for card in models.cards:
        is_loaded = loaded is not None and card.id == loaded.id
        if card.state is ModelState.READY and not is_loaded:
            found.append((card.id, card.name))
    return found
