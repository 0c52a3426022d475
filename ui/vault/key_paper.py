"""The recovery key on paper or in a file, where the user wants it."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QSaveFile
from PySide6.QtGui import QFont, QTextCharFormat, QTextCursor, QTextDocument

from ui import text_vault as text

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter


def write_key(path: str, key: str) -> bool:
    """The key is in a file that only its owner reads, whole or not at all; whether it is."""
    file = QSaveFile(path)
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        return False
    permission = QSaveFile.Permission
    file.setPermissions(permission.ReadOwner | permission.WriteOwner)
    words = text.recovery_paper(key, datetime.date.today())
    return file.write(words.encode()) > 0 and file.commit()


def print_key(printer: QPrinter, key: str) -> None:
    """One page with the key in large letters has gone to the printer."""
    document = QTextDocument()
    cursor = QTextCursor(document)
    plain, large = QTextCharFormat(), QTextCharFormat()
    plain.setFontPointSize(12)
    large.setFontFamilies(["JetBrains Mono", "Menlo", "monospace"])
    large.setFontStyleHint(QFont.StyleHint.Monospace)
    large.setFontPointSize(16)
    shown = text.in_lines(key)
    for line in text.recovery_paper(shown, datetime.date.today()).splitlines():
        cursor.insertText(line + "\n", large if line and line in shown else plain)
    document.print_(printer)
