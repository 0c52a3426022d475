"""What keeps a vault safe over time: backups, restores, checks, compaction; built once for one.

Runs on: io.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from engine.storage.backup import SEALED_FOLDER, Backups, sweep_folder
from engine.storage.compact import Compaction
from engine.storage.keychain import Keychain
from engine.storage.restore import Restorer
from engine.storage.sealed_files import SealedFiles
from engine.storage.session import Session
from engine.storage.vault import Vault
from engine.storage.verify import Verification

VERIFIED, COMPACTED = "verified_at_s", "compacted_at_s"


@dataclass
class Safekeeping:
    """The vault's caretakers."""

    vault: Vault
    files: SealedFiles
    backups: Backups
    restorer: Restorer
    verification: Verification
    compaction: Compaction
    keychain: Keychain

    @classmethod
    def of(cls, vault: Vault, keychain: Keychain) -> Safekeeping:
        """All of them, for this vault."""
        files = SealedFiles(vault.folder / SEALED_FOLDER if vault.folder else None)
        backups = Backups(vault, files, keychain)
        return cls(
            vault=vault,
            files=files,
            backups=backups,
            restorer=Restorer(vault, backups, files),
            verification=Verification(vault, backups, files),
            compaction=Compaction(vault),
            keychain=keychain,
        )

    def backups_of(self, session: Session) -> Backups:
        """The same backups while the vault is still being opened."""
        return Backups(session, self.files, self.keychain)

    async def sweep(self) -> None:
        """What a killed process left half made is gone; only before anything else is begun."""
        if self.vault.folder is not None:
            await asyncio.to_thread(sweep_folder, self.vault.folder)
            await self.vault.store.read(self.files.sweep)

    async def note(self, what: str) -> None:
        """It was done just now."""
        now = str(time.time()).encode()
        await self.vault.store.write(
            lambda writer: (
                writer.execute(
                    "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (what, now)
                ).rowcount
            )
        )

    async def noted_at_s(self, what: str) -> float | None:
        """When it was last done; None if it never was."""
        found = await self.vault.store.read(
            lambda reader: reader.execute(
                "SELECT value FROM meta WHERE name = ?", (what,)
            ).fetchone()
        )
        return float(found[0]) if found else None
