from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.contract import commands
from engine.contract.library import Folder
from ui import screen_content as content
from ui import text_search as words
from ui.palette.palette_model import LineRole


@pytest.fixture
def palette(window, engine, qtbot):
    for conversation in (
        content.conversation("c1", "Boats", content.user("u1", "name my dinghy")),
        content.conversation("c2", "Bread", content.user("u2", "sourdough"), days_ago=3),
    ):
        engine.conversations[conversation.id] = conversation
    window.session.jobs.submit(commands.ListConversations())
    qtbot.waitUntil(lambda: window.sidebar.model.found == 2)
    window.actions_by_key["palette"].trigger()
    yield window.palette_face.palette
    window.palette_face.palette.close()


def lines(palette):
    model = palette.model
    return [model.index(row, 0).data(LineRole.LINE) for row in range(model.rowCount())]


@pytest.mark.feature("palette.open")
def test_any_conversation_is_reached_by_typing(palette, window, qtbot):
    """Ctrl+K opens a palette from which any conversation is reached by typing."""
    assert palette.isVisible()
    QTest.keyClicks(palette.field, "bre")
    assert lines(palette)[0].words == "Bread"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: window.session.desk.current_id == "c2")
    assert not palette.isVisible()


@pytest.mark.feature("palette.actions")
def test_any_action_is_run_by_typing_and_shows_its_keys(palette, window, qtbot):
    """The palette runs every action of the menus and shows its shortcut."""
    QTest.keyClicks(palette.field, "new temp")
    (line, *_) = lines(palette)
    assert line.kind == words.ACTION
    assert line.keys
    QTest.keyClick(palette.field, Qt.Key.Key_Return)

    qtbot.waitUntil(window.session.desk.is_temporary)


def test_what_cannot_be_done_now_is_not_offered(palette):
    QTest.keyClicks(palette.field, "stop the answer")

    assert "Stop the answer" not in [line.words for line in lines(palette)]


@pytest.mark.feature("palette.settings")
def test_settings_are_changed_from_the_palette(palette, window, qtbot):
    """Settings are found in the palette, and simple ones are changed from it."""
    QTest.keyClicks(palette.field, "appearance dark")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: window.session.settings.value.interface.theme == "dark")


def test_a_setting_opens_where_it_is_set(palette, window, qtbot):
    QTest.keyClicks(palette.field, "temperature")
    assert lines(palette)[0].kind == words.SETTING
    QTest.keyClick(palette.field, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: window.window_named("settings") is not None)


@pytest.mark.feature("palette.models")
def test_a_model_on_this_machine_is_loaded_from_the_palette(palette, engine, qtbot):
    """Models are loaded from the palette."""
    QTest.keyClicks(palette.field, "fake 1m")
    assert lines(palette)[0].kind == words.MODEL_KIND
    QTest.keyClick(palette.field, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: engine.sent(commands.LoadModel)[-1].model_id == "fake-1m")


def test_the_last_line_searches_all_messages(palette, window, qtbot):
    QTest.keyClicks(palette.field, "sourdough")
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    QTest.keyClick(palette.field, Qt.Key.Key_Return)

    qtbot.waitUntil(window.search.is_open)
    qtbot.waitUntil(lambda: window.search.page.model.conversations == 1)


def test_esc_clears_and_then_closes(palette):
    QTest.keyClicks(palette.field, "bread")
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert palette.isVisible()
    assert palette.field.text() == ""
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)

    assert not palette.isVisible()


@pytest.mark.feature("palette.move")
def test_conversations_are_moved_by_keyboard_alone(palette, window, engine, qtbot):
    """A conversation is moved into a folder by keyboard alone."""
    palette.close()
    engine.library.add(Folder(id="f1", name="Work", created_at_s=1.0))
    qtbot.waitUntil(lambda: bool(window.session.library.folders))
    window.session.desk.show("c1")
    window.actions_by_key["move"].trigger()
    QTest.keyClicks(palette.field, "wor")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: engine.conversations["c1"].folder_id == "f1")


def test_the_palette_opens_within_a_twentieth_of_a_second(palette, window):
    palette.close()
    made = content.conversation("x", "Title", content.user("u", "hello"))
    for number in range(5000):
        window.session.book._keep(replace(made, id=f"many_{number}", title=f"Title {number}"))
    begun = time.perf_counter()
    window.palette_face.open()
    palette.grab()

    assert time.perf_counter() - begun < 0.05


def test_nothing_of_a_locked_vault_is_in_the_palette(palette, window):
    QTest.keyClicks(palette.field, "bre")
    window.palette_face.forget()

    assert palette.model.rowCount() == 0
    assert palette.field.text() == ""
