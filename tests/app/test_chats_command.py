from __future__ import annotations

import json
import sys

import pytest

from engine.contract import library_commands as l
from engine.contract import library_events as e
from engine.contract.commands import ListConversations
from engine.contract.events import ConversationsListed
from engine.contract.messages import Conversation, Role
from engine.contract.vault import VaultState, VaultStatus
from engine.contract.vault_commands import OpenVault
from engine.contract.vault_events import VaultOpened
from tests.app.conftest import run_process
from tests.helpers import foreign_exports as foreign

OPEN = VaultStatus(state=VaultState.UNLOCKED, has_passphrase=True)
CHAT = Conversation(id="conv_1", title="Herons", created_at_s=5.0, updated_at_s=90_000.0)
HIT = e.SearchHit(
    conversation_id="conv_1",
    title="Herons",
    message_id="msg_1",
    role=Role.USER,
    created_at_s=90_000.0,
    excerpt="Why do herons stand?",
    marks=((7, 13),),
)


@pytest.fixture
def chats(app):
    app.engine.answers = {
        OpenVault: (VaultOpened(status=OPEN, is_new=False, open_ms=5.0),),
        ListConversations: (ConversationsListed(conversations=(CHAT,)),),
        l.SearchMessages: (e.MessagesFound(query="her", hits=(HIT,), total=3, elapsed_ms=2.5),),
        l.ExportConversations: (
            e.ConversationsExported(files=1, conversations=2, size_bytes=2_000),
        ),
        l.PlanImport: (
            e.ImportPlanned(
                plan_id="plan_1",
                source="ChatGPT",
                conversations=5,
                messages=40,
                known=1,
                notices=("Not taken over: 2 pictures.",),
            ),
        ),
        l.ImportConversations: (
            e.ImportProgressed(share_ratio=0.5),
            e.ConversationsImported(conversations=4, messages=40),
        ),
    }
    return app


@pytest.mark.feature("cli.chats_list")
def test_conversations_are_listed_with_day_and_identifier(chats):
    """`chats list` shows every conversation with its day, identifier and title."""
    assert chats("chats", "list").out.split("  ")[1:] == ["conv_1", "Herons\n"]
    assert chats("chats", "list", "--json").json["conversations"][0]["title"] == "Herons"


@pytest.mark.feature("cli.chats_search")
def test_search_tells_where_the_words_are(chats):
    """`chats search WORDS` finds words in every conversation and shows a line for each hit."""
    outcome = chats("chats", "search", "her", "--limit", "5")

    assert outcome.out.splitlines()[0].endswith("conv_1  you: Why do herons stand?")
    assert outcome.out.splitlines()[1] == "2 more."
    told = chats("chats", "search", "her", "--json").json
    assert (told["total"], told["hits"][0]["marks"]) == (3, [[7, 13]])
    assert l.SearchMessages(query="her", limit=5) in chats.engine.commands


@pytest.mark.feature("cli.chats_export")
def test_export_says_what_was_written(chats, tmp_path):
    """`chats export PATH` writes conversations as Markdown, HTML or JSON files."""
    path = str(tmp_path / "all.json")

    outcome = chats("chats", "export", path, "--format", "json", "--conversation", "conv_1")

    assert outcome.out == "2 conversations in 1 file, 2.0 kB.\n"
    assert chats.engine.commands[-1] == l.ExportConversations(
        path=path, format=l.TransferFormat.JSON, conversation_ids=("conv_1",)
    )


@pytest.mark.feature("cli.chats_import")
def test_import_says_what_came_in_and_what_did_not(chats, tmp_path):
    """`chats import PATH` takes in conversations of other programs and says what stays behind."""
    outcome = chats("chats", "import", str(tmp_path / "export.zip"))

    assert outcome.out.splitlines() == [
        "ChatGPT: 4 conversations taken in.",
        "1 conversation here already.",
        "Not taken over: 2 pictures.",
    ]
    told = chats("chats", "import", str(tmp_path / "export.zip"), "--json").json
    assert (told["done"], told["imported"], told["source"]) == (True, 4, "ChatGPT")


def test_a_plan_is_shown_and_nothing_is_taken_in(chats, tmp_path):
    outcome = chats("chats", "import", str(tmp_path / "a.zip"), "--plan")

    assert outcome.out.startswith("ChatGPT: 4 conversations with 40 messages to take in.\n")
    assert l.ImportConversations(plan_id="plan_1") not in chats.engine.commands


def test_a_limit_out_of_range_is_a_mistake(chats):
    assert chats("chats", "search", "her", "--limit", "0").code == 2


def test_the_real_engine_takes_in_finds_and_writes_out(tmp_path):
    """The whole way through a process of its own."""
    path = foreign.write_json(tmp_path / "conversations.json", [foreign.chatgpt_conversation()])

    def run(*words):
        command = [sys.executable, "-m", "app", "chats", *words]
        return run_process(command, SHVAYAMBHU_PASSPHRASE="heron quartz lantern")

    taken = run("import", str(path), "--json")
    found = run("search", "herons stand", "--json")
    written = run("export", str(tmp_path / "out.json"), "--format", "json", "--json")

    assert taken.json["imported"] == 1
    assert found.json["hits"][0]["title"] == "Herons"
    assert written.json["conversations"] == 1
    assert len(json.loads((tmp_path / "out.json").read_text())["conversations"]) == 1
    assert run("import", str(tmp_path / "nothing.json")).code == 7
