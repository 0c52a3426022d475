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
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.contract.messages import Conversation, FinishReason, Message, Role
from engine.contract.vault import TrashKind
from engine.storage import documents, drafts, embeddings, erasure, trash
from engine.storage.backup import Backups
from engine.storage.conversations import save_conversation, save_message
from engine.storage.database import Writer
from engine.storage.directions import save_direction
from engine.storage.documents import Document, TextUnit
from engine.storage.keychain import SystemKeychain
from engine.storage.memories import Memory, save_memory
from engine.storage.sealed_files import SealedFiles
from engine.storage.traces import pack_trace, save_trace
from engine.storage.vault import Vault
from tests.engine.storage.some_traces import CALM, long_trace


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
    match number % 6:
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
        case 4:
            await _measure(vault, number, marker)
        case _:
            await files.keep(vault.store, "cache", f"own-{number}", [text.encode() * 50], now_s)
            await vault.store.write(
                lambda w: trash.put_into_trash(w, TrashKind.DOCUMENT, f"doc-{number - 3}", now_s)
            )


async def _measure(vault: Vault, number: int, marker: str) -> None:
    """An answer, what was measured in it, and a direction that was found with its words."""
    codec, now_s = vault.codec, time.time()
    conversation = Conversation(
        id=f"conv-{number}", title="t", created_at_s=now_s, updated_at_s=now_s
    )
    answer = Message(
        id=f"msg-{number}",
        role=Role.ASSISTANT,
        text="an answer",
        created_at_s=now_s,
        finish_reason=FinishReason.STOP,
    )
    trace = long_trace(answer.id, tokens=30)
    tokens = tuple(replace(token, text=f" {marker}") for token in trace.tokens)
    packed = pack_trace(codec, replace(trace, tokens=tokens))
    direction = replace(CALM, id=f"dir-{number}", name=marker, positives=(marker,))

    def write(writer: Writer) -> None:
        row = save_conversation(writer, codec, conversation)
        save_message(writer, codec, row, answer, now_s)
        save_trace(writer, packed, now_s)
        save_direction(writer, codec, direction, vector_of(marker), now_s)

    await vault.store.write(write)


if __name__ == "__main__":
    asyncio.run(
        _keep_all(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]).read_text().splitlines())
    )
