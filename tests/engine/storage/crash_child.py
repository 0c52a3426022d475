"""Writes, archives, restores or encrypts anew until it is killed; each line is a promise."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from engine.contract.messages import Conversation, FinishReason, Message, Role
from engine.storage import cold_texts
from engine.storage.backup import SEALED_FOLDER, Backups
from engine.storage.conversations import save_conversation, save_message
from engine.storage.database import Reader, Writer
from engine.storage.passphrase import Cost
from engine.storage.restore import Restorer
from engine.storage.sealed_files import SealedFiles
from engine.storage.traces import pack_trace, save_trace
from engine.storage.vault import Vault
from tests.engine.storage.some_traces import long_trace
from tests.helpers.keychain import MemoryKeychain

PASSPHRASE = "correct horse"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
PARTS = 3
NOW_S = 1_795_000_000.0


def body_of(number: int, part: int) -> bytes:
    """What a record holds: as long as messages are, and checkable."""
    seed = hashlib.sha256(f"{number} {part}".encode()).digest()
    return seed * (1 + (number * 7 + part * 13) % 60)


def put_record(writer: Writer, number: int) -> None:
    """One thing in three rows and an index; and an older one changed."""
    for part in range(PARTS):
        writer.execute(
            "INSERT INTO records (id, kind, body, created_at_s, updated_at_s, raw_bytes) "
            "VALUES (?, 'crash', ?, ?, 0, 0)",
            (f"{number}-{part}", body_of(number, part), number),
        )
    writer.execute(
        "INSERT INTO messages_index (rowid, text) VALUES (?, ?)", (number + 1, f"word{number}")
    )
    writer.execute("UPDATE records SET updated_at_s = updated_at_s + 1 WHERE id = ?", ("0-0",))


def count_whole(reader: Reader) -> int:
    """How many records there are; each is whole and none is missing before the last."""
    rows = reader.execute("SELECT id, body FROM records WHERE kind = 'crash' ORDER BY row")
    found = rows.fetchall()
    numbers = len(found) // PARTS
    wanted = [(n, part) for n in range(numbers) for part in range(PARTS)]
    assert [id_ for id_, _ in found] == [f"{n}-{part}" for n, part in wanted]
    assert all(body == body_of(*place) for place, (_, body) in zip(wanted, found, strict=True))
    indexed = "SELECT count(*) FROM messages_index_docsize"
    assert reader.execute(indexed).fetchone() == (numbers,)
    if numbers:
        changed = "SELECT updated_at_s FROM records WHERE id = '0-0'"
        assert reader.execute(changed).fetchone() == (numbers,)
    return numbers


def new_vault(folder: Path) -> Vault:
    """A vault that its passphrase opens fast."""
    return Vault(folder, MemoryKeychain(is_absent=True), cost=CHEAP)


def say(word: str) -> None:
    """A promise; it is out before the next line runs."""
    os.write(1, f"{word}\n".encode())


async def write(folder: Path) -> None:
    """Records, one after another, each said once it is on disk."""
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    number = await vault.store.read(count_whole)
    say("ready")
    while True:
        await vault.store.write(lambda writer, n=number: put_record(writer, n))
        say(str(number))
        number += 1
        if number % 29 == 0:
            await vault.store.checkpoint()


def measured_message(number: int) -> Message:
    """The answer that `measure` writes at that place."""
    return Message(
        id=f"msg_{number}",
        role=Role.ASSISTANT,
        text=f"answer {number}",
        created_at_s=1.0,
        finish_reason=FinishReason.STOP,
    )


async def measure(folder: Path) -> None:
    """Answers, and what was measured in each; both are said once they are on disk."""
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    codec = vault.codec
    chat = Conversation(id="conv_1", title="t", created_at_s=1.0, updated_at_s=1.0)
    found = await vault.store.read(lambda r: r.execute("SELECT count(*) FROM messages").fetchone())
    number = int(found[0]) if found else 0
    say("ready")
    while True:
        said = measured_message(number)
        packed = pack_trace(codec, long_trace(said.id, tokens=40, seed=number))
        await vault.store.write(
            lambda writer, said=said: save_message(  # type: ignore[misc]
                writer, codec, save_conversation(writer, codec, chat), said, 2.0
            )
        )
        say(f"message {number}")
        await vault.store.write(lambda writer, packed=packed: save_trace(writer, packed, 3.0))  # type: ignore[misc]
        say(f"trace {number}")
        number += 1


async def rotate(folder: Path) -> None:
    """One new key after another."""
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    say("ready")
    while True:
        await vault.rotate_key(PASSPHRASE)
        say("rotated")


async def begin(folder: Path) -> None:
    """A vault is made where none is."""
    say("ready")
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    await vault.store.write(lambda writer: put_record(writer, 0))
    say("0")
    await asyncio.Event().wait()


async def archive(folder: Path) -> None:
    """Old documents go into archives, a few units at a time."""
    cold_texts._LEAST_ARCHIVE_BYTES = 1
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    units = replace(cold_texts.COLD_KINDS[1], archive_bytes=20_000)
    say("ready")
    await cold_texts.archive_cold(vault, units, lambda: NOW_S)
    say("archived")
    await asyncio.Event().wait()


async def restore(folder: Path) -> None:
    """The only backup there is comes into the vault."""
    vault = new_vault(folder)
    await vault.open(PASSPHRASE)
    restorer, backups = restorer_of(vault)
    plan = await restorer.plan(backups.cards()[0].name)
    say("ready")
    await restorer.apply(plan.id, backups_kept=9)
    say("restored")
    await asyncio.Event().wait()


def restorer_of(vault: Vault) -> tuple[Restorer, Backups]:
    """What a restore into this open vault takes; its clock stands still."""
    assert vault.folder is not None
    files = SealedFiles(vault.folder / SEALED_FOLDER)
    backups = Backups(vault, files, MemoryKeychain(is_absent=True))
    return Restorer(vault, backups, files, lambda: NOW_S), backups


WALKS = {
    "write": write,
    "measure": measure,
    "rotate": rotate,
    "begin": begin,
    "archive": archive,
    "restore": restore,
}


def nursery() -> subprocess.Popen[str]:
    """A process that serves; as a context it ends with the block."""
    return subprocess.Popen(
        [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def start(started: subprocess.Popen[str], walk: str, folder: Path) -> int:
    """The number of a new process that walks."""
    assert started.stdin is not None
    assert started.stdout is not None
    started.stdin.write(f"{walk} {folder}\n")
    started.stdin.flush()
    word, number = started.stdout.readline().split()
    assert word == "pid"
    return int(number)


def promises(started: subprocess.Popen[str]) -> list[str]:
    """All it had said, now that it was killed."""
    said: list[str] = []
    assert started.stdout is not None
    while not (line := started.stdout.readline().strip()).startswith("dead"):
        said.append(line)
    assert line == "dead -9"
    return said


def serve() -> None:
    """Each line on stdin names a walk and a folder; a new process walks it until it is killed.

    They are forked from here, where everything is imported and no thread runs yet, for a Python
    that starts anew takes longer than all that is tested.
    """
    for line in sys.stdin:
        walk, folder = line.rstrip("\n").split(" ", 1)
        child = os.fork()
        if child == 0:
            say(f"pid {os.getpid()}")
            asyncio.run(WALKS[walk](Path(folder)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say(f"dead {os.waitstatus_to_exitcode(status)}")


if __name__ == "__main__":
    serve()
