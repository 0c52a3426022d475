"""What is asked for at the door: a passphrase, the recovery key, or nothing but a click."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.contract.vault import VaultState, VaultStatus
from ui import text_lock
from ui import text_vault as text
from ui.theme import Theme
from ui.vault.secret_field import SecretField
from ui.vault.vault_desk import VaultDesk
from ui.widgets.buttons import push_button
from ui.widgets.labels import label, set_style_property

_TICK_MS = 250  # four looks a second, so that no second of the countdown is skipped
WIDTH = 340


class UnlockForm(QWidget):
    """Opens the vault; says when it did not, and when the next try may be.

    Attributes:
        mode_changed: It asks for the other thing now.
        field: Where passphrase or recovery key are typed.
        button: Unlocks.
        other: Changes between passphrase and recovery key.
        is_recovery: Whether the recovery key is asked for.
    """

    mode_changed = Signal()

    def __init__(self, vault: VaultDesk, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._vault = vault
        self.is_recovery = False
        self.field = SecretField(theme, text.PASSPHRASE)
        self.message = label("", "small", wraps=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.button = push_button(text_lock.UNLOCK, "primary", self.submit)
        self.other = push_button(text.USE_RECOVERY_KEY, "quiet", self._turn)
        self.field.submitted.connect(self.submit)
        self.field.changed.connect(self._typed)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self.refresh)
        self.setFixedWidth(theme.px(WIDTH))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for widget in (self.field, self.message, self.button):
            column.addWidget(widget)
        column.addWidget(self.other, 0, Qt.AlignmentFlag.AlignHCenter)

    def ask_for_recovery(self, is_recovery: bool) -> None:
        """The recovery key is asked for, or the passphrase."""
        if is_recovery != self.is_recovery:
            self.is_recovery = is_recovery
            self.field.clear()
            self._vault.forget_error()
            self.mode_changed.emit()
        self.refresh()
        self.focus()

    def focus(self) -> None:
        """Typing goes into the field; without one, Return unlocks."""
        wanted = self.field.edit if self._needs_words() else self.button
        wanted.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget(self) -> None:
        """What was typed is gone."""
        self.field.clear()
        self.is_recovery = False

    def submit(self) -> None:
        """The engine tries what was typed."""
        if not self.button.isEnabled():
            return
        if self.is_recovery:
            self._vault.open(recovery_key=self.field.words().strip())
        else:
            self._vault.open(passphrase=self.field.words() if self._needs_words() else "")

    def refresh(self) -> None:
        """Fields, words and buttons fit the vault's state."""
        status = self._vault.status
        waits = self._vault.retry_after_s()
        needs_words = self._needs_words()
        self.field.setVisible(needs_words)
        self.field.rename(text.RECOVERY_KEY if self.is_recovery else text.PASSPHRASE)
        # Not disabled: that would hand the focus on to what comes next.
        self.field.edit.setReadOnly(self._vault.is_opening)
        is_ready = bool(self.field.words().strip()) or not needs_words
        self.button.setEnabled(is_ready and waits <= 0 and not self._vault.is_opening)
        self.button.setText(text_lock.OPENING if self._vault.is_opening else text_lock.UNLOCK)
        self.other.setVisible(self._has_other(status))
        self.other.setText(text.USE_PASSPHRASE if self.is_recovery else text.USE_RECOVERY_KEY)
        self._show_message(waits)
        if waits > 0 and not self._tick.isActive():
            self._tick.start()
        elif waits <= 0:
            self._tick.stop()

    def take_refusal(self) -> None:
        """What was typed did not open it: it is marked, and typing goes over it."""
        self.field.mark(True)
        self.field.edit.selectAll()
        self.refresh()
        self.focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back from the recovery key."""
        if event.key() == Qt.Key.Key_Escape and self.is_recovery and self.other.isVisible():
            self._turn()
        else:
            super().keyPressEvent(event)

    def _needs_words(self) -> bool:
        status = self._vault.status
        return self.is_recovery or (status is not None and status.has_passphrase)

    def _has_other(self, status: VaultStatus | None) -> bool:
        if status is None or not status.has_recovery_key:
            return False
        return status.state is VaultState.LOCKED or self.is_recovery

    def _show_message(self, waits: float) -> None:
        error = self._vault.error
        parts = [f"{error.message} {error.action}".strip()] if error is not None else []
        if waits > 0:
            parts.append(text_lock.next_try(waits))
        if not parts and self.is_recovery:
            parts.append(text_lock.RECOVERY_HINT)
        words = " ".join(parts)
        self.message.setText(words)
        self.message.setVisible(bool(words))
        is_bad = error is not None
        set_style_property(self.message, "role", "error" if is_bad else "small")
        self.field.edit.setAccessibleDescription(words)

    def _typed(self) -> None:
        self.field.mark(False)
        self.refresh()

    def _turn(self) -> None:
        self.ask_for_recovery(not self.is_recovery)
