"""Makes a recovery key and shows it, this once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from engine.contract.events import Event
from engine.contract.vault_commands import MakeRecoveryKey
from engine.contract.vault_events import RecoveryKeyMade
from ui import text_vault as text
from ui.vault.key_paper import print_key, write_key
from ui.vault.parts import VaultParts
from ui.vault.sheet import Sheet
from ui.widgets.buttons import push_button
from ui.widgets.check_box import CheckBox
from ui.widgets.file_choice import choose_new_file
from ui.widgets.labels import label


class RecoverySheet(Sheet):
    """Cannot be left, once the key is shown, before the user says that it was written down.

    Attributes:
        key: Where the key is shown.
        copy, save, print: What can be done with it.
        confirmed: "I have written it down".
    """

    def __init__(self, parts: VaultParts, parent: QWidget) -> None:
        status = parts.desk.status
        replaces = status is not None and status.has_recovery_key
        why = f"{text.RECOVERY_WHY} {text.RECOVERY_REPLACES}" if replaces else text.RECOVERY_WHY
        super().__init__(parts, text.RECOVERY_KEY, why, text.MAKE_RECOVERY_KEY, parent)
        self._key = ""
        self.key = label("", wraps=True)
        self.key.setObjectName("RecoveryKey")
        self.key.setFont(parts.theme.mono(15))
        self.key.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        flag = Qt.TextInteractionFlag
        self.key.setTextInteractionFlags(flag.TextSelectableByMouse | flag.TextSelectableByKeyboard)
        self.key.setAccessibleName(text.RECOVERY_KEY)
        self.copy = push_button(text.COPY, "plain", self._copy)
        self.save = push_button(text.SAVE_TO_FILE, "plain", self._choose_file)
        self.print = push_button(text.PRINT, "plain", self._print)
        self.confirmed = CheckBox(parts.theme, text.RECOVERY_CONFIRM)
        self.confirmed.toggled.connect(self.refresh)
        self._ways = QHBoxLayout()
        self._ways.setSpacing(8)
        for button in (self.copy, self.save, self.print):
            button.setAutoDefault(False)
            self._ways.addWidget(button)
        self._ways.addStretch(1)
        self.body.addWidget(self.key)
        self.body.addLayout(self._ways)
        self.body.addWidget(self.confirmed)
        self._show_key("")
        self.action.setFocus()

    def act(self) -> None:
        """The engine makes the key."""
        self.run(MakeRecoveryKey())

    def take(self, event: Event) -> None:
        """The key is on screen."""
        if isinstance(event, RecoveryKeyMade):
            self.is_done = True
            self._show_key(event.recovery_key)
            self.key.setFocus()

    def refresh(self) -> None:
        """Done can be pressed when the key was written down."""
        super().refresh()
        if self.is_done:
            self.leave.setEnabled(self.confirmed.isChecked())

    def reject(self) -> None:
        """A key that is shown is not lost by an Esc."""
        if self._key and not self.confirmed.isChecked():
            self.confirmed.setFocus()
            return
        self._key = ""
        self.key.setText("")
        super().reject()

    def _show_key(self, key: str) -> None:
        self._key = key
        self.key.setText(text.in_lines(key))
        for widget in (self.key, self.copy, self.save, self.print, self.confirmed):
            widget.setVisible(bool(key))
        self.refresh()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._key)
        self.say(text.RECOVERY_COPIED)

    def _choose_file(self) -> None:
        choose_new_file(self, text.SAVE_TO_FILE, text.RECOVERY_FILE, self._save)

    def _save(self, path: str) -> None:
        if write_key(path, self._key):
            self.say(text.RECOVERY_SAVED)
        else:
            self.say(text.RECOVERY_NOT_SAVED, is_error=True)

    def _print(self) -> None:
        # Loaded here, for a window that prints nothing needs no printing.
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        dialog = QPrintDialog(printer, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.finished.connect(lambda result: self._printer_chosen(result, printer))
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.show()

    def _printer_chosen(self, result: int, printer: object) -> None:
        from PySide6.QtPrintSupport import QPrinter

        if result == QDialog.DialogCode.Accepted and isinstance(printer, QPrinter):
            print_key(printer, self._key)
            self.say(text.RECOVERY_PRINTED)
