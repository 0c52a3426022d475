"""Backups, restores, keys and checks, through the whole engine on a real vault."""

from __future__ import annotations

import shutil

import pytest

from engine.contract.commands import CreateConversation, ListConversations
from engine.contract.events import ConversationsListed
from engine.contract.ids import new_id
from engine.contract.vault import VaultState
from engine.contract.vault_commands import (
    ApplyRestore,
    BackUpVault,
    CompactVault,
    ExportVault,
    ForgetItems,
    InspectVault,
    ListBackups,
    LockVault,
    MakeRecoveryKey,
    OpenVault,
    PlanRestore,
    RotateKey,
    SetPassphrase,
    VerifyVault,
)
from engine.contract.vault_events import (
    BackupMade,
    BackupsListed,
    RecoveryKeyMade,
    RestorePlanned,
    VaultCompacted,
    VaultExported,
    VaultInspected,
    VaultKeyRotated,
    VaultOpened,
    VaultProgressed,
    VaultRestored,
    VaultVerified,
)
from tests.architecture.source import ROOT
from tests.helpers.launches import PASSPHRASE, failure, only


def titles(engine):
    listed = only(engine.do(ListConversations()), ConversationsListed)
    return sorted(conversation.title for conversation in listed.conversations)


@pytest.fixture
def engine(start):
    """An engine whose vault holds one conversation."""
    reader = start()
    reader.ask(reader.converse(), "The heron stands on one leg")
    return reader


def count_of(counts, kind):
    return next(count for count in counts if count.kind == kind)


@pytest.mark.feature("backup.restore", "A backup brings back what was forgotten; it says how much.")
def test_a_backup_brings_back_what_was_forgotten_after_saying_what_it_would_do(engine):
    card = only(engine.do(BackUpVault()), BackupMade).backup
    assert card.is_verified
    assert only(engine.do(ListBackups()), BackupsListed).backups == (card,)
    conversation = only(engine.do(ListConversations()), ConversationsListed).conversations[0]
    engine.ask(engine.converse(), "Said after the backup")
    engine.do(ForgetItems(item_ids=(conversation.id,)))

    plan = only(engine.do(PlanRestore(path=card.name)), RestorePlanned)
    assert count_of(plan.counts, "conversations").new == 1
    assert titles(engine) == ["Said after the backup"]

    events = engine.do(ApplyRestore(plan_id=plan.plan_id))

    assert only(events, VaultRestored).counts == plan.counts
    assert titles(engine) == ["Said after the backup", "The heron stands on one leg"]
    assert failure(engine.do(ApplyRestore(plan_id=plan.plan_id))).kind == "not_found"
    reasons = [b.reason for b in only(engine.do(ListBackups()), BackupsListed).backups]
    assert reasons == ["before a restore", "by hand"]


@pytest.mark.feature("backup.export", "Everything in one sealed file moves to another computer.")
def test_an_export_opens_in_another_vault_with_its_own_passphrase(engine, start, tmp_path):
    file = tmp_path / "all.export"
    size = only(
        engine.do(ExportVault(path=str(file), passphrase="other words here")), VaultExported
    )
    assert size.size_bytes == file.stat().st_size
    assert b"heron" not in file.read_bytes()

    other = start(passphrase="a different vault", vault="other", with_model=False)
    refused = failure(other.do(PlanRestore(path=str(file), passphrase="wrong words")))
    assert refused.kind == "wrong_key"
    plan = only(
        other.do(PlanRestore(path=str(file), passphrase="other words here")), RestorePlanned
    )
    other.do(ApplyRestore(plan_id=plan.plan_id))

    assert titles(other) == ["The heron stands on one leg"]


@pytest.mark.feature(
    "vault.verify", "Every page, index, text and backup can be checked at any time."
)
def test_checking_a_whole_vault_finds_nothing_and_says_how_much_it_looked_at(engine):
    engine.do(BackUpVault())

    events = engine.do(VerifyVault())

    report = only(events, VaultVerified)
    assert report.damages == ()
    assert report.checked_pages > 10
    assert report.last_good_backup is not None
    assert any(isinstance(event, VaultProgressed) for event in events)
    assert only(engine.do(InspectVault()), VaultInspected).last_verified_at_s is not None


@pytest.mark.feature("vault.inspect", "Privacy shows what each kind takes, measured.")
def test_what_the_vault_takes_is_measured(engine):
    told = only(engine.do(InspectVault()), VaultInspected)

    kept = next(use for use in told.uses if use.kind == "conversations")
    assert kept.items == 1
    assert kept.raw_bytes > 0
    assert told.database_bytes > kept.stored_bytes > 0
    assert told.status.state is VaultState.UNLOCKED
    assert (told.last_verified_at_s, told.last_backup_at_s, told.backup_bytes) == (None, None, 0)


def test_a_locked_vault_tells_its_state_and_nothing_else(engine):
    engine.do(LockVault())

    told = only(engine.do(InspectVault()), VaultInspected)

    assert (told.status.state, told.uses, told.database_bytes) == (VaultState.LOCKED, (), 0)


@pytest.mark.feature("vault.recovery_key", "A printed recovery key opens the vault.")
def test_the_recovery_key_opens_the_vault_when_the_passphrase_is_forgotten(engine, start):
    key = only(engine.do(MakeRecoveryKey()), RecoveryKeyMade).recovery_key
    engine = start(is_opened=False, with_model=False)

    assert failure(engine.do(OpenVault(recovery_key=key[:-1]))).kind in ("wrong_key", "bad_request")
    only(engine.do(OpenVault(recovery_key=key)), VaultOpened)

    assert titles(engine) == ["The heron stands on one leg"]


