"""Icon, keys and start at login over a system that says what a test lets it say."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app.login_item import XdgLoginItem
from engine.contract.settings import InterfaceSettings, QuickSettings, Settings
from engine.contract.vault import LockReason
from tests.helpers.fakes import FakeEngine
from ui import text_quick as text
from ui.app_shell import open_window
from ui.quick.outside import Outside
from ui.quick.quick_page import QuickPage
from ui.quick.tray import tray_icon


class Keys:
    """Keys that are refused if a fault is set."""

    def __init__(self):
        self.fault = ""
        self.held = None
        self.press = None

    def begin(self, keys, pressed, told):
        self.held, self.press = keys, pressed
        told(self.fault)

    def end(self):
        self.held = None


@pytest.fixture
def keys():
    return Keys()


@pytest.fixture
def login(tmp_path):
    return XdgLoginItem(tmp_path / "autostart", ("app",), tmp_path)


@pytest.fixture
def open_reaching(keys, login, resources, tmp_path, qtbot):
    """Opens windows that have a system around them; all are gone after the test."""
    opened = []

    def open_(quick=QuickSettings()):  # noqa: B008 - a frozen value
        engine = FakeEngine()
        settings = Settings(
            interface=InterfaceSettings(theme="light", is_motion_reduced=True, is_welcomed=True),
            quick=quick,
        )
        engine.vault.settings = settings
        window = open_window(
            engine,
            state_path=tmp_path / "window.ini",
            resources=resources,
            settings=settings,
            outside=Outside(hotkey=keys, login=login),
        )
        opened.append((window, engine))
        qtbot.waitUntil(lambda: window.session.book.is_loaded)
        return window

    yield open_
    for window, engine in opened:
        window.quick.close()
        window.session.close()
        window.close()
        window.theme.deleteLater()
        window.deleteLater()
        engine.close()
    QApplication.processEvents()


def page_of(window, qtbot):
    window.actions_by_key["settings"].trigger()
    settings = window.window_named("settings")
    settings.show_section("quick")
    page = settings.forms["quick"]
    assert isinstance(page, QuickPage)
    qtbot.waitUntil(page.isVisible)
    return page


@pytest.mark.feature("quick.hotkey_setting")
def test_the_keys_follow_the_setting_and_toggle_the_panel(open_reaching, keys, qtbot):
    """The keys of the quick question can be changed in the settings and hold at once."""
    window = open_reaching()
    assert keys.held == "Ctrl+Alt+Space"
    keys.press()
    qtbot.waitUntil(window.quick.panel.isVisible)

    window.session.settings.change("quick", "hotkey", "Meta+K")
    qtbot.waitUntil(lambda: keys.held == "Meta+K")
    window.session.settings.change("quick", "hotkey", "")
    qtbot.waitUntil(lambda: keys.held is None)


def test_refused_keys_are_told_in_the_settings(open_reaching, keys, qtbot):
    keys.fault = "Another app has these keys already."
    page = page_of(open_reaching(), qtbot)

    assert keys.fault in page.asking.said()


def test_keys_that_hold_are_said_to_and_named_in_the_icons_menu(open_reaching, qtbot):
    window = open_reaching()

    assert text.HOTKEY_HOLDS in page_of(window, qtbot).asking.said()
    assert "Ctrl+Alt+Space" in window.quick.tray.actions_by_key["ask"].text()


@pytest.mark.feature("app.start_at_login")
def test_starting_at_login_is_switched_and_read_back(open_reaching, login, qtbot):
    """The switch for starting with your session shows what the system really has noted."""
    window = open_reaching()
    page = page_of(window, qtbot)
    assert page.starting.said() == text.IS_NOT_STARTED

    window.session.settings.change("quick", "is_started_at_login", True)
    qtbot.waitUntil(login.is_on)
    qtbot.waitUntil(lambda: page.starting.said() == text.IS_STARTED)

    # Someone else takes the entry away; the page looks again when it is shown.
    login.set_on(False)
    page.hide()
    page.show()
    qtbot.waitUntil(lambda: not window.session.settings.value.quick.is_started_at_login)
    assert page.starting.said() == text.IS_NOT_STARTED


def test_at_the_start_the_systems_word_holds(open_reaching, login, qtbot):
    login.set_on(True)

    window = open_reaching()

    qtbot.waitUntil(lambda: window.session.settings.value.quick.is_started_at_login)
    assert login.is_on()


def test_an_entry_that_vanished_is_not_brought_back(open_reaching, login, qtbot):
    window = open_reaching(QuickSettings(is_started_at_login=True))

    qtbot.waitUntil(lambda: not window.session.settings.value.quick.is_started_at_login)
    assert not login.is_on()


def test_a_refused_start_is_told_and_switched_back(open_reaching, tmp_path, qtbot):
    (tmp_path / "autostart").write_text("a file in the way")
    window = open_reaching()
    page = page_of(window, qtbot)

    window.session.settings.change("quick", "is_started_at_login", True)

    qtbot.waitUntil(lambda: "could not be written" in page.starting.said())
    qtbot.waitUntil(lambda: not window.session.settings.value.quick.is_started_at_login)


@pytest.mark.feature("quick.tray_menu")
def test_the_icons_menu_asks_opens_locks_and_quits(open_reaching, qtbot):
    """The menu-bar icon offers the quick question, the window, locking and quitting."""
    window = open_reaching()
    acts = window.quick.tray.actions_by_key
    window.hide()
    acts["open"].trigger()
    assert window.isVisible()
    acts["ask"].trigger()
    qtbot.waitUntil(window.quick.panel.isVisible)

    acts["lock"].trigger()
    qtbot.waitUntil(lambda: not window.session.vault.is_open)
    qtbot.waitUntil(lambda: acts["lock"].text() == text.TRAY_UNLOCK)
    window.hide()
    acts["lock"].trigger()
    assert window.isVisible()


def test_a_locked_icon_shows_nothing_private(open_reaching, qtbot):
    window = open_reaching()
    window.session.vault.lock(LockReason.ASKED)
    qtbot.waitUntil(lambda: not window.session.vault.is_open)

    shown = {action.text().split("\t")[0] for action in window.quick.tray.menu.actions()}
    assert shown == {
        text.TRAY_ASK,
        text.TRAY_OPEN,
        text.TRAY_STOP_READING,
        text.TRAY_UNLOCK,
        text.TRAY_QUIT,
        "",
    }


def test_the_icon_is_a_template_on_macos_only(theme):
    assert tray_icon(theme, "darwin").isMask()
    assert not tray_icon(theme, "linux").isMask()


def test_every_setting_of_the_section_has_its_row(open_reaching, qtbot):
    page = page_of(open_reaching(), qtbot)

    assert set(page.rows) == set(QuickSettings.__dataclass_fields__)
    assert page.search("dictation") == 2


def test_why_there_is_no_dictation_is_said(open_reaching, qtbot):
    page = page_of(open_reaching(), qtbot)

    assert "Dictation" in page.speech._words.text()


def test_changing_another_setting_leaves_the_keys_alone(open_reaching, keys, qtbot):
    window = open_reaching()
    keys.held = "untouched"
    window.session.settings.change("interface", "reading_size_px", 17)
    qtbot.waitUntil(lambda: window.session.settings.value.interface.reading_size_px == 17)

    assert keys.held == "untouched"


def test_what_was_open_is_open_again(open_reaching, tmp_path, qtbot):
    first = open_reaching()
    page_of(first, qtbot)
    first.close()
    assert "settings" in (tmp_path / "window.ini").read_text()

    second = open_reaching()
    qtbot.waitUntil(lambda: second.window_named("settings") is not None)
