"""What was measured is where its answer is: kept, copied, forgotten, or never written."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine.contract.chat_commands import BranchConversation, KeepConversation
from engine.contract.commands import ChangeSettings, CreateConversation, LoadModel, SendMessage
from engine.contract.ids import new_id
from engine.contract.introspection_commands import LoadTrace, SetInstruments
from engine.contract.introspection_events import TraceLoaded, TurnMeasured
from engine.contract.library_commands import (
    ExportConversations,
    ImportConversations,
    PlanImport,
    TransferFormat,
)
from engine.contract.library_events import ConversationsExported, ImportPlanned
from engine.contract.settings import IntrospectionSettings
from engine.contract.signals import Profile
from engine.contract.vault_commands import (
    ForgetItems,
    InspectVault,
    LockVault,
    OpenVault,
    SetPassphrase,
)
from engine.contract.vault_events import VaultInspected
from tests.helpers.engine_reader import turn_of
from tests.helpers.exchanges import whole
from tests.helpers.launches import PASSPHRASE, SETTINGS, only
from tests.helpers.tiny_model import write_tiny_model


def measured(engine, *, is_temporary=False):
    """A question was answered and measured; the conversation and the answer."""
    engine.do(SetInstruments(profile=Profile.LIVE))
    conversation_id = new_id("conv")
    engine.do(CreateConversation(conversation_id=conversation_id, is_temporary=is_temporary))
    answer = turn_of(engine.do(SendMessage(conversation_id=conversation_id, text="Hello"))).message
    if not any(isinstance(event, TurnMeasured) for event in engine.events):
        engine.until(lambda event: isinstance(event, TurnMeasured))
    return conversation_id, answer.id


def trace_of(engine, conversation_id, message_id):
    """What is known of the answer."""
    events = engine.do(LoadTrace(conversation_id=conversation_id, message_id=message_id))
    return only(events, TraceLoaded).trace


def kept(engine):
    """How many traces the vault holds."""
    uses = only(engine.do(InspectVault()), VaultInspected).uses
    return next(use.items for use in uses if use.kind == "measurements")


def until_kept(engine, count=1):
    """The trace is on its way to the disk when all else is done."""
    while kept(engine) < count:
        pass


@pytest.mark.feature("introspection.kept")
def test_what_was_measured_is_there_after_a_restart(start):
    """What was measured in an answer is kept with it, encrypted, and can be looked at later."""
    engine = start()
    place = measured(engine)
    until_kept(engine)
    before = trace_of(engine, *place)
    assert before.tokens
    assert before.turn.tokens == len(before.tokens)
    assert trace_of(start(), *place) == before
    # Without the model that wrote it, what could have come goes by numbers.
    unnamed = trace_of(start(with_model=False), *place)
    for mine, theirs in zip(unnamed.tokens, before.tokens, strict=True):
        assert mine.text == theirs.text
        assert [f"[{each.token_id}]" for each in theirs.alternatives] == [
            each.text for each in mine.alternatives
        ]


def test_another_models_words_are_never_taken_for_those_of_the_one_that_wrote(start, tmp_path):
    engine = start()
    place = measured(engine)
    until_kept(engine)
    other = write_tiny_model(tmp_path / "another", context_tokens=256)
    engine.do(LoadModel(model_id=str(other)))
    for token in trace_of(engine, *place).tokens:
        assert all(each.text == f"[{each.token_id}]" for each in token.alternatives)


def test_of_a_temporary_conversation_nothing_measured_is_kept_until_it_is(start):
    engine = start()
    place = measured(engine, is_temporary=True)
    while trace_of(engine, *place) is None:
        pass
    assert kept(engine) == 0
    other = measured(engine, is_temporary=True)
    while trace_of(engine, *other) is None:
        pass
    engine.do(KeepConversation(conversation_id=other[0]))
    assert kept(engine) == 1
    again = start()
    assert trace_of(again, *place) is None
    assert trace_of(again, *other) is not None


def test_a_branch_takes_what_was_measured_along_and_forgetting_leaves_none_of_the_rest(start):
    engine = start()
    conversation_id, message_id = measured(engine)
    until_kept(engine)
    branch_id = new_id("conv")
    engine.do(
        BranchConversation(
            conversation_id=conversation_id, message_id=message_id, new_conversation_id=branch_id
        )
    )
    copy = whole(engine, branch_id).messages[-1]
    assert trace_of(engine, branch_id, copy.id).tokens
    engine.do(ForgetItems(item_ids=(conversation_id,)))
    assert kept(engine) == 1
    assert trace_of(engine, branch_id, copy.id).tokens


@pytest.mark.usefixtures("no_keychain")
def test_measurements_of_a_private_session_are_on_disk_once_it_is_kept(start):
    engine = start(is_opened=False)
    engine.do(OpenVault(is_private_allowed=True))
    place = measured(engine)
    while trace_of(engine, *place) is None:
        pass
    assert kept(engine) == 0
    engine.do(SetPassphrase(new=PASSPHRASE))
    assert kept(engine) == 1
    assert trace_of(start(), *place).tokens


def test_the_user_may_want_nothing_that_is_measured_kept(start):
    engine = start()
    settings = replace(SETTINGS, introspection=IntrospectionSettings(is_trace_kept=False))
    engine.do(ChangeSettings(settings=settings))
    place = measured(engine)
    while trace_of(engine, *place) is None:
        pass
    engine.do(LockVault())
    engine.do(OpenVault(passphrase=PASSPHRASE))
    assert kept(engine) == 0
    assert trace_of(engine, *place) is None


# -- files --------------------------------------------------------------------------------------


def exported(engine, path):
    """The file with all conversations, as JSON."""
    done = engine.do(ExportConversations(path=str(path), format=TransferFormat.JSON))
    assert only(done, ConversationsExported).files == 1
    return json.loads(path.read_text())


def taken_in(engine, path):
    """Everything in the file is here."""
    planned = only(engine.do(PlanImport(path=str(path))), ImportPlanned)
    engine.do(ImportConversations(plan_id=planned.plan_id))


@pytest.mark.feature("introspection.exported")
def test_what_was_measured_goes_along_into_a_file_and_out_of_it(start, tmp_path):
    """What was measured in an answer is in its JSON export, and comes back with it."""
    engine = start()
    place = measured(engine)
    until_kept(engine)
    before = trace_of(engine, *place)
    told = exported(engine, tmp_path / "all.json")
    assert told["conversations"][0]["messages"][1]["measured"]

    engine = start(vault="other")
    taken_in(engine, tmp_path / "all.json")
    assert trace_of(engine, *place) == before


def test_the_trace_of_an_answer_that_gets_another_name_goes_by_that_name(start, tmp_path):
    engine = start()
    conversation_id, message_id = measured(engine)
    until_kept(engine)
    told = exported(engine, tmp_path / "all.json")
    # The same messages under another conversation: their names are taken here.
    told["conversations"][0]["id"] = other_id = new_id("conv")
    (tmp_path / "other.json").write_text(json.dumps(told))
    taken_in(engine, tmp_path / "other.json")
    copy = whole(engine, other_id).messages[-1]
    assert copy.id != message_id
    trace = trace_of(engine, other_id, copy.id)
    assert trace.message_id == copy.id
    assert trace.tokens == trace_of(engine, conversation_id, message_id).tokens


@pytest.mark.logs_warning("not whole in the file")
@pytest.mark.parametrize("harm", ["another's", "cut", "no base64", "no text"])
def test_a_trace_that_is_not_whole_in_a_file_keeps_no_answer_back(start, tmp_path, harm):
    engine = start()
    conversation_id, message_id = measured(engine)
    until_kept(engine)
    told = exported(engine, tmp_path / "all.json")
    answer = told["conversations"][0]["messages"][1]
    kept_text = answer["measured"]
    answer["measured"] = {
        "another's": kept_text,
        "cut": kept_text[: len(kept_text) // 8 * 4],
        "no base64": "!" + kept_text,
        "no text": 5,
    }[harm]
    if harm == "another's":
        message_id = answer["id"] = new_id("msg")
    (tmp_path / "harmed.json").write_text(json.dumps(told))
    engine = start(vault="other", with_model=False)
    taken_in(engine, tmp_path / "harmed.json")
    assert whole(engine, conversation_id).messages[1].id == message_id
    assert trace_of(engine, conversation_id, message_id) is None
    assert kept(engine) == 0
