"""Fields for what opens the vault: hidden while typed, shown on request, remembered nowhere."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ui import text_vault as text
from ui.theme import Theme
from ui.vault.strength import Strength, strength
from ui.widgets.buttons import IconButton
from ui.widgets.labels import label, set_style_property

_HINTS = {
    Strength.SHORT: text.STRENGTH_SHORT,
    Strength.WEAK: text.STRENGTH_WEAK,
    Strength.FAIR: text.STRENGTH_FAIR,
    Strength.STRONG: text.STRENGTH_STRONG,
}


class SecretField(QWidget):
    """One line with dots for letters, and an eye that shows them.

    Attributes:
        changed: The words changed.
        submitted: Return was pressed.
        edit: Where one types.
        eye: Shows or hides the letters.
    """

    changed = Signal()
    submitted = Signal()

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_secret = True
        self.edit = QLineEdit()
        self.edit.setAccessibleName(name)
        self.edit.setPlaceholderText(name)
        hint = Qt.InputMethodHint
        self.edit.setInputMethodHints(
            hint.ImhHiddenText | hint.ImhSensitiveData | hint.ImhNoPredictiveText
        )
        self.edit.setFixedHeight(theme.px(34))
        # Room for the eye, which lies over the field's right end.
        self.edit.setTextMargins(0, 0, max(26, theme.px(26)), 0)
        self.edit.textChanged.connect(self.changed)
        self.edit.returnPressed.connect(self.submitted)
        self.eye = IconButton(theme, "eye", text.SHOW_SECRET, self.edit)
        self.eye.clicked.connect(lambda: self._hide(not self._is_secret))
        self.edit.installEventFilter(self)
        self.setFocusProxy(self.edit)
        self.setFixedHeight(self.edit.height())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.edit)
        self._hide(True)

    def words(self) -> str:
        """What was typed."""
        return self.edit.text()

    def clear(self) -> None:
        """Nothing is in the field, nothing can be undone, and the letters are hidden again."""
        self.edit.setText("")
        self._hide(True)

    def rename(self, name: str) -> None:
        """The field asks for something else."""
        self.edit.setAccessibleName(name)
        self.edit.setPlaceholderText(name)

    def mark(self, is_wrong: bool) -> None:
        """The field shows, besides words elsewhere, that its content was not taken."""
        set_style_property(self.edit, "invalid", is_wrong)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The eye stays at the right end."""
        if event.type() == QEvent.Type.Resize:
            y = (self.edit.height() - self.eye.height()) // 2
            self.eye.move(self.edit.width() - self.eye.width() - 4, y)
        return super().eventFilter(watched, event)

    def _hide(self, is_secret: bool) -> None:
        self._is_secret = is_secret
        mode = QLineEdit.EchoMode.Password if is_secret else QLineEdit.EchoMode.Normal
        self.edit.setEchoMode(mode)
        self.eye.icon_name = "eye" if is_secret else "eye-off"
        self.eye.rename(text.SHOW_SECRET if is_secret else text.HIDE_SECRET)
        self.eye.update()


class NewPassphrase(QWidget):
    """A new passphrase, typed twice, with a word on how strong it is.

    Attributes:
        changed: What is typed, or whether it can be used, has changed.
        submitted: Return was pressed in the second field.
        first: Where it is typed.
        second: Where it is typed again.
        hint: Strength, or that the two differ.
    """

    changed = Signal()
    submitted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first = SecretField(theme, text.NEW_PASSPHRASE)
        self.second = SecretField(theme, text.REPEAT_PASSPHRASE)
        self.hint = label(text.STRENGTH_SHORT, "small", wraps=True)
        self.first.changed.connect(self._judge)
        self.second.changed.connect(self._judge)
        self.first.submitted.connect(self.second.edit.setFocus)
        self.second.submitted.connect(self.submitted)
        self.setFocusProxy(self.first)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.first, self.second, self.hint):
            column.addWidget(widget)

    def words(self) -> str:
        """The passphrase."""
        return self.first.words()

    def is_ready(self) -> bool:
        """Whether it is long enough and was typed twice alike."""
        is_long = strength(self.words()) is not Strength.SHORT
        return is_long and self.words() == self.second.words()

    def clear(self) -> None:
        """Both fields are empty."""
        self.first.clear()
        self.second.clear()

    def _judge(self) -> None:
        again = self.second.words()
        differs = bool(again) and not self.words().startswith(again)
        if again and len(again) >= len(self.words()):
            differs = again != self.words()
        self.second.mark(differs)
        self.hint.setText(text.DIFFERENT if differs else _HINTS[strength(self.words())])
        set_style_property(self.hint, "role", "error" if differs else "small")
        self.changed.emit()
