"""Files that go with a message: read, sent, kept, forgotten, and refused when too large."""

from __future__ import annotations

import pytest

from engine.contract.attachments import AttachmentKind
from engine.contract.chat_commands import EditMessage, KeepConversation
from engine.contract.commands import (
    CreateConversation,
    ListConversations,
    LoadModel,
    MeasureContext,
    SendMessage,
)
from engine.contract.events import (
    CommandFailed,
    CommandFinished,
    ContextMeasured,
    ConversationsListed,
    MessageAdded,
    TurnFinished,
)
from engine.contract.ids import new_id
from engine.contract.library_commands import (
    DropAttachment,
    FitAttachments,
    ReadAttachment,
    ShowAttachment,
)
from engine.contract.library_events import AttachmentRead, AttachmentShown
from engine.contract.settings import GenerationSettings
from engine.contract.vault_commands import ForgetItems, InspectVault, LockVault
from tests.helpers.launches import failure, only
from tests.helpers.plain_traces import traces
from tests.helpers.tiny_model import write_tiny_model

CANARY = "zebrafinch timetable"
SHORT = GenerationSettings(temperature=0.0, max_tokens=8, system_prompt="Be brief.")


def attach(reader, content=CANARY, name="plan.txt"):
    id_ = new_id("att")
    events = reader.do(ReadAttachment(attachment_id=id_, content=content.encode(), name=name))
    return only(events, AttachmentRead).attachment


def send(reader, conversation_id, *files, text="What is in it?"):
    return reader.do(
        SendMessage(
            conversation_id=conversation_id,
            text=text,
            generation=SHORT,
            attachment_ids=tuple(file.id for file in files),
        )
    )


@pytest.fixture(scope="session")
def roomy_folder(tmp_path_factory):
    return write_tiny_model(tmp_path_factory.mktemp("roomy"), context_tokens=2048)


@pytest.fixture
def engine(start, roomy_folder):
    reader = start(with_model=False)
    reader.do(LoadModel(model_id=str(roomy_folder)))
    return reader


@pytest.mark.feature("chat.attachments")
def test_a_file_goes_with_a_message_and_the_model_is_given_its_text(engine, tmp_path):
    """Attach a file to a message; the model reads its text, and the file is kept with it."""
    path = tmp_path / "plan.md"
    path.write_text(f"# Plan\n{CANARY}")
    events = engine.do(ReadAttachment(attachment_id=new_id("att"), path=str(path)))
    card = only(events, AttachmentRead).attachment
    assert (card.name, card.kind, card.media_type) == (
        "plan.md",
        AttachmentKind.TEXT,
        "text/markdown",
    )
    assert card.letters == len(path.read_text())
    # One token a letter in the tiny model; the frame round the text costs some more.
    assert card.tokens > card.letters
    conversation_id = engine.converse()
    events = send(engine, conversation_id, card)
    assert isinstance(events[-1], CommandFinished)
    said = only(events, MessageAdded).message
    assert (said.text, said.attachments) == ("What is in it?", (card,))
    answer = only(events, TurnFinished).message
    assert answer.stats.prompt_tokens > card.tokens


def test_a_kept_file_is_there_after_the_next_start_and_goes_with_its_message(
    start, roomy_folder, tmp_path
):
    reader = start(with_model=False)
    reader.do(LoadModel(model_id=str(roomy_folder)))
    card = attach(reader)
    conversation_id = reader.converse()
    said = only(send(reader, conversation_id, card), MessageAdded).message
    reader = start(with_model=False)
    listed = only(reader.do(ListConversations()), ConversationsListed).conversations
    assert listed[0].messages[0].attachments == (card,)
    shown = only(reader.do(ShowAttachment(attachment_id=card.id)), AttachmentShown)
    assert (shown.attachment, shown.text) == (card, CANARY)
    assert not traces([tmp_path / "vault"], [CANARY.encode()])
    sealed = list((tmp_path / "vault" / "sealed").iterdir())
    assert len(sealed) == 1
    reader.do(ForgetItems(item_ids=(said.id,)))
    assert failure(reader.do(ShowAttachment(attachment_id=card.id))).kind == "not_found"
    assert not list((tmp_path / "vault" / "sealed").iterdir())


