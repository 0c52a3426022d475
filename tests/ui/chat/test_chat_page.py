from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest

from engine.contract import commands, events
from engine.contract.errors import ErrorReport
from ui import text, text_message
from ui.chat.message_list_model import MessageRole


@pytest.fixture
def page(window):
    return window.page


def ask(page, qtbot, words="hi"):
    page.composer.send(words)
    qtbot.waitUntil(lambda: not page._desk.is_answering())


def layout_of(page, row):
    index = page.messages.index(row, 0)
    return index, page.view.delegate.layout_of(index, page.view.layout_width())


@pytest.mark.feature("chat.stream")
def test_answer_appears_as_it_is_written(page, engine, qtbot):
    """An answer appears while it is written, not only when it is done."""
    engine.answers = ["Hello", " there"]
    seen = []
    page.view._repaint.timeout.connect(lambda: seen.append(page.last_answer()))
    engine.hold.clear()
    page.composer.send("hi")
    assert page.messages.rowCount() == 1
    engine.hold.set()

    qtbot.waitUntil(lambda: page.last_answer() == "Hello there")
    qtbot.waitUntil(lambda: not page._desk.is_answering())
    assert page.messages.rowCount() == 2


@pytest.mark.feature("chat.send")
def test_return_sends_and_shift_return_breaks_the_line(page, engine, qtbot):
    """Return sends, Shift+Return starts a new line."""
    edit = page.composer.edit
    QTest.keyClicks(edit, "one")
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(edit, "two")
    assert page.composer.draft() == "one\ntwo"

    QTest.keyClick(edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(engine.sent(commands.SendMessage)))
    assert engine.sent(commands.SendMessage)[0].text == "one\ntwo"
    assert page.composer.draft() == ""


def test_blank_words_are_not_sent(page, engine):
    page.composer.send("  \n ")

    assert not engine.sent(commands.SendMessage)


def test_the_words_are_on_screen_before_the_engine_takes_them_up(page, engine):
    """A model may still be loading; the user must see that the message was taken."""
    engine.hold.clear()
    page.composer.send("patience")

    assert page.messages.index(0, 0).data(MessageRole.TEXT) == "patience"
    engine.hold.set()


@pytest.mark.feature("chat.stop")
def test_esc_stops_the_answer_and_keeps_what_is_there(page, engine, qtbot):
    """Esc, or the button, stops an answer and keeps what was written."""
    engine.answers = ["First. ", "Never."]
    engine.pause_after = 1
    page.composer.send("go on")
    qtbot.waitUntil(lambda: page._desk.entry() is not None and page._desk.entry().live is not None)

    assert page.composer.button.accessibleName() == text.STOP
    QTest.keyClick(page.composer.edit, Qt.Key.Key_Escape)

    qtbot.waitUntil(lambda: not page._desk.is_answering())
    assert engine.sent(commands.StopGeneration)
    assert page.last_answer() == "First. "
    assert page.composer.button.accessibleName() == text.SEND


@pytest.mark.feature("chat.error")
def test_a_failure_is_a_banner_and_the_words_can_be_put_back(page, engine, qtbot):
    """What goes wrong is said in plain words, with one thing to do about it."""
    engine.fail_next = ErrorReport(
        kind="prompt_too_long", message="Too long. Nothing was sent.", action="Shorten it."
    )
    page.composer.send("a long story")

    qtbot.waitUntil(lambda: page.banner.message() == "Too long. Nothing was sent.")
    assert page.banner.action.text() == text.PUT_BACK
    assert page.messages.rowCount() == 0
    page.banner.action.click()
    assert page.composer.draft() == "a long story"
    assert page.banner.message() == ""


def test_what_the_user_stopped_is_no_error_and_comes_back(page, engine, qtbot):
    engine.hold.clear()
    page.composer.send("wait, no")
    page._desk.stop()

    qtbot.waitUntil(lambda: page.composer.draft() == "wait, no")
    assert page.banner.message() == ""
    assert page.messages.rowCount() == 0


@pytest.mark.feature("chat.history_cut")
def test_what_was_left_out_is_said_above_the_answer(page, engine, qtbot):
    """When older messages do not fit, the answer says how many were left out."""
    ask(page, qtbot)
    entry = page._desk.entry()
    answer_id = entry.messages[-1].id
    cut = events.HistoryCut(
        conversation_id=entry.id, message_ids=("a", "b"), tokens_cut=9, context_tokens=99
    )
    engine.publish(cut)
    engine.answers = ["Second"]
    ask(page, qtbot, "again")

    notices = [
        page.messages.index(row, 0).data(MessageRole.NOTICE)
        for row in range(page.messages.rowCount())
    ]
    assert notices[-1] == text.older_left_out(2)
    assert page.messages.row_of(answer_id) == 1
    assert notices[1] == ""


