from __future__ import annotations

import getpass
import io
import sys

import pytest

from app import asking
from app.vault_command import WIPE_WORDS
from engine.contract import vault_commands as v
from engine.contract import vault_events as e
from engine.contract.errors import ErrorReport
from engine.contract.vault import (
    BackupCard,
    Damage,
    RestoreCount,
    StorageUse,
    TrashItem,
    TrashKind,
    VaultState,
    VaultStatus,
)
from tests.app.conftest import run_process

OPEN = VaultStatus(state=VaultState.UNLOCKED, has_passphrase=True, has_recovery_key=True)
KEYCHAIN = VaultStatus(state=VaultState.UNLOCKED, has_keychain_key=True)
CARD = BackupCard(
    name="2026-11-23_daily.backup",
    made_at_s=1_795_000_000.0,
    size_bytes=5_000_000,
    reason="daily",
    is_verified=True,
)
COUNTS = (RestoreCount(kind="messages", new=3, newer_in_backup=1, newer_here=2, same=40),)
ITEM = TrashItem(
    id="conv_1",
    kind=TrashKind.CONVERSATION,
    title="Tea",
    deleted_at_s=1_795_000_000.0,
    purge_at_s=1_797_000_000.0,
    size_bytes=12,
)


@pytest.fixture
def vault(app, app_home):
    """The app with a vault that lies there and opens."""
    folder = app_home / "vault"
    folder.mkdir()
    (folder / "vault.keys").write_text("{}")
    app.engine.answers = {
        v.OpenVault: (e.VaultOpened(status=OPEN, is_new=False, open_ms=5.0),),
        v.ListBackups: (e.BackupsListed(backups=(CARD,)),),
        v.BackUpVault: (
            e.VaultProgressed(stage="Copying", share_ratio=0.5),
            e.BackupMade(backup=CARD),
        ),
        v.PlanRestore: (e.RestorePlanned(plan_id="plan_1", made_at_s=5.0, counts=COUNTS),),
        v.ApplyRestore: (e.VaultRestored(counts=COUNTS),),
        v.SetPassphrase: (e.VaultStatusChanged(status=OPEN),),
        v.MakeRecoveryKey: (e.RecoveryKeyMade(recovery_key="ABCD-EFGH"),),
        v.RotateKey: (e.VaultKeyRotated(),),
        v.ExportVault: (e.VaultExported(size_bytes=9_000_000),),
        v.CompactVault: (e.VaultCompacted(before_bytes=9_000_000, after_bytes=4_000_000),),
        v.VerifyVault: (
            e.VaultVerified(checked_pages=77, checked_files=2, damages=(), last_good_backup=CARD),
        ),
        v.WipeVault: (e.VaultWiped(),),
        v.ListTrash: (e.TrashListed(items=(ITEM,)),),
        v.RestoreFromTrash: (e.TrashListed(items=()),),
        v.ForgetItems: (e.TrashListed(items=()),),
        v.InspectVault: (
            e.VaultInspected(
                status=OPEN,
                uses=(StorageUse(kind="messages", items=12, raw_bytes=5_000, stored_bytes=1_000),),
                database_bytes=1_000_000,
                sealed_bytes=0,
                backup_bytes=5_000_000,
                free_disk_bytes=9_000_000_000,
                dictionaries=1,
                last_verified_at_s=None,
                last_backup_at_s=5.0,
            ),
        ),
    }
    return app


@pytest.fixture
def words(tmp_path):
    """Makes a file that holds a secret."""

    def make(text: str) -> str:
        path = tmp_path / f"words{len(list(tmp_path.iterdir()))}"
        path.write_text(text + "\n")
        return str(path)

    return make


@pytest.fixture
def typed(monkeypatch):
    """Someone sits at the terminal and types these, one after the other."""

    def make(*secrets: str, line: str = ""):
        waiting = list(secrets)
        monkeypatch.setattr(asking, "is_person", lambda _console: True)
        monkeypatch.setattr(getpass, "getpass", lambda _prompt: waiting.pop(0))
        return line.encode() + b"\n"

    return make


