"""What is told about an answer: its details, its prompt, its room in the context, what is cut."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from engine.contract import events
from engine.contract.messages import FinishReason
from tests.helpers.fakes import fake_stats
from ui import screen_content as content
from ui import text_message
from ui.chat.message_list_model import MessageRole


def measure(talk, **more):
    talk.session.bridge.event_received.emit(
        events.ContextMeasured(
            conversation_id=talk.desk.current_id,
            system_tokens=400,
            history_tokens=1500,
            draft_tokens=60,
            answer_tokens=1024,
            limit_tokens=8192,
            **more,
        )
    )


def show_long(talk, count):
    messages = []
    for number in range(count // 2):
        messages.append(content.user(f"u{number}", f"Question {number}"))
        messages.append(content.answer(f"a{number}", "Some words in answer."))
    talk.session.book.apply(
        events.ConversationCreated(conversation=content.conversation("big", "Big", *messages))
    )
    talk.desk.show("big")


@pytest.mark.feature("chat.details")
def test_the_details_of_an_answer_tell_what_was_measured_and_set(talk):
    """Each answer tells its speed, time to first token, model, seed and settings on demand."""
    talk.ask("why?")
    talk.page.reader.acted.emit(talk.id_of(1), "details", QRect(400, 400, 28, 28))
    popover = talk.page.face.popover
    lines = dict(text_message.detail_lines(fake_stats(2), FinishReason.STOP, "Fake 1M"))

    assert popover is not None
    assert popover.isVisible()
    assert lines["Writing speed"] == "24.1 tokens a second"
    assert lines["First word after"] == "412 ms"
    assert lines["of it read before"] == "20 tokens"
    assert lines["Seed"] == "7"
    assert lines["Temperature"] == "0.3"
    assert lines["Longest answer"] == "1,024 tokens"
    popover.close()


def test_settings_that_were_not_kept_are_said_to_be_so():
    stats = replace(fake_stats(2), temperature=None, max_tokens=None)
    lines = dict(text_message.detail_lines(stats, None, "m"))

    assert lines["Temperature"] == text_message.NOT_KEPT
    assert lines["Longest answer"] == text_message.NOT_KEPT


@pytest.mark.feature("chat.why")
def test_why_this_answer_shows_the_exact_prompt(talk, engine):
    """Why this answer opens the exact prompt that was sent, to be read and copied."""
    talk.ask("hi")
    talk.do(1, "why")
    sheet = talk.page.face.sheet()
    talk.qtbot.waitUntil(sheet.copy.isEnabled)

    assert sheet.verdict.text() == text_message.WHY_EXACT
    assert sheet.prompt.toPlainText() == engine.tree.explained.prompt
    sheet.copy.click()
    assert QGuiApplication.clipboard().text() == engine.tree.explained.prompt
    sheet.leave.click()
    talk.qtbot.waitUntil(lambda: talk.page.face.sheet() is None)


def test_a_prompt_that_is_not_exact_is_said_to_be_so(talk, engine):
    engine.tree.explained = replace(
        engine.tree.explained, is_exact=False, notice="Another model is loaded.", left_out=3
    )
    talk.ask("hi")
    talk.do(1, "why")
    sheet = talk.page.face.sheet()
    talk.qtbot.waitUntil(sheet.copy.isEnabled)

    assert sheet.verdict.text() == f"{text_message.WHY_NOT_EXACT} Another model is loaded."
    assert "3 older messages did not fit" in sheet._figures.text()
    sheet.reject()


@pytest.mark.feature("chat.cut_shown")
def test_what_will_be_cut_is_shown_before_it_is_sent(talk):
    """Before you send you see how many older messages will be left out, and from where on."""
    show_long(talk, 10)
    measure(talk, cut_messages=3)

    assert talk.page.composer.cut_words() == "3 older messages will be left out"
    seen = [talk.page.messages.index(row, 0).data(MessageRole.IS_FIRST_SEEN) for row in range(10)]
    assert seen.index(True) == 3
    assert sum(seen) == 1
    assert talk.layout(3).lead > 0
    measure(talk, cut_messages=0)
    assert talk.page.composer.cut_words() == ""
    assert talk.layout(3).lead == 0


@pytest.mark.feature("chat.context_sources")
def test_the_meter_tells_each_source_with_its_figures(talk):
    """The context meter is split by source, each with its figures, on hover and on focus."""
    talk.ask("hi")
    measure(talk, memory_tokens=120, document_tokens=300, cut_messages=1)
    meter = talk.page.composer.meter
    meter.setFocus(Qt.FocusReason.TabFocusReason)

    assert meter.words() == "2.4k of 8.2k"
    said = meter.accessibleDescription()
    for part in (
        "System prompt: 400 tokens",
        "Memory: 120 tokens",
        "Documents: 300 tokens",
        "Conversation: 1,500 tokens",
        "Your draft: 60 tokens",
        "Room kept for the answer: 1,024 tokens",
        "1 older message will be left out",
    ):
        assert part in said
    talk.qtbot.waitUntil(lambda: meter.card is not None)
    assert meter.card.isVisible()
    meter.clearFocus()


@pytest.mark.feature("chat.select_streaming")
def test_a_selection_stays_on_its_words_while_the_answer_is_written(talk, engine):
    """Text can be selected while an answer is still written; it stays on the same words."""
    engine.answers = ["Some **bold** words here", " and on.\n\nThen another", " paragraph."]
    engine.pause_after = 1
    talk.page.composer.send("go")
    talk.qtbot.waitUntil(lambda: talk.entry is not None and talk.entry.live is not None)
    talk.qtbot.waitUntil(lambda: bool(talk.layout(1).placed))
    index = talk.page.messages.index(1, 0)
    layout = talk.layout(1)
    plain = layout.placed[0][1].document.toPlainText()
    from ui.chat.message_layout import TextPlace

    ends = TextPlace(0, plain.index("words")), TextPlace(0, plain.index("words") + 5)
    talk.page.view.delegate.selection = (1, ends)
    assert talk.page.reader.selected_text() == "words"
    engine.pause_after = None
    engine.hold.set()
    talk.rest()

    talk.layout(1)
    assert talk.page.reader.selected_text() == "words"
    assert index.data(MessageRole.TEXT).endswith("paragraph.")


def test_dragging_over_text_keeps_the_view_where_it_is(talk, engine):
    engine.answers = [f"Line {n}.\n\n" for n in range(60)]
    talk.ask("go")
    view = talk.page.view
    talk.qtbot.waitUntil(lambda: view.verticalScrollBar().maximum() > 200)
    assert view.is_at_end()
    middle = QPoint(view.width() // 2, view.height() // 2)
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    talk.page.reader._drag(middle + QPoint(60, 0))

    assert not view.is_at_end()
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)


def test_a_place_is_found_again(talk):
    show_long(talk, 200)
    view = talk.page.view
    assert view.place() == ("", 0)
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() // 2)
    place = view.place()
    view.go_to_end()

    assert view.go_to_place(*place)
    assert view.place() == place
    assert not view.go_to_place("nowhere", 0)


def test_a_long_conversation_opens_at_once_and_a_token_costs_the_same(talk):
    """Ten thousand messages; nothing may be done for each of them at each token."""
    show_long(talk, 10_000)
    book, entry = talk.session.book, talk.entry
    begun = content.answer("live", "")
    begun = replace(begun, parent_id="a4999", finish_reason=None, stats=None)
    book.apply(events.MessageAdded(conversation_id="big", message=begun))

    started = time.perf_counter()
    for number in range(1000):
        book.apply(
            events.TextGenerated(
                conversation_id="big",
                message_id="live",
                text="x ",
                is_reasoning=False,
                completion_tokens=number + 1,
            )
        )
    each_ms = time.perf_counter() - started

    assert len(entry.messages) == 10_001
    assert talk.page.messages.rowCount() == 10_001
    # 0.01 ms here on a quiet machine (2 cores, 2026-11); one walk over all rows takes 1 ms.
    assert each_ms < 0.5
