"""The vault beside the same SQLite without a key: saving, loading, unlocking, vectors."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from sqlcipher3 import dbapi2 as sql  # type: ignore[import-untyped]

from engine.chat.vectors import Vectors
from engine.contract.messages import Conversation, FinishReason, Message, Role
from engine.storage import conversations as shelf
from engine.storage import embeddings
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer, connect
from engine.storage.keychain import SystemKeychain
from engine.storage.keys import Secret
from engine.storage.migrations.upgrade import upgrade
from engine.storage.vault import Vault
from tests.benchmarks.figures import Spread, percentile, ratios
from tests.benchmarks.ground import Ground
from tests.benchmarks.report import Table
from tests.benchmarks.storage_texts import corpora
from tests.helpers.vector_owners import put_owners

SHARE = 6
_PASSPHRASE = "a passphrase for the benchmark"
_MESSAGES = 1000
_MANY_MESSAGES = 10_000
_VECTORS = 100_000
_DIMS = 384
WANTED_SAVE_MS = 5.0


def run(ground: Ground) -> list[Table]:
    """Three tables."""
    corpus = corpora()[0]
    texts = [unit.text for unit in corpus.units][:_MESSAGES]
    return [
        _overhead_table(ground, texts, corpus.name),
        asyncio.run(_vault_table(ground, texts)),
        asyncio.run(_index_table(ground)),
    ]


def _message(number: int, text: str) -> Message:
    return Message(
        id=f"msg-{number:06d}",
        role=Role.ASSISTANT,
        text=text,
        created_at_s=float(number),
        finish_reason=FinishReason.STOP,
    )


def _conversation(number: int) -> Conversation:
    return Conversation(id=f"conv-{number:05d}", title="t", created_at_s=1.0, updated_at_s=2.0)


def _plain(path: Path) -> sql.Connection:
    """The same library and settings, without a key."""
    connection = sql.connect(str(path), isolation_level=None)
    for setting in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "secure_delete = ON",
        "temp_store = MEMORY",
        "foreign_keys = ON",
        "mmap_size = 0",
    ):
        connection.execute(f"PRAGMA {setting}").fetchall()
    return connection


def _sealed(path: Path) -> sql.Connection:
    return connect(path, Secret.random(), may_create=True)


def _workload(connection: sql.Connection, texts: list[str]) -> dict[str, float]:
    """Seconds for saving each text in its own transaction, loading all, and 200 searches."""
    writer, codec = Writer(connection), Codec()
    upgrade(writer)
    begun = time.perf_counter()
    for number, text in enumerate(texts):
        connection.execute("BEGIN IMMEDIATE")
        row = shelf.save_conversation(writer, codec, _conversation(number // 20))
        shelf.save_message(writer, codec, row, _message(number, text), 1.0)
        connection.execute("COMMIT")
    saved = time.perf_counter()
    shelf.load_conversations(writer, codec)
    loaded = time.perf_counter()
    for text in texts[:200]:
        shelf.search_messages(writer, " ".join(text.split()[:2]), limit=10)
    return {
        "saving": saved - begun,
        "loading": loaded - saved,
        "searching": time.perf_counter() - loaded,
    }


def _overhead_table(ground: Ground, texts: list[str], name: str) -> Table:
    makers: dict[str, Callable[[Path], sql.Connection]] = {
        "encrypted": _sealed,
        "plain": _plain,
    }
    times: dict[str, list[dict[str, float]]] = {name: [] for name in makers}
    for number in ground.rounds_in_time():
        ground.say(f"vault: encrypted and plain, round {number}")
        for kind, make in makers.items():
            path = ground.scratch / f"{kind}-{number}.db"
            connection = make(path)
            times[kind].append(_workload(connection, texts))
            connection.close()
    rows = []
    figures: dict[str, object] = {"rounds": times}
    for part in ("saving", "loading", "searching"):
        ours = [each[part] for each in times["encrypted"]]
        plain = [each[part] for each in times["plain"]]
        ratio = ratios(ours, plain)
        figures[part] = ratio.median
        rows.append(
            [part, Spread.of(ours).text(3), Spread.of(plain).text(3), f"**{ratio.text(2, 'x')}**"]
        )
    return Table(
        name="vault_overhead",
        title="What encryption costs",
        columns=("", "encrypted, s", "the same without a key, s", "times"),
        rows=rows,
        notes=[
            f"{len(texts)} texts of {name}, each saved in its own transaction with its words "
            "indexed; all loaded; 200 searches of two words. Same library, schema, compression "
            "and settings (WAL, every commit synchronised).",
        ],
        figures=figures,
    )


async def _vault_table(ground: Ground, texts: list[str]) -> Table:
    folder = ground.scratch / "vault"
    vault = Vault(folder, SystemKeychain())
    await vault.open(_PASSPHRASE)
    saves_ms = []
    for number, text in enumerate(texts):
        message = _message(number, text)
        begun = time.perf_counter()
        await vault.store.write(
            lambda w, m=message: shelf.save_message(
                w, vault.codec, shelf.save_conversation(w, vault.codec, _conversation(0)), m, 1.0
            )
        )
        saves_ms.append(1000 * (time.perf_counter() - begun))
    ground.say("vault: 10,000 messages")
    await vault.store.write(lambda w: _fill(w, vault.codec, texts))
    await vault.lock()
    opens_s, loads_s = [], []
    for _ in ground.rounds_in_time():
        begun = time.perf_counter()
        await vault.open(_PASSPHRASE)
        opened = time.perf_counter()
        await vault.store.read(partial(_load, codec=vault.codec))
        loads_s.append(time.perf_counter() - opened)
        opens_s.append(opened - begun)
        await vault.lock()
    raw = sum(len(texts[n % len(texts)].encode()) for n in range(_MANY_MESSAGES))
    size = (folder / "vault.db").stat().st_size
    shutil.rmtree(folder)
    p95 = percentile(saves_ms, 0.95)
    word = "reached" if p95 < WANTED_SAVE_MS else "not reached"
    return Table(
        name="vault",
        title="The vault at work",
        columns=("", ""),
        rows=[
            ["save of a message, p50", f"{percentile(saves_ms, 0.5):.2f} ms"],
            ["save of a message, p95", f"**{p95:.2f} ms**"],
            ["unlock with a passphrase", f"{Spread.of(opens_s).text(2)} s"],
            [f"load {_MANY_MESSAGES:,} messages", f"{Spread.of(loads_s).text(2)} s"],
            ["database against its raw text", f"{size / raw:.2f}x ({size:,} bytes)"],
        ],
        notes=[
            f"Wanted: save p95 under {WANTED_SAVE_MS:g} ms: {word}. A save runs from asking the "
            "store to the commit that is on disk. Unlocking is Argon2id, tuned to half a second.",
            "The database holds the words' index too; no dictionary was trained.",
        ],
        figures={"saves_ms": saves_ms, "opens_s": opens_s, "loads_s": loads_s, "size": size},
    )


def _load(reader: Reader, codec: Codec) -> None:
    shelf.load_conversations(reader, codec)


def _fill(writer: Writer, codec: Codec, texts: list[str]) -> None:
    for number in range(_MANY_MESSAGES):
        if number % 50 == 0:
            row = shelf.save_conversation(writer, codec, _conversation(1 + number // 50))
        message = _message(100_000 + number, texts[number % len(texts)])
        shelf.save_message(writer, codec, row, message, 1.0)


async def _index_table(ground: Ground) -> Table:
    ground.say(f"vault: {_VECTORS:,} vectors")
    vault = Vault(ground.scratch / "vectors", SystemKeychain())
    await vault.open(_PASSPHRASE)
    chance = np.random.default_rng(3)
    for start in range(0, _VECTORS, 10_000):
        ids = [f"unit-{n}" for n in range(start, start + 10_000)]
        numbers = chance.standard_normal((10_000, _DIMS)).astype(np.float32)
        await vault.store.write(lambda w, i=ids: put_owners(w, i))
        await vault.store.write(lambda w, i=ids, n=numbers: embeddings.save(w, "m", i, n))
    query = chance.standard_normal(_DIMS).astype(np.float32)
    begun = time.perf_counter()
    moments: dict[str, float] = {}
    longest = last = begun
    full = asyncio.Event()

    def tell(_stage: str, share: float) -> None:
        if share >= 1.0:
            full.set()

    vectors = Vectors(vault)
    await vectors.begin(tell)
    keeper = vectors.of("m")
    assert keeper is not None
    longest = 0.0
    while not full.is_set() and time.perf_counter() - begun < max(ground.left_s(), 90):
        last = time.perf_counter()
        await asyncio.sleep(0.005)
        longest = max(longest, time.perf_counter() - last - 0.005)
        if "all quickly" not in moments and keeper.count >= _VECTORS:
            keeper.search(query, 10)
            moments["all quickly"] = time.perf_counter() - begun
    if full.is_set():
        moments["chroma"] = time.perf_counter() - begun
    await vectors.drop()
    await vault.lock()
    return Table(
        name="vault_vectors",
        title=f"{_VECTORS:,} vectors at unlock",
        columns=("", ""),
        rows=[
            ["until search answers from all of them", f"**{moments.get('all quickly', 0):.2f} s**"],
            [
                "until Chroma has all of them, behind it",
                f"{moments['chroma']:.0f} s" if "chroma" in moments else "longer than there was",
            ],
            ["longest pause of the loop meanwhile", f"{1000 * longest:.0f} ms"],
        ],
        notes=[f"{_DIMS} numbers each, drawn at random, int8 in the vault."],
        figures={**moments, "longest_pause_s": longest},
    )
