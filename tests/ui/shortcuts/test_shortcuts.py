from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from engine.contract.settings import InterfaceSettings, Settings
from ui.actions import ITEMS
from ui.shortcuts.key_map import KeyMap, acts

CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
NEW = next(item for item in ITEMS if item.key == "new")


@pytest.fixture
def page(window):
    window.preferences.open_settings("shortcuts")
    return window.window_named("settings").forms["shortcuts"]


def press(line, key, modifiers=Qt.KeyboardModifier.NoModifier):
    line.field.click()
    QTest.keyClick(line.field, key, modifiers)


def keys_of(window, key):
    return [sequence.toString() for sequence in window.actions_by_key[key].shortcuts()]


def test_every_act_has_a_line(page):
    assert set(page.lines) == {item.key for item in ITEMS if item.key}


def test_no_two_acts_share_their_usual_keys():
    seen = {}
    for item in acts():
        for keys in KeyMap().keys_of(item):
            assert keys.toString() not in seen, f"{item.key} and {seen.get(keys.toString())}"
            seen[keys.toString()] = item.key


@pytest.mark.feature("shortcuts.rebind")
def test_other_keys_hold_in_the_menu_at_once(page, window, qtbot):
    """Every shortcut can be changed by pressing other keys, and holds at once."""
    press(page.lines["new"], Qt.Key.Key_J, CTRL | ALT)

    qtbot.waitUntil(lambda: keys_of(window, "new") == ["Ctrl+Alt+J"])
    assert window.session.settings.value.interface.shortcuts == ("new=Ctrl+Alt+J",)
    assert "J" in page.lines["new"].field.words()


@pytest.mark.feature("shortcuts.conflict")
def test_keys_that_are_taken_are_refused_in_words(page, window):
    """Keys that something else has are refused, and it says what has them."""
    line = page.lines["new"]
    press(line, Qt.Key.Key_Q, CTRL)

    assert line.fault().startswith("Ctrl+Q is taken by “Quit Shvayambhu”")
    assert keys_of(window, "new") == ["Ctrl+N"]


def test_keys_that_are_needed_for_typing_are_refused(page):
    line = page.lines["new"]
    press(line, Qt.Key.Key_A)

    assert "needed for typing" in line.fault()


def test_the_hotkey_of_the_quick_question_is_taken(page):
    line = page.lines["new"]
    press(line, Qt.Key.Key_Space, CTRL | ALT)

    assert "Quick question" in line.fault()


@pytest.mark.feature("shortcuts.reset")
def test_each_line_has_its_own_way_back(page, window, qtbot):
    """Each shortcut can be set back to its usual keys on its own."""
    line = page.lines["new"]
    assert line.reset.isHidden()
    press(line, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: keys_of(window, "new") == [])
    line.reset.click()

    qtbot.waitUntil(lambda: keys_of(window, "new") == ["Ctrl+N"])
    assert window.session.settings.value.interface.shortcuts == ()


def test_usual_keys_that_were_given_away_must_be_given_back_first(page, window, qtbot):
    press(page.lines["new"], Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: keys_of(window, "new") == [])
    press(page.lines["zoom"], Qt.Key.Key_N, CTRL)
    qtbot.waitUntil(lambda: keys_of(window, "zoom") == ["Ctrl+N"])
    page.lines["new"].reset.click()

    assert "is taken by “Zoom”" in page.lines["new"].fault()


def test_esc_keeps_the_old_keys(page, window):
    line = page.lines["new"]
    press(line, Qt.Key.Key_Escape)

    assert not line.field.is_waiting
    assert keys_of(window, "new") == ["Ctrl+N"]
    assert window.window_named("settings").isVisible()


def test_all_shortcuts_go_back_at_once(page, window, qtbot):
    press(page.lines["new"], Qt.Key.Key_J, CTRL | ALT)
    qtbot.waitUntil(page.reset_all.isEnabled)
    page.reset_all.click()

    qtbot.waitUntil(lambda: keys_of(window, "new") == ["Ctrl+N"])


def test_shortcuts_come_back_after_a_restart(open_fake_window):
    kept = InterfaceSettings(shortcuts=("new=Ctrl+Alt+J", "of-the-future=Ctrl+1"))
    window = open_fake_window(Settings(interface=kept))

    assert keys_of(window, "new") == ["Ctrl+Alt+J"]


def test_what_a_newer_version_bound_is_kept():
    keys = KeyMap(("of-the-future=Ctrl+1",)).with_keys(NEW, QKeySequence("Ctrl+Alt+J"))

    assert keys.bindings == ("new=Ctrl+Alt+J", "of-the-future=Ctrl+1")


def test_lines_are_found_by_words_and_by_keys(page):
    assert page.search("zoom") == 1
    assert not page.lines["new"].isVisible()
    assert page.search("ctrl+n") >= 1
    assert page.lines["new"].isVisible()
