from __future__ import annotations

import pytest
from PySide6.QtTest import QTest

from engine.contract import commands
from engine.contract.vault_commands import KeepDraft


def kept(engine):
    return [(command.conversation_id, command.text) for command in engine.sent(KeepDraft)]


def converse(window, qtbot, words):
    window.new_conversation()
    window.page.composer.send(words)
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    return window.session.desk.current_id


@pytest.mark.feature("chat.drafts")
def test_what_is_typed_and_not_sent_is_kept_a_second_later(window, engine, qtbot):
    """What you type and do not send is kept in the vault, a second after you pause."""
    QTest.keyClicks(window.page.composer.edit, "half a thought")
    assert not engine.sent(KeepDraft)

    qtbot.waitUntil(lambda: bool(kept(engine)))
    assert [words for _, words in kept(engine)] == ["half a thought"]


def test_a_draft_is_kept_when_another_conversation_is_opened(window, engine, qtbot):
    first = converse(window, qtbot, "first")
    second = converse(window, qtbot, "second")
    window.page.composer.set_draft("for the second")
    window._open_conversation(first)

    assert (second, "for the second") in kept(engine)
    window._open_conversation(second)
    assert window.page.composer.draft() == "for the second"


@pytest.mark.feature("chat.drafts_back")
def test_drafts_are_back_after_a_restart(open_fake_window, engine, qtbot):
    """After a restart, drafts are in the conversations they were typed in."""
    window = open_fake_window()
    qtbot.waitUntil(lambda: window.session.models.loaded is not None)
    first = converse(window, qtbot, "first")
    window.page.composer.set_draft("for the first")
    window.keep_draft()
    window.close()
    qtbot.waitUntil(lambda: engine.vault.drafts.get(first) == "for the first")
    engine.vault.lock_with("")

    again = open_fake_window()
    qtbot.waitUntil(lambda: again.session.book.is_loaded)
    again._open_conversation(first)
    assert again.page.composer.draft() == "for the first"


def test_the_draft_of_a_conversation_not_begun_is_on_the_empty_page(
    open_fake_window, engine, qtbot
):
    """An empty conversation is not kept; what was typed in it is."""
    engine.vault.drafts = {"conv_gone": "never sent"}
    window = open_fake_window()
    qtbot.waitUntil(lambda: window.page.composer.draft() == "never sent")
    qtbot.waitUntil(lambda: window.session.models.loaded is not None)
    window.page.composer.send()
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())

    assert window.session.desk.current_id == "conv_gone"
    qtbot.waitUntil(lambda: engine.vault.drafts["conv_gone"] == "")


def test_words_typed_before_the_vault_opened_stay(open_fake_window, engine, qtbot):
    engine.vault.drafts = {"conv_gone": "from before"}
    window = open_fake_window()
    window.page.composer.set_draft("typed at once")

    qtbot.waitUntil(lambda: "from before" in window.page.composer.draft())
    assert window.page.composer.draft() == "from before\n\ntyped at once"


def test_new_conversation_leads_back_to_one_that_was_only_typed_in(window, qtbot):
    first = converse(window, qtbot, "first")
    window.new_conversation()
    window.page.composer.set_draft("not yet")
    window._open_conversation(first)
    window.new_conversation()

    assert window.page.composer.draft() == "not yet"


def test_a_question_not_taken_up_yet_is_kept_as_a_draft(window, engine, qtbot):
    """If the app ends before the engine has taken the question up, it is not lost."""
    engine.hold.clear()
    window.page.composer.send("slow question")
    shown = window.session.desk.current_id
    window.keep_draft()
    engine.hold.set()
    qtbot.waitUntil(lambda: (shown, "slow question") in kept(engine))

    qtbot.waitUntil(lambda: engine.vault.drafts.get(shown) == "")


def test_the_same_words_are_not_sent_twice(window, engine):
    window.page.composer.set_draft("once")
    window.keep_draft()
    window.keep_draft()
    window.page.composer.set_draft("once")
    window.keep_draft()

    assert [words for _, words in kept(engine)] == ["once"]


def test_nothing_is_asked_of_a_vault_that_is_not_open_yet(open_fake_window, engine, qtbot):
    """A conversation begun a moment too early would be one the engine never heard of."""
    engine.vault.lock_with("correct horse")
    window = open_fake_window()
    window.page.composer.send("too early")
    qtbot.waitUntil(lambda: window.session.models.loaded is not None)
    qtbot.waitUntil(window.vault.curtain.is_down)
    assert not engine.sent(commands.CreateConversation)
    assert not engine.sent(commands.MeasureContext)
    assert window.page.composer.draft() == "too early"

    window.session.vault.open(passphrase="correct horse")
    qtbot.waitUntil(lambda: window.session.book.is_loaded)
    window.page.composer.send()
    qtbot.waitUntil(lambda: window.page.last_answer() == "Hello there")
