"""The real window in a process of its own, in which somebody types: `canary_window.py FILE WORDS`.

Each line of FILE is typed and sent, the last two are left in the composer and in the search field.
What has happened is said on standard output; then the window stays until the process is killed.
The app is whole: `main` is called with WORDS, and its own loop runs this.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from app.main import main
from ui import app_shell

if TYPE_CHECKING:
    from ui.main_window import MainWindow

# The draft is kept a moment after the last key.
_AFTER_TYPING_S = 2.5


async def until(holds: Callable[[], bool]) -> None:
    """`holds` has become true."""
    while not holds():
        await asyncio.sleep(0.01)


def tell(word: str) -> None:
    """A line on standard output."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def use(window: MainWindow, lines: list[str]) -> None:
    """Everything a user does with words in a window."""
    *sent, draft, sought = lines
    window.resize(900, 640)
    await until(lambda: window.session.models.loaded is not None)
    composer, desk = window.page.composer, window.session.desk
    for line in sent:
        # Typed in one go: what is looked for is where words go, not how fast.
        composer.edit.setFocus()
        composer.edit.insertPlainText(line)
        QTest.keyClick(composer.edit, Qt.Key.Key_Return)
        await until(desk.is_answering)
        await until(lambda: not desk.is_answering())
        tell(line)
    composer.edit.insertPlainText(draft)
    for field in window.findChildren(QLineEdit):
        field.setText(sought)
        field.selectAll()
        field.copy()
    window.resize(980, 700)
    await asyncio.sleep(_AFTER_TYPING_S)
    tell("typed")


def hold(lines: list[str]) -> None:
    """The next window that is opened is used."""
    open_window = app_shell.open_window
    tasks: list[asyncio.Task[None]] = []

    def open_and_use(*given: Any, **named: Any) -> MainWindow:
        settings = named["settings"]
        seen = replace(settings.interface, is_welcomed=True)
        named["settings"] = replace(settings, interface=seen)
        window = open_window(*given, **named)
        QTimer.singleShot(0, lambda: tasks.append(asyncio.ensure_future(use(window, lines))))
        return window

    app_shell.open_window = open_and_use


if __name__ == "__main__":
    file, *words = sys.argv[1:]
    hold(Path(file).read_text().split("\n"))
    sys.exit(main(words))
