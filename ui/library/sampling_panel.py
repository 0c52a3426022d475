"""Sampling that differs from the settings, one row for each setting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from engine.contract.errors import BadRequestError
from engine.contract.library import NO_OVERRIDES, SamplingOverrides
from engine.contract.settings import GenerationSettings, SettingDescription, describe
from ui import text_library as words
from ui.settings.setting_fields import make_field
from ui.theme import Theme
from ui.widgets.buttons import IconButton
from ui.widgets.labels import label

NAMES = tuple(field.name for field in fields(SamplingOverrides))
_DESCRIPTIONS: Mapping[str, SettingDescription] = dict(describe(GenerationSettings()))


class OverrideRow(QFrame):
    """One setting: the value that holds, and the way back to what holds without an own one.

    Attributes:
        changed: name, value; None for no own value.
        field: Where the value is edited.
        reset: There only while there is an own value.
    """

    changed = Signal(str, object)

    def __init__(self, name: str, theme: Theme) -> None:
        super().__init__()
        self._name = name
        self._description = _DESCRIPTIONS[name]
        default = getattr(GenerationSettings(), name)
        self.field = make_field(self._description, default, theme, self._take)
        self.field.name(self._description.title, self._description.help)
        self.setToolTip(self._description.help)
        self._says = label("", "faint", wraps=True)
        self.reset = IconButton(theme, "reset", f"{words.RESET_ALL}: {self._description.title}")
        self.reset.clicked.connect(lambda: self.changed.emit(self._name, None))
        keep = self.reset.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(keep)
        text = QVBoxLayout()
        text.setSpacing(0)
        text.addWidget(label(self._description.title, wraps=True))
        text.addWidget(self._says)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 3, 0, 3)
        row.setSpacing(8)
        row.addLayout(text, 1)
        row.addWidget(self.field.widget, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignVCenter)

    def show_value(self, own: Any, usual: Any, *, is_preset: bool) -> None:
        """The own value, or what holds without one, by a preset or by the settings."""
        self.field.show(usual if own is None else own)
        self.reset.setVisible(own is not None)
        self._say(
            "" if own is not None else words.usual(usual, self._description, is_preset=is_preset)
        )

    def says(self) -> str:
        """What stands under the name."""
        return self._says.text()

    def _say(self, text: str) -> None:
        self._says.setText(text or words.OWN_VALUE)

    def _take(self, value: Any) -> None:
        try:
            if isinstance(value, BadRequestError):
                raise value
            # Checked by the setting it stands in for.
            replace(GenerationSettings(), **{self._name: value})
        except BadRequestError as error:
            self._say(error.message)
        else:
            self.changed.emit(self._name, value)


class SamplingPanel(QWidget):
    """All of a preset's or a conversation's sampling.

    Attributes:
        changed: SamplingOverrides, after each change.
        rows: Setting name to its row.
    """

    changed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._overrides = NO_OVERRIDES
        self.rows = {name: OverrideRow(name, theme) for name in NAMES}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for row in self.rows.values():
            row.changed.connect(self._take)
            column.addWidget(row)

    def show_values(
        self,
        own: SamplingOverrides,
        usual: GenerationSettings,
        preset: SamplingOverrides = NO_OVERRIDES,
    ) -> None:
        """Own values, on top of what the settings say, and on top of these a preset."""
        self._overrides = own
        held = on_top(usual, preset)
        for name, row in self.rows.items():
            is_preset = getattr(preset, name) is not None
            row.show_value(getattr(own, name), getattr(held, name), is_preset=is_preset)

    def _take(self, name: str, value: Any) -> None:
        self.changed.emit(replace(self._overrides, **{name: value}))


def on_top(usual: GenerationSettings, own: SamplingOverrides) -> GenerationSettings:
    """The settings with these overrides in force."""
    given = {name: value for name in NAMES if (value := getattr(own, name)) is not None}
    return replace(usual, **given)
