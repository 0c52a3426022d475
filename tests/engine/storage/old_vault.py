"""Makes the stored vault of a released version; run once at its release, never again.

python -m tests.engine.storage.old_vault tests/data/vaults/version-1
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.directions import load_vector, save_direction
from engine.storage.passphrase import Cost
from engine.storage.session import Session
from engine.storage.traces import load_trace, pack_trace, save_trace
from engine.storage.vault import Vault
from tests.engine.storage.some_traces import CALM, CALM_VECTOR, long_trace
from tests.helpers.keychain import MemoryKeychain

PASSPHRASE = "correct horse"
MEASURED_TOKENS = 20
WORDS = ("a quick brown fox", "caf\u00e9 au lait", "\u6f22\u5b57")


def put_words(writer: Writer) -> None:
    """One conversation with a message for each of the words."""
    writer.execute(
        "INSERT INTO conversations (row, id, title, created_at_s, updated_at_s) "
        "VALUES (1, 'c_1', x'00', 1.0, 2.0)"
    )
    for number, words in enumerate(WORDS):
        writer.execute(
            "INSERT INTO messages (row, id, conversation, role, text, created_at_s, "
            "updated_at_s, raw_bytes) VALUES (?, ?, 1, 'user', ?, 1.0, 2.0, 9)",
            (number + 1, f"m_{number}", words.encode()),
        )
        writer.execute(
            "INSERT INTO messages_index (rowid, text) VALUES (?, ?)", (number + 1, words)
        )


def put_measurements(writer: Writer, codec: Codec) -> None:
    """What was measured in the first message, and a direction; since version 3."""
    packed = pack_trace(codec, long_trace("m_0", tokens=MEASURED_TOKENS))
    save_trace(writer, packed, 3.0)
    save_direction(writer, codec, CALM, CALM_VECTOR, 3.0)


def read_measurements(reader: Reader, codec: Codec) -> tuple[int, int]:
    """How many tokens were measured, and how many numbers the direction has."""
    trace = load_trace(reader, codec, "m_0")
    vector = load_vector(reader, codec, CALM.id)
    return len(trace.tokens) if trace else 0, len(vector) if vector is not None else 0


async def make_no_backup(_session: Session) -> None:
    """For a copy of a stored vault, of which there is the original."""


def read_words(reader: Reader) -> tuple[str, ...]:
    """Them again, in order."""
    rows = reader.execute("SELECT text FROM messages ORDER BY row").fetchall()
    return tuple(bytes(text).decode() for (text,) in rows)


async def make(folder: Path) -> None:
    """The vault is in `folder`; its passphrase is cheap to try."""
    cost = Cost(memory_kib=64, passes=1, lanes=1)
    vault = Vault(folder, MemoryKeychain(is_absent=True), cost=cost)
    await vault.open(PASSPHRASE)
    await vault.store.write(put_words)
    codec = vault.codec
    await vault.store.write(lambda writer: put_measurements(writer, codec))
    await vault.lock()
    (folder / "vault.lock").unlink()


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1])))
