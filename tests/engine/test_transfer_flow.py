"""Writing conversations out and taking them in, through the whole engine with real SQLCipher."""

from __future__ import annotations

import json
import os

import pytest

from engine.contract.chat_commands import OrganiseConversation
from engine.contract.commands import DeleteConversation, ListConversations, SendMessage
from engine.contract.events import ConversationsListed
from engine.contract.library import Folder
from engine.contract.library_commands import (
    ExportConversations,
    ImportConversations,
    ListLibrary,
    PlanImport,
    RenderConversation,
    SaveFolder,
    SearchMessages,
    TransferFormat,
)
from engine.contract.library_events import (
    ConversationRendered,
    ConversationsExported,
    ConversationsImported,
    ImportPlanned,
    LibraryListed,
    MessagesFound,
)
from engine.contract.message_tree import shown_path
from engine.contract.vault_commands import LockVault
from tests.helpers import foreign_exports as foreign
from tests.helpers.launches import failure, only


@pytest.fixture
def engine(start):
    return start(with_model=False)


@pytest.fixture
def talked(start):
    """An engine with one conversation of one question, and its identifier."""
    engine = start()
    conversation = engine.converse()
    engine.ask(conversation, "Why is the sky blue?")
    return engine, conversation


def plan(engine, path):
    return only(engine.do(PlanImport(path=str(path))), ImportPlanned)


def take_in(engine, path):
    planned = plan(engine, path)
    return only(engine.do(ImportConversations(plan_id=planned.plan_id)), ConversationsImported)


def everything(engine):
    return only(engine.do(ListConversations()), ConversationsListed).conversations


def export(engine, path, kind=TransferFormat.MARKDOWN, **more):
    return engine.do(ExportConversations(path=str(path), format=kind, **more))


FILES = {
    "ChatGPT": foreign.chatgpt_conversation(),
    "Claude": foreign.claude_conversation(),
    "Open WebUI": foreign.open_webui_chat(),
    "LM Studio": foreign.lm_studio_conversation(),
}


@pytest.mark.feature(
    "import.foreign_chats",
    "Conversations come over from ChatGPT, Claude, Jan, LM Studio and Open WebUI with branches.",
)
@pytest.mark.parametrize("source", [*FILES, "Jan"])
def test_an_export_of_another_program_is_taken_in_once(start, tmp_path, source):
    engine = start(with_model=False)
    if source == "Jan":
        path = foreign.write_jan_thread(tmp_path / "threads")
    else:
        path = foreign.write_json(tmp_path / "conversations.json", [FILES[source]])

    planned = plan(engine, path)
    assert (planned.source, planned.conversations, planned.known) == (source, 1, 0)
    assert everything(engine) == ()
    done = only(engine.do(ImportConversations(plan_id=planned.plan_id)), ConversationsImported)
    assert (done.conversations, done.messages) == (1, planned.messages)
    (before,) = everything(engine)

    engine = start(with_model=False)

    assert everything(engine) == (before,)
    again = plan(engine, path)
    assert (again.known, again.messages) == (1, 0)
    assert take_in(engine, path).conversations == 0
    assert everything(engine) == (before,)


def test_what_was_taken_in_is_found_by_search(engine, tmp_path):
    take_in(engine, foreign.write_json(tmp_path / "a.json", [FILES["ChatGPT"]]))

    hits = only(engine.do(SearchMessages(query="herons stand")), MessagesFound)

    assert hits.hits[0].title == "Herons"


def test_what_was_deleted_here_stays_deleted(engine, tmp_path):
    path = foreign.write_json(tmp_path / "a.json", [FILES["Claude"]])
    take_in(engine, path)
    engine.do(DeleteConversation(conversation_id=everything(engine)[0].id))

    assert plan(engine, path).known == 1
    take_in(engine, path)

    assert everything(engine) == ()


