"""The quick panel over a FakeEngine, and what of it reaches the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QClipboard, QGuiApplication
from PySide6.QtWidgets import QAbstractButton

from engine.contract import chat_commands, commands
from engine.contract.errors import ErrorReport
from engine.contract.events import ModelUnloaded
from engine.contract.messages import Role
from engine.contract.vault import LockReason
from tests.helpers.fakes import FAKE_MODEL
from ui import text_quick as text
from ui.chat.message_list_model import MessageRole
from ui.quick.context import LONGEST_LETTERS, Context, Source, with_context


@pytest.fixture
def panel(window, qtbot):
    window.quick.open_panel()
    made = window.quick.panel
    qtbot.waitUntil(made.isVisible)
    return made


@pytest.fixture
def clipboard():
    made = QGuiApplication.clipboard()
    made.clear()
    yield made
    made.clear()


def ask(panel, qtbot, words):
    qtbot.keyClicks(panel.field, words)
    qtbot.keyClick(panel.field, Qt.Key.Key_Return)


def asked(panel, qtbot, words="Why is the sky blue?"):
    ask(panel, qtbot, words)
    qtbot.waitUntil(lambda: panel.talk.last_answer() == "Hello there")
    qtbot.waitUntil(lambda: not panel.talk.is_answering)


def spoken(panel):
    entry = panel.talk.entry()
    return [(m.role, m.text) for m in entry.messages] if entry else []


@pytest.mark.feature("quick.answer_in_place")
def test_a_question_is_answered_in_place_and_follow_ups_too(panel, engine, qtbot):
    """The quick question is answered in the small window as it is written, follow-ups included."""
    asked(panel, qtbot)
    assert not panel.field.words()
    assert panel.messages.view.isVisible()
    assert panel.messages.view.model().rowCount() == 2

    ask(panel, qtbot, "And at night?")
    qtbot.waitUntil(lambda: len(spoken(panel)) == 4 and not panel.talk.is_answering)

    first, second = engine.sent(commands.SendMessage)
    assert first.conversation_id == second.conversation_id == panel.talk.conversation_id
    assert second.text == "And at night?"


@pytest.mark.feature("quick.leaves_no_trace")
def test_what_is_asked_is_temporary_and_never_listed(window, panel, engine, qtbot):
    """What you ask in the quick window is kept nowhere unless you continue it in the window."""
    asked(panel, qtbot)

    begun = engine.sent(commands.CreateConversation)[-1]
    assert begun.conversation_id == panel.talk.conversation_id
    assert begun.is_temporary
    assert window.session.book.in_order() == []
    assert window.session.desk.current_id is None

    former = panel.talk.conversation_id
    panel.begin_anew()
    qtbot.waitUntil(lambda: former not in window.session.book.entries)
    assert not panel.messages.isVisible()


@pytest.mark.feature("quick.continue_in_window")
def test_the_thread_goes_on_in_the_window(window, panel, engine, qtbot):
    """Ctrl+Enter keeps the quick conversation and opens it in the window."""
    asked(panel, qtbot)
    thread = panel.talk.conversation_id

    qtbot.keyClick(panel.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    assert not panel.isVisible()
    qtbot.waitUntil(lambda: window.session.desk.current_id == thread)
    assert engine.sent(chat_commands.KeepConversation)[-1].conversation_id == thread
    qtbot.waitUntil(lambda: [e.id for e in window.session.book.in_order()] == [thread])
    assert window.page.messages.rowCount() == 2
    assert panel.talk.conversation_id == ""


def test_words_not_yet_asked_go_along_into_the_window(window, panel, qtbot):
    qtbot.keyClicks(panel.field, "half a thought")

    panel.continue_in_window()

    assert window.page.composer.draft() == "half a thought"
    assert panel.field.words() == ""


def test_an_answer_being_written_goes_along_and_can_be_stopped_there(window, panel, engine, qtbot):
    engine.pause_after = 1
    ask(panel, qtbot, "Tell me")
    qtbot.waitUntil(lambda: panel.talk.last_answer() == "Hello")

    panel.continue_in_window()
    qtbot.waitUntil(window.session.desk.is_answering)
    window.session.desk.stop()

    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    assert window.page.last_answer() == "Hello"


@pytest.mark.feature("quick.stop")
def test_an_answer_can_be_stopped_and_what_is_there_stays(panel, engine, qtbot):
    """The answer in the quick window can be stopped; what was written stays."""
    engine.pause_after = 1
    ask(panel, qtbot, "Tell me")
    qtbot.waitUntil(lambda: panel.talk.last_answer() == "Hello")
    assert panel.button.accessibleName() == text.STOP

    qtbot.mouseClick(panel.button, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: not panel.talk.is_answering)
    assert panel.talk.last_answer() == "Hello"
    assert panel.button.accessibleName() == text.ASK


@pytest.mark.feature("quick.context")
def test_the_clipboard_is_read_when_asked_for_and_shown_before_it_is_sent(
    panel, engine, clipboard, qtbot
):
    """Clipboard text goes with a quick question only after you asked for it and saw it."""
    clipboard.setText("Tea is ready at four.\n```\nnested\n```")
    assert panel.context.context is None
    assert not panel.context.card.isVisible()

    panel.context.buttons[Source.CLIPBOARD].click()
    qtbot.waitUntil(panel.context.card.isVisible)
    assert "Tea is ready at four." in panel.context.card.shown()
    asked(panel, qtbot, "When?")

    sent = engine.sent(commands.SendMessage)[-1].text
    assert sent.startswith("When?\n\nText from the clipboard:\n\n````\nTea is ready at four.")
    assert sent.endswith("\n````")
    assert panel.context.context is None


def test_what_is_on_the_clipboard_is_not_read_unasked(panel, engine, clipboard, qtbot):
    clipboard.setText("a secret")

    asked(panel, qtbot)

    assert all("secret" not in command.text for command in engine.sent(commands.SendMessage))


def test_a_text_can_be_dropped_again(panel, clipboard):
    clipboard.setText("not this")
    panel.context.take(Source.CLIPBOARD)
    panel.context.card.remove.click()

    assert panel.context.context is None


@pytest.mark.usefixtures("clipboard")
def test_an_empty_clipboard_is_told(panel):
    panel.context.take(Source.CLIPBOARD)

    assert panel.context.said() == text.NO_CLIPBOARD


def test_a_long_text_is_cut_and_says_so(clipboard, panel):
    clipboard.setText("x" * (LONGEST_LETTERS + 10), QClipboard.Mode.Clipboard)
    panel.context.take(Source.CLIPBOARD)

    context = panel.context.context
    assert len(context.words) == LONGEST_LETTERS
    assert context.size == "the first 24,000 of 24,010 letters"


def test_the_fence_is_longer_than_any_in_the_text():
    context = Context(Source.SELECTION, "a\n`````\nb", 9)

    assert with_context("What?", context).splitlines()[4] == "``````"
    assert with_context("What?", None) == "What?"


@pytest.mark.feature("quick.locked")
def test_a_locked_vault_shows_a_way_to_unlock_and_nothing_else(window, panel, qtbot):
    """While the vault is locked the quick window shows only the way to unlock it."""
    asked(panel, qtbot)
    qtbot.keyClicks(panel.field, "another secret")

    window.session.vault.lock(LockReason.ASKED)

    qtbot.waitUntil(lambda: panel.notice() == text.LOCKED)
    for hidden in (panel.field, panel.context, panel.foot, panel.messages):
        assert not hidden.isVisible()
    qtbot.waitUntil(lambda: panel.talk.conversation_id == "")
    assert panel.field.toPlainText() == ""
    assert panel.messages.view.model().rowCount() == 0
    assert panel._way_out.text() == text.UNLOCK


def test_without_a_model_the_panel_says_so_and_offers_one(panel, engine, qtbot):
    engine.publish(ModelUnloaded(model_id=FAKE_MODEL.id, freed_bytes=0))
    qtbot.waitUntil(lambda: panel.notice() == text.NO_MODEL)
    ask(panel, qtbot, "Anyone?")
    assert engine.sent(commands.SendMessage) == []
    assert panel.field.words() == "Anyone?"

    wanted = []
    panel.models_wanted.connect(lambda: wanted.append(1))
    panel._way_out.click()
    assert wanted == [1]


def test_a_failed_question_comes_back_with_the_reason(window, panel, engine, qtbot):
    engine.fail_next = ErrorReport(kind="bug", message="It broke.", action="Try again.")
    ask(panel, qtbot, "Why?")

    qtbot.waitUntil(lambda: "It broke. Try again." in panel.notice())
    assert panel.field.words() == "Why?"
    assert window.page.banner.message() == ""


def test_the_answer_can_be_copied(panel, clipboard, qtbot):
    asked(panel, qtbot)

    panel.foot.copy.click()

    assert clipboard.text() == "Hello there"
    assert panel.foot.said() == "Copied."


def test_esc_hides_and_the_thread_is_there_again(panel, qtbot):
    asked(panel, qtbot)
    panel.dismiss()
    assert not panel.isVisible()

    panel.open()
    assert spoken(panel)[0] == (Role.USER, "Why is the sky blue?")


def test_a_thread_left_for_long_is_over(panel, qtbot, monkeypatch):
    asked(panel, qtbot)
    panel.dismiss()
    monkeypatch.setattr("ui.quick.quick_panel._FRESH_AFTER_S", -1.0)

    panel.open()

    assert panel.talk.conversation_id == ""


def test_shift_return_breaks_the_line(panel, qtbot):
    qtbot.keyClicks(panel.field, "a")
    qtbot.keyClick(panel.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(panel.field, "b")

    assert panel.field.toPlainText() == "a\nb"
    assert panel.field.height() > panel.field.fontMetrics().lineSpacing() * 2


def test_only_copying_is_offered_on_a_message(panel, qtbot):
    asked(panel, qtbot)
    rows = panel.messages.view.model()
    offers = [rows.index(row, 0).data(MessageRole.OFFERS).row() for row in range(2)]
    assert offers == [("copy",), ("copy",)]


def test_every_control_has_a_name(panel, qtbot):
    asked(panel, qtbot)
    buttons = [b for b in panel.findChildren(QAbstractButton) if b.isVisible()]
    assert all(button.accessibleName() or button.text() for button in buttons)
    assert panel.field.accessibleName() == text.FIELD
