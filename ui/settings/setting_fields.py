"""One field for each kind of setting, made from its description."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from engine.contract.settings import SettingDescription
from ui import text
from ui.settings.choice_box import ChoiceBox
from ui.settings.fields import FIELD_PX, Changed, Field
from ui.settings.number_fields import NumberField, OptionalNumberField
from ui.settings.switch import Switch
from ui.theme import Theme

_TYPING_PAUSE_MS = 400  # a text is applied when its writer pauses, not at every letter


def _name(widget: QWidget, words: str, help_: str) -> None:
    widget.setAccessibleName(words)
    widget.setAccessibleDescription(help_)


class _SwitchField:
    def __init__(self, theme: Theme, changed: Changed) -> None:
        self.widget = Switch(theme)
        self.widget.clicked.connect(changed)

    def show(self, value: Any) -> None:
        self.widget.setChecked(bool(value))

    def name(self, words: str, help_: str) -> None:
        _name(self.widget, words, help_)


class _ChoiceField:
    def __init__(self, description: SettingDescription, theme: Theme, changed: Changed) -> None:
        self.widget = ChoiceBox(theme)
        self.widget.setMinimumWidth(theme.px(FIELD_PX))
        for value, words in description.choices:
            self.widget.addItem(words, value)
        self.widget.activated.connect(lambda row: changed(self.widget.itemData(row)))

    def show(self, value: Any) -> None:
        self.widget.setCurrentIndex(self.widget.findData(value))

    def name(self, words: str, help_: str) -> None:
        _name(self.widget, words, help_)


class _TextField:
    def __init__(self, theme: Theme, changed: Changed) -> None:
        self.widget = QLineEdit()
        self.widget.setMinimumWidth(theme.px(FIELD_PX))
        self._changed = changed
        self._shown = ""
        self.widget.editingFinished.connect(self._tell)

    def show(self, value: Any) -> None:
        self._shown = str(value)
        self.widget.setText(self._shown)

    def name(self, words: str, help_: str) -> None:
        _name(self.widget, words, help_)

    def _tell(self) -> None:
        if self.widget.text() != self._shown:
            self._shown = self.widget.text()
            self._changed(self._shown)


class _LongTextField(QObject):
    """Several lines; a tuple of texts is one text a line."""

    def __init__(self, theme: Theme, changed: Changed, *, is_list: bool) -> None:
        super().__init__()
        self.widget = QPlainTextEdit()
        self.widget.setProperty("kind", "field")
        self._height = 58 if is_list else 92
        self.widget.setTabChangesFocus(True)
        self.widget.setPlaceholderText(text.STOP_HINT if is_list else "")
        self._is_list = is_list
        self._theme = theme
        # The theme outlives the field; as the widget's child it ends with it.
        self.setParent(self.widget)
        theme.changed.connect(self._fit)
        self._fit()
        self._changed = changed
        self._shown = ""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_TYPING_PAUSE_MS)
        self._pause.timeout.connect(self._tell)
        self.widget.textChanged.connect(self._pause.start)

    def show(self, value: Any) -> None:
        words = "\n".join(value) if self._is_list else str(value)
        if words != self.widget.toPlainText():
            self.widget.blockSignals(True)
            self.widget.setPlainText(words)
            self.widget.blockSignals(False)
        self._shown = words

    def name(self, words: str, help_: str) -> None:
        _name(self.widget, words, help_)

    def _tell(self) -> None:
        words = self.widget.toPlainText()
        if words == self._shown:
            return
        self._shown = words
        lines = tuple(line for line in words.splitlines() if line)
        self._changed(lines if self._is_list else words)

    def _fit(self) -> None:
        self.widget.setFixedHeight(self._theme.px(self._height))


def is_wide(description: SettingDescription, default: Any) -> bool:
    """Whether the field stands under its label and takes the whole width."""
    return description.is_long_text or isinstance(default, tuple)


def make_field(
    description: SettingDescription, default: Any, theme: Theme, changed: Changed
) -> Field:
    """The field for a setting; `changed` is called with each value the user gives it."""
    if isinstance(default, bool):
        return _SwitchField(theme, changed)
    if description.choices:
        return _ChoiceField(description, theme, changed)
    if is_wide(description, default):
        return _LongTextField(theme, changed, is_list=isinstance(default, tuple))
    if default is None:
        return OptionalNumberField(theme, changed)
    if isinstance(default, (int, float)):
        return NumberField(description, theme, changed, is_whole=isinstance(default, int))
    return _TextField(theme, changed)
