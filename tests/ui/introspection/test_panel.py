"""The panel: beside the chat, over it, in a window of its own; and the line under the composer."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from engine.contract.messages import Role
from engine.contract.signals import Confidence, Profile, Unavailable, View
from engine.contract.vault import LockReason
from tests.helpers.fake_instruments import OPENING, measured_token, measured_turn
from ui import text, text_panel
from ui.actions import ITEMS
from ui.introspection import words
from ui.introspection.introspection_panel import IntrospectionPanel
from ui.introspection.tabs import TABS

PIECES = ["The", " sky", " is", " blue", "."]


@pytest.fixture
def face(window, engine):
    engine.answers = PIECES
    window.resize(1280, 800)
    return window.introspection


def ask(window, qtbot):
    window.page.composer.send("Why?")
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    qtbot.waitUntil(lambda: not window.session.measuring.current.is_live)


def parts(window):
    return " | ".join(window.page.pulse.signs.shown())


@pytest.mark.feature("introspection.panel")
def test_a_key_and_a_button_open_and_close_the_panel(window, face):
    """Cmd/Ctrl+I and a button at the top right show and hide what is measured."""
    (item,) = [item for item in ITEMS if item.key == "introspection"]
    assert item.shortcuts == ("Ctrl+I",)
    assert not face.is_shown()
    window.actions_by_key["introspection"].trigger()
    assert face.panel.isVisible()
    assert face.panel.width() == 396
    assert window.top_bar.dock.accessibleName() == text_panel.HIDE

    window.top_bar.dock.click()
    assert not face.panel.isVisible()
    assert window.top_bar.dock.accessibleName() == text_panel.SHOW


class _WindowsShown(QObject):
    """Notices every window that comes on screen."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
            self.seen += [type(watched).__name__] if watched.isWindow() else []
        return False


@pytest.mark.parametrize("view", [kind.view.value for kind in TABS])
def test_making_a_view_shows_no_window_beside(window, face, view):
    """A part that is shown before it has a parent takes the keyboard away from the window."""
    face.open()
    shown = _WindowsShown()
    QApplication.instance().installEventFilter(shown)
    face.panel.show_tab(view)
    window.session.measuring.forget()
    QApplication.instance().removeEventFilter(shown)

    assert shown.seen == []


@pytest.mark.feature("introspection.narrow")
def test_in_a_narrow_window_the_panel_lies_over_the_chat(window, face, qtbot):
    """In a window below 1,000 px the panel lies over the chat, and Esc folds it."""
    face.open()
    window.resize(760, 600)
    qtbot.waitUntil(lambda: not face.panel.isVisible())
    assert window.session.measuring.wanted_profile() is Profile.OFF
    window.actions_by_key["introspection"].trigger()
    assert face.panel.isVisible()
    assert face.beside.is_overlay()
    assert face.panel.geometry().right() == face.beside.rect().right()
    QTest.keyClick(face.panel, Qt.Key.Key_Escape)
    assert not face.panel.isVisible()

    window.resize(1280, 800)
    qtbot.waitUntil(face.panel.isVisible)


@pytest.mark.feature("introspection.window")
def test_the_panel_can_have_a_window_of_its_own(window, face):
    """The panel can be taken out into a window of its own, and put back."""
    face.open()
    face.panel.out.click()
    own = face.panel.window()
    assert own is not window
    assert own.isVisible()
    assert own.windowTitle() == words.PANEL
    assert window.session.measuring.wanted_profile() is Profile.LIVE

    own.close()
    assert not face.is_shown()
    assert window.session.measuring.wanted_profile() is Profile.OFF
    face.toggle()
    assert own.isVisible()
    face.panel.out.click()
    assert face.panel.window() is window
    assert face.panel.isVisible()
    assert not own.isVisible()


