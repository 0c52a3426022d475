"""What this program is, and what it is built from, as a page of the settings."""

from __future__ import annotations

from collections.abc import Callable

from ui import text
from ui import text_settings as words
from ui.settings.page import Block, BlockPage


class AboutPage(BlockPage):
    """Name, version, what it is and is not, and the way to the licences."""

    def __init__(self, version: str, show_licences: Callable[[], object]) -> None:
        super().__init__("about", words.ABOUT)
        what = Block(f"{text.APP} {version}", text.ABOUT_BODY)
        licences = Block(words.LICENCES, f"{words.LICENCES_NOTE}\n{text.ABOUT_FONTS}")
        self.licences = licences.add_button(words.SHOW_LICENCES, show_licences)
        self.fill((what, licences))
