from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.contract import commands
from ui import screen_content as content
from ui import text_search as words


def fill(window, engine, qtbot, *messages):
    conversation = content.conversation("c1", "Boats", *messages)
    engine.conversations["c1"] = conversation
    window.session.jobs.submit(commands.ListConversations())
    qtbot.waitUntil(lambda: "c1" in window.session.book.entries)
    window.session.desk.show("c1")


@pytest.fixture
def bar(window, engine, qtbot):
    fill(
        window,
        engine,
        qtbot,
        content.user("u1", "name my dinghy"),
        content.answer("a1", "A **dinghy** could be *Dinghy*.\n\n```\ndinghy = 1\n```"),
        content.user("u2", "thanks"),
    )
    window.activateWindow()
    window.actions_by_key["find"].trigger()
    return window.search.find_bar


def settled(window):
    return window.search.finder.is_complete and not window.search.find_bar._pause.isActive()


@pytest.mark.feature("chat.find")
def test_find_counts_marks_and_goes_round(bar, window, qtbot):
    """Ctrl+F finds words in the conversation, counts and marks them all, and goes round."""
    assert QApplication.focusWidget() is bar.field or bar.field.isVisible()
    QTest.keyClicks(bar.field, "dinghy")
    qtbot.waitUntil(lambda: settled(window) and window.search.finder.total == 4)
    start = window.search.finder.place
    assert bar.count.text() == f"{start} of 4"

    for _ in range(4):
        QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert window.search.finder.place == start
    QTest.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert window.search.finder.place == (start - 2) % 4 + 1
    window.actions_by_key["find_next"].trigger()
    assert window.search.finder.place == start

    window.page.view.grab()
    view = window.page.view
    layout = view.delegate.layout_of(window.page.messages.index(1, 0), view.layout_width())
    marked = [span for _, part in layout.placed for span in part.found]
    assert len(marked) == 3


def test_what_is_not_there_is_said_to_be_not_found(bar, qtbot):
    QTest.keyClicks(bar.field, "zebra")

    qtbot.waitUntil(lambda: bar.count.text() == words.NO_MATCH)
    assert not bar.next.isEnabled()


def test_esc_closes_find_and_nothing_stays_marked(bar, window, qtbot):
    QTest.keyClicks(bar.field, "dinghy")
    qtbot.waitUntil(lambda: window.search.finder.total == 4)
    window.page.view.grab()
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)

    assert bar.isHidden()
    view = window.page.view
    layout = view.delegate.layout_of(window.page.messages.index(1, 0), view.layout_width())
    assert not any(part.found for _, part in layout.placed)
    assert bar.field.text() == ""


def test_another_conversation_closes_find(bar, window):
    window.new_conversation()

    assert bar.isHidden()


def test_words_folded_away_are_unfolded_when_gone_to(window, engine, qtbot):
    long = "\n".join(f"line {number}" for number in range(200)) + "\nneedle"
    fill(window, engine, qtbot, content.user("u1", long))
    window.actions_by_key["find"].trigger()
    window.search.find_bar.field.setText("needle")
    window.search.find_bar.step(1)
    window.search.find_bar._look()

    qtbot.waitUntil(lambda: window.search.finder.place == 1)
    view = window.page.view
    layout = view.delegate.layout_of(window.page.messages.index(0, 0), view.layout_width())
    assert "needle" in layout.placed[0][1].document.toPlainText()
    assert not view.is_at_end() or view.verticalScrollBar().value() > 0


@pytest.mark.slow
def test_ten_thousand_messages_are_looked_through_without_a_halt(window, engine, qtbot):
    messages = [content.answer(f"a{n}", content.RED_ANSWER) for n in range(10_000)]
    fill(window, engine, qtbot, *messages)
    window.actions_by_key["find"].trigger()
    slices = []
    look_on = window.search.finder._look_on

    def timed():
        # Of this thread only: other tests may be running beside this one.
        begun = time.thread_time()
        look_on()
        slices.append(time.thread_time() - begun)

    window.search.finder._slice.timeout.disconnect()
    window.search.finder._slice.timeout.connect(timed)
    window.search.find_bar.field.setText("scattering")
    window.search.find_bar._look()
    qtbot.waitUntil(lambda: window.search.finder.is_complete, timeout=20_000)

    assert window.search.finder.total == 10_000
    # One slice goes to the first match and lays it out.
    assert sorted(slices)[int(len(slices) * 0.98)] < 0.016