def test_what_does_not_come_over_is_said_before(engine, tmp_path):
    content = [FILES["ChatGPT"], {"what": "else"}]

    planned = plan(engine, foreign.write_json(tmp_path / "a.json", content))

    assert planned.notices == (
        "Not taken over: 1 picture.",
        "Of a kind that cannot be read: 1 entry.",
    )


@pytest.mark.feature("import.broken_files")
def test_a_broken_file_changes_nothing(engine, tmp_path):
    """A broken or hostile export file ends in a plain message, and no conversation is changed."""
    whole = json.dumps([FILES["ChatGPT"], FILES["ChatGPT"] | {"conversation_id": "2"}])
    (tmp_path / "a.json").write_text(whole[:-30])

    report = failure(engine.do(PlanImport(path=str(tmp_path / "a.json"))))

    assert report.kind == "transfer"
    assert str(tmp_path) not in report.message
    assert everything(engine) == ()


def test_a_file_that_changed_after_the_plan_is_not_taken_in(engine, tmp_path):
    path = foreign.write_json(tmp_path / "a.json", [FILES["ChatGPT"]])
    planned = plan(engine, path)
    foreign.write_json(path, [FILES["Claude"]])

    report = failure(engine.do(ImportConversations(plan_id=planned.plan_id)))

    assert "changed" in report.message
    assert everything(engine) == ()


def test_a_plan_is_carried_out_once(engine, tmp_path):
    planned = plan(engine, foreign.write_json(tmp_path / "a.json", [FILES["ChatGPT"]]))
    engine.do(ImportConversations(plan_id=planned.plan_id))

    again = engine.do(ImportConversations(plan_id=planned.plan_id))

    assert failure(again).kind == "not_found"


def test_many_conversations_come_in_portions_and_all_of_them(engine, tmp_path):
    many = [FILES["Claude"] | {"uuid": f"u-{number}"} for number in range(150)]

    done = take_in(engine, foreign.write_zip(tmp_path / "a.zip", many))

    assert (done.conversations, done.messages) == (150, 600)
    assert len(everything(engine)) == 150


def test_a_locked_vault_takes_nothing_in(engine, tmp_path):
    planned = plan(engine, foreign.write_json(tmp_path / "a.json", [FILES["ChatGPT"]]))
    engine.do(LockVault())

    report = failure(engine.do(ImportConversations(plan_id=planned.plan_id)))

    assert report.kind == "vault_locked"


@pytest.mark.feature(
    "export.json", "Conversations written as JSON can be taken in again, all versions and folders."
)
def test_our_own_json_brings_everything_into_another_vault(start, tmp_path):
    engine = start()
    conversation = engine.converse()
    engine.ask(conversation, "Why is the sky blue?")
    engine.do(SaveFolder(folder=Folder(id="folder_1", name="Sky", created_at_s=1.0)))
    engine.do(OrganiseConversation(conversation_id=conversation, folder_id="folder_1"))
    done = only(export(engine, tmp_path / "all.json", TransferFormat.JSON), ConversationsExported)
    assert (done.files, done.conversations) == (1, 1)
    assert done.size_bytes == (tmp_path / "all.json").stat().st_size
    (before,) = everything(engine)

    engine = start(with_model=False, vault="other")
    take_in(engine, tmp_path / "all.json")

    (after,) = everything(engine)
    assert after.messages == before.messages
    assert (after.id, after.title, after.leaf_id) == (before.id, before.title, before.leaf_id)
    (folder,) = only(engine.do(ListLibrary()), LibraryListed).folders
    assert (folder.name, after.folder_id) == ("Sky", folder.id)


def test_messages_of_another_conversation_are_never_written_over(engine, tmp_path):
    """A file may name messages that are here already, under another conversation."""
    path = tmp_path / "a.json"
    message = {"id": "msg_" + "0" * 18, "role": "user", "text": "mine", "created_at_s": 5.0}

    def ours(number, text):
        content = {
            "format": "shvayambhu-conversations",
            "version": 1,
            "conversations": [
                {"id": f"conv_{number:018}", "title": "t", "messages": [{**message, "text": text}]}
            ],
        }
        return foreign.write_json(path, content)

    take_in(engine, ours(1, "mine"))
    take_in(engine, ours(2, "theirs"))

    assert sorted(c.messages[0].text for c in everything(engine)) == ["mine", "theirs"]