@pytest.mark.feature("chat.context_meter")
def test_the_meter_counts_while_one_types(page, qtbot):
    """While you type you see how full the model's context would be."""
    QTest.keyClicks(page.composer.edit, "x" * 60)

    qtbot.waitUntil(lambda: page.composer.meter.words() == "2k of 8.2k")
    assert "Your draft: 60 tokens" in page.composer.meter.toolTip()


@pytest.mark.feature("chat.reasoning")
def test_reasoning_is_folded_until_asked_for(page, engine, qtbot):
    """What a model thinks before it answers is folded away; a click shows it."""
    engine.reasoning = ["Let me think. ", "Yes."]
    ask(page, qtbot)
    index, layout = layout_of(page, 1)
    folded = layout.height
    spot = next(s for s in layout.spots() if s.action == "fold")
    assert spot.name == text.SHOW_REASONING

    page.reader.act(index, spot)
    index, layout = layout_of(page, 1)
    assert layout.height > folded
    assert layout.placed[0][1].document.toPlainText() == "Let me think. Yes."
    # The keyboard does the same.
    page.view.setFocus()
    page.view.setCurrentIndex(index)
    QTest.keyClick(page.view, Qt.Key.Key_Space)
    assert layout_of(page, 1)[1].height == folded


@pytest.mark.feature("chat.copy")
def test_a_message_its_code_and_a_part_of_it_can_be_copied(page, engine, qtbot):
    """A message, a block of code, or any part you select can be copied."""
    engine.answers = ["Some **words**.\n\n```python\nx = 1\n```\n"]
    ask(page, qtbot)
    clipboard = QGuiApplication.clipboard()
    index, layout = layout_of(page, 1)

    for spot in layout.spots():
        if spot.action not in ("copy", "copy_code"):
            continue
        page.reader.act(index, spot)
        if spot.action == "copy_code":
            assert clipboard.text() == "x = 1"
        else:
            assert clipboard.text() == "Some **words**.\n\n```python\nx = 1\n```\n"
    page.reader.select_all(index)
    page.reader.copy(index)
    assert clipboard.text() == "Some words.\n\nx = 1"
    assert page.toast.words() == text.COPIED


def test_text_is_selected_with_the_pointer(page, engine, qtbot):
    engine.answers = ["A line of some words to select."]
    ask(page, qtbot)
    index, layout = layout_of(page, 1)
    origin, _ = layout.placed[0]
    rect = page.view.visualRect(index)
    left, _ = page.view.delegate.column(page.view.layout_width())
    start = QPoint(round(left + origin.x()), round(rect.top() + origin.y() + 14))
    viewport = page.view.viewport()

    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    move = start + QPoint(400, 0)
    QTest.mouseMove(viewport, move)
    page.reader._drag(move)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=move)
    page.reader.copy(index)

    assert QGuiApplication.clipboard().text() == "A line of some words to select."


@pytest.mark.feature("window.screen_reader")
def test_a_screen_reader_finds_one_item_a_message_with_its_words(page, engine, qtbot):
    """A screen reader finds one item for each message: who speaks, and the words."""
    engine.answers = ["Hello **there**"]
    ask(page, qtbot, "good morning")
    listed = QAccessible.queryAccessibleInterface(page.view)

    assert listed.text(QAccessible.Text.Name) == text.MESSAGES
    assert listed.childCount() == 2
    names = [listed.child(row).text(QAccessible.Text.Name) for row in range(2)]
    assert names == ["You: good morning", "Shvayambhu: Hello **there**"]
    assert listed.child(1).role() == QAccessible.Role.ListItem
    assert "24.1 tok/s" in listed.child(1).text(QAccessible.Text.Description)


def test_every_control_has_a_name(window):
    from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPlainTextEdit

    nameless = [
        widget
        for kind in (QAbstractButton, QLineEdit, QPlainTextEdit)
        for widget in window.findChildren(kind)
        if not widget.accessibleName()
        and not getattr(widget, "text", lambda: "")()
        and widget.isVisible()
    ]
    assert not nameless