@pytest.mark.feature("introspection.restore")
def test_the_panel_comes_back_after_a_restart(open_fake_window, qtbot):
    """Width, tab and whether the panel was open come back after a restart."""
    first = open_fake_window()
    first.resize(1280, 800)
    first.introspection.open()
    first.introspection.beside.set_pane_width(450)
    first.introspection.panel.show_tab("confidence")
    first.close()

    second = open_fake_window()
    second.resize(1280, 800)
    panel = second.introspection.panel
    qtbot.waitUntil(lambda: panel.width() == 450)
    assert panel.tab() == "confidence"
    qtbot.waitUntil(lambda: second.session.measuring.profile is Profile.LIVE)
    panel.out.click()
    second.close()
    assert not panel.window().isVisible()

    third = open_fake_window()
    third.resize(1280, 800)
    qtbot.waitUntil(third.introspection.panel.isVisible)
    assert third.introspection.panel.window() is not third


def test_a_lock_closes_the_panels_own_window_until_it_is_unlocked(window, face, qtbot):
    face.open()
    face.panel.out.click()
    own = face.panel.window()
    window.session.vault.lock(LockReason.ASKED)
    assert not own.isVisible()
    qtbot.waitUntil(lambda: not window.session.vault.is_open)
    window.session.vault.open()
    qtbot.waitUntil(own.isVisible)


def test_the_tabs_are_reached_by_arrow_keys(face):
    face.open()
    tabs = face.panel.tabs
    shown = [tabs.tabText(index) for index in range(tabs.count())]
    assert shown[:3] == [words.STREAM, words.DEPTH, words.ATTENTION]
    tabs.setFocus()
    QTest.keyClick(tabs, Qt.Key.Key_Right)
    assert face.panel.tab() == "depth"
    QTest.keyClick(tabs, Qt.Key.Key_Left)
    assert face.panel.tab() == "stream"


def test_a_view_is_made_when_its_tab_is_shown(face):
    face.open()
    assert list(face.panel._views) == [0]


def test_the_panel_says_what_it_is_worth(window, face):
    face.open()
    said = [child.text() for child in face.panel.findChildren(type(window.top_bar.title))]

    assert words.FOOTER in said


def test_an_empty_panel_says_how_to_fill_it(face, qtbot):
    face.open()
    view = face.panel.view()
    qtbot.waitUntil(lambda: view.said_instead() == words.EMPTY)


def test_an_answer_begun_too_early_says_so(window, face, engine, qtbot):
    engine.pause_after = 2
    window.page.composer.send("Why?")
    qtbot.waitUntil(lambda: window.session.desk.entry() is not None)
    qtbot.waitUntil(
        lambda: (
            window.session.desk.entry().live is not None
            and window.session.desk.entry().live.tokens == 2
        )
    )
    face.open()
    qtbot.waitUntil(lambda: face.panel.view().said_instead() == words.TOO_LATE)
    engine.hold.set()
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())


def test_an_answer_that_was_not_measured_can_be_written_again(window, face, qtbot):
    ask(window, qtbot)
    face.open()
    view = face.panel.view()
    qtbot.waitUntil(lambda: view.said_instead() == words.NOT_MEASURED)
    view._again.click()
    qtbot.waitUntil(lambda: len(window.session.measuring.current.tokens) == len(PIECES))


def test_what_a_model_lacks_is_said_in_its_place(window, face, engine, qtbot):
    lack = Unavailable(view=View.STREAM, reason="This model tells its words only.")
    engine.instruments.opening = type(OPENING)(
        model_id="fake-1m", layers=12, profile=Profile.LIVE, unavailable=(lack,)
    )
    face.open()
    qtbot.waitUntil(lambda: window.session.measuring.profile is Profile.LIVE)
    ask(window, qtbot)
    qtbot.waitUntil(lambda: face.panel.view().said_instead() == lack.reason)