@pytest.mark.feature("export.markdown")
def test_one_conversation_becomes_one_markdown_file(talked, tmp_path):
    """A conversation can be written as a Markdown file that any editor opens."""
    engine, conversation = talked

    export(engine, tmp_path / "sky.md", conversation_ids=(conversation,))

    text = (tmp_path / "sky.md").read_text()
    assert text.startswith("# Why is the sky blue?\n")
    assert shown_path(everything(engine)[0])[1].text in text


@pytest.mark.feature("export.html")
def test_several_conversations_become_a_folder_of_pages(talked, tmp_path):
    """Conversations can be written as pages of HTML that load nothing and run no script."""
    engine, _ = talked
    engine.ask(engine.converse(), "Why is the sky blue?")

    done = only(export(engine, tmp_path / "all", TransferFormat.HTML), ConversationsExported)

    names = sorted(os.listdir(tmp_path / "all"))
    assert done.files == len(names) == 2
    assert names[0].endswith("Why is the sky blue 2.html")
    assert "default-src 'none'" in (tmp_path / "all" / names[0]).read_text()


@pytest.mark.feature("export.never_overwrites")
def test_a_file_that_is_there_is_left_as_it_is(talked, tmp_path):
    """Writing conversations out never replaces a file that is there already."""
    engine, _ = talked
    path = tmp_path / "a.json"
    path.write_text("mine")

    assert failure(export(engine, path, TransferFormat.JSON)).kind == "transfer"
    assert path.read_text() == "mine"


def test_a_folder_that_is_there_gets_new_names_only(talked, tmp_path):
    engine, _ = talked
    engine.ask(engine.converse(), "And the sea?")
    folder = tmp_path / "all"
    export(engine, folder)
    first = {name: (folder / name).read_text() for name in os.listdir(folder)}

    export(engine, folder)

    assert len(os.listdir(folder)) == 4
    assert all((folder / name).read_text() == text for name, text in first.items())


def test_nothing_to_write_is_said(engine, tmp_path):
    assert failure(export(engine, tmp_path / "a.json", TransferFormat.JSON)).kind == "not_found"
    report = failure(export(engine, tmp_path / "a.md", conversation_ids=("conv_none",)))
    assert report.kind == "not_found"


def test_a_folder_that_cannot_be_written_is_said(talked):
    engine, _ = talked

    report = failure(export(engine, "/proc/nowhere/a.json", TransferFormat.JSON))

    assert report.kind == "transfer"
    assert "/proc" not in report.message


@pytest.mark.feature("export.page_for_printing")
def test_a_conversation_is_rendered_for_printing(talked):
    """A conversation can be printed or made a PDF, as a page that needs nothing else."""
    engine, conversation = talked

    page = only(
        engine.do(RenderConversation(conversation_id=conversation)), ConversationRendered
    ).html

    assert "Why is the sky blue?" in page
    assert "<script" not in page


def test_a_user_is_answered_while_conversations_come_in(start, tmp_path):
    """Taking in must not stand in the way of a conversation."""
    engine = start()
    many = [FILES["Claude"] | {"uuid": f"u-{number}"} for number in range(400)]
    planned = plan(engine, foreign.write_json(tmp_path / "a.json", many))
    conversation = engine.converse()

    taking = engine.port.submit(ImportConversations(plan_id=planned.plan_id))
    asking = engine.port.submit(SendMessage(conversation_id=conversation, text="Hello"))
    ends = [engine.until(lambda e: type(e).__name__ == "CommandFinished").job_id for _ in range(2)]

    assert set(ends) == {taking, asking}
    assert len(everything(engine)) == 401