def test_versions_of_a_message_share_its_files(engine):
    card = attach(engine)
    conversation_id = engine.converse()
    said = only(send(engine, conversation_id, card), MessageAdded).message
    events = engine.do(
        EditMessage(conversation_id=conversation_id, message_id=said.id, text="And now?")
    )
    edited = only(events, MessageAdded).message
    assert edited.attachments == (card,)
    engine.do(ForgetItems(item_ids=(said.id,)))
    shown = only(engine.do(ShowAttachment(attachment_id=card.id)), AttachmentShown)
    assert shown.text == CANARY
    engine.do(ForgetItems(item_ids=(edited.id,)))
    assert failure(engine.do(ShowAttachment(attachment_id=card.id))).kind == "not_found"


def test_what_is_not_sent_is_written_nowhere_and_gone_when_the_vault_locks(engine):
    card = attach(engine)
    engine.do(LockVault())
    assert failure(engine.do(ShowAttachment(attachment_id=card.id))).kind == "vault_locked"


def test_a_dropped_file_cannot_be_sent(engine):
    card = attach(engine)
    engine.do(DropAttachment(attachment_id=card.id))
    assert failure(send(engine, engine.converse(), card)).kind == "not_found"


def test_files_of_a_temporary_conversation_are_written_only_if_it_is_kept(engine, tmp_path):
    card = attach(engine)
    conversation_id = new_id("conv")
    engine.do(CreateConversation(conversation_id=conversation_id, is_temporary=True))
    send(engine, conversation_id, card)
    sealed = tmp_path / "vault" / "sealed"
    assert not sealed.exists() or not list(sealed.iterdir())
    shown = only(engine.do(ShowAttachment(attachment_id=card.id)), AttachmentShown)
    assert shown.text == CANARY
    engine.do(KeepConversation(conversation_id=conversation_id))
    assert len(list(sealed.iterdir())) == 1


@pytest.mark.feature("chat.attachments_fit")
def test_files_that_do_not_fit_are_refused_with_the_figures_and_can_be_cut(engine):
    """Files too large for the model are refused before sending; their first part can be used."""
    large, small = attach(engine, "word by word\n" * 400, "long.txt"), attach(engine)
    conversation_id = engine.converse()
    events = send(engine, conversation_id, large, small)
    error = failure(events)
    assert error.kind == "prompt_too_long"
    assert f"{large.tokens + small.tokens + 6:,} tokens" in error.message
    assert not any(isinstance(event, MessageAdded) for event in events)
    fit = FitAttachments(
        conversation_id=conversation_id,
        attachment_ids=(large.id, small.id),
        draft="What is in it?",
    )
    cut = [e.attachment for e in engine.do(fit) if isinstance(e, AttachmentRead)]
    assert [card.id for card in cut] == [large.id]
    assert "goes along" in cut[0].notice
    assert cut[0].tokens < large.tokens
    # The answer of eight tokens leaves more room than the one of the settings, so it fits.
    assert isinstance(send(engine, conversation_id, cut[0], small)[-1], CommandFinished)


@pytest.mark.feature("chat.attachment_cost")
def test_the_meter_counts_files_apart_from_words(engine):
    """The context meter shows what attached files take, before and after they are sent."""
    card = attach(engine)
    conversation_id = engine.converse()
    ask = MeasureContext(conversation_id=conversation_id, draft="abc", attachment_ids=(card.id,))
    before = only(engine.do(ask), ContextMeasured)
    assert (before.document_tokens, before.draft_tokens) == (card.tokens, 3)
    send(engine, conversation_id, card, text="abc")
    after = only(engine.do(MeasureContext(conversation_id=conversation_id)), ContextMeasured)
    assert after.document_tokens == card.tokens
    assert 0 < after.history_tokens < card.tokens


def test_a_cost_that_was_unknown_is_told_once_a_model_is_loaded(start, roomy_folder):
    reader = start(with_model=False)
    card = attach(reader)
    assert card.tokens == 0
    reader.do(LoadModel(model_id=str(roomy_folder)))
    ask = MeasureContext(conversation_id=reader.converse(), attachment_ids=(card.id,))
    assert only(reader.do(ask), AttachmentRead).attachment.tokens > card.letters


def test_a_file_that_cannot_be_read_changes_nothing(engine, tmp_path):
    events = engine.do(ReadAttachment(attachment_id=new_id("att"), path=str(tmp_path / "gone")))
    assert isinstance(events[-1], CommandFailed)
    assert failure(events).kind == "unreadable_file"
    assert str(tmp_path) not in failure(events).message
    assert isinstance(engine.do(InspectVault())[-1], CommandFinished)
