"""What the settings window needs of a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ui.settings.settings_form import SettingRow


class SettingsPage(Protocol):
    """Every page is a QWidget and offers this."""

    section: str
    title: str

    @property
    def rows(self) -> Mapping[str, SettingRow]:
        """Setting name to its row."""
        ...

    def search(self, query: str) -> int:
        """Only what matches is shown; returns how many rows or parts do."""
        ...

    def setVisible(self, is_visible: bool) -> None:
        """As every widget can be."""
        ...
