from __future__ import annotations

import asyncio
import os

import pytest

from engine.contract.errors import NotFoundError, VaultDamagedError, VaultFullError
from engine.storage import disk, sealed_files
from engine.storage.sealed_files import SealedFiles, every, find
from tests.engine.storage.backup_vault import small_vault


def run(scenario):
    asyncio.run(scenario)


def content_of(vault, file) -> bytes:
    return b"".join(vault.files.read(file))


@pytest.mark.feature("vault.sealed_files")
@pytest.mark.parametrize(
    "pieces",
    [[], [b""], [b"x"], [b"alike " * 300_000, b"more"], [os.urandom(1 << 20), os.urandom(77)]],
    ids=["none", "empty", "one", "alike", "random"],
)
def test_a_sealed_file_comes_back_and_tells_nothing(tmp_path, pieces):
    """Large things lie beside the database as sealed files, each under its own key."""

    async def scenario():
        async with small_vault(tmp_path) as vault:
            file = await vault.files.keep(vault.store, "cache", "conv_1", pieces, 5.0)
            assert await vault.store.read(lambda r: find(r, file.id)) == file
            assert content_of(vault, file) == b"".join(pieces)
            path = tmp_path / "sealed" / file.id
            assert path.stat().st_mode & 0o777 == 0o600
            assert path.stat().st_size == file.stored_bytes
            assert b"alike" not in path.read_bytes()
            if pieces and len(pieces[0]) > 10**6 and pieces[0].startswith(b"alike"):
                assert file.stored_bytes < 0.01 * file.raw_bytes

    run(scenario())


def test_the_key_goes_first_then_the_file(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            file = await vault.files.keep(vault.store, "cache", "c", [b"x"], 5.0)
            await vault.files.forget(vault.store, [file.id])
            assert await vault.store.read(every) == ()
            assert not list((tmp_path / "sealed").iterdir())
            with pytest.raises(NotFoundError):
                await vault.store.read(lambda r: find(r, file.id))

    run(scenario())


def test_orphans_and_half_written_files_are_swept_and_others_stay(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            kept = await vault.files.keep(vault.store, "cache", "c", [b"x"], 5.0)
            vault.files.write("cache", "c", [b"never registered"], 5.0)
            (tmp_path / "sealed" / ".file_1.aaaa.part").write_bytes(b"half")
            (tmp_path / "sealed" / "README").write_bytes(b"not ours")
            assert await vault.store.read(vault.files.sweep) == 2
            assert sorted(os.listdir(tmp_path / "sealed")) == sorted(["README", kept.id])

    run(scenario())


def test_a_failed_registration_leaves_no_file(tmp_path, monkeypatch):
    async def scenario():
        async with small_vault(tmp_path) as vault:

            def fail(*_):
                raise VaultFullError("full")

            monkeypatch.setattr(sealed_files, "register", fail)
            with pytest.raises(VaultFullError):
                await vault.files.keep(vault.store, "cache", "c", [b"x"], 5.0)
            assert not list((tmp_path / "sealed").iterdir())

    run(scenario())


def test_another_files_bytes_are_not_taken_for_it(tmp_path):
    async def scenario():
        async with small_vault(tmp_path) as vault:
            first, second = [
                await vault.files.keep(vault.store, "cache", "c", [text], 5.0)
                for text in (b"first", b"second")
            ]
            os.replace(tmp_path / "sealed" / first.id, tmp_path / "sealed" / second.id)
            for file in (first, second):
                with pytest.raises(Exception, match=r"missing|key"):
                    content_of(vault, file)

    run(scenario())


@pytest.mark.parametrize("name", ["../vault.db", "/etc/passwd", "file_", "FILE_0123456789", ""])
def test_a_name_never_leads_out_of_the_folder(tmp_path, name):
    with pytest.raises(VaultDamagedError):
        SealedFiles(tmp_path).open(name)


def test_a_private_session_keeps_them_in_memory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = SealedFiles(None)
    file = files.write("cache", "c", [b"text"], 5.0)
    assert b"".join(files.read(file)) == b"text"
    files.unlink([file.id])
    with pytest.raises(VaultDamagedError):
        list(files.read(file))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", full)
    with pytest.raises(VaultFullError):
        SealedFiles(tmp_path).write("cache", "c", [b"text"], 5.0)
    assert not list(tmp_path.iterdir())


def test_a_new_file_never_replaces_one_that_is_there(tmp_path):
    (tmp_path / "mine").write_bytes(b"mine")
    with pytest.raises(FileExistsError), disk.new_file(tmp_path / "mine") as out:
        out.write(b"other")
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert os.listdir(tmp_path) == ["mine"]