def commands(app, kind):
    return [command for command in app.engine.commands if isinstance(command, kind)]


@pytest.mark.feature("cli.vault_status")
def test_status_tells_what_the_vault_holds(vault):
    """`vault status` says where the vault stands, what opens it, and what it holds and takes."""
    outcome = vault("vault", "status")

    assert outcome.code == 0
    assert "Opened by: passphrase, recovery key." in outcome.out
    assert "5.0 kB as plain text, 1.0 kB here" in outcome.out
    told = vault("vault", "status", "--json").json
    assert (told["state"], told["database_bytes"]) == ("unlocked", 1_000_000)
    assert commands(vault, v.OpenVault)[0].is_private_allowed is False


def test_status_makes_no_vault_where_none_is(app):
    outcome = app("vault", "status", "--json")

    assert outcome.json == {"state": "none"}
    assert not app.engine.commands


def test_status_of_a_locked_vault_asks_for_nothing(vault):
    locked = VaultStatus(state=VaultState.LOCKED, has_passphrase=True, retry_after_s=30.0)
    vault.engine.answers[v.OpenVault] = (e.VaultStatusChanged(status=locked),)
    vault.engine.failures[v.OpenVault] = ErrorReport(kind="vault_locked", message="Locked.")

    outcome = vault("vault", "status")

    assert outcome.code == 0
    assert outcome.out == (
        "It is locked and waits for its passphrase.\nOpened by: passphrase.\n"
        "The next try is possible in 30 s.\n"
    )


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("vault_locked", 8),
        ("key_missing", 8),
        ("keychain_unreadable", 8),
        ("vault_damaged", 9),
        ("vault_newer", 9),
        ("vault_busy", 10),
        ("wrong_key", 11),
        ("vault_full", 6),
        ("vault_read_only", 6),
    ],
)
@pytest.mark.feature("cli.vault_exit_codes")
def test_each_reason_has_its_exit_code(vault, kind, code):
    """Scripts can tell a locked, damaged or busy vault and a wrong key by the exit code."""
    vault.engine.failures[v.OpenVault] = ErrorReport(kind=kind, message="Why.", action="Do.")

    outcome = vault("vault", "verify")

    assert outcome.code == code
    assert "Why." in outcome.err or "passphrase-file" in outcome.err
    told = vault("vault", "verify", "--json").json["error"]
    assert told["kind"] == kind


def test_the_codes_are_in_the_help(app, capsys):
    with pytest.raises(SystemExit):
        app("--help")
    shown = capsys.readouterr().out
    for words_ in ("the vault is locked", "does not open it", "not whole", "another process"):
        assert words_ in shown


@pytest.mark.parametrize("action", ["passwd", "backup", "verify", "compact", "rekey", "recovery"])
def test_without_a_vault_nothing_is_made(app, action):
    outcome = app("vault", action)

    assert outcome.code == 7
    assert "no vault yet" in outcome.err
    assert not app.engine.commands


@pytest.mark.feature("cli.vault_passwd")
def test_the_passphrase_is_changed(vault, words):
    """`vault passwd` sets, changes or removes the passphrase, from files or typed unseen."""
    new = words("a new passphrase")

    outcome = vault(
        "--passphrase-file", words("the old one"), "vault", "passwd", "--new-passphrase-file", new
    )

    assert outcome.out == "The passphrase was changed.\n"
    assert vault.engine.commands[-1] == v.SetPassphrase(old="the old one", new="a new passphrase")


def test_removing_the_passphrase_goes_back_to_the_keychain(vault, words):
    outcome = vault("vault", "passwd", "--remove", "--passphrase-file", words("the old one"))

    assert outcome.out == "The keychain alone opens the vault now.\n"
    assert vault.engine.commands[-1] == v.SetPassphrase(old="the old one", new="")


