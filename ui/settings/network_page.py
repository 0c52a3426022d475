"""What may leave this machine."""

from __future__ import annotations

from ui import text
from ui import text_settings as words
from ui.settings.page import Block, BlockPage
from ui.settings.parts import SettingsParts
from ui.settings.settings_form import make_rows


class NetworkPage(BlockPage):
    """The offline switch, and what goes out without it."""

    def __init__(self, parts: SettingsParts) -> None:
        super().__init__("network", text.SECTION_TITLES["network"])
        switch = Block(text.SECTION_TITLES["network"])
        switch.heading.hide()
        switch.add_rows(make_rows("network", parts.settings, parts.theme))
        self.fill((switch, Block(words.NETWORK_MORE, words.NETWORK_MORE_NOTE)))
