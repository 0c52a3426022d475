"""Notices, the first steps again, and settings as a file."""

from __future__ import annotations

from pathlib import Path

from engine.contract.settings import Settings
from ui import text
from ui import text_settings as words
from ui.settings.page import Block, BlockPage
from ui.settings.parts import SettingsParts
from ui.settings.settings_file import NotSettingsError, read_file, write_file
from ui.settings.settings_form import make_rows
from ui.widgets.file_choice import choose_file, choose_new_file


class GeneralPage(BlockPage):
    """What belongs to no other page.

    Attributes:
        moving: The block that saves, reads and resets.
        undo: Puts back what reading or resetting changed.
    """

    def __init__(self, parts: SettingsParts) -> None:
        super().__init__("general", words.GENERAL, words.GENERAL_NOTE)
        self._settings = parts.settings
        self._before: Settings | None = None
        theme = parts.theme
        notices = Block(words.NOTICES)
        notices.add_rows(make_rows("interface", parts.settings, theme, ("is_notified",)))
        first = Block(words.WELCOME, words.WELCOME_NOTE)
        first.add_rows(make_rows("interface", parts.settings, theme, ("is_welcomed",)))
        first.add_button(words.WELCOME_AGAIN, parts.welcome)
        self.moving = Block(words.MOVE, words.MOVE_NOTE)
        self.moving.add_button(words.SAVE_FILE, self._ask_where)
        self.moving.add_button(words.READ_FILE, self._ask_which)
        self.moving.add_button(words.RESET_ALL, self.reset_all, "danger-quiet")
        self.undo = self.moving.add_button(text.UNDO, self._put_back, "quiet")
        self.undo.hide()
        self.fill((notices, first, self.moving))

    def save(self, path: str) -> None:
        """The public settings are in the file."""
        try:
            write_file(Path(path), self._settings.value)
        except OSError:
            self.moving.say(words.NOT_SAVED, is_error=True)
        else:
            self.moving.say(words.SAVED)

    def read(self, path: str) -> None:
        """What the file says holds, all at once; what was left out is said."""
        try:
            reading = read_file(Path(path), self._settings.value)
        except NotSettingsError as error:
            self.moving.say(str(error), is_error=True)
            return
        except OSError:
            self.moving.say(words.NOT_READ, is_error=True)
            return
        if reading.taken:
            self._change_to(reading.settings)
        self.moving.say(words.read(len(reading.taken), list(reading.skipped)))

    def reset_all(self) -> None:
        """Every public setting is at its default; Undo puts them back."""
        self._change_to(self._settings.with_defaults())
        self.moving.say(words.RESET_DONE)

    def _change_to(self, settings: Settings) -> None:
        self._before = self._settings.value
        self._settings.change_all(settings)
        self.undo.show()

    def _put_back(self) -> None:
        if self._before is not None:
            self._settings.change_all(self._before)
            self._before = None
        self.undo.hide()
        self.moving.say(words.UNDONE)

    def _ask_where(self) -> None:
        choose_new_file(self.window(), words.SAVE_TITLE, words.FILE_NAME, self.save)

    def _ask_which(self) -> None:
        choose_file(self.window(), words.READ_TITLE, self.read)