def test_a_first_passphrase_needs_no_old_one(vault, typed):
    vault.engine.answers[v.OpenVault] = (e.VaultOpened(status=KEYCHAIN, is_new=False, open_ms=5.0),)
    vault("vault", "passwd", stdin=typed("long enough", "long enough"))

    assert vault.engine.commands[-1] == v.SetPassphrase(old="", new="long enough")


def test_what_was_typed_twice_must_be_the_same(vault, typed):
    vault.engine.answers[v.OpenVault] = (e.VaultOpened(status=KEYCHAIN, is_new=False, open_ms=5.0),)
    outcome = vault("vault", "passwd", stdin=typed("long enough", "long enogh"))

    assert outcome.code == 7
    assert not commands(vault, v.SetPassphrase)


def test_a_short_passphrase_is_refused(vault, words):
    outcome = vault("vault", "passwd", "--new-passphrase-file", words("short"),
                    "--passphrase-file", words("old"))  # fmt: skip

    assert outcome.code == 7
    assert "8 characters" in outcome.err


def test_a_forgotten_passphrase_is_changed_with_the_recovery_key(vault, words):
    vault("vault", "passwd", "--recovery-key-file", words("ABCD"),
          "--new-passphrase-file", words("a new passphrase"))  # fmt: skip

    assert commands(vault, v.OpenVault)[0].recovery_key == "ABCD"
    assert vault.engine.commands[-1] == v.SetPassphrase(old="", new="a new passphrase")


def test_nobody_is_asked_in_a_pipe(vault):
    outcome = vault("vault", "passwd")

    assert outcome.code == 2
    assert "--new-passphrase-file" in outcome.err or "--passphrase-file" in outcome.err


@pytest.mark.feature("cli.vault_recovery")
def test_the_recovery_key_is_shown_once(vault):
    """`vault recovery` makes a new recovery key and shows it."""
    assert vault("vault", "recovery").out.startswith("ABCD-EFGH\n")
    assert vault("vault", "recovery", "--json").json == {"recovery_key": "ABCD-EFGH"}


@pytest.mark.feature("cli.vault_rekey")
def test_everything_is_put_under_a_new_key(vault, words):
    """`vault rekey` encrypts everything under a new key."""
    outcome = vault("vault", "rekey", "--passphrase-file", words("the old one"))

    assert outcome.out == "Everything is under a new key.\n"
    assert vault.engine.commands[-1] == v.RotateKey(passphrase="the old one")


@pytest.mark.feature("cli.vault_backup")
def test_a_backup_is_made_and_told(vault):
    """`vault backup` makes a checked backup, and lists those there are."""
    assert vault("vault", "backup").out.startswith("2026-11-23_daily.backup  ")
    assert vault("vault", "backup", "--json").json["size_bytes"] == 5_000_000
    assert vault("vault", "backup", "--list", "--json").json["backups"][0]["reason"] == "daily"
    assert "opened and checked" in vault("vault", "backup", "--list").out


@pytest.mark.feature("cli.vault_restore")
def test_a_restore_shows_its_plan_and_asks(vault, typed):
    """`vault restore` shows what it would do and does it only when that is confirmed."""
    refused = vault("vault", "restore", stdin=typed(line="no"))
    assert refused.code == 130
    assert not commands(vault, v.ApplyRestore)
    assert "NEWER HERE" in refused.err

    done = vault("vault", "restore", stdin=typed(line="restore"))

    assert done.code == 0
    assert commands(vault, v.PlanRestore)[-1].path == CARD.name
    assert commands(vault, v.ApplyRestore) == [v.ApplyRestore(plan_id="plan_1")]


def test_a_plan_alone_changes_nothing(vault):
    told = vault("vault", "restore", CARD.name, "--plan", "--json").json

    assert (told["done"], told["counts"][0]["new"]) == (False, 3)
    assert not commands(vault, v.ApplyRestore)


