"""Deleted messages: their trash, their return, and what is forgotten for good."""

from __future__ import annotations

import pytest

from engine.contract.chat_commands import (
    DeleteMessage,
    RegenerateAnswer,
    RestoreMessage,
)
from engine.contract.chat_events import MessagesRemoved
from engine.contract.commands import (
    ChangeSettings,
    DeleteConversation,
    ListConversations,
    SendMessage,
)
from engine.contract.events import (
    ConversationCreated,
    ConversationsListed,
    MessageAdded,
    TextGenerated,
    TurnFinished,
)
from engine.contract.message_tree import shown_path
from engine.contract.vault import TrashKind
from engine.contract.vault_commands import ForgetItems, ListTrash, RestoreFromTrash
from engine.contract.vault_events import TrashListed
from tests.helpers.engine_reader import turn_of
from tests.helpers.exchanges import LONG, VARIED, exchange, path, whole
from tests.helpers.launches import failure, only


@pytest.mark.feature(
    "chat.delete_message",
    "A message and what follows it goes to the trash, and comes back with one click.",
)
def test_a_deleted_message_takes_what_follows_along_and_brings_it_back(brief):
    engine = brief
    chat = engine.converse()
    _, first = exchange(engine, chat)
    second, last = exchange(engine, chat, "And then?")

    removed = only(
        engine.do(DeleteMessage(conversation_id=chat, message_id=second.id)), MessagesRemoved
    )

    assert removed.message_ids == (second.id, last.id)
    assert removed.leaf_id == first.id
    assert path(engine, chat) == ["Hello", first.text]
    back = only(
        engine.do(RestoreMessage(conversation_id=chat, message_id=second.id)), ConversationCreated
    ).conversation
    assert [m.text for m in shown_path(back)] == ["Hello", first.text, "And then?", last.text]


def test_deleting_the_shown_version_shows_the_one_before(brief):
    engine = brief
    chat = engine.converse()
    question, first = exchange(engine, chat)
    second = turn_of(
        engine.do(RegenerateAnswer(conversation_id=chat, message_id=first.id, generation=VARIED))
    ).message

    removed = only(
        engine.do(DeleteMessage(conversation_id=chat, message_id=second.id)), MessagesRemoved
    )

    assert removed.leaf_id == first.id
    assert path(engine, chat) == [question.text, first.text]


def test_deleting_another_version_leaves_the_page_alone(brief):
    engine = brief
    chat = engine.converse()
    _, first = exchange(engine, chat)
    second = turn_of(
        engine.do(RegenerateAnswer(conversation_id=chat, message_id=first.id, generation=VARIED))
    ).message

    removed = only(
        engine.do(DeleteMessage(conversation_id=chat, message_id=first.id)), MessagesRemoved
    )

    assert (removed.message_ids, removed.leaf_id) == ((first.id,), second.id)


def test_a_deleted_message_is_one_thing_in_the_trash_after_a_restart(kept, start):
    engine = kept
    chat = engine.converse()
    _, first = exchange(engine, chat)
    second, last = exchange(engine, chat, "And then?")
    engine.do(DeleteMessage(conversation_id=chat, message_id=second.id))

    engine = start(with_model=False)
    items = only(engine.do(ListTrash()), TrashListed).items
    assert [(item.id, item.kind, item.title) for item in items] == [
        (second.id, TrashKind.MESSAGE, "And then?")
    ]
    assert items[0].size_bytes == len("And then?") + len(last.text.encode())
    assert path(engine, chat) == ["Hello", first.text]

    events = engine.do(RestoreFromTrash(item_ids=(second.id,)))

    assert only(events, TrashListed).items == ()
    back = only(events, ConversationCreated).conversation
    assert [m.id for m in shown_path(back)][2:] == [second.id, last.id]


def test_what_was_deleted_first_comes_back_with_what_it_follows(brief):
    engine = brief
    chat = engine.converse()
    question, _ = exchange(engine, chat)
    second, last = exchange(engine, chat, "And then?")
    engine.do(DeleteMessage(conversation_id=chat, message_id=last.id))
    engine.do(DeleteMessage(conversation_id=chat, message_id=question.id))
    assert path(engine, chat) == []

    engine.do(RestoreMessage(conversation_id=chat, message_id=last.id))

    assert [m.id for m in shown_path(whole(engine, chat))][2:] == [second.id, last.id]


def test_a_message_of_a_deleted_conversation_brings_the_conversation_back(brief):
    engine = brief
    chat = engine.converse()
    _, first = exchange(engine, chat)
    engine.do(DeleteMessage(conversation_id=chat, message_id=first.id))
    engine.do(DeleteConversation(conversation_id=chat))

    events = engine.do(RestoreFromTrash(item_ids=(first.id,)))

    assert only(events, TrashListed).items == ()
    assert path(engine, chat) == ["Hello", first.text]


def test_a_deleted_message_that_is_forgotten_takes_what_went_with_it(kept, start):
    engine = kept
    chat = engine.converse()
    exchange(engine, chat)
    second, _ = exchange(engine, chat, "And then?")
    engine.do(DeleteMessage(conversation_id=chat, message_id=second.id))

    assert only(engine.do(ForgetItems(item_ids=(second.id,))), TrashListed).items == ()

    engine = start(with_model=False)
    assert only(engine.do(ListTrash()), TrashListed).items == ()
    error = failure(engine.do(RestoreMessage(conversation_id=chat, message_id=second.id)))
    assert error.kind == "not_found"


def test_a_forgotten_message_leaves_what_followed_it_where_that_one_was(kept, start):
    engine = kept
    chat = engine.converse()
    question, first = exchange(engine, chat)
    second, last = exchange(engine, chat, "And then?")

    told = only(engine.do(ForgetItems(item_ids=(first.id,))), ConversationCreated).conversation

    assert [m.id for m in shown_path(told)] == [question.id, second.id, last.id]
    assert [m.id for m in shown_path(whole(start(with_model=False), chat))] == [
        question.id,
        second.id,
        last.id,
    ]


def test_deleting_the_question_ends_the_answer_to_it(brief):
    engine = brief
    engine.do(ChangeSettings(settings=LONG))
    chat = engine.converse()
    job = engine.port.submit(SendMessage(conversation_id=chat, text="Hello"))
    said = engine.until(lambda e: isinstance(e, MessageAdded)).message
    engine.until(lambda e: isinstance(e, TextGenerated))

    engine.do(DeleteMessage(conversation_id=chat, message_id=said.id))

    assert any(e.job_id == job and isinstance(e, TurnFinished) for e in engine.events)
    assert whole(engine, chat).messages == ()


def test_forgetting_a_conversation_while_it_is_answered_leaves_nothing(kept, start):
    engine = kept
    engine.do(ChangeSettings(settings=LONG))
    chat = engine.converse()
    engine.port.submit(SendMessage(conversation_id=chat, text="Hello"))
    engine.until(lambda e: isinstance(e, TextGenerated))

    engine.do(ForgetItems(item_ids=(chat,)))

    engine = start(with_model=False)
    assert only(engine.do(ListConversations()), ConversationsListed).conversations == ()
