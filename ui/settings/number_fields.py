"""Numbers: typed, or moved where the span is short enough to feel."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLineEdit, QSlider, QSpinBox, QWidget

from engine.contract.settings import SettingDescription
from ui import text
from ui.settings.fields import FIELD_PX, Changed
from ui.theme import Theme

_BOX_PX = 92
_SLIDER_STEPS = 250  # spans with more steps than this are typed, for no hand moves so finely


class WholeNumber(QSpinBox):
    """A whole number that the wheel leaves alone."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the page changes nothing."""
        event.ignore()


class RealNumber(QDoubleSpinBox):
    """A number without needless places that the wheel leaves alone."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling the page changes nothing."""
        event.ignore()

    def textFromValue(self, value: float) -> str:
        """0.5 rather than 0.500."""
        return f"{value:g}"


class _Slider(QSlider):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class NumberField(QObject):
    """A number to type, and to move where its span is short.

    Attributes:
        widget: Both.
        box: Where it is typed.
        slider: Where it is moved; None for long spans.
    """

    def __init__(
        self,
        description: SettingDescription,
        theme: Theme,
        changed: Changed,
        *,
        is_whole: bool,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._changed = changed
        self._shown: float | None = None
        low, high = description.minimum or 0, description.maximum or 0
        self._step = 1.0 if is_whole else 0.01 if high - low <= 1 else 0.05
        self.box = _box(description, self._step, is_whole=is_whole)
        steps = round((high - low) / self._step)
        self.slider: QSlider | None = None
        if steps <= _SLIDER_STEPS:
            self.slider = _Slider(Qt.Orientation.Horizontal)
            self.slider.setRange(round(low / self._step), round(high / self._step))
            self.slider.setPageStep(max(1, steps // 10))
            # The page may be laid out anew by the value; that waits until the hand lets go.
            self.slider.setTracking(False)
            self.slider.sliderMoved.connect(self._moved)
            self.slider.valueChanged.connect(self._released)
        self.box.editingFinished.connect(self._tell)
        self.box.valueChanged.connect(self._tell)
        self.widget = QWidget()
        row = QHBoxLayout(self.widget)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        if self.slider is not None:
            row.addWidget(self.slider, 1)
        row.addWidget(self.box)
        self.widget.setFocusProxy(self.slider or self.box)
        # The theme outlives the field; as the widget's child it ends with it.
        self.setParent(self.widget)
        theme.changed.connect(self._fit)
        self._fit()

    def show(self, value: Any) -> None:
        """The value is in the field; nobody is told."""
        self._shown = value
        self._show_in_box(value)
        if self.slider is not None:
            self.slider.blockSignals(True)
            self.slider.setValue(round(value / self._step))
            self.slider.blockSignals(False)

    def name(self, words: str, help_: str) -> None:
        """Screen readers say this of each part."""
        for part in (self.box, self.slider):
            if part is not None:
                part.setAccessibleName(words)
                part.setAccessibleDescription(help_)

    def _show_in_box(self, value: float) -> None:
        self.box.blockSignals(True)
        self.box.setValue(value)  # type: ignore[arg-type]
        self.box.blockSignals(False)

    def _moved(self, position: int) -> None:
        self._show_in_box(self._value_at(position))

    def _released(self, position: int) -> None:
        self._show_in_box(self._value_at(position))
        self._tell()

    def _value_at(self, position: int) -> Any:
        value = position * self._step
        return round(value) if isinstance(self.box, QSpinBox) else round(value, 3)

    def _tell(self) -> None:
        value = self.box.value()
        if value != self._shown:
            self._shown = value
            self._changed(value)

    def _fit(self) -> None:
        theme = self._theme
        # Qt measures the longest number with its unit; the style sheet adds its own distances.
        wanted = self.box.fontMetrics().horizontalAdvance(self.box.suffix() + "131,072") + 24
        is_alone = self.slider is None
        self.box.setFixedWidth(max(wanted, theme.px(FIELD_PX if is_alone else _BOX_PX)))
        self.box.setMinimumHeight(theme.px(28))
        if self.slider is not None:
            self.slider.setMinimumWidth(theme.px(96))
            self.slider.setMaximumWidth(theme.px(140))


def _box(
    description: SettingDescription, step: float, *, is_whole: bool
) -> QSpinBox | QDoubleSpinBox:
    low, high = description.minimum or 0, description.maximum or 0
    box: QSpinBox | QDoubleSpinBox
    if is_whole:
        box = WholeNumber()
        box.setRange(int(low), int(min(high, 2**31 - 1)))
        box.setGroupSeparatorShown(True)
    else:
        box = RealNumber()
        box.setDecimals(3)
        box.setRange(low, high)
        box.setSingleStep(step)
    if description.unit:
        box.setSuffix(f" {description.unit}")
    # The style sheet gives the box no inner distance that Qt keeps to.
    box.lineEdit().setTextMargins(8, 0, 8, 0)
    box.setKeyboardTracking(False)
    return box


class OptionalNumberField:
    """A whole number, or nothing."""

    def __init__(self, theme: Theme, changed: Changed) -> None:
        self.widget = QLineEdit()
        self.widget.setMinimumWidth(theme.px(FIELD_PX))
        self.widget.setPlaceholderText(text.RANDOM)
        self._changed = changed
        self.widget.editingFinished.connect(self._tell)
        self._shown = ""

    def show(self, value: Any) -> None:
        """The value is in the field; nobody is told."""
        self._shown = "" if value is None else str(value)
        self.widget.setText(self._shown)

    def name(self, words: str, help_: str) -> None:
        """Screen readers say this."""
        self.widget.setAccessibleName(words)
        self.widget.setAccessibleDescription(help_)

    def _tell(self) -> None:
        words = self.widget.text().strip()
        if words == self._shown:
            return
        self._shown = words
        self._changed(int(words) if words.lstrip("-").isdigit() else words or None)
