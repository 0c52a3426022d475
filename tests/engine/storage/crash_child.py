"""Writes or encrypts anew until it is killed; every line on stdout is a promise it has made."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from engine.storage.database import Reader, Writer
from engine.storage.passphrase import Cost
from engine.storage.vault import Vault
from tests.helpers.keychain import MemoryKeychain

PASSPHRASE = "correct horse"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
PARTS = 3


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


if __name__ == "__main__":
    asyncio.run({"write": write, "rotate": rotate, "begin": begin}[sys.argv[1]](Path(sys.argv[2])))
