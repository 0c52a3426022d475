"""Folders, presets, prompts and search through the whole engine, with real SQLCipher."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.contract.commands import CreateConversation, DeleteConversation
from engine.contract.library import Folder, Preset, PromptTemplate, SamplingOverrides
from engine.contract.library_commands import (
    DeleteFromLibrary,
    ListLibrary,
    RestoreToLibrary,
    SaveFolder,
    SavePreset,
    SavePrompt,
    SearchFilters,
    SearchMessages,
)
from engine.contract.library_events import LibraryListed, MessagesFound
from engine.contract.messages import Role
from engine.contract.vault_commands import LockVault, OpenVault
from tests.helpers.launches import PASSPHRASE, failure, only

FOLDER = Folder(id="folder_1", name="  Work  ", created_at_s=5.0)
PRESET = Preset(
    id="preset_1",
    name="Terse",
    created_at_s=6.0,
    system_prompt="Be brief.",
    sampling=SamplingOverrides(temperature=0.5),
)
PROMPT = PromptTemplate(id="prompt_1", name="/ask", title="", text="{{text}}?", created_at_s=7.0)


@pytest.fixture
def engine(start):
    return start(with_model=False)


def listed(events):
    return only(events, LibraryListed)


def found(engine, query, **more):
    return only(engine.do(SearchMessages(query=query, **more)), MessagesFound)


@pytest.mark.feature("library.starters")
def test_a_new_vault_has_a_few_presets_and_prompts_and_removed_ones_stay_away(start):
    """A new vault begins with a few presets and prompts, which can be changed or removed."""
    engine = start(with_model=False)
    library = listed(engine.do(ListLibrary()))
    assert "Code" in [preset.name for preset in library.presets]
    assert "explain-simply" in [prompt.name for prompt in library.prompts]
    engine.do(DeleteFromLibrary(item_id=library.presets[0].id))

    engine = start(with_model=False)

    assert listed(engine.do(ListLibrary())).presets == library.presets[1:]


@pytest.mark.feature("library.folders")
def test_folders_are_made_renamed_removed_and_brought_back(engine):
    """Conversations can lie in folders, which are made, renamed, removed and brought back."""
    assert listed(engine.do(SaveFolder(folder=FOLDER))).folders == (replace(FOLDER, name="Work"),)
    renamed = replace(FOLDER, name="Home")
    assert listed(engine.do(SaveFolder(folder=renamed))).folders == (renamed,)
    assert listed(engine.do(DeleteFromLibrary(item_id="folder_1"))).folders == ()
    assert listed(engine.do(RestoreToLibrary(item_id="folder_1"))).folders == (renamed,)


@pytest.mark.feature("library.presets")
def test_a_preset_is_kept_with_its_prompt_and_sampling(start):
    """A preset keeps a system prompt and sampling under a name, for use in any conversation."""
    engine = start(with_model=False)
    engine.do(SavePreset(preset=PRESET))

    engine = start(with_model=False)

    assert PRESET in listed(engine.do(ListLibrary())).presets


@pytest.mark.feature("library.prompts")
def test_a_prompt_is_kept_under_the_name_that_is_typed_after_a_slash(engine):
    """Prompts with variables are kept in a library, each under a name of its own."""
    prompts = listed(engine.do(SavePrompt(prompt=PROMPT))).prompts

    assert prompts == (replace(PROMPT, name="ask", title="ask"),)


@pytest.mark.parametrize(
    "command",
    [
        SaveFolder(folder=replace(FOLDER, name=" ")),
        SaveFolder(folder=replace(FOLDER, name="x" * 101)),
        SavePreset(preset=replace(PRESET, sampling=SamplingOverrides(temperature=99.0))),
        SavePreset(preset=replace(PRESET, system_prompt="x" * 100_001)),
        SavePrompt(prompt=replace(PROMPT, name="two words")),
        SavePrompt(prompt=replace(PROMPT, name="-")),
        SavePrompt(prompt=replace(PROMPT, text=" ")),
    ],
    ids=lambda command: type(command).__name__,
)
def test_what_cannot_be_used_is_refused(engine, command):
    before = listed(engine.do(ListLibrary()))

    assert failure(engine.do(command)).kind == "bad_request"
    assert listed(engine.do(ListLibrary())) == replace(before, job_id=engine.events[-2].job_id)


@pytest.mark.parametrize("command", [DeleteFromLibrary, RestoreToLibrary])
def test_what_is_not_there_is_said_to_be_gone(engine, command):
    assert failure(engine.do(command(item_id="nothing"))).kind == "not_found"


@pytest.mark.feature("search.everything")
def test_words_are_found_in_titles_and_messages_with_their_places(start):
    """Search finds words in every title and message, also half-typed ones, and marks each match."""
    engine = start()
    sky = engine.converse()
    engine.ask(sky, "Why is the sky blue?")
    engine.do(CreateConversation(conversation_id="conv_2", title="Skylarks"))
    engine.ask("conv_2", "Where do birds sing?")

    hits = found(engine, "sky")

    assert [(hit.conversation_id, hit.role) for hit in hits.hits] == [
        ("conv_2", None),
        (sky, None),
        (sky, Role.USER),
    ]
    assert hits.total == 3
    message = hits.hits[2]
    assert [message.excerpt[a:b] for a, b in message.marks] == ["sky"]
    assert message.title == "Why is the sky blue?"
    assert hits.elapsed_ms > 0
    assert found(engine, '"sky blue"').hits[1].message_id == message.message_id


@pytest.mark.feature("search.filters")
def test_filters_narrow_a_search(start):
    """A search can be narrowed by speaker, time, folder, pin, archive, files and model."""
    engine = start()
    engine.ask(engine.converse(), "Why is the sky blue?")

    said = found(engine, "sky", filters=SearchFilters(role=Role.USER))
    assert [hit.role for hit in said.hits] == [Role.USER]
    assert found(engine, "sky", filters=SearchFilters(role=Role.ASSISTANT)).total == 0
    assert found(engine, "sky", filters=SearchFilters(is_pinned=True)).total == 0
    assert found(engine, "sky", filters=SearchFilters(before_s=5.0)).total == 0
    assert found(engine, "sky", filters=SearchFilters(is_archived=False, after_s=5.0)).total == 2


def test_a_deleted_conversation_is_not_found(start):
    engine = start()
    conversation = engine.converse()
    engine.ask(conversation, "Why is the sky blue?")
    engine.do(DeleteConversation(conversation_id=conversation))

    assert found(engine, "sky").total == 0


def test_a_temporary_conversation_is_never_found(start):
    engine = start()
    engine.do(CreateConversation(conversation_id="conv_9", title="Sky", is_temporary=True))
    engine.ask("conv_9", "Why is the sky blue?")

    assert found(engine, "sky").total == 0


def test_a_locked_vault_finds_nothing(start):
    engine = start()
    engine.ask(engine.converse(), "Why is the sky blue?")
    engine.do(LockVault())
    assert failure(engine.do(SearchMessages(query="sky"))).kind == "vault_locked"

    engine.do(OpenVault(passphrase=PASSPHRASE))
    assert found(engine, "sky").total == 2


def test_the_limit_leaves_room_for_messages_beside_many_titles(engine):
    for number in range(8):
        engine.do(CreateConversation(conversation_id=f"conv_{number}", title=f"Tea {number}"))

    hits = found(engine, "tea", limit=5)

    assert hits.total == 8
    assert len(hits.hits) == 5
