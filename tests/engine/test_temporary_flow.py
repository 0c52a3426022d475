"""Temporary conversations: nothing of them is ever written."""

from __future__ import annotations

import asyncio

import pytest

from engine.contract.chat_commands import (
    BranchConversation,
    ConfigureConversation,
    DeleteMessage,
    EditMessage,
    ExplainAnswer,
    KeepConversation,
    KeepPlace,
    OrganiseConversation,
    RegenerateAnswer,
    RestoreMessage,
)
from engine.contract.chat_events import AnswerExplained, MessagesRemoved
from engine.contract.commands import (
    ChangeSettings,
    CreateConversation,
    DeleteConversation,
    ListConversations,
    RenameConversation,
    RestoreConversation,
    SendMessage,
)
from engine.contract.errors import VaultDamagedError
from engine.contract.events import (
    ConversationChanged,
    ConversationCreated,
    ConversationsListed,
    TextGenerated,
    TurnFinished,
)
from engine.contract.ids import new_id
from engine.contract.settings import GenerationSettings, Settings
from engine.contract.vault_commands import KeepDraft, ListTrash, LockVault, OpenVault
from engine.contract.vault_events import TrashListed
from engine.storage.vault import Vault
from tests.helpers.exchanges import exchange, whole
from tests.helpers.keychain import MemoryKeychain
from tests.helpers.launches import PASSPHRASE, failure, only


def temporary(engine):
    conversation_id = new_id("conv")
    engine.do(CreateConversation(conversation_id=conversation_id, is_temporary=True))
    return conversation_id


def everything_in(folder):
    """Every text and blob of every table of the vault, unpacked where it is packed."""

    async def read():
        vault = Vault(folder, MemoryKeychain(is_absent=True))
        await vault.open(PASSPHRASE)
        try:
            return await vault.store.read(lambda reader: _contents(reader, vault.codec))
        finally:
            await vault.lock()

    return asyncio.run(read())


def _contents(reader, codec):
    tables = reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    found = []
    for (table,) in tables:
        for row in reader.execute(f"SELECT * FROM {table}").fetchall():
            for value in row:
                found.append(value)
                if isinstance(value, bytes):
                    try:
                        found.append(codec.unpack_bytes(value))
                    except VaultDamagedError:
                        continue
    return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in found)


@pytest.mark.feature(
    "chat.temporary", "A temporary conversation leaves no trace, whatever is done in it."
)
def test_of_a_temporary_conversation_nothing_is_ever_written(kept, start, tmp_path):
    engine = kept
    exchange(engine, engine.converse(), "The egret is no secret")
    chat = temporary(engine)
    question, answer = exchange(engine, chat, "The heron nests in secret")
    engine.do(KeepDraft(conversation_id=chat, text="half a heron"))
    engine.do(RenameConversation(conversation_id=chat, title="Secret heron"))
    engine.do(OrganiseConversation(conversation_id=chat, is_pinned=True))
    engine.do(ConfigureConversation(conversation_id=chat, system_prompt="You are a heron."))
    engine.do(KeepPlace(conversation_id=chat, message_id=answer.id))
    engine.do(EditMessage(conversation_id=chat, message_id=question.id, text="A heron again"))
    engine.do(RegenerateAnswer(conversation_id=chat, message_id=answer.id))
    engine.do(
        BranchConversation(
            conversation_id=chat, message_id=answer.id, new_conversation_id="conv_branch"
        )
    )
    removed = engine.do(DeleteMessage(conversation_id=chat, message_id=question.id))
    assert only(removed, MessagesRemoved).message_ids[0] == question.id
    assert only(engine.do(ListTrash()), TrashListed).items == ()
    engine.do(RestoreMessage(conversation_id=chat, message_id=question.id))
    assert only(
        engine.do(ExplainAnswer(conversation_id=chat, message_id=answer.id)), AnswerExplained
    ).is_exact
    engine.do(DeleteConversation(conversation_id=chat))
    engine.do(KeepDraft(conversation_id=chat, text="another half a heron"))

    again = start(with_model=False)
    listed = only(again.do(ListConversations()), ConversationsListed).conversations
    assert [c.title for c in listed] == ["The egret is no secret"]
    assert only(again.do(ListTrash()), TrashListed).items == ()
    start.end()
    content = everything_in(tmp_path / "vault")
    assert b"egret" in content
    assert b"heron" not in content.lower()
    assert chat.encode() not in content
    assert question.id.encode() not in content


def test_a_temporary_conversation_is_gone_when_the_vault_locks(kept):
    engine = kept
    chat = temporary(engine)
    exchange(engine, chat)

    engine.do(LockVault())
    engine.do(OpenVault(passphrase=PASSPHRASE))

    assert only(engine.do(ListConversations()), ConversationsListed).conversations == ()
    assert failure(engine.do(SendMessage(conversation_id=chat, text="Hi"))).kind == "not_found"


def test_a_deleted_temporary_conversation_can_come_back_until_then(brief):
    engine = brief
    chat = temporary(engine)
    exchange(engine, chat)
    engine.do(DeleteConversation(conversation_id=chat))

    back = only(engine.do(RestoreConversation(conversation_id=chat)), ConversationCreated)

    assert back.conversation.is_temporary
    assert len(back.conversation.messages) == 2


@pytest.mark.feature("chat.keep_temporary", "A temporary conversation can be kept after all.")
def test_a_temporary_conversation_that_is_kept_is_there_after_a_restart(kept, start):
    engine = kept
    chat = temporary(engine)
    exchange(engine, chat)
    _, answer = exchange(engine, chat, "And then?")

    told = only(engine.do(KeepConversation(conversation_id=chat)), ConversationChanged)
    assert not told.conversation.is_temporary
    before = whole(engine, chat)

    again = start()
    assert whole(again, chat) == before
    assert only(
        again.do(ExplainAnswer(conversation_id=chat, message_id=answer.id)), AnswerExplained
    ).is_exact


def test_an_answer_that_is_written_while_its_conversation_is_kept_is_kept_too(kept, start):
    engine = kept
    engine.do(
        ChangeSettings(
            settings=Settings(generation=GenerationSettings(temperature=0.0, max_tokens=60))
        )
    )
    chat = temporary(engine)
    job = engine.port.submit(SendMessage(conversation_id=chat, text="Hello"))
    engine.until(lambda e: isinstance(e, TextGenerated) and e.completion_tokens >= 3)
    engine.do(KeepConversation(conversation_id=chat))
    if not any(e.job_id == job and isinstance(e, TurnFinished) for e in engine.events):
        engine.end_of(job)
    before = whole(engine, chat)

    assert whole(start(with_model=False), chat) == before
