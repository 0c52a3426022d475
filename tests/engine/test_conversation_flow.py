"""A conversation as a whole: its place in the list, its own settings, what is on screen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.contract.chat_commands import (
    ConfigureConversation,
    ExplainAnswer,
    KeepPlace,
    OrganiseConversation,
)
from engine.contract.chat_events import AnswerExplained
from engine.contract.commands import (
    CreateConversation,
    DeleteConversation,
    LoadModel,
    RenameConversation,
    UnloadModel,
)
from engine.contract.events import (
    ConversationChanged,
)
from engine.contract.ids import new_id
from engine.contract.library import Preset, SamplingOverrides
from engine.contract.library_commands import SavePreset
from engine.contract.messages import TitleSource
from engine.contract.vault import Place
from engine.contract.vault_commands import OpenVault
from engine.contract.vault_events import VaultOpened
from tests.helpers.engine_reader import turn_of
from tests.helpers.exchanges import exchange, whole
from tests.helpers.launches import PASSPHRASE, failure, only
from tests.helpers.tiny_model import write_tiny_model


@pytest.mark.feature(
    "chat.organise", "Conversations are pinned, put into folders and archived, and stay so."
)
def test_the_place_in_the_list_is_kept_and_changes_no_time(kept, start):
    engine = kept
    chat = engine.converse()
    exchange(engine, chat)
    before = whole(engine, chat)

    engine.do(OrganiseConversation(conversation_id=chat, is_pinned=True, folder_id="folder_1"))
    told = only(
        engine.do(OrganiseConversation(conversation_id=chat, is_archived=True)),
        ConversationChanged,
    ).conversation

    assert (told.is_pinned, told.is_archived, told.folder_id) == (True, True, "folder_1")
    kept = whole(start(with_model=False), chat)
    assert kept == replace(before, is_pinned=True, is_archived=True, folder_id="folder_1")


def test_a_title_given_by_hand_is_the_users(kept, start):
    engine = kept
    chat = engine.converse()
    exchange(engine, chat)
    assert whole(engine, chat).title_source is TitleSource.FIRST_WORDS

    engine.do(RenameConversation(conversation_id=chat, title="Herons"))

    assert whole(start(with_model=False), chat).title_source is TitleSource.USER


@pytest.mark.feature(
    "chat.own_settings",
    "A conversation can have its own prompt, persona and sampling; they win over the settings.",
)
def test_the_conversation_wins_over_its_preset_and_that_over_the_settings(kept, start):
    engine = kept
    preset = Preset(
        id=new_id("preset"),
        name="Terse",
        created_at_s=1.0,
        system_prompt="One word.",
        sampling=SamplingOverrides(max_tokens=3, temperature=0.5),
    )
    engine.do(SavePreset(preset=preset))
    chat = new_id("conv")
    engine.do(CreateConversation(conversation_id=chat, preset_id=preset.id))

    _, by_preset = exchange(engine, chat)
    assert (by_preset.stats.max_tokens, by_preset.stats.temperature) == (3, 0.5)
    prompt = only(
        engine.do(ExplainAnswer(conversation_id=chat, message_id=by_preset.id)), AnswerExplained
    ).prompt
    assert "One word." in prompt
    assert "Be brief." not in prompt

    own = SamplingOverrides(max_tokens=5, seed=7)
    engine.do(
        ConfigureConversation(
            conversation_id=chat, preset_id=preset.id, system_prompt="Sing.", sampling=own
        )
    )
    engine = start()
    assert whole(engine, chat).sampling == own
    _, by_own = exchange(engine, chat)
    assert (by_own.stats.max_tokens, by_own.stats.temperature, by_own.stats.seed) == (5, 0.5, 7)
    prompt = only(
        engine.do(ExplainAnswer(conversation_id=chat, message_id=by_own.id)), AnswerExplained
    ).prompt
    assert "Sing." in prompt


def test_settings_given_for_one_answer_win_over_everything(brief):
    engine = brief
    chat = engine.converse()
    engine.do(ConfigureConversation(conversation_id=chat, sampling=SamplingOverrides(max_tokens=5)))

    events = engine.ask(chat, "Hello", max_tokens=2)

    assert turn_of(events).message.stats.max_tokens == 2


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"sampling": SamplingOverrides(temperature=9.0)}, "bad_request"),
        ({"preset_id": "preset_none"}, "not_found"),
    ],
    ids=["out of range", "no such preset"],
)
def test_what_cannot_be_used_is_refused_and_nothing_changes(brief, fields, kind):
    engine = brief
    chat = engine.converse()
    before = whole(engine, chat)

    assert failure(engine.do(ConfigureConversation(conversation_id=chat, **fields))).kind == kind
    assert whole(engine, chat) == before


def test_with_another_model_or_none_the_explanation_says_so(brief, tmp_path):
    engine = brief
    chat = engine.converse()
    _, first = exchange(engine, chat)
    ask = ExplainAnswer(conversation_id=chat, message_id=first.id)

    engine.do(LoadModel(model_id=str(write_tiny_model(tmp_path / "other", seed=5))))
    # Its tokens are the same, so the prompt is.
    assert only(engine.do(ask), AnswerExplained).is_exact
    engine.do(UnloadModel())
    plain = only(engine.do(ask), AnswerExplained)

    assert not plain.is_exact
    assert "No model is loaded" in plain.notice
    assert "Hello" in plain.prompt


@pytest.mark.feature("app.place", "The next start shows what was on screen last.")
def test_the_place_on_screen_is_told_when_the_vault_opens(kept, start):
    engine = kept
    chat = engine.converse()
    question, _ = exchange(engine, chat)
    engine.do(KeepPlace(conversation_id=chat, message_id=question.id, offset_px=12))

    engine = start(with_model=False, is_opened=False)
    opened = only(engine.do(OpenVault(passphrase=PASSPHRASE)), VaultOpened)

    assert opened.place == Place(conversation_id=chat, message_id=question.id, offset_px=12)
    engine.do(DeleteConversation(conversation_id=chat))
    engine = start(with_model=False, is_opened=False)
    assert only(engine.do(OpenVault(passphrase=PASSPHRASE)), VaultOpened).place is None


def test_a_new_vault_has_no_place(start):
    engine = start(with_model=False, is_opened=False)

    assert only(engine.do(OpenVault(passphrase=PASSPHRASE)), VaultOpened).place is None
