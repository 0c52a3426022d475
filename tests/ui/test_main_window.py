from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.contract import commands
from engine.contract.vault_commands import OpenVault
from ui import text, text_sidebar
from ui.actions import ITEMS, MacMenuWords
from ui.settings.settings_window import SettingsWindow

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.feature("window.start")
def test_the_window_asks_for_all_it_shows_when_it_opens(window, engine):
    """The window is on screen at once while the model loads behind it."""
    kinds = [type(command) for command in engine.submitted]

    assert kinds[:4] == [
        OpenVault,
        commands.ListModels,
        commands.InspectEngine,
        commands.LoadModel,
    ]
    assert engine.sent(commands.LoadModel)[0].model_id == "smollm2-135m"
    assert window.isVisible()


def test_typing_goes_into_the_composer_from_the_start(window, qtbot):
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.page.composer.edit)


@pytest.mark.feature("window.restore")
def test_size_and_sidebar_come_back_after_a_restart(open_fake_window, qtbot):
    """Window size, sidebar width and fold come back after a restart."""
    first = open_fake_window()
    first.resize(790, 707)  # the offscreen screen is 800 px wide
    first.panes.set_pane_width(301)
    first.panes.set_open(False)
    first.close()

    second = open_fake_window()
    assert (second.width(), second.height()) == (790, 707)
    assert not second.panes.is_open()
    second.panes.set_open(True)
    qtbot.waitUntil(lambda: second.sidebar.width() == 301)


def test_nothing_the_user_wrote_is_in_the_state_file(window, qtbot, tmp_path):
    """The file is not encrypted, so a title in it would undo the vault."""
    window.page.composer.send("a very private matter")
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    window.remember()

    assert "private" not in (tmp_path / "window.ini").read_text()


@pytest.mark.feature("window.narrow")
def test_a_narrow_window_folds_its_sidebar_and_can_lay_it_over(window, qtbot):
    """In a narrow window the sidebar folds away and can be laid over the page."""
    assert window.panes.is_shown()
    window.resize(700, 600)
    qtbot.waitUntil(lambda: not window.panes.is_shown())

    window.top_bar.toggle.click()
    assert window.panes.is_shown()
    assert window.top_bar.toggle.accessibleName() == text.SIDEBAR_HIDE
    QTest.keyClick(window.sidebar, Qt.Key.Key_Escape)
    assert not window.panes.is_shown()

    window.resize(1100, 700)
    qtbot.waitUntil(window.panes.is_shown)
    assert window.panes.is_open()


@pytest.mark.feature("window.menus")
def test_every_item_has_an_explicit_role_and_an_act(window):
    """Menus and shortcuts are those your system expects."""
    for item in ITEMS:
        if item.key:
            action = window.actions_by_key[item.key]
            assert action.menuRole() == item.role
            assert action.menuRole() != QAction.MenuRole.TextHeuristicRole
    assert [action.text() for action in window.menus.actions()] == [
        text.MENU_FILE,
        text.MENU_EDIT,
        text.MENU_VIEW,
        text_sidebar.MENU_CONVERSATION,
        text.MENU_WINDOW,
        text.MENU_HELP,
    ]
    roles = {item.key: item.role for item in ITEMS}
    assert roles["settings"] == QAction.MenuRole.PreferencesRole
    assert roles["about"] == QAction.MenuRole.AboutRole
    assert roles["quit"] == QAction.MenuRole.QuitRole


def test_no_shortcut_is_given_twice(window):
    given = [
        shortcut.toString()
        for action in window.actions_by_key.values()
        for shortcut in action.shortcuts()
    ]

    assert len(given) == len(set(given))
    assert QKeySequence("Ctrl+,").toString() in given


def test_the_application_menu_of_macos_says_settings(qapp):
    """Qt 6.11.3 still says "Preferences..." there."""
    words = MacMenuWords(qapp)
    qapp.installTranslator(words)

    assert QCoreApplication.translate("MAC_APPLICATION_MENU", "Preferences...") == "Settings..."
    assert QCoreApplication.translate("Elsewhere", "Open") == "Open"
    qapp.removeTranslator(words)


def test_new_conversation_begins_an_empty_page(window, qtbot):
    window.page.composer.send("hello")
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    assert window.top_bar.title.text() == "hello"

    window.actions_by_key["new"].trigger()
    assert window.page.messages.rowCount() == 0
    assert window.top_bar.title.text() == text.NEW_CONVERSATION
    assert window.sidebar.model.found == 1


@pytest.mark.feature("chat.title")
def test_a_conversation_is_named_after_its_first_words(window, engine, qtbot):
    """A new conversation takes its title from your first words."""
    window.page.composer.send("How tall is the Eiffel tower?\nIn metres.")
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())

    # The engine keeps the title and may find a better one, so the window gives it none.
    (created,) = engine.sent(commands.CreateConversation)
    assert created.title == ""
    assert not engine.sent(commands.RenameConversation)
    assert window.top_bar.title.text() == "How tall is the Eiffel tower?"


def test_search_is_reached_by_its_shortcut(window, qtbot):
    window.activateWindow()
    window.actions_by_key["search"].trigger()

    assert window.search.is_open()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.search.page.field)


def test_stop_can_be_chosen_only_while_an_answer_runs(window, engine, qtbot):
    stop = window.actions_by_key["stop"]
    assert not stop.isEnabled()
    engine.hold.clear()
    window.page.composer.send("hi")
    assert stop.isEnabled()
    engine.hold.set()

    qtbot.waitUntil(lambda: not stop.isEnabled())


def test_text_grows_and_shrinks_by_its_shortcuts(window, qtbot):
    window.actions_by_key["larger"].trigger()
    qtbot.waitUntil(lambda: window.theme.reading_px == 16)
    window.actions_by_key["larger"].trigger()
    window.actions_by_key["smaller"].trigger()
    window.actions_by_key["usual_size"].trigger()
    qtbot.waitUntil(lambda: window.theme.reading_px == 15)


def test_settings_and_about_open_beside_the_window(window):
    window.preferences.open_settings()
    window.preferences.open_about()

    settings = window.window_named("settings")
    assert isinstance(settings, SettingsWindow)
    assert not settings.isModal()
    assert window.window_named("about").isVisible()


def test_edit_acts_on_what_has_the_focus(window, qtbot):
    edit = window.page.composer.edit
    window.activateWindow()
    edit.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is edit)
    edit.setPlainText("abc")
    window.actions_by_key["select_all"].trigger()
    window.actions_by_key["cut"].trigger()
    assert edit.toPlainText() == ""
    window.actions_by_key["paste"].trigger()

    assert edit.toPlainText() == "abc"


def test_ui_brings_no_engine_tools_with_it():
    code = (
        "import sys, ui.app_shell, ui.screens;"
        "print(sorted({'mlx','mlx_lm','chromadb','httpx','httpx2','sqlite3'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "[]"