@pytest.mark.feature("chat.follow")
def test_the_view_follows_the_end_only_if_the_reader_is_there(page, engine, qtbot):
    """The view stays where you read; it follows the answer only when you are at its end."""
    engine.answers = [f"Line {n}.\n\n" for n in range(80)]
    ask(page, qtbot)
    bar = page.view.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 500 and bar.value() == bar.maximum())

    bar.setValue(100)
    assert not page.view.is_at_end()
    row = page.view.indexAt(QPoint(400, 10)).row()
    top = page.view.visualRect(page.messages.index(row, 0)).top()
    ask_again = page.messages.rowCount()
    page._desk.send("more")
    qtbot.waitUntil(lambda: page.messages.rowCount() == ask_again + 2)
    qtbot.waitUntil(lambda: not page._desk.is_answering())
    assert page.view.visualRect(page.messages.index(row, 0)).top() == top

    page.view.go_to_end()
    assert bar.value() == bar.maximum()


def test_only_rows_in_sight_are_laid_out(page, engine, window, qtbot):
    """A conversation of a thousand messages opens as fast as one of ten."""
    from ui import screen_content as content

    messages = [content.answer(f"m{n}", "Some words.") for n in range(1000)]
    engine.publish(
        events.ConversationCreated(conversation=content.conversation("big", "Big", *messages))
    )
    qtbot.waitUntil(lambda: "big" in window.session.book.entries)
    window.session.desk.show("big")

    measured = [row for row in range(1000) if page.view.heights.is_measured(row)]
    assert measured
    assert len(measured) < 30
    assert measured[-1] == 999


def test_each_conversation_keeps_its_draft(page, window, qtbot):
    ask(page, qtbot, "first")
    first = window.session.desk.current_id
    page.composer.set_draft("half a thought")
    window.new_conversation()
    assert page.composer.draft() == ""

    window.session.desk.show(first, page.composer.draft())
    assert page.composer.draft() == "half a thought"


def test_a_link_is_asked_about_before_it_is_opened(qtbot):
    from ui.chat.link_question import LinkQuestion

    asked = LinkQuestion("https://example.com/a?b=c")
    qtbot.addWidget(asked)
    assert asked.is_allowed

    refused = LinkQuestion("file:///etc/passwd")
    qtbot.addWidget(refused)
    assert not refused.is_allowed
    assert refused.open_button.isHidden()


def test_the_model_on_its_way_is_shown_with_licence_and_can_be_stopped(page, engine, window, qtbot):
    models = window.session.models
    engine.hold.clear()
    models._is_loading = True
    models.target_id = "fake-1m"
    engine.publish(
        events.ModelDownloadProgressed(
            model_id="fake-1m",
            licence="Apache-2.0",
            done_bytes=34_000_000,
            total_bytes=88_000_000,
            bytes_per_second=1e6,
            remaining_s=12.0,
        )
    )

    qtbot.waitUntil(page.progress.isVisible)
    assert page.progress.title() == "Fetching Fake 1M (88 MB)"
    assert "Licence: Apache-2.0" in page.progress.accessibleName()
    assert "34 MB of 88 MB, 12 s left" in page.progress.accessibleName()
    engine.publish(events.ModelLoaded(model=models.loaded))
    qtbot.waitUntil(page.progress.isHidden)


@pytest.mark.feature("window.keyboard")
def test_messages_are_reached_and_used_with_keys_alone(page, engine, qtbot):
    """Everything can be done with the keyboard alone."""
    engine.answers = ["The words."]
    ask(page, qtbot)
    page.view.setFocus(Qt.FocusReason.TabFocusReason)
    assert page.view.currentIndex().row() == 1
    QTest.keyClick(page.view, Qt.Key.Key_Up)
    assert page.view.currentIndex().row() == 0
    QTest.keyClick(page.view, Qt.Key.Key_Down)
    QTest.keyClick(page.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert QGuiApplication.clipboard().text() == "The words."
    assert page.view.is_led_by_keys


def test_the_menu_of_a_message_says_all_that_can_be_done(page, engine, qtbot):
    engine.answers = ["```python\nx = 1\n```"]
    engine.reasoning = ["Hm."]
    ask(page, qtbot)
    menu = page.reader.menu(page.messages.index(1, 0), QPoint(0, 0))

    assert [action.text() for action in menu.actions()] == [
        text.COPY_MESSAGE,
        text.COPY_CODE,
        text.SHOW_REASONING,
        text.SELECT_ALL,
        "",
        text_message.EDIT,
        text_message.AGAIN_WITH,
        text_message.COMPARE,
        text_message.BRANCH,
        "",
        text_message.DETAILS,
        text_message.WHY,
        text_message.MEASURES,
        "",
        text_message.DELETE,
    ]
