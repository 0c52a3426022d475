"""A conversation's tree through the whole engine, with a tiny model and a real vault."""

from __future__ import annotations

import shutil

import pytest

from engine.chat import keeping
from engine.contract.chat_commands import (
    BranchConversation,
    ContinueAnswer,
    DeleteMessage,
    EditMessage,
    RegenerateAnswer,
    RestoreMessage,
    ShowVersion,
)
from engine.contract.commands import (
    ChangeSettings,
    LoadModel,
    SendMessage,
    StopGeneration,
)
from engine.contract.events import (
    ConversationChanged,
    ConversationCreated,
    HistoryCut,
    MessageAdded,
    ModelLoaded,
    TextGenerated,
    TurnFinished,
)
from engine.contract.ids import new_id
from engine.contract.message_tree import shown_path, versions_of
from engine.contract.messages import FinishReason, Role
from engine.contract.vault_commands import LockVault
from tests.helpers.engine_reader import turn_of
from tests.helpers.exchanges import LONG, VARIED, exchange, path, whole
from tests.helpers.launches import failure, only
from tests.helpers.tiny_model import write_tiny_model


@pytest.fixture(scope="session")
def plain_model(tmp_path_factory):
    """A model that writes letters only, so that its answers can be read again token by token."""
    return write_tiny_model(tmp_path_factory.mktemp("plain"), is_ascii=True)


@pytest.fixture
def plain_engine(brief, plain_model):
    brief.do(LoadModel(model_id=str(plain_model)))
    return brief


@pytest.mark.feature(
    "chat.edit", "Any question can be edited: it is answered anew, and the version before is kept."
)
def test_an_edited_question_is_answered_beside_the_one_before(brief):
    engine = brief
    chat = engine.converse()
    question, answer = exchange(engine, chat, "Why is the sky blue?")

    events = engine.do(
        EditMessage(conversation_id=chat, message_id=question.id, text="Why is the sea blue?")
    )

    edited = only(events, MessageAdded).message
    told = turn_of(events).message
    assert (edited.role, edited.parent_id, told.parent_id) == (Role.USER, None, edited.id)
    tree = whole(engine, chat)
    assert [m.text for m in shown_path(tree)] == ["Why is the sea blue?", told.text]
    assert [m.id for m in versions_of(tree.messages, edited.id)] == [question.id, edited.id]
    assert answer in tree.messages


def test_only_the_path_that_is_shown_goes_into_the_prompt(brief):
    engine = brief
    chat = engine.converse()
    question, _ = exchange(engine, chat, "Hello" * 12)
    edited = engine.do(EditMessage(conversation_id=chat, message_id=question.id, text="Hi"))

    alone = engine.converse()
    stats = turn_of(engine.do(SendMessage(conversation_id=alone, text="Hi"))).message.stats
    assert turn_of(edited).message.stats.prompt_tokens == stats.prompt_tokens


def test_an_edited_answer_stands_as_the_user_wrote_it_and_goes_into_the_prompt(brief):
    engine = brief
    chat = engine.converse()
    _, answer = exchange(engine, chat)

    events = engine.do(EditMessage(conversation_id=chat, message_id=answer.id, text="Forty-two."))

    edited = only(events, MessageAdded).message
    assert (edited.text, edited.finish_reason, edited.stats) == (
        "Forty-two.",
        FinishReason.STOP,
        None,
    )
    assert not [e for e in events if isinstance(e, TurnFinished)]
    later, _ = exchange(engine, chat, "More")
    assert later.parent_id == edited.id


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_edit_that_leaves_nothing_is_refused(brief, text):
    engine = brief
    chat = engine.converse()
    question, _ = exchange(engine, chat)

    error = failure(engine.do(EditMessage(conversation_id=chat, message_id=question.id, text=text)))

    assert error.kind == "bad_request"
    assert len(whole(engine, chat).messages) == 2


@pytest.mark.feature(
    "chat.regenerate", "An answer can be written again; all versions are kept side by side."
)
def test_another_answer_stands_beside_the_first(brief):
    engine = brief
    chat = engine.converse()
    question, first = exchange(engine, chat)
    exchange(engine, chat, "And then?")

    second = turn_of(
        engine.do(RegenerateAnswer(conversation_id=chat, message_id=first.id, generation=VARIED))
    ).message

    tree = whole(engine, chat)
    assert [m.id for m in versions_of(tree.messages, second.id)] == [first.id, second.id]
    assert [m.id for m in shown_path(tree)] == [question.id, second.id]
    assert second.stats.temperature == 1.0
    assert second.stats.max_tokens == 8


