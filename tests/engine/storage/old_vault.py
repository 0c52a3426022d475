"""Makes the stored vault of a released version; run once at its release, never again.

python -m tests.engine.storage.old_vault tests/data/vaults/version-1
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from engine.storage.database import Reader, Writer
from engine.storage.passphrase import Cost
from engine.storage.session import Session
from engine.storage.vault import Vault
from tests.helpers.keychain import MemoryKeychain

PASSPHRASE = "correct horse"
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
    await vault.lock()
    (folder / "vault.lock").unlink()


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1])))
