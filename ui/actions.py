"""One table of menu items and shortcuts, and the menu bar made of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTranslator
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar

from ui import (
    text,
    text_attachments,
    text_library,
    text_message,
    text_panel,
    text_quick,
    text_search,
    text_settings,
    text_sidebar,
    text_transfer,
    text_vault,
    text_welcome,
)

Role = QAction.MenuRole
Standard = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One line of a menu.

    Attributes:
        key: Name by which the window supplies what it does.
        menu: Which menu it stands in.
        words: Its text; empty for a separator.
        shortcuts: Any of them triggers it; "Ctrl" is the command key on macOS.
        role: Where macOS moves it. Always explicit: by default Qt guesses from the words.
        only_on: "darwin" or "linux"; empty for both.
    """

    key: str
    menu: str
    words: str = ""
    shortcuts: tuple[QKeySequence.StandardKey | str, ...] = ()
    role: QAction.MenuRole = Role.NoRole
    only_on: str = ""


_FILE, _EDIT, _VIEW, _CHAT, _WINDOW, _HELP = (
    text.MENU_FILE,
    text.MENU_EDIT,
    text.MENU_VIEW,
    text_sidebar.MENU_CONVERSATION,
    text.MENU_WINDOW,
    text.MENU_HELP,
)
ITEMS: tuple[MenuItem, ...] = (
    MenuItem("new", _FILE, text.NEW_CONVERSATION, ("Ctrl+N",)),
    MenuItem("new_temporary", _FILE, text_sidebar.NEW_TEMPORARY, ("Ctrl+Shift+N",)),
    MenuItem("new_folder", _FILE, text_sidebar.NEW_FOLDER),
    MenuItem("attach", _FILE, text_attachments.ATTACH_ITEM, ("Ctrl+Shift+O",)),
    MenuItem("", _FILE),
    MenuItem("import_conversations", _FILE, text_transfer.IMPORT_ITEM),
    MenuItem("export_conversations", _FILE, text_transfer.EXPORT_ALL_ITEM),
    MenuItem("trash", _FILE, text_vault.TRASH),
    MenuItem("", _FILE),
    MenuItem("back_up", _FILE, text_vault.BACK_UP_NOW),
    MenuItem("export", _FILE, text_vault.EXPORT),
    MenuItem("lock", _FILE, text_vault.LOCK_NOW, ("Ctrl+Shift+L",)),
    MenuItem("", _FILE),
    MenuItem("settings", _FILE, text.SETTINGS, ("Ctrl+,",), Role.PreferencesRole),
    MenuItem("close", _FILE, "Close window", ("Ctrl+W",)),
    MenuItem("quit", _FILE, f"Quit {text.APP}", ("Ctrl+Q",), Role.QuitRole),
    MenuItem("undo", _EDIT, "Undo", (Standard.Undo,)),
    MenuItem("redo", _EDIT, "Redo", (Standard.Redo,)),
    MenuItem("", _EDIT),
    MenuItem("cut", _EDIT, "Cut", (Standard.Cut,)),
    MenuItem("copy", _EDIT, "Copy", (Standard.Copy,)),
    MenuItem("paste", _EDIT, "Paste", (Standard.Paste,)),
    MenuItem("select_all", _EDIT, "Select all", (Standard.SelectAll,)),
    MenuItem("", _EDIT),
    MenuItem("search", _EDIT, text_search.SEARCH_ITEM, ("Ctrl+Shift+F",)),
    MenuItem("find", _EDIT, text_search.FIND_ITEM, ("Ctrl+F",)),
    MenuItem("find_next", _EDIT, text_search.FIND_NEXT, ("Ctrl+G", "F3")),
    MenuItem("find_previous", _EDIT, text_search.FIND_PREVIOUS, ("Ctrl+Shift+G", "Shift+F3")),
    MenuItem("", _EDIT),
    MenuItem("stop", _EDIT, "Stop the answer", ("Esc", "Ctrl+.")),
    MenuItem("palette", _VIEW, text_search.PALETTE_ITEM, ("Ctrl+K",)),
    MenuItem("quick", _VIEW, text_quick.QUICK_QUESTION),
    MenuItem("", _VIEW),
    MenuItem("sidebar", _VIEW, text.SIDEBAR_TOGGLE, ("Ctrl+Shift+S",)),
    MenuItem("introspection", _VIEW, text_panel.TOGGLE, ("Ctrl+I",)),
    MenuItem("doubt", _VIEW, text_panel.DOUBT),
    MenuItem("archived", _VIEW, text_sidebar.ARCHIVED_ITEM),
    MenuItem("presets", _VIEW, text_library.PRESETS_ITEM),
    MenuItem("prompts", _VIEW, text_library.PROMPTS_ITEM, ("Ctrl+Shift+U",)),
    MenuItem("models", _VIEW, text.MODELS, ("Ctrl+Shift+M",)),
    MenuItem("end", _VIEW, text.TO_THE_END, ("Ctrl+End",)),
    MenuItem("", _VIEW),
    MenuItem("larger", _VIEW, "Larger text", ("Ctrl++", "Ctrl+=")),
    MenuItem("smaller", _VIEW, "Smaller text", ("Ctrl+-",)),
    MenuItem("usual_size", _VIEW, "Usual text size", ("Ctrl+0",)),
    MenuItem("regenerate", _CHAT, text_message.MENU_REGENERATE, ("Ctrl+R",)),
    MenuItem("continue", _CHAT, text_message.MENU_CONTINUE, ("Ctrl+Shift+Return",)),
    MenuItem("read_aloud", _CHAT, text_quick.READ_ALOUD_ITEM, ("Ctrl+Shift+R",)),
    MenuItem("edit_last", _CHAT, text_message.MENU_EDIT, ("Ctrl+Up",)),
    MenuItem("compare", _CHAT, text_message.MENU_COMPARE, ("Ctrl+Shift+D",)),
    MenuItem("why", _CHAT, text_message.MENU_WHY, ("Ctrl+Shift+Y",)),
    MenuItem("", _CHAT),
    MenuItem("rename", _CHAT, text_sidebar.RENAME_ITEM, ("F2",)),
    MenuItem("pin", _CHAT, text_sidebar.PIN_ITEM, ("Ctrl+Shift+P",)),
    MenuItem("archive", _CHAT, text_sidebar.ARCHIVE_ITEM, ("Ctrl+Shift+A",)),
    MenuItem("move", _CHAT, text_sidebar.MOVE_ITEM),
    MenuItem("keep", _CHAT, text_sidebar.KEEP_ITEM),
    MenuItem("", _CHAT),
    MenuItem("configure", _CHAT, text_library.CONFIGURE_ITEM, ("Ctrl+Shift+,",)),
    MenuItem("", _CHAT),
    MenuItem("export_conversation", _CHAT, text_transfer.EXPORT_ITEM, ("Ctrl+Shift+E",)),
    MenuItem("", _CHAT),
    MenuItem("delete", _CHAT, text_sidebar.DELETE_ITEM),
    MenuItem("minimize", _WINDOW, "Minimize", ("Ctrl+M",)),
    MenuItem("zoom", _WINDOW, "Zoom"),
    MenuItem("", _WINDOW),
    MenuItem("front", _WINDOW, "Bring all to front"),
    MenuItem("welcome", _HELP, text_welcome.ITEM),
    MenuItem("shortcuts", _HELP, text.SHORTCUTS_TITLE, ("Ctrl+/",)),
    MenuItem("licences", _HELP, f"{text_settings.LICENCES}..."),
    MenuItem("about", _HELP, text.ABOUT_TITLE, (), Role.AboutRole),
)

