from __future__ import annotations

import asyncio
import os

import pytest

from engine.contract.errors import (
    BackupError,
    BadRequestError,
    Cancelled,
    NotFoundError,
    VaultDamagedError,
    WrongKeyError,
)
from engine.storage import backup, backup_copy, backup_folder, passphrase
from engine.storage.backup import Backups
from engine.storage.database import Reader, connect
from engine.storage.keychain import NoKeychainError
from engine.storage.keys import Secret
from engine.storage.sealed_files import every
from tests.engine.storage.backup_vault import CHEAP, PASSPHRASE, small_vault

NOW_S = 1_800_000_000.0


class NoKeychain:
    async def read(self, _vault_id):
        raise NoKeychainError("There is none.")


@pytest.fixture(autouse=True)
def cheap_passphrases(monkeypatch):
    monkeypatch.setattr(backup, "tune_cost", lambda: CHEAP)


def a_backups(vault, now_s=NOW_S):
    return Backups(vault, vault.files, NoKeychain(), lambda: now_s)


async def remember(vault, *texts: str) -> None:
    await vault.store.write(
        lambda writer: [
            writer.execute(
                "INSERT INTO records (id, kind, body, created_at_s, updated_at_s, raw_bytes)"
                " VALUES (?, 'note', ?, 1, 1, 1)",
                (f"rec_{text}", vault.codec.pack("record", text)),
            )
            for text in texts
        ]
    )


def notes_in(opened) -> set[str]:
    connection = connect(opened.database, opened.key)
    try:
        return {id_ for (id_,) in Reader(connection).execute("SELECT id FROM records")}
    finally:
        connection.close()


def run(scenario):
    return asyncio.run(scenario)


@pytest.mark.feature("backup.one_file")
def test_a_backup_holds_everything_and_was_read_back(tmp_path):
    """A backup is one sealed file with everything in it, and counts only once it was read back."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            await remember(vault, "one", "two")
            await vault.files.keep(vault.store, "adapter", "rec_one", [b"weights " * 1000], 1.0)
            backups = a_backups(vault)
            told = []
            card = await backups.make(
                backup_folder.BY_HAND, kept=7, progress=lambda *step: told.append(step)
            )
            assert card == backups.cards()[0]
            assert (card.reason, card.is_verified, card.made_at_s) == ("by hand", True, NOW_S)
            assert told[0][0] == "Copying"
            assert told == sorted(told, key=lambda step: step[1])
            opened = await backups.open(card.name)
            assert notes_in(opened) == {"rec_one", "rec_two"}
            connection = connect(opened.database, opened.key)
            (file,) = every(Reader(connection))
            connection.close()
            assert b"".join(opened.files.read(file)) == b"weights " * 1000
            backup.discard(opened)
            assert sorted(os.listdir(tmp_path / "backups")) == [card.name]

    run(scenario())


def test_nothing_in_it_can_be_read_without_a_key(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await remember(vault, "marker7261")
            card = await a_backups(vault).make("daily", kept=7)
            sealed = (tmp_path / "backups" / card.name).read_bytes()
            assert b"marker7261" not in sealed
            assert b"SQLite" not in sealed
            assert (tmp_path / "backups" / card.name).stat().st_mode & 0o777 == 0o600

    run(scenario())


@pytest.mark.feature("backup.while_used")
def test_a_backup_made_while_messages_are_saved_is_one_moment_of_them(tmp_path, monkeypatch):
    """Backups are made while the vault is in use, and hold one moment of it."""
    monkeypatch.setattr(backup_copy, "_PAGES_AT_ONCE", 4)

    async def scenario():
        async with small_vault(tmp_path) as vault:
            await remember(vault, *(f"before{n}" for n in range(200)))
            backups = a_backups(vault)
            making = asyncio.ensure_future(backups.make("daily", kept=7))
            count = 0
            while not making.done():
                await remember(vault, f"during{count}a", f"during{count}b")
                count += 1
            assert count
            opened = await backups.open((await making).name)
            during = {id_ for id_ in notes_in(opened) if "during" in id_}
            # Every transaction is in it whole or not at all, and none without those before it.
            assert during == {
                f"rec_during{n}{half}" for n in range(len(during) // 2) for half in "ab"
            }
            backup.discard(opened)

    run(scenario())


@pytest.mark.feature("backup.by_number")
def test_the_oldest_go_when_there_are_too_many(tmp_path):
    """As many backups are kept as the settings say; the oldest go first."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            names = [
                (await a_backups(vault, NOW_S + day).make("daily", kept=3)).name for day in range(5)
            ]
            assert [card.name for card in a_backups(vault).cards()] == names[:1:-1]

    run(scenario())


