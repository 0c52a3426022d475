"""One field for each kind of setting, made from its description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QObject, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from engine.contract.settings import SettingDescription
from ui import text
from ui.theme import Theme

_TYPING_PAUSE_MS = 400  # a text is applied when its writer pauses, not at every letter
_FIELD_PX = 190
Changed = Callable[[Any], None]


class Field(Protocol):
    """A widget for one value."""

    @property
    def widget(self) -> QWidget:
        """What stands in the form."""
        ...

    def show(self, value: Any) -> None:
        """The value is in the field; nobody is told."""
        ...


class Switch(QAbstractButton):
    """On or off, with a word beside it so that colour is not all."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setCheckable(True)
        self.setFixedSize(QSize(_FIELD_PX, 28))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A track with a knob, and "On" or "Off"."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colors = self._theme.colors
        track = QRectF(1, 4, 36, 20)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.accent if self.isChecked() else colors.line_strong)
        painter.drawRoundedRect(track, 10, 10)
        painter.setBrush(colors.surface)
        left = track.right() - 18 if self.isChecked() else track.left() + 2
        painter.drawEllipse(QRectF(left, track.top() + 2, 16, 16))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colors.accent, 2))
            painter.drawRoundedRect(track.adjusted(-0.5, -2.5, 1.5, 2.5), 12, 12)
        painter.setPen(colors.muted)
        painter.setFont(self._theme.font(12))
        words = text.ON if self.isChecked() else text.OFF
        painter.drawText(self.rect().adjusted(46, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
        painter.end()


class _SwitchField:
    def __init__(self, theme: Theme, changed: Changed) -> None:
        self.widget = Switch(theme)
        self.widget.clicked.connect(changed)

    def show(self, value: Any) -> None:
        self.widget.setChecked(bool(value))


class ChoiceBox(QComboBox):
    """One of several words, with an arrow in the theme's colour."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box, and the arrow over it."""
        # The style sheet cannot colour an icon, so the arrow is drawn over what it leaves empty.
        super().paintEvent(event)
        painter = QPainter(self)
        place = QRectF(self.width() - 24, self.height() / 2 - 8, 16, 16)
        self._theme.icons.paint(painter, "chevron-down", place, self._theme.colors.muted)
        painter.end()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nothing changes."""
        # Scrolling the page must not change what is under the pointer by chance.
        event.ignore()


class _ChoiceField:
    def __init__(self, description: SettingDescription, theme: Theme, changed: Changed) -> None:
        self.widget = ChoiceBox(theme)
        self.widget.setFixedWidth(_FIELD_PX)
        for value, words in description.choices:
            self.widget.addItem(words, value)
        self.widget.activated.connect(lambda row: changed(self.widget.itemData(row)))

    def show(self, value: Any) -> None:
        self.widget.setCurrentIndex(self.widget.findData(value))


class _WholeNumber(QSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class _RealNumber(QDoubleSpinBox):
    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def textFromValue(self, value: float) -> str:
        return f"{value:g}"


class _NumberField:
    def __init__(
        self, description: SettingDescription, changed: Changed, *, is_whole: bool
    ) -> None:
        box: QSpinBox | QDoubleSpinBox
        low, high = description.minimum or 0, description.maximum or 0
        if is_whole:
            box = _WholeNumber()
            box.setRange(int(low), int(min(high, 2**31 - 1)))
            box.setGroupSeparatorShown(True)
        else:
            box = _RealNumber()
            box.setDecimals(3)
            box.setRange(low, high)
            box.setSingleStep(0.05)
        if description.unit:
            box.setSuffix(f" {description.unit}")
        # The style sheet gives the box no inner distance that Qt keeps to.
        box.lineEdit().setTextMargins(8, 0, 8, 0)
        box.setFixedWidth(_FIELD_PX)
        box.setKeyboardTracking(False)
        self.widget = box
        self._shown: float | None = None
        self._changed = changed
        box.editingFinished.connect(self._tell)
        box.valueChanged.connect(self._tell)

    def show(self, value: Any) -> None:
        self._shown = value
        self.widget.blockSignals(True)
        self.widget.setValue(value)
        self.widget.blockSignals(False)

    def _tell(self) -> None:
        value = self.widget.value()
        if value != self._shown:
            self._shown = value
            self._changed(value)


class _OptionalNumberField:
    """A whole number, or nothing."""

    def __init__(self, changed: Changed) -> None:
        self.widget = QLineEdit()
        self.widget.setFixedWidth(_FIELD_PX)
        self.widget.setPlaceholderText(text.RANDOM)
        self._changed = changed
        self.widget.editingFinished.connect(self._tell)
        self._shown = ""

    def show(self, value: Any) -> None:
        self._shown = "" if value is None else str(value)
        self.widget.setText(self._shown)

    def _tell(self) -> None:
        words = self.widget.text().strip()
        if words == self._shown:
            return
        self._shown = words
        self._changed(int(words) if words.lstrip("-").isdigit() else words or None)


class _TextField:
    def __init__(self, changed: Changed) -> None:
        self.widget = QLineEdit()
        self.widget.setMinimumWidth(_FIELD_PX)
        self._changed = changed
        self._shown = ""
        self.widget.editingFinished.connect(self._tell)

    def show(self, value: Any) -> None:
        self._shown = str(value)
        self.widget.setText(self._shown)

    def _tell(self) -> None:
        if self.widget.text() != self._shown:
            self._shown = self.widget.text()
            self._changed(self._shown)


class _LongTextField(QObject):
    """Several lines; a tuple of texts is one text a line."""

    def __init__(self, changed: Changed, *, is_list: bool) -> None:
        super().__init__()
        self.widget = QPlainTextEdit()
        self.widget.setProperty("kind", "field")
        self.widget.setFixedHeight(58 if is_list else 92)
        self.widget.setTabChangesFocus(True)
        self.widget.setPlaceholderText(text.STOP_HINT if is_list else "")
        self._is_list = is_list
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

    def _tell(self) -> None:
        words = self.widget.toPlainText()
        if words == self._shown:
            return
        self._shown = words
        lines = tuple(line for line in words.splitlines() if line)
        self._changed(lines if self._is_list else words)


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
        return _LongTextField(changed, is_list=isinstance(default, tuple))
    if default is None:
        return _OptionalNumberField(changed)
    if isinstance(default, (int, float)):
        return _NumberField(description, changed, is_whole=isinstance(default, int))
    return _TextField(changed)
