"""Every page as a screen reader, a keyboard and a person with large text meet it."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from engine.contract.errors import ErrorReport
from tests.helpers import accessible
from ui import text
from ui.screen_pages import screens
from ui.screen_stage import Stage, settle
from ui.screens import clear, picture
from ui.widgets import announcing
from ui.widgets.toast import Toast

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
PAGES = dict(screens())
# One page of each make; `make test-all` looks at all of them in large text.
MAKES = (
    "conversation",
    "reasoning",
    "error",
    "download",
    "models",
    "files-given",
    "queue",
    "details",
    "compare",
    "search",
    "palette",
    "find",
    "settings-generation",
    "privacy",
    "sheet-passphrase",
    "trash",
    "lock-passphrase",
    "presets",
    "conversation-settings",
    "welcome-model",
    "quick",
    "shortcuts",
)
EACH_MAKE_FIRST = [
    pytest.param(name, id=name, marks=[] if name in MAKES else pytest.mark.slow) for name in PAGES
]
_marked_kinds = set()


class LargeStage(Stage):
    """Whatever else a page asks for, its text is twice as large."""

    def open(self, *given, **named):
        self.look = {**self.look, "text_percent": 200}
        return super().open(*given, **named)


@pytest.fixture
def show(tmp_path, resources):
    """Builds a page; it is gone after the test."""
    stages = []

    def show_one(name, kind=Stage):
        stage = kind(resources, is_dark=False, size=QSize(1280, 800), state=tmp_path / "state")
        stages.append(stage)
        shown = PAGES[name](stage)
        settle(0.01)
        return shown

    yield show_one
    for stage in stages:
        clear(stage)


@pytest.fixture
def said(monkeypatch):
    """What a screen reader is asked to say, and how urgently."""
    heard = []
    monkeypatch.setattr(
        announcing, "send", lambda event: heard.append((event.message(), event.politeness()))
    )
    return heard


def faults(shown, *checks):
    return [
        f"{check.__name__}: {fault}"
        for top in accessible.tops(shown)
        for check in checks
        for fault in check(top)
    ]


def colours(shown):
    """How many different ones are on the page."""
    image = picture(shown).toImage()
    return len(
        {
            image.pixelColor(x, y).rgb()
            for x in range(0, image.width(), 11)
            for y in range(0, image.height(), 9)
        }
    )


def narrowed(shown):
    """The page and what lies over it, as narrow as they go."""
    for top in accessible.tops(shown):
        top.window().resize(480, top.window().height())
    settle(0.03)
    return shown


def unmarked(top):
    return accessible.unmarked(top, _marked_kinds)


def test_makes_are_pages():
    assert set(MAKES) <= set(PAGES)


@pytest.mark.feature("access.names", "Every control has a name and a kind for a screen reader.")
@pytest.mark.feature("access.keyboard", "Everything is reached by keyboard, and one sees where.")
@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_named_reached_and_whole(name, show):
    shown = show(name)
    found = faults(
        shown,
        accessible.nameless,
        accessible.roleless,
        accessible.garbled,
        accessible.unreachable,
        unmarked,
        accessible.cut_words,
        accessible.moving,
    )

    assert not found
    assert colours(shown) > 5, "the page is empty"
    if "-large" not in name:
        assert not faults(narrowed(shown), accessible.cut_words)


@pytest.mark.feature("access.large_text")
@pytest.mark.parametrize("name", EACH_MAKE_FIRST)
def test_nothing_is_cut_at_200_percent(name, show):
    """Text can be twice as large, and no word of a label or button is cut."""
    assert not faults(show(name, LargeStage), accessible.cut_words)


def test_text_grows_while_the_window_is_open(show):
    window = show("conversation")
    window.session.settings.change("interface", "text_percent", 200)
    settle()

    assert not faults(window, accessible.cut_words)
    window.session.settings.change("interface", "text_percent", 100)
    settle()
    assert window.panes.pane_width() == 248


def rows_of(view):
    """Kind and words of each row as a screen reader finds them."""
    whole = QAccessible.queryAccessibleInterface(view)
    rows = [whole.child(number) for number in range(whole.childCount())]
    return [(row.role(), row.text(QAccessible.Text.Name)) for row in rows]


def test_messages_and_conversations_are_rows_that_can_be_read(show):
    window = show("conversation")

    asked, answered = rows_of(window.page.view)
    assert asked[0] == answered[0] == QAccessible.Role.ListItem
    assert asked[1].startswith("You: Why is the sky red")
    assert answered[1].startswith("Shvayambhu: Sunlight meets air molecules")
    listed = rows_of(window.sidebar.list)
    assert (QAccessible.Role.ListItem, "Why evening light is red") in listed
    assert not [words for _, words in listed if not words.strip()]


@pytest.mark.feature("access.announcements")
def test_a_finished_answer_is_said_once(said, window, qtbot):
    """A screen reader says when an answer is finished, and says errors at once."""
    window.page.composer.send("hello")
    qtbot.waitUntil(lambda: text.ANSWER_DONE in [words for words, _ in said])
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())

    assert [words for words, _ in said].count(text.ANSWER_DONE) == 1


@pytest.mark.feature("access.announcements")
def test_an_error_is_said_at_once(said, window):
    window.page.banner.show_error(
        ErrorReport(kind="disk", message="The disk is full.", action="Free some room.")
    )

    urgent = QAccessible.AnnouncementPoliteness.Assertive
    assert said == [("The disk is full. Free some room.", urgent)]


def test_a_toast_is_said_with_what_it_offers(said, window):
    window.page.toast.say("Deleted.", "Undo", lambda: None)

    assert [words for words, _ in said] == ["Deleted. Undo"]


def test_undo_takes_back_what_a_toast_says_and_not_what_it_does_not(window):
    done = []
    toast: Toast = window.page.toast
    toast.say("Deleted.", text.UNDO, lambda: done.append("undone"))
    window.page.composer.focus()
    window.actions_by_key["undo"].trigger()
    window.actions_by_key["undo"].trigger()
    toast.say("Copied.", "Show", lambda: done.append("shown"))
    window.actions_by_key["undo"].trigger()

    assert done == ["undone"]


def test_undo_in_a_field_with_words_takes_back_words(window, qtbot):
    done = []
    window.page.toast.say("Deleted.", text.UNDO, lambda: done.append("undone"))
    window.page.composer.focus()
    qtbot.keyClicks(window.page.composer.edit, "words")
    window.actions_by_key["undo"].trigger()

    assert not done
    assert window.page.composer.draft() == ""


@pytest.mark.skipif(sys.platform == "darwin", reason="one menu bar serves all windows")
def test_windows_beside_the_main_one_are_closed_left_and_locked_by_the_same_keys(window):
    window.actions_by_key["settings"].trigger()

    heard = window.window_named("settings").actions()
    assert all(window.actions_by_key[key] in heard for key in ("close", "quit", "lock"))


def test_after_an_edit_the_keyboard_is_at_the_messages(show, qtbot):
    window = show("editor")
    window.activateWindow()
    editor = window.page.face.editor
    editor.edit.setFocus()
    qtbot.waitUntil(editor.edit.hasFocus)
    editor.saved.emit("Other words")

    assert window.page.view.hasFocus()


def test_a_locked_window_is_ready_for_the_passphrase(window, engine, qtbot):
    engine.vault.status = replace(engine.vault.status, has_passphrase=True)
    window.activateWindow()
    window.page.composer.focus()
    window.actions_by_key["lock"].trigger()
    field = window.vault.curtain.lock_screen.form.field.edit

    qtbot.waitUntil(field.hasFocus)


def test_the_audit_finds_what_it_looks_for(qtbot):
    """A check that cannot fail would prove nothing."""
    page = QWidget()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    bare, hidden = QPushButton(""), QPushButton("Name")
    hidden.setFocusPolicy(hidden.focusPolicy().NoFocus)
    cut = QLabel("Many words that need much more room than there is")
    cut.setFixedWidth(40)
    garbled = QLabel("<engine.contract.messages.Message object at 0x7f00>")
    garbled.setFixedWidth(900)
    for widget in (bare, hidden, cut, garbled):
        column.addWidget(widget)
    page.show()

    assert len(accessible.nameless(page)) == 1
    assert len(accessible.unreachable(page)) == 1
    assert len(accessible.cut_words(page)) == 1
    assert len(accessible.garbled(page)) == 1
