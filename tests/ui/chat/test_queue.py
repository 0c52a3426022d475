from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.contract import commands
from engine.contract.errors import ErrorReport
from ui import text_message
from ui.chat.message_queue import MessageQueue


def begin(talk, engine, words="first"):
    """An answer is being written and waits for the test."""
    engine.pause_after = 1
    talk.page.composer.send(words)
    talk.qtbot.waitUntil(lambda: talk.entry is not None and talk.entry.live is not None)


def let_go(talk, engine):
    engine.pause_after = None
    engine.hold.set()
    talk.qtbot.waitUntil(lambda: not talk.desk.queue.of(talk.desk.current_id))
    talk.rest()


@pytest.mark.feature("chat.queue")
def test_what_is_sent_while_an_answer_is_written_waits_and_follows_in_order(talk, engine):
    """You can send more while an answer is written: it waits under it, and is sent in order."""
    begin(talk, engine)
    edit = talk.page.composer.edit
    for said in ("second", "third"):
        QTest.keyClicks(edit, said)
        QTest.keyClick(edit, Qt.Key.Key_Return)
    assert talk.page.composer.draft() == ""
    assert talk.page.queue.title() == "2 messages wait"
    assert len(engine.sent(commands.SendMessage)) == 1

    let_go(talk, engine)

    talk.qtbot.waitUntil(lambda: len(talk.texts()) == 6)
    assert talk.texts()[::2] == ["first", "second", "third"]
    assert talk.page.queue.title() == ""


def test_a_waiting_message_is_edited_and_taken_back(talk, engine):
    begin(talk, engine)
    talk.page.composer.send("second")
    talk.page.composer.send("third")
    here = talk.desk.current_id
    second, third = talk.desk.queue.of(here)
    strip = talk.page.queue
    strip.edit_row(second.id)
    strip.edit.setPlainText("other words")
    QTest.keyClick(strip.edit, Qt.Key.Key_Return)
    strip.removed.emit(third.id)

    assert [one.text for one in talk.desk.queue.of(here)] == ["other words"]
    assert strip.title() == "1 message waits"
    talk.page.toast.action.click()
    assert [one.text for one in talk.desk.queue.of(here)] == ["other words", "third"]
    let_go(talk, engine)
    assert talk.texts()[::2] == ["first", "other words", "third"]


def test_after_a_stop_what_waits_is_held_until_the_user_says_so(talk, engine):
    begin(talk, engine)
    talk.page.composer.send("second")
    engine.pause_after = None
    talk.desk.stop()
    talk.rest()

    assert text_message.QUEUE_HELD in talk.page.queue.title()
    assert len(talk.texts()) == 2
    talk.page.queue.send.click()
    talk.qtbot.waitUntil(lambda: len(talk.texts()) == 4)
    talk.rest()
    assert talk.texts()[2] == "second"


def test_a_failure_brings_all_that_waits_back_as_a_draft(talk, engine):
    engine.hold.clear()
    engine.fail_next = None
    talk.page.composer.send("first")
    talk.page.composer.send("second")
    talk.page.composer.send("third")
    engine.cancel(talk.desk._send_jobs[talk.desk.current_id])

    talk.qtbot.waitUntil(lambda: "first" in talk.page.composer.draft())
    assert talk.page.composer.draft() == "first\n\nsecond\n\nthird"
    assert talk.page.queue.title() == ""


def test_a_lock_keeps_what_waits_as_a_draft(talk, engine):
    begin(talk, engine)
    talk.page.composer.send("second")
    talk.page.composer.set_draft("typed")
    here = talk.desk.current_id
    talk.desk.close()
    talk.desk.note(talk.page.draft())

    assert talk.desk.drafts.of(here) == "second\n\ntyped"
    assert not talk.desk.queue.of(here)
    engine.hold.set()


def test_what_waits_elsewhere_is_a_draft_there_when_an_answer_fails(talk, engine):
    engine.hold.clear()
    talk.page.composer.send("first")
    talk.page.composer.send("second")
    here = talk.desk.current_id
    talk.desk.show(None)
    engine.fail_next = ErrorReport(kind="cancelled", message="")
    engine.cancel(talk.desk._send_jobs[here])

    talk.qtbot.waitUntil(lambda: not talk.desk.queue.of(here))
    assert "second" in talk.desk.drafts.of(here)
    assert talk.page.composer.draft() == ""


def test_the_button_beside_stop_lets_words_wait(talk, engine):
    begin(talk, engine)
    composer = talk.page.composer
    assert composer.queue_button.isHidden()
    composer.set_draft("more")
    assert not composer.queue_button.isHidden()
    composer.queue_button.click()

    assert [one.text for one in talk.desk.queue.of(talk.desk.current_id)] == ["more"]
    let_go(talk, engine)


def test_an_emptied_message_waits_no_longer():
    queue = MessageQueue()
    queue.add("c", "one")
    queue.edit("c", queue.of("c")[0].id, "  ")

    assert queue.of("c") == ()
    assert queue.conversations() == ()
