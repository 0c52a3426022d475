"""A child process that keeps marked things of every kind in a vault, then dies by kill -9.

    python -m tests.helpers.canary_day VAULT_FOLDER PASSPHRASE MARKERS_FILE

It writes the number of each marker to standard output once its thing is said to be kept.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np

from engine.contract.vault import TrashKind
from engine.storage import documents, drafts, embeddings, erasure, trash
from engine.storage.backup import Backups
from engine.storage.documents import Document, TextUnit
from engine.storage.keychain import SystemKeychain
from engine.storage.memories import Memory, save_memory
from engine.storage.sealed_files import SealedFiles
from engine.storage.vault import Vault


def vector_of(marker: str) -> np.ndarray:
    """A vector that only this marker has, shape (384,)."""
    chance = np.random.default_rng(int.from_bytes(marker.encode()[-6:], "big"))
    return chance.standard_normal(384).astype(np.float32)


async def _keep_all(folder: Path, passphrase: str, markers: list[str]) -> None:
    vault = Vault(folder, SystemKeychain())
    await vault.open(passphrase)
    files = SealedFiles(folder / "sealed")
    backups = Backups(vault, files, SystemKeychain())
    for number, marker in enumerate(markers):
        await _keep(vault, files, number, marker)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        if number == len(markers) // 2:
            await backups.make("by hand", kept=3)
    await vault.store.maintain(erasure.finish)
    # Something is always being written when the process dies.
    busy = [asyncio.create_task(_keep(vault, files, n, m)) for n, m in enumerate(markers)]
    await asyncio.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.gather(*busy)


async def _keep(vault: Vault, files: SealedFiles, number: int, marker: str) -> None:
    codec, now_s, text = vault.codec, time.time(), f"The word is {marker}, and it is a secret."
    kinds = (documents.FILE, documents.PAGE)
    match number % 5:
        case 0:
            memory = Memory(id=f"mem-{number}", text=text, created_at_s=now_s)
            await vault.store.write(lambda w: save_memory(w, codec, memory, now_s))
        case 1 | 2:
            unit = TextUnit(id=f"unit-{number}", text=text * 20)
            whole = Document(
                id=f"doc-{number}",
                kind=kinds[number % 2],
                title=f"On {marker}",
                source=f"https://example.org/{marker}",
                created_at_s=now_s,
                units=(unit,),
                facts={"tag": marker},
            )
            vectors = vector_of(marker)[None]
            await vault.store.write(lambda w: documents.save_document(w, codec, whole, now_s))
            await vault.store.write(lambda w: embeddings.save(w, "m", [unit.id], vectors))
        case 3:
            await vault.store.write(
                lambda w: drafts.save_draft(w, codec, f"conv-{number}", text, now_s)
            )
            await vault.store.write(
                lambda w: drafts.save_settings(w, codec, {"generation.system_prompt": text}, now_s)
            )
        case _:
            await files.keep(vault.store, "cache", f"own-{number}", [text.encode() * 50], now_s)
            await vault.store.write(
                lambda w: trash.put_into_trash(w, TrashKind.DOCUMENT, f"doc-{number - 2}", now_s)
            )


if __name__ == "__main__":
    asyncio.run(
        _keep_all(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]).read_text().splitlines())
    )
