"""Kill -9 while old texts are archived or a backup is restored: all of it happened, or nothing."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import threading
import time

import numpy as np
import pytest

from engine.contract.messages import Conversation, Message, Role
from engine.storage import documents, embeddings
from engine.storage.backup import SEALED_FOLDER, sweep_folder
from engine.storage.conversations import save_conversation, save_message
from engine.storage.documents import PAGE, Document, TextUnit
from engine.storage.memories import Memory, save_memory
from engine.storage.sealed_files import SealedFiles, every
from engine.storage.verify import Verification
from tests.engine.storage import crash_child
from tests.engine.storage.crash_child import NOW_S, PASSPHRASE, new_vault, restorer_of
from tests.engine.storage.some_text import messages
from tests.engine.storage.test_restore import image

OLD_S = NOW_S - 1e7
MESSAGES, UNITS = 300, 240


@pytest.fixture(scope="module")
def nursery():
    """Starts processes to be killed."""
    with crash_child.nursery() as started:
        yield started


def put_talk(writer, codec, texts, at_s):
    for number, text in enumerate(texts):
        conversation = Conversation(
            id=f"conv_{number % 9}", title="Talk", created_at_s=at_s, updated_at_s=at_s
        )
        row = save_conversation(writer, codec, conversation)
        message = Message(id=f"msg_{number}", role=Role.USER, text=text, created_at_s=at_s)
        save_message(writer, codec, row, message, at_s)


def put_documents(writer, codec, texts, at_s):
    ids = [f"unit_{number}" for number in range(len(texts))]
    for begin in range(0, len(texts), 20):
        units = tuple(
            TextUnit(id=ids[place], text=texts[place]) for place in range(begin, begin + 20)
        )
        document = Document(
            id=f"doc_{begin}", kind=PAGE, title="Page", source="", created_at_s=at_s, units=units
        )
        documents.save_document(writer, codec, document, at_s)
    chance = np.random.default_rng(1)
    embeddings.save(writer, "m", ids, chance.normal(size=(len(ids), 32)).astype(np.float32))


async def make(folder):
    """A vault with a backup of it, of which much was changed and lost afterwards."""
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    _, backups = restorer_of(vault)
    files = SealedFiles(folder / SEALED_FOLDER)
    said, read = messages(MESSAGES, seed=1), messages(UNITS, seed=2)

    def fill(writer):
        put_talk(writer, vault.codec, said, OLD_S + 9)
        put_documents(writer, vault.codec, read, OLD_S + 9)
        save_memory(writer, vault.codec, Memory(id="mem", text="tea", created_at_s=1.0), OLD_S)

    def change(writer):
        writer.execute("DELETE FROM messages_index WHERE rowid IN (SELECT row FROM messages)")
        writer.execute("DELETE FROM messages")
        put_talk(writer, vault.codec, messages(MESSAGES // 2, seed=3), OLD_S)
        writer.execute("UPDATE documents SET updated_at_s = updated_at_s - 1 WHERE row % 2")
        writer.execute("DELETE FROM sealed_files")

    await vault.store.write(fill)
    await files.keep(vault.store, "adapter", "doc_0", [os.urandom(1 << 20)], OLD_S)
    await backups.make("by hand", kept=9)
    await vault.store.write(change)
    files.unlink([path.name for path in (folder / SEALED_FOLDER).iterdir()])
    await vault.lock()


async def opened_after_kill(folder, look):
    """What `look` finds in the vault once it was opened as the app does; it is whole."""
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    try:
        sweep_folder(folder)
        files = SealedFiles(folder / SEALED_FOLDER)
        await vault.store.read(files.sweep)
        _, backups = restorer_of(vault)
        report = await Verification(vault, backups, files).run()
        assert report.damages == ()
        left = [path.name for path in folder.rglob("*") if path.name.endswith(".part")]
        assert left == []
        return await look(vault)
    finally:
        await vault.lock()


async def everything(vault):
    found = await image(vault)
    known = await vault.store.read(every)
    return found, sorted(file.id for file in known)


async def units(vault):
    """Every unit's text, and how many of them lie in archives."""
    wanted = [f"unit_{number}" for number in range(UNITS)]
    found = await vault.store.read(lambda r: documents.units_by_id(r, vault.codec, wanted))
    (archived,) = await vault.store.read(
        lambda r: r.execute("SELECT count(archive) FROM text_units").fetchone()
    )
    return [found[id_].text for id_ in wanted], archived


def walked(nursery, walk, folder, kill_after_s):
    """What the process said; killed so long after it began, or at its end."""
    pid = crash_child.start(nursery, walk, folder)
    assert nursery.stdout.readline() == "ready\n"
    begun = time.monotonic()
    if kill_after_s is None:
        nursery.stdout.readline()
    else:
        # A moment that nothing in the process has to do with.
        threading.Event().wait(kill_after_s)
    took_s = time.monotonic() - begun
    os.kill(pid, signal.SIGKILL)
    return crash_child.promises(nursery), took_s


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template") / "vault"
    asyncio.run(make(folder))
    return folder


def killed_restores(nursery, template, root, kills):
    """How many restores had happened, and how many had not."""
    before = asyncio.run(opened_after_kill(template, everything))
    whole = shutil.copytree(template, root / "whole")
    _, took_s = walked(nursery, "restore", whole, None)
    after = asyncio.run(opened_after_kill(whole, everything))
    assert after != before
    done = undone = 0
    for number in range(kills):
        folder = shutil.copytree(template, root / f"{number}")
        said, _ = walked(nursery, "restore", folder, random.uniform(0, 1.1 * took_s))
        found = asyncio.run(opened_after_kill(folder, everything))
        assert found == after or (found == before and not said)
        done, undone = done + (found == after), undone + (found == before)
        shutil.rmtree(folder)
    return done, undone


def killed_archivings(nursery, template, root, kills):
    """How many units the processes had put into archives when they were killed."""
    texts, _ = asyncio.run(opened_after_kill(template, units))
    whole = shutil.copytree(template, root / "whole")
    _, took_s = walked(nursery, "archive", whole, None)
    assert asyncio.run(opened_after_kill(whole, units)) == (texts, UNITS)
    counts = []
    for number in range(kills):
        folder = shutil.copytree(template, root / f"{number}")
        said, _ = walked(nursery, "archive", folder, random.uniform(0, 1.1 * took_s))
        found, archived = asyncio.run(opened_after_kill(folder, units))
        assert found == texts
        assert archived == UNITS or not said
        counts.append(archived)
        shutil.rmtree(folder)
    return counts


@pytest.mark.feature("backup.restore_crash")
def test_a_restore_that_is_killed_happened_as_a_whole_or_not_at_all(nursery, template, tmp_path):
    """A crash while a backup is restored leaves your data as before, or all of it restored."""
    killed_restores(nursery, template, tmp_path, 4)


def test_archiving_that_is_killed_loses_no_text(nursery, template, tmp_path):
    killed_archivings(nursery, template, tmp_path, 4)


@pytest.mark.slow
def test_a_hundred_killed_restores_lose_nothing(nursery, template, tmp_path):
    done, undone = killed_restores(nursery, template, tmp_path, 100)
    assert done > 0
    assert undone > 0


@pytest.mark.slow
def test_a_hundred_killed_archivings_lose_nothing(nursery, template, tmp_path):
    counts = killed_archivings(nursery, template, tmp_path, 100)
    assert any(0 < count < UNITS for count in counts)