def test_in_a_pipe_a_restore_must_be_meant(vault):
    assert vault("vault", "restore").code == 2
    assert vault("vault", "restore", "--yes-i-am-sure", "--json").json["done"] is True


def test_a_damaged_vault_does_not_stand_in_the_way_of_its_backup(vault):
    vault.engine.failures[v.OpenVault] = ErrorReport(kind="vault_damaged", message="Not whole.")

    assert vault("vault", "restore", CARD.name, "--yes-i-am-sure").code == 0
    assert commands(vault, v.ApplyRestore)


@pytest.mark.feature("cli.vault_export_import")
def test_everything_goes_out_and_in_as_one_file(vault, words, tmp_path):
    """`vault export` writes one sealed file, and `vault import` merges it in elsewhere."""
    path = tmp_path / "out.sealed"
    secret = words("for the journey")
    told = vault("vault", "export", str(path), "--new-passphrase-file", secret, "--json").json
    assert told == {"bytes": 9_000_000}
    assert vault.engine.commands[-1] == v.ExportVault(path=str(path), passphrase="for the journey")

    path.write_bytes(b"x")
    assert vault("vault", "export", str(path), "--new-passphrase-file", secret).code == 2
    vault("vault", "import", str(path), "--backup-passphrase-file", secret, "--yes-i-am-sure")
    planned = commands(vault, v.PlanRestore)[-1]
    assert (planned.path, planned.passphrase) == (str(path), "for the journey")


def test_the_passphrase_of_a_file_is_asked_for_when_it_is_needed(vault, typed):
    vault.engine.failures[v.PlanRestore] = ErrorReport(kind="wrong_key", message="No.")
    stdin = typed("for the journey", line="restore")

    assert vault("vault", "restore", CARD.name, stdin=stdin).code == 11
    assert [plan.passphrase for plan in commands(vault, v.PlanRestore)] == ["", "for the journey"]


@pytest.mark.feature("cli.vault_verify")
def test_damage_is_named_with_the_way_out(vault):
    """`vault verify` checks everything, names what is damaged and the backup that helps."""
    assert "Everything is whole: 77 pages" in vault("vault", "verify").out

    damage = Damage(where="database", detail="1 page is not what was written.")
    vault.engine.answers[v.VerifyVault] = (
        e.VaultVerified(
            checked_pages=77, checked_files=2, damages=(damage,), last_good_backup=CARD
        ),
    )
    outcome = vault("vault", "verify")

    assert outcome.code == 9
    assert "database: 1 page is not what was written." in outcome.out
    assert f"vault restore {CARD.name}" in outcome.out
    assert vault("vault", "verify", "--json").json["whole"] is False


@pytest.mark.feature("cli.vault_compact")
def test_what_was_given_back_is_told(vault):
    """`vault compact` gives space back and says how much."""
    assert vault("vault", "compact").out == "5.0 MB were given back; it takes 4.0 MB now.\n"


@pytest.mark.feature("cli.vault_wipe")
def test_a_wipe_needs_the_typed_words(vault, typed):
    """`vault wipe` forgets everything after the words are typed, or --yes-i-am-sure."""
    assert vault("vault", "wipe", stdin=typed(line="yes")).code == 130
    assert not commands(vault, v.WipeVault)
    assert vault("vault", "wipe", stdin=typed(line=WIPE_WORDS)).out.endswith("Nothing is left.\n")
    assert vault("vault", "wipe", "--keep-backups", "--yes-i-am-sure", "--json").json == {
        "wiped": True
    }
    assert [wipe.are_backups_included for wipe in commands(vault, v.WipeVault)] == [True, False]


def test_a_wipe_needs_no_key(vault):
    """Whoever forgot the passphrase can still begin anew."""
    vault.engine.failures[v.OpenVault] = ErrorReport(kind="vault_locked", message="Locked.")

    assert vault("vault", "wipe", "--yes-i-am-sure").code == 0