def test_another_model_is_loaded_before_it_answers(brief, tmp_path):
    engine = brief
    other = str(write_tiny_model(tmp_path / "other", seed=5))
    chat = engine.converse()
    _, first = exchange(engine, chat)

    events = engine.do(RegenerateAnswer(conversation_id=chat, message_id=first.id, model_id=other))

    kinds = [type(event) for event in events]
    assert kinds.index(ModelLoaded) < kinds.index(MessageAdded)
    assert turn_of(events).message.stats.model == other


def test_a_model_that_is_not_there_leaves_the_tree_as_it_was(brief):
    engine = brief
    chat = engine.converse()
    _, first = exchange(engine, chat)

    error = failure(
        engine.do(RegenerateAnswer(conversation_id=chat, message_id=first.id, model_id="none"))
    )

    assert error.kind == "model_not_found"
    assert len(whole(engine, chat).messages) == 2


@pytest.mark.feature(
    "chat.versions", "You switch between versions of a message; what followed each one is there."
)
def test_switching_back_shows_what_followed_the_older_version(kept, start):
    engine = kept
    chat = engine.converse()
    question, first = exchange(engine, chat)
    _, last = exchange(engine, chat, "And then?")
    engine.do(EditMessage(conversation_id=chat, message_id=question.id, text="Hi"))

    changed = only(
        engine.do(ShowVersion(conversation_id=chat, message_id=question.id)), ConversationChanged
    )

    assert changed.conversation.leaf_id == last.id
    assert path(engine, chat) == ["Hello", first.text, "And then?", last.text]
    assert path(start(with_model=False), chat) == ["Hello", first.text, "And then?", last.text]


def test_a_message_follows_what_it_is_asked_to_follow(brief):
    engine = brief
    chat = engine.converse()
    _, first = exchange(engine, chat)
    exchange(engine, chat, "And then?")

    events = engine.do(SendMessage(conversation_id=chat, text="Or else?", parent_id=first.id))

    assert only(events, MessageAdded).message.parent_id == first.id
    assert path(engine, chat)[:3] == ["Hello", first.text, "Or else?"]


def test_the_whole_tree_is_back_after_a_restart(kept, start):
    engine = kept
    chat = engine.converse()
    question, first = exchange(engine, chat)
    engine.do(RegenerateAnswer(conversation_id=chat, message_id=first.id, generation=VARIED))
    engine.do(EditMessage(conversation_id=chat, message_id=question.id, text="Hi"))
    before = whole(engine, chat)

    assert whole(start(with_model=False), chat) == before


@pytest.mark.feature("chat.continue", "An answer that ended too early can be continued in place.")
def test_a_continued_answer_begins_with_the_old_one_and_goes_on(plain_engine):
    engine = plain_engine
    chat = engine.converse()
    question, first = exchange(engine, chat)
    long = engine.converse()
    alone = turn_of(engine.ask(long, "Hello", max_tokens=16, system_prompt="Be brief.")).message

    events = engine.do(ContinueAnswer(conversation_id=chat, message_id=first.id))

    told = turn_of(events).message
    assert only(events, MessageAdded).message.text == first.text
    assert told.text.startswith(first.text)
    assert len(told.text) > len(first.text)
    assert told.parent_id == question.id
    # With temperature 0 the model writes what it would have written without the break.
    assert told.text == alone.text
    assert first in whole(engine, chat).messages
    streamed = "".join(e.text for e in events if isinstance(e, TextGenerated))
    assert (first.text + streamed).strip() == told.text.strip()


def test_continuing_reads_nothing_twice(plain_engine):
    engine = plain_engine
    chat = engine.converse()
    _, first = exchange(engine, chat)

    stats = turn_of(engine.do(ContinueAnswer(conversation_id=chat, message_id=first.id))).message

    assert stats.stats.prompt_tokens - stats.stats.cached_tokens <= 2


def test_a_question_cannot_be_continued(brief):
    engine = brief
    chat = engine.converse()
    question, _ = exchange(engine, chat)

    error = failure(engine.do(ContinueAnswer(conversation_id=chat, message_id=question.id)))

    assert error.kind == "bad_request"


@pytest.mark.parametrize("make", [RegenerateAnswer, ContinueAnswer], ids=["again", "on"])
def test_stopping_another_version_keeps_what_was_written(brief, make):
    engine = brief
    chat = engine.converse()
    _, first = exchange(engine, chat)
    engine.do(ChangeSettings(settings=LONG))

    job = engine.port.submit(make(conversation_id=chat, message_id=first.id))
    engine.until(lambda e: isinstance(e, TextGenerated) and e.completion_tokens >= 3)
    engine.port.submit(StopGeneration(conversation_id=chat))

    told = engine.until(lambda e: isinstance(e, TurnFinished)).message
    assert told.finish_reason is FinishReason.STOPPED
    assert told.text
    assert engine.end_of(job).error.kind == "cancelled"