@pytest.mark.feature("vault.passphrase", "The passphrase can be changed at any time.")
def test_after_a_change_only_the_new_passphrase_opens(engine, start):
    assert failure(engine.do(SetPassphrase(old="wrong", new="new words here"))).kind == "wrong_key"
    engine.do(SetPassphrase(old=PASSPHRASE, new="new words here"))

    engine = start(is_opened=False, with_model=False)
    assert failure(engine.do(OpenVault(passphrase=PASSPHRASE))).kind == "wrong_key"
    only(engine.do(OpenVault(passphrase="new words here")), VaultOpened)

    assert titles(engine) == ["The heron stands on one leg"]


@pytest.mark.feature("vault.rotate_key", "Everything can be encrypted anew under a new key.")
def test_after_a_rotation_the_vault_and_the_backups_before_it_still_open(engine, start):
    card = only(engine.do(BackUpVault()), BackupMade).backup
    events = engine.do(RotateKey(passphrase=PASSPHRASE))
    only(events, VaultKeyRotated)

    engine = start(with_model=False)

    assert titles(engine) == ["The heron stands on one leg"]
    plan = only(engine.do(PlanRestore(path=card.name)), RestorePlanned)
    assert count_of(plan.counts, "conversations").same == 1


@pytest.mark.feature("vault.compact", "Space that is not needed any more goes back to the disk.")
def test_compacting_gives_space_back_and_keeps_every_word(engine, start):
    for number in range(40):
        conversation = new_id("conv")
        engine.do(CreateConversation(conversation_id=conversation))
        engine.ask(conversation, f"{number} " + "herons and reeds " * 100, max_tokens=1)
    listed = only(engine.do(ListConversations()), ConversationsListed).conversations
    engine.do(ForgetItems(item_ids=tuple(c.id for c in listed if c.title[0].isdigit())))

    told = only(engine.do(CompactVault()), VaultCompacted)

    assert told.after_bytes < told.before_bytes
    engine = start(with_model=False)
    assert titles(engine) == ["The heron stands on one leg"]


@pytest.fixture
def broken(engine, start, tmp_path):
    """An engine whose vault does not open any more; a backup of it is there."""
    engine.do(BackUpVault())
    engine.ask(engine.converse(), "Said after the backup")
    start.end()
    database = tmp_path / "vault" / "vault.db"
    content = bytearray(database.read_bytes())
    content[4096:12288] = bytes(8192)
    content[100] ^= 1
    database.write_bytes(content)
    return start(is_opened=False, with_model=False)


@pytest.mark.feature(
    "backup.rescue", "A vault that does not open is set aside whole, and its last backup restored."
)
def test_a_damaged_vault_is_set_aside_and_its_last_good_backup_restored(broken, tmp_path):
    assert failure(broken.do(OpenVault(passphrase=PASSPHRASE))).kind == "vault_damaged"
    name = only(broken.do(ListBackups()), BackupsListed).backups[0].name

    plan = only(broken.do(PlanRestore(path=name, passphrase=PASSPHRASE)), RestorePlanned)
    broken.do(ApplyRestore(plan_id=plan.plan_id))

    assert titles(broken) == ["The heron stands on one leg"]
    (aside,) = (tmp_path / "vault").glob("damaged-*")
    assert (aside / "vault.db").stat().st_size > 0


def test_a_wrong_passphrase_for_the_backup_moves_nothing(broken, tmp_path):
    broken.do(OpenVault(passphrase=PASSPHRASE))
    before = sorted(path.name for path in (tmp_path / "vault").iterdir())
    name = only(broken.do(ListBackups()), BackupsListed).backups[0].name

    assert failure(broken.do(PlanRestore(path=name, passphrase="wrong words"))).kind == "wrong_key"

    assert sorted(path.name for path in (tmp_path / "vault").iterdir()) == before


def test_a_vault_that_is_only_locked_is_not_set_aside(engine):
    name = only(engine.do(BackUpVault()), BackupMade).backup.name
    engine.do(LockVault())

    assert failure(engine.do(PlanRestore(path=name, passphrase=PASSPHRASE))).kind == "vault_locked"


def test_a_private_session_is_not_lost_by_locking(start):
    engine = start(passphrase="", with_model=False)

    assert failure(engine.do(LockVault())).kind == "bad_request"

    assert titles(engine) == []


def test_what_a_killed_process_left_half_made_is_gone_after_the_next_opening(
    engine, start, tmp_path
):
    card = only(engine.do(BackUpVault()), BackupMade).backup
    start.end()
    stage = tmp_path / "vault" / "backups" / ".stage-left"
    stage.mkdir()
    (stage / "vault.db").write_bytes(b"half")
    orphan = tmp_path / "vault" / "sealed" / new_id("cache")
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"half")

    engine = start(with_model=False)

    assert not stage.exists()
    assert not orphan.exists()
    assert only(engine.do(ListBackups()), BackupsListed).backups == (card,)


@pytest.mark.feature("backup.before_update")
def test_an_older_vault_is_backed_up_before_it_is_migrated(start, tmp_path):
    """Before an update changes how your vault is kept, a backup of it is made."""
    shutil.copytree(ROOT / "tests/data/vaults/chats-1", tmp_path / "old")
    engine = start(passphrase="correct horse", vault="old", with_model=False)

    (card,) = only(engine.do(ListBackups()), BackupsListed).backups

    assert (card.reason, card.is_verified) == ("before an update", True)
    assert only(engine.do(PlanRestore(path=card.name)), RestorePlanned)
