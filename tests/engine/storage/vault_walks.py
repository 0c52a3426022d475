"""What tests of the vault do again and again: open it for a while, put something in, list it."""

from __future__ import annotations

from contextlib import asynccontextmanager

from engine.storage.passphrase import Cost

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
PASSPHRASE = "correct horse"


@asynccontextmanager
async def opened(vault, *words, **more):
    await vault.open(*words, **more)
    try:
        yield vault
    finally:
        await vault.lock()


async def put(vault, name, value=b"x"):
    await vault.store.write(lambda w: w.execute("INSERT INTO meta VALUES (?, ?)", (name, value)))


async def names(vault):
    rows = await vault.store.read(
        lambda r: r.execute("SELECT name FROM meta ORDER BY name").fetchall()
    )
    return [name for (name,) in rows]


def files(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []
