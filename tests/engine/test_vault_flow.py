"""Conversations and the vault, through the whole engine with a tiny model and real SQLCipher."""

from __future__ import annotations

import pytest

from engine.contract.commands import (
    ChangeSettings,
    CreateConversation,
    DeleteConversation,
    ListConversations,
    RenameConversation,
    RestoreConversation,
    SendMessage,
)
from engine.contract.events import (
    ConversationCreated,
    ConversationsListed,
    SettingsChanged,
    TextGenerated,
    TurnFinished,
)
from engine.contract.ids import new_id
from engine.contract.messages import FinishReason
from engine.contract.settings import GenerationSettings, Settings
from engine.contract.vault import LockReason, VaultState
from engine.contract.vault_commands import (
    ForgetItems,
    KeepDraft,
    ListTrash,
    LockVault,
    OpenVault,
    RestoreFromTrash,
    SetPassphrase,
    WipeVault,
)
from engine.contract.vault_events import (
    TrashListed,
    VaultOpened,
    VaultStatusChanged,
    VaultWiped,
)
from tests.helpers.engine_reader import turn_of
from tests.helpers.launches import PASSPHRASE, failure, only


@pytest.mark.feature(
    "vault.conversations_return", "Conversations are there again after a restart, encrypted."
)
def test_a_conversation_is_back_after_a_restart_word_for_word(start, tmp_path):
    engine = start()
    conversation = engine.converse()
    told = turn_of(engine.ask(conversation, "The heron stands on one leg")).message

    engine = start(with_model=False)

    kept = only(engine.do(ListConversations()), ConversationsListed).conversations
    assert [c.title for c in kept] == ["The heron stands on one leg"]
    assert [m.text for m in kept[0].messages] == ["The heron stands on one leg", told.text]
    assert kept[0].messages[1] == told
    everything = b"".join(p.read_bytes() for p in (tmp_path / "vault").rglob("*") if p.is_file())
    assert b"heron" not in everything


def test_an_empty_conversation_is_not_kept(start):
    engine = start(with_model=False)
    engine.do(CreateConversation(conversation_id=new_id("conv"), title="Nothing yet"))

    engine = start(with_model=False)

    assert only(engine.do(ListConversations()), ConversationsListed).conversations == ()


def test_a_new_title_is_kept(start):
    engine = start()
    conversation = engine.converse()
    engine.ask(conversation, "Hello")
    engine.do(RenameConversation(conversation_id=conversation, title="Greetings"))

    engine = start(with_model=False)

    assert [
        c.title for c in only(engine.do(ListConversations()), ConversationsListed).conversations
    ] == ["Greetings"]


@pytest.mark.feature(
    "trash.conversations", "A deleted conversation lies in the trash and can come back later."
)
def test_a_deleted_conversation_waits_in_the_trash_and_comes_back_with_its_words(start):
    engine = start()
    conversation = engine.converse()
    engine.ask(conversation, "Hello")
    engine.do(DeleteConversation(conversation_id=conversation))

    engine = start(with_model=False)
    trash = only(engine.do(ListTrash()), TrashListed).items
    assert [(item.id, item.title) for item in trash] == [(conversation, "Hello")]
    assert trash[0].purge_at_s - trash[0].deleted_at_s == 30 * 86400
    assert only(engine.do(ListConversations()), ConversationsListed).conversations == ()

    events = engine.do(RestoreFromTrash(item_ids=(conversation,)))

    assert only(events, TrashListed).items == ()
    assert only(events, ConversationCreated).conversation.messages[0].text == "Hello"


def test_undo_after_delete_is_a_restore(start):
    engine = start()
    conversation = engine.converse()
    engine.ask(conversation, "Hello")
    engine.do(DeleteConversation(conversation_id=conversation))

    events = engine.do(RestoreConversation(conversation_id=conversation))

    assert len(only(events, ConversationCreated).conversation.messages) == 2


@pytest.mark.feature("trash.forget", "What you ask it to forget is gone for good at once.")
def test_what_is_forgotten_is_in_no_list_and_not_in_the_trash(start):
    engine = start()
    conversation = engine.converse()
    engine.ask(conversation, "Hello")

    events = engine.do(ForgetItems(item_ids=(conversation,)))

    assert only(events, TrashListed).items == ()
    assert only(engine.do(ListConversations()), ConversationsListed).conversations == ()
    engine = start(with_model=False)
    assert only(engine.do(ListConversations()), ConversationsListed).conversations == ()


@pytest.mark.feature("vault.lock", "Locking hides everything and asks for the passphrase again.")
def test_a_locked_engine_tells_nothing_and_opens_with_the_passphrase_alone(start):
    engine = start()
    conversation = engine.converse()
    engine.ask(conversation, "Hello")

    changed = only(engine.do(LockVault(reason=LockReason.IDLE)), VaultStatusChanged)
    assert (changed.status.state, changed.reason) == (VaultState.LOCKED, LockReason.IDLE)
    for command in (
        ListConversations(),
        ListTrash(),
        SendMessage(conversation_id=conversation, text="What did I say?"),
    ):
        assert failure(engine.do(command)).kind == "vault_locked"
    assert failure(engine.do(OpenVault(passphrase="wrong"))).kind == "wrong_key"

    opened = only(engine.do(OpenVault(passphrase=PASSPHRASE)), VaultOpened)

    assert opened.status.state is VaultState.UNLOCKED
    assert not opened.is_new
    assert len(only(engine.do(ListConversations()), ConversationsListed).conversations) == 1


def test_locking_while_an_answer_is_written_keeps_what_there_is(start):
    engine = start()
    conversation = engine.converse()
    settings = GenerationSettings(temperature=0.0, max_tokens=200)
    engine.port.submit(SendMessage(conversation_id=conversation, text="Hello", generation=settings))
    engine.until(lambda e: isinstance(e, TextGenerated) and e.completion_tokens >= 5)
    engine.do(LockVault())

    engine.do(OpenVault(passphrase=PASSPHRASE))

    kept = only(engine.do(ListConversations()), ConversationsListed).conversations[0]
    assert kept.messages[1].finish_reason is FinishReason.STOPPED
    assert kept.messages[1].text


@pytest.mark.feature("vault.drafts", "What you typed and did not send is there again.")
def test_a_draft_is_back_after_a_restart_and_gone_once_emptied(start):
    engine = start(with_model=False)
    engine.do(KeepDraft(conversation_id="conv-1", text="half a thought"))

    engine = start(with_model=False, is_opened=False)
    opened = only(engine.do(OpenVault(passphrase=PASSPHRASE)), VaultOpened)
    assert opened.drafts == (("conv-1", "half a thought"),)

    engine.do(KeepDraft(conversation_id="conv-1", text=""))
    engine = start(with_model=False, is_opened=False)
    assert only(engine.do(OpenVault(passphrase=PASSPHRASE)), VaultOpened).drafts == ()


def test_private_settings_are_kept_in_the_vault(start):
    engine = start(with_model=False)
    changed = Settings(generation=GenerationSettings(system_prompt="Answer as a heron would."))
    engine.do(ChangeSettings(settings=changed))

    engine = start(with_model=False, is_opened=False)
    events = engine.do(OpenVault(passphrase=PASSPHRASE))

    held = only(events, SettingsChanged).settings.generation
    assert held.system_prompt == "Answer as a heron would."


def test_private_settings_of_an_old_file_move_into_the_vault_once(start):
    old = {"generation.system_prompt": "From the file."}
    engine = start(with_model=False, is_opened=False, private_settings=old)
    told = only(engine.do(OpenVault(passphrase=PASSPHRASE)), SettingsChanged)
    assert told.settings.generation.system_prompt == "From the file."
    engine.do(ChangeSettings(settings=Settings(generation=GenerationSettings(system_prompt="New"))))

    engine = start(with_model=False, is_opened=False, private_settings=old)
    told = only(engine.do(OpenVault(passphrase=PASSPHRASE)), SettingsChanged)

    assert told.settings.generation.system_prompt == "New"


def test_a_locked_engine_holds_no_private_setting(start):
    engine = start(with_model=False)
    changed = Settings(generation=GenerationSettings(system_prompt="Answer as a heron would."))
    engine.do(ChangeSettings(settings=changed))

    engine.do(LockVault())
    told = only(engine.do(OpenVault(passphrase=PASSPHRASE)), SettingsChanged)

    assert told.settings.generation.system_prompt == "Answer as a heron would."


@pytest.mark.feature(
    "vault.private_session", "Without keychain and passphrase nothing is written, and it says so."
)
@pytest.mark.usefixtures("no_keychain")
def test_without_keychain_and_passphrase_the_session_is_private(start, tmp_path):
    engine = start(is_opened=False)
    opened = only(engine.do(OpenVault()), VaultOpened)
    conversation = engine.converse()
    engine.ask(conversation, "Hello")

    assert opened.status.state is VaultState.PRIVATE
    assert not [p for p in (tmp_path / "vault").rglob("*") if p.is_file()]

    engine.do(SetPassphrase(new=PASSPHRASE))
    engine = start(with_model=False)

    kept = only(engine.do(ListConversations()), ConversationsListed).conversations
    assert [c.title for c in kept] == ["Hello"]


@pytest.mark.feature("vault.wipe", "Forget everything destroys the keys first, then the files.")
def test_forgetting_everything_needs_the_words_and_leaves_no_file(start, tmp_path):
    engine = start()
    engine.ask(engine.converse(), "Hello")

    assert failure(engine.do(WipeVault(confirmation="yes"))).kind == "bad_request"
    events = engine.do(WipeVault(confirmation="forget everything"))

    assert only(events, VaultWiped)
    left = [p.name for p in (tmp_path / "vault").rglob("*") if p.is_file()]
    assert left in ([], ["vault.lock"])
    engine = start(with_model=False)
    assert only(engine.do(ListConversations()), ConversationsListed).conversations == ()


def test_a_message_the_disk_refuses_is_not_asked_and_can_be_sent_again(start, refuse_writes):
    engine = start()
    conversation = engine.converse()
    engine.ask(conversation, "Hello")

    with refuse_writes():
        events = engine.do(SendMessage(conversation_id=conversation, text="Is there room?"))
    assert failure(events).kind in ("vault_full", "vault_read_only", "storage")
    assert not [e for e in events if isinstance(e, TurnFinished)]

    engine.ask(conversation, "Is there room?")
    engine = start(with_model=False)
    kept = only(engine.do(ListConversations()), ConversationsListed).conversations[0]
    assert [m.text for m in kept.messages if m.role.value == "user"] == ["Hello", "Is there room?"]
