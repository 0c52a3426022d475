"""What was on screen comes back after a restart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.contract.chat_commands import KeepPlace
from engine.contract.ids import new_id
from engine.contract.messages import Conversation, Message, Role
from engine.contract.vault import LockReason, Place
from engine.contract.vault_events import VaultOpened


def long_talk(name, messages=60):
    made, parent = [], None
    for number in range(messages):
        role = Role.ASSISTANT if number % 2 else Role.USER
        text = f"{name} {number}. " + "Some words that take a line or two of the page. " * 6
        made.append(
            Message(id=new_id("msg"), role=role, text=text, created_at_s=1.0, parent_id=parent)
        )
        parent = made[-1].id
    return Conversation(
        id=new_id("conv"), title=name, created_at_s=1.0, updated_at_s=2.0, messages=tuple(made)
    )


@pytest.fixture
def talks(engine):
    made = [long_talk("Tea"), long_talk("Coffee")]
    engine.conversations = {talk.id: talk for talk in made}
    return made


def remembering(engine, place):
    """The engine tells this place whenever the vault is opened."""
    publish = engine.vault._publish if hasattr(engine.vault, "_publish") else engine.publish

    def with_place(event):
        publish(replace(event, place=place) if isinstance(event, VaultOpened) else event)

    engine.vault._publish = with_place


@pytest.mark.feature("window.place_restored")
def test_conversation_and_scroll_position_come_back(open_fake_window, engine, talks, qtbot):
    """After a restart the conversation you read is open, scrolled to where you were."""
    message = talks[1].messages[20]
    place = Place(conversation_id=talks[1].id, message_id=message.id, offset_px=7)
    remembering(engine, place)
    window = open_fake_window()

    qtbot.waitUntil(lambda: window.session.desk.current_id == talks[1].id)
    qtbot.waitUntil(lambda: window.page.view.place() == (message.id, 7))


def test_where_one_reads_is_kept(window, engine, talks, qtbot):
    engine.publish(_listed(talks))
    qtbot.waitUntil(lambda: talks[0].id in window.session.book.entries)
    window.session.desk.show(talks[0].id)
    window.page.view.go_to_place(talks[0].messages[10].id, 3)

    qtbot.waitUntil(lambda: bool(engine.sent(KeepPlace)), timeout=5000)
    kept = engine.sent(KeepPlace)[-1]
    assert (kept.conversation_id, kept.message_id) == (talks[0].id, talks[0].messages[10].id)

    count = len(engine.sent(KeepPlace))
    window.last_place.keep()
    assert len(engine.sent(KeepPlace)) == count


def test_locking_keeps_the_place_first(window, engine, talks, qtbot):
    engine.publish(_listed(talks))
    qtbot.waitUntil(lambda: talks[0].id in window.session.book.entries)
    window.session.desk.show(talks[0].id)

    window.session.vault.lock(LockReason.ASKED)

    names = [type(command).__name__ for command in engine.submitted]
    assert names.index("KeepPlace") < names.index("LockVault")


@pytest.mark.usefixtures("talks")
def test_a_place_that_is_gone_is_no_error(open_fake_window, engine, qtbot):
    remembering(engine, Place(conversation_id="conv_gone", message_id="msg_gone"))
    window = open_fake_window()
    qtbot.waitUntil(lambda: window.session.book.is_loaded)

    assert window.session.desk.current_id is None


def test_an_empty_page_is_no_place(window, engine):
    window.last_place.keep()

    assert engine.sent(KeepPlace) == []


def _listed(talks):
    from engine.contract.events import ConversationsListed

    return ConversationsListed(conversations=tuple(talks))
