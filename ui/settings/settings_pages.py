"""All pages of the settings window, in their order; no setting is without a row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields

from PySide6.QtGui import QKeySequence

from ui import text_shortcuts
from ui.settings.about_page import AboutPage
from ui.settings.fields import MakeField
from ui.settings.general_page import GeneralPage
from ui.settings.network_page import NetworkPage
from ui.settings.parts import SettingsParts
from ui.settings.settings_form import SettingsForm
from ui.settings.settings_page import SettingsPage
from ui.settings.shortcuts_page import ShortcutsPage
from ui.settings.special_fields import HotkeyField, ModelField, ShortcutsField
from ui.shortcuts.key_map import acts, native

_ORDER = (
    *("general", "models", "generation", "interface", "introspection"),
    *("shortcuts", "quick", "network"),
    *("privacy", "storage", "backups", "about"),
)


def make_pages(
    parts: SettingsParts,
    others: Iterable[SettingsPage],
    show_section: Callable[[str], object],
    show_licences: Callable[[], object],
) -> dict[str, SettingsPage]:
    """Section name to its page, in the order of the navigation.

    Args:
        parts: What they are built from.
        others: Pages of other rooms.
        show_section: Brings a page on screen.
        show_licences: Brings the licences on screen.
    """
    pages: list[SettingsPage] = [
        GeneralPage(parts),
        NetworkPage(parts),
        ShortcutsPage(parts.keys, parts.theme),
        AboutPage(parts.version, show_licences),
        *others,
    ]
    taken = {(row.section, row.name) for page in pages for row in page.rows.values()}
    for section in fields(parts.settings.value):
        part = getattr(parts.settings.value, section.name)
        # A setting that no other page has a row for is never lost from the window.
        names = [f.name for f in fields(part) if (section.name, f.name) not in taken]
        if names:
            makers = _makers(section.name, parts, show_section)
            form = SettingsForm(section.name, parts.settings, parts.theme, names, makers)
            pages.append(form)
    by_name = {page.section: page for page in pages}
    order = [*_ORDER, *(name for name in by_name if name not in _ORDER)]
    return {name: by_name[name] for name in order if name in by_name}


def _makers(
    section: str, parts: SettingsParts, show_section: Callable[[str], object]
) -> dict[str, MakeField]:
    """Fields that a description alone does not tell."""
    match section:
        case "models":
            models = parts.models
            return {
                name: lambda theme, changed: ModelField(models, theme, changed)
                for name in ("model", "draft_model")
            }
        case "quick":

            def taken(keys: QKeySequence) -> str:
                held = parts.keys.map()
                for item in acts():
                    if keys in held.keys_of(item):
                        return text_shortcuts.taken(native(keys), item.words.rstrip("."))
                return ""

            return {"hotkey": lambda theme, changed: HotkeyField(taken, theme, changed)}
        case "interface":
            open_page = lambda: show_section("shortcuts")  # noqa: E731
            return {"shortcuts": lambda _theme, _changed: ShortcutsField(open_page)}
    return {}
