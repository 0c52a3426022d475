"""Fields for settings that a kind alone does not describe: a model, a hotkey, all shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from engine.contract.errors import BadRequestError
from engine.contract.model_cards import ModelState
from ui import text_settings as words
from ui.model_status import ModelStatus
from ui.settings.choice_box import ChoiceBox
from ui.settings.fields import FIELD_PX, Changed
from ui.shortcuts.key_field import KeyField
from ui.shortcuts.key_map import portable, unusable
from ui.theme import Theme
from ui.widgets.buttons import push_button

_HERE = (ModelState.READY, ModelState.LOADING, ModelState.LOADED)


def _name(widget: QWidget, name: str, help_: str) -> None:
    widget.setAccessibleName(name)
    widget.setAccessibleDescription(help_)


class ModelField(QObject):
    """The models on this machine to choose from; another name or a path can be typed."""

    def __init__(self, models: ModelStatus, theme: Theme, changed: Changed) -> None:
        super().__init__()
        self._models = models
        self._changed = changed
        self._shown = ""
        self.widget = ChoiceBox(theme)
        # The models outlive the field; as the widget's child it ends with it.
        self.setParent(self.widget)
        self._edit = QLineEdit()
        self.widget.setLineEdit(self._edit)
        self.widget.setInsertPolicy(ChoiceBox.InsertPolicy.NoInsert)
        self.widget.setMinimumWidth(theme.px(FIELD_PX))
        self._edit.setPlaceholderText(words.ANY_MODEL_HINT)
        self.widget.activated.connect(self._chosen)
        self._edit.editingFinished.connect(self._typed)
        models.changed.connect(self._fill)
        self._fill()

    def show(self, value: Any) -> None:
        """The model's name, or what was typed for it, is in the field."""
        self._shown = str(value)
        row = self.widget.findData(self._shown)
        self.widget.setCurrentIndex(row)
        if row < 0:
            self.widget.setEditText(self._shown)

    def name(self, name: str, help_: str) -> None:
        """Screen readers say this."""
        _name(self.widget, name, help_)
        self._edit.setAccessibleName(name)

    def _fill(self) -> None:
        known = [(card.name, card.id) for card in self._models.cards if card.state in _HERE]
        present = [(self.widget.itemText(n), self.widget.itemData(n)) for n in _rows(self.widget)]
        if known != present:
            self.widget.clear()
            for name, id_ in known:
                self.widget.addItem(name, id_)
            self.show(self._shown)

    def _chosen(self, row: int) -> None:
        self._tell(str(self.widget.itemData(row)))

    def _typed(self) -> None:
        typed = self.widget.currentText().strip()
        row = self.widget.findText(typed)
        self._tell(str(self.widget.itemData(row)) if row >= 0 else typed)

    def _tell(self, value: str) -> None:
        if value != self._shown:
            self._shown = value
            self._changed(value)


def _rows(box: ChoiceBox) -> Iterable[int]:
    return range(box.count())


class HotkeyField:
    """Keys that work in any app."""

    def __init__(
        self, taken: Callable[[QKeySequence], str], theme: Theme, changed: Changed
    ) -> None:
        self._taken = taken
        self._changed = changed
        self.widget = KeyField(theme, "")
        self.widget.chosen.connect(self._take)

    def show(self, value: Any) -> None:
        """The keys are on the field."""
        self.widget.show_keys([QKeySequence(str(value))] if value else [])

    def name(self, name: str, help_: str) -> None:
        """Screen readers say this."""
        _name(self.widget, name, help_)

    def _take(self, keys: QKeySequence | None) -> None:
        if keys is None:
            self._changed("")
            return
        fault = unusable(keys) or self._taken(keys)
        self._changed(BadRequestError(fault) if fault else portable(keys))


class ShortcutsField:
    """Leads to the page of all shortcuts."""

    def __init__(self, open_page: Callable[[], object]) -> None:
        self.widget: QPushButton = push_button(words.CHANGE_KEYS, "plain", open_page)

    def show(self, value: Any) -> None:
        """How many differ is no matter here."""

    def name(self, name: str, help_: str) -> None:
        """Screen readers say this."""
        _name(self.widget, name, help_)
