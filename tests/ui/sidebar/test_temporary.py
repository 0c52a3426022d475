from __future__ import annotations

import pytest

from engine.contract import chat_commands, commands
from engine.contract.vault_commands import KeepDraft
from ui import text_sidebar as words


@pytest.fixture
def temporary(window, qtbot):
    window.actions_by_key["new_temporary"].trigger()
    qtbot.waitUntil(window.temporary.banner.isVisible)
    return window.temporary


@pytest.mark.feature("chat.temporary")
def test_a_temporary_conversation_says_so_and_is_never_listed(temporary, window, engine, qtbot):
    """A temporary conversation is marked as such, is never listed and leaves no draft."""
    (created,) = engine.sent(commands.CreateConversation)
    assert created.is_temporary
    assert window.top_bar.title.text() == words.TEMPORARY
    window.page.composer.set_draft("a very private matter")
    window.keep_draft()
    window.page.composer.send("hello")
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())

    assert window.sidebar.model.found == 0
    assert not engine.sent(KeepDraft)
    assert not engine.sent(commands.RenameConversation)
    window.new_conversation()
    assert window.sidebar.model.found == 0
    assert temporary.banner.isHidden()
    assert window.page.toast.words() == words.LEFT_TEMPORARY
    window.page.toast.action.click()
    assert window.page.last_answer() == "Hello there"


@pytest.mark.feature("chat.keep_temporary")
def test_a_temporary_conversation_can_be_kept(temporary, window, engine, qtbot):
    """A temporary conversation can be kept after all."""
    assert not temporary.banner.keep.isEnabled()
    window.page.composer.send("hello")
    qtbot.waitUntil(lambda: not window.session.desk.is_answering())
    temporary.banner.keep.click()

    qtbot.waitUntil(lambda: window.sidebar.model.found == 1)
    assert engine.sent(chat_commands.KeepConversation)
    assert temporary.banner.isHidden()
    window.page.composer.set_draft("more")
    window.keep_draft()
    assert [command.text for command in engine.sent(KeepDraft)] == ["more"]


@pytest.mark.usefixtures("temporary")
def test_from_a_temporary_page_a_new_one_is_not_temporary(window, qtbot):
    window.actions_by_key["new"].trigger()
    assert not window.session.desk.is_temporary()
    window.page.composer.send("hello")

    qtbot.waitUntil(lambda: window.sidebar.model.found == 1)