# What a locked window still does; nothing else may reach the content.
ALWAYS_THERE = frozenset(
    {
        "close",
        "quit",
        "undo",
        "redo",
        "cut",
        "copy",
        "paste",
        "select_all",
        "minimize",
        "zoom",
        "front",
        "shortcuts",
        "about",
        "licences",
    }
)


def key_sequences(item: MenuItem) -> list[QKeySequence]:
    """The shortcuts of an item on this system."""
    sequences: list[QKeySequence] = []
    for shortcut in item.shortcuts:
        if isinstance(shortcut, str):
            sequences.append(QKeySequence(shortcut))
        else:
            sequences.extend(QKeySequence.keyBindings(shortcut))
    return sequences


def fill_menu_bar(
    bar: QMenuBar, acts: Mapping[str, Callable[[], object]], owner: QObject
) -> dict[str, QAction]:
    """Every item is in the bar and does its act.

    Args:
        bar: Empty before.
        acts: Item key to what it does; every key of ITEMS must be there.
        owner: Parent of the actions.

    Returns:
        Item key to its action.
    """
    menus: dict[str, QMenu] = {}
    actions: dict[str, QAction] = {}
    for item in ITEMS:
        if item.menu not in menus:
            menus[item.menu] = bar.addMenu(item.menu)
        if not item.key:
            menus[item.menu].addSeparator()
            continue
        if item.only_on and item.only_on != sys.platform:
            continue
        action = QAction(item.words, owner)
        action.setMenuRole(item.role)
        action.setShortcuts(key_sequences(item))
        act = acts[item.key]
        action.triggered.connect(lambda _checked=False, act=act: act())
        menus[item.menu].addAction(action)
        actions[item.key] = action
    return actions


class MacMenuWords(QTranslator):
    """Gives the application menu the word that macOS has used since version 13.

    WORKAROUND(libqcocoa of Qt 6.11.3 still says "Preferences..."): try again at each upgrade.
    """

    def isEmpty(self) -> bool:
        """It has something to say."""
        return False

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        """The word to use; None leaves it as it is."""
        del disambiguation, n
        is_ours = context == "MAC_APPLICATION_MENU" and source.startswith("Preferences")
        return text.SETTINGS if is_ours else None