@pytest.mark.feature("introspection.pulse")
def test_the_pulse_says_what_is_measured(window, face, qtbot):
    """One line under the composer: certainty, surprise, where the model looks, what it costs."""
    assert window.page.pulse.words() == text.CAN_BE_WRONG
    face.open()
    qtbot.waitUntil(lambda: window.session.measuring.profile is Profile.LIVE)
    ask(window, qtbot)
    window.introspection.toggle_doubt()
    face.toggle()  # there is more room without the panel
    qtbot.waitUntil(lambda: "cost 4 %" in parts(window))

    assert "certainty unmeasured | token probability | surprise" in parts(window)
    assert "reading: notes 61 %" in parts(window)
    said = window.page.pulse.signs.accessibleName()
    assert "Mean probability of the tokens so far: 0.50" in said
    assert "3.0 nats a token" in said


def test_a_calibrated_certainty_stands_in_the_place_of_probability(window, face, qtbot):
    face.open()
    qtbot.waitUntil(lambda: window.session.measuring.profile is Profile.LIVE)
    ask(window, qtbot)
    held = Confidence(value=0.86, low=0.81, high=0.9, parts=(), answers=400, measured_at_s=1.0)
    window.session.measuring.current.end(measured_turn(5, confidence=held))
    window.session.measuring.tuned.emit()
    qtbot.waitUntil(lambda: parts(window).startswith("certainty | surprise"))

    assert "by 400 that were checked" in window.page.pulse.signs.accessibleName()


def test_without_instruments_the_pulse_says_what_it_always_said(window, face, qtbot):
    face.open()
    qtbot.waitUntil(lambda: window.session.measuring.profile is Profile.LIVE)
    ask(window, qtbot)
    qtbot.waitUntil(window.page.pulse.signs.isVisible)
    face.toggle()
    qtbot.waitUntil(lambda: not window.page.pulse.signs.isVisible())

    assert window.page.pulse.words() == text.CAN_BE_WRONG


def test_the_pulse_leaves_out_what_has_no_room(window, face, qtbot):
    face.open()
    qtbot.waitUntil(lambda: window.session.measuring.profile is Profile.LIVE)
    ask(window, qtbot)
    signs = window.page.pulse.signs
    qtbot.waitUntil(signs.isVisible)
    for width in (900, 500, 260, 120):
        signs.resize(width, 17)
        assert signs.shown()
        assert all(rect.right() <= width + 1 for rect, _, _ in signs._placed[:-1])
    signs.resize(260, 17)
    assert not any("%" in shown for shown in signs.shown())


@pytest.mark.feature("introspection.settings")
def test_the_settings_have_a_page_for_it(window):
    """What is measured and kept is set on a page of the settings, and found in the palette."""
    window.preferences.open_setting("introspection", "is_trace_kept")
    opened = window.window_named("settings")
    rows = range(opened.navigation.count())

    assert text.SECTION_TITLES["introspection"] in [opened.navigation.item(r).text() for r in rows]


def test_the_panel_without_a_window(theme, qtbot, window):
    panel = IntrospectionPanel(window.session.measuring, theme)
    qtbot.addWidget(panel)
    panel.resize(396, 500)
    panel.show()
    measured = window.session.measuring.current
    measured.begin(OPENING)
    for index in range(40):
        measured.add(measured_token(index, f" w{index}"))
    qtbot.waitUntil(lambda: len(panel.view().ribbon.pieces) == 40)
    QApplication.processEvents()
    panel.close()


def test_the_view_menu_says_whether_doubt_is_shown(window, qtbot):
    doubt = window.actions_by_key["doubt"]
    doubt.trigger()
    qtbot.waitUntil(lambda: window.session.settings.value.introspection.is_doubt_shown)
    assert doubt.isChecked()
    window.session.settings.change("introspection", "is_doubt_shown", False)
    qtbot.waitUntil(lambda: not doubt.isChecked())
    assert window.session.desk.tree.last_of(Role.ASSISTANT) is None