def test_an_edit_waits_for_the_answer_that_is_being_written(brief):
    engine = brief
    chat = engine.converse()
    question, _ = exchange(engine, chat)
    jobs = [
        engine.port.submit(SendMessage(conversation_id=chat, text="And then?")),
        engine.port.submit(EditMessage(conversation_id=chat, message_id=question.id, text="Hi")),
    ]

    engine.end_of(jobs[1])

    assert path(engine, chat)[0] == "Hi"
    assert len(whole(engine, chat).messages) == 6


def test_what_waits_when_the_vault_locks_is_not_said(kept, start):
    engine = kept
    engine.do(ChangeSettings(settings=LONG))
    chat = engine.converse()
    for text in ("One", "Two"):
        engine.port.submit(SendMessage(conversation_id=chat, text=text))
    engine.until(lambda e: isinstance(e, TextGenerated) and e.completion_tokens >= 3)

    engine.do(LockVault())

    kept = whole(start(with_model=False), chat)
    assert [m.text for m in kept.messages if m.role is Role.USER] == ["One"]
    assert kept.messages[1].finish_reason is FinishReason.STOPPED


@pytest.mark.parametrize("make", [RegenerateAnswer, ContinueAnswer], ids=["again", "on"])
def test_what_was_written_when_the_program_died_is_there_beside_the_first(
    kept, start, tmp_path, monkeypatch, make, plain_model
):
    monkeypatch.setattr(keeping, "_PARTIAL_EVERY_S", 0.0)
    engine = kept
    # It never ends a turn, so that the answer is still being written when the program dies.
    engine.do(LoadModel(model_id=str(plain_model)))
    chat = engine.converse()
    _, first = exchange(engine, chat)
    engine.do(ChangeSettings(settings=LONG))
    engine.port.submit(make(conversation_id=chat, message_id=first.id))
    engine.until(lambda e: isinstance(e, TextGenerated) and e.completion_tokens >= 60)
    # What a killed process leaves: the files as they are, nothing closed.
    shutil.copytree(tmp_path / "vault", tmp_path / "left")

    engine = start(with_model=False, vault="left")

    tree = whole(engine, chat)
    before, after = versions_of(tree.messages, first.id)
    assert before == first
    assert after.finish_reason is FinishReason.FAILED
    assert after.text
    if make is ContinueAnswer:
        assert after.text.startswith(first.text.rstrip("\ufffd"))


@pytest.mark.feature(
    "chat.branch", "Another conversation can begin with everything up to any message."
)
def test_a_branch_has_the_path_up_to_the_message_and_goes_its_own_way(kept, start):
    engine = kept
    chat = engine.converse()
    _, first = exchange(engine, chat)
    exchange(engine, chat, "And then?")
    new = new_id("conv")

    begun = only(
        engine.do(
            BranchConversation(conversation_id=chat, message_id=first.id, new_conversation_id=new)
        ),
        ConversationCreated,
    ).conversation
    exchange(engine, new, "Or else?")

    assert begun.title == "Hello (branch)"
    assert [m.text for m in begun.messages] == ["Hello", first.text]
    assert len(whole(engine, chat).messages) == 4
    again = start(with_model=False)
    assert path(again, new)[:3] == ["Hello", first.text, "Or else?"]
    assert not {m.id for m in whole(again, chat).messages} & {
        m.id for m in whole(again, new).messages
    }


def test_what_is_cut_is_cut_from_the_path_alone(brief):
    engine = brief
    chat = engine.converse()
    for number in range(4):
        question, _ = exchange(engine, chat, f"{number} " + "word " * 8)
    before = whole(engine, chat)

    events = engine.do(EditMessage(conversation_id=chat, message_id=question.id, text="word " * 9))

    cut = only(events, HistoryCut)
    on_path = [m.id for m in before.messages if m.id != question.id]
    assert list(cut.message_ids) == on_path[: len(cut.message_ids)]


@pytest.mark.parametrize(
    "make",
    [
        lambda chat: EditMessage(conversation_id=chat, message_id="msg_none", text="x"),
        lambda chat: RegenerateAnswer(conversation_id=chat, message_id="msg_none"),
        lambda chat: ContinueAnswer(conversation_id=chat, message_id="msg_none"),
        lambda chat: ShowVersion(conversation_id=chat, message_id="msg_none"),
        lambda chat: DeleteMessage(conversation_id=chat, message_id="msg_none"),
        lambda chat: RestoreMessage(conversation_id=chat, message_id="msg_none"),
        lambda chat: SendMessage(conversation_id=chat, text="x", parent_id="msg_none"),
        lambda chat: BranchConversation(
            conversation_id=chat, message_id="msg_none", new_conversation_id="conv_new"
        ),
    ],
    ids=["edit", "again", "on", "show", "delete", "restore", "send", "branch"],
)
def test_a_message_that_is_not_there_is_said_plainly(brief, make):
    engine = brief
    chat = engine.converse()

    assert failure(engine.do(make(chat))).kind == "not_found"