def test_in_a_pipe_a_wipe_must_be_meant(vault):
    assert vault("vault", "wipe").code == 2
    assert not vault.engine.commands


@pytest.mark.feature("cli.vault_trash")
def test_the_trash_is_listed_emptied_and_given_back(vault):
    """`vault trash` lists what was deleted, brings it back, or forgets it for good."""
    assert vault("vault", "trash").out.startswith("conv_1  conversation, deleted ")
    assert vault("vault", "trash", "list", "--json").json["items"][0]["kind"] == "conversation"
    assert vault("vault", "trash", "restore", "conv_1").out == "The trash is empty.\n"
    assert vault("vault", "trash", "forget", "conv_1").code == 2
    vault("vault", "trash", "forget", "conv_1", "--yes-i-am-sure")
    assert vault.engine.commands[-1] == v.ForgetItems(item_ids=("conv_1",))
    assert vault("vault", "trash", "forget").code == 2


@pytest.mark.feature("cli.vault_lock")
def test_without_a_window_locking_says_so(vault):
    """`vault lock` and `unlock` speak to the open window, and say plainly if there is none."""
    outcome = vault("vault", "lock")
    assert (outcome.code, outcome.out) == (
        0,
        "No window is open, so the vault is locked already.\n",
    )
    assert vault("vault", "unlock", "--json").json == {"window": False, "opens": True}


def test_a_secret_is_never_in_the_environment_of_children(vault, monkeypatch):
    import os

    monkeypatch.setenv("SHVAYAMBHU_PASSPHRASE", "from outside")
    vault("vault", "rekey")

    assert "SHVAYAMBHU_PASSPHRASE" not in os.environ
    assert vault.engine.commands[-1] == v.RotateKey(passphrase="from outside")


def test_no_secret_is_in_a_representation():
    """A logged command must not show what was typed."""
    for command in (
        v.OpenVault(passphrase="geheim", recovery_key="geheim"),
        v.SetPassphrase(old="geheim", new="geheim"),
        v.ExportVault(path="x", passphrase="geheim"),
        v.PlanRestore(path="x", passphrase="geheim", recovery_key="geheim"),
        v.RotateKey(passphrase="geheim"),
    ):
        assert "geheim" not in repr(command)


@pytest.mark.slow
@pytest.mark.feature("cli.vault")
def test_with_the_real_engine_everything_is_made_moved_and_wiped(app_home, tmp_path, words):
    """The vault command makes, saves, moves, checks and wipes a real vault from the terminal."""
    passphrase = words("a long passphrase")

    def real(home, *typed_words):
        line = ["-m", "app", "--home", str(home), "--passphrase-file", passphrase]
        return run_process([sys.executable, *line, "vault", *typed_words, "--json"])

    home, other, file = app_home / "one", tmp_path / "two", tmp_path / "out.sealed"
    assert real(home, "status").json == {"state": "none"}
    made = real(home, "import", "nothing.backup", "--yes-i-am-sure")
    assert made.json["error"]["kind"] == "not_found"
    assert real(home, "status").json["state"] == "unlocked"
    assert real(home, "backup").json["is_verified"]
    assert real(home, "verify").json["whole"]
    assert real(home, "export", str(file), "--new-passphrase-file", passphrase).json["bytes"]
    source = ["--backup-passphrase-file", passphrase, "--yes-i-am-sure"]
    assert real(other, "import", str(file), *source).json["done"]
    wrong = words("not the passphrase")
    line = ["-m", "app", "--home", str(home), "--passphrase-file", wrong, "vault", "verify"]
    assert run_process([sys.executable, *line]).code == 11
    assert real(home, "wipe", "--yes-i-am-sure").json == {"wiped": True}
    assert real(home, "status").json == {"state": "none"}


def test_closed_standard_input_is_nobody(vault, monkeypatch):
    assert vault("vault", "wipe", stdin=None).code == 2
    monkeypatch.setattr(sys, "stdin", io.StringIO())