def test_one_is_due_after_a_day_and_after_the_clock_was_set_back(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            assert a_backups(vault).is_due()
            await a_backups(vault).make("daily", kept=3)
            assert not a_backups(vault, NOW_S + 86_399).is_due()
            assert a_backups(vault, NOW_S + 86_400).is_due()
            assert a_backups(vault, NOW_S - 1).is_due()

    run(scenario())


@pytest.mark.feature("backup.on_another_machine")
def test_another_machine_opens_it_with_passphrase_or_recovery_key(tmp_path):
    """A backup opens in a new vault with the old passphrase or the recovery key alone."""

    async def scenario():
        async with small_vault(tmp_path / "old") as old:
            await remember(old, "one")
            card = await a_backups(old).make("daily", kept=3)
            recovery = old.recovery_key
        path = str(tmp_path / "old" / "backups" / card.name)
        async with small_vault(tmp_path / "new") as new:
            backups = a_backups(new)
            for way in ({"passphrase": PASSPHRASE}, {"recovery_key": recovery}):
                opened = await backups.open(path, **way)
                assert notes_in(opened) == {"rec_one"}
                backup.discard(opened)
            with pytest.raises(WrongKeyError):
                await backups.open(path, passphrase="something else")
            assert os.listdir(tmp_path / "new" / "backups") == []

    run(scenario())


def test_it_still_opens_after_the_vaults_key_was_changed(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await remember(vault, "one")
            card = await a_backups(vault).make("daily", kept=3)
            vault.data_key = Secret.random()
            opened = await a_backups(vault).open(card.name)
            assert notes_in(opened) == {"rec_one"}
            backup.discard(opened)

    run(scenario())


@pytest.mark.feature("backup.export")
def test_an_export_opens_with_its_own_passphrase_anywhere(tmp_path):
    """Everything can be exported into one sealed file under a passphrase of its own."""

    async def scenario():
        path = tmp_path / "everything.sealed"
        async with small_vault(tmp_path / "old") as old:
            await remember(old, "one")
            assert await a_backups(old).export(path, "for the journey") == path.stat().st_size
            with pytest.raises(BackupError, match="already"):
                await a_backups(old).export(path, "for the journey")
            with pytest.raises(BadRequestError):
                await a_backups(old).export(tmp_path / "x", "short")
        async with small_vault(tmp_path / "new") as new:
            opened = await a_backups(new).open(str(path), passphrase="for the journey")
            assert notes_in(opened) == {"rec_one"}
            backup.discard(opened)
            for wrong in ("for the jorney", ""):
                with pytest.raises(WrongKeyError):
                    await a_backups(new).open(str(path), passphrase=wrong)

    run(scenario())


def test_what_is_no_backup_is_called_so(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            backups = a_backups(vault)
            (tmp_path / "letter.txt").write_text("Dear reader")
            with pytest.raises(BackupError):
                await backups.open(str(tmp_path / "letter.txt"))
            with pytest.raises(NotFoundError):
                await backups.open("2026-01-01.backup")
            with pytest.raises(BackupError):
                await backups.open(str(tmp_path))

    run(scenario())


def test_a_damaged_backup_is_found_by_checking_it(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await remember(vault, "one")
            backups = a_backups(vault)
            card = await backups.make("daily", kept=3)
            await backups.check(card.name)
            path = tmp_path / "backups" / card.name
            whole = path.read_bytes()
            for place in (100, len(whole) // 2, len(whole) - 1):
                damaged = bytearray(whole)
                damaged[place] ^= 1
                path.write_bytes(damaged)
                with pytest.raises(BackupError):
                    await backups.check(card.name)

    run(scenario())


def test_a_damaged_vault_is_not_backed_up_over_the_good_ones(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await remember(vault, *(f"n{n}" for n in range(300)))
            backups = a_backups(vault)
            good = await backups.make("daily", kept=1)
            await vault.store.checkpoint()
            with (tmp_path / "vault.db").open("r+b") as file:
                file.seek(30 * 4096 + 100)
                file.write(b"\0" * 16)
            with pytest.raises(VaultDamagedError):
                await backups.make("daily", kept=1)
            assert backups.cards() == (good,)
            assert os.listdir(tmp_path / "backups") == [good.name]

    run(scenario())


def test_a_stopped_backup_leaves_nothing_behind(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            await remember(vault, "one")
            stop = asyncio.Event()
            making = asyncio.ensure_future(
                a_backups(vault).make("daily", kept=1, progress=lambda *_: stop.set())
            )
            await stop.wait()
            making.cancel()
            with pytest.raises((asyncio.CancelledError, Cancelled)):
                await making
            assert os.listdir(tmp_path / "backups") == []

    run(scenario())


def test_what_a_killed_process_left_is_swept(tmp_path):
    folder = tmp_path / "backups"
    (folder / ".stage-abc" / "sealed").mkdir(parents=True)
    (folder / ".stage-abc" / "vault.db").write_bytes(b"x")
    (folder / ".2026.backup.0000.part").write_bytes(b"x")
    (folder / "2026.backup").write_bytes(b"x")
    backup.sweep_folder(tmp_path)
    assert os.listdir(folder) == ["2026.backup"]


def test_an_exports_cost_is_bounded_before_it_is_paid():
    """A file from elsewhere must not make this machine spend gigabytes on its passphrase."""
    slot = passphrase.PassphraseSlot(
        sealed=b"", salt=b"0" * 16, memory_kib=1 << 30, passes=1, lanes=1
    )
    with pytest.raises(VaultDamagedError):
        passphrase.open_with_passphrase(slot, "whatever it is", b"")
