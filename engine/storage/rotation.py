"""One new data key for the whole database, such that a kill at any moment loses nothing.

First the envelope holds both keys; then every page is encrypted anew, in one transaction of
SQLite's; the log is emptied and every page checked; only then is the old key dropped. In between,
the file is under one of the two keys, and opening tries both.

Runs on: io.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from engine.storage.database import Reader
from engine.storage.long_work import Progress
from engine.storage.store import Store

STAGE = "Encrypting under the new key"
_LOOK_EVERY_S = 0.1
# A page in the log has a head of 24 bytes, https://www.sqlite.org/fileformat2.html#walformat
_FRAME_HEAD_BYTES = 24
# Writing pages is most of the work; the rest is copying them back and checking them.
_WRITING_SHARE = 0.7


@contextlib.asynccontextmanager
async def told(store: Store, path: Path, progress: Progress) -> AsyncIterator[None]:
    """`progress` hears how far encrypting is, by what has come into the write-ahead log."""

    def page_size(reader: Reader) -> tuple[int, int]:
        (size,) = reader.execute("PRAGMA page_size").fetchone() or (4096,)
        (count,) = reader.execute("PRAGMA page_count").fetchone() or (1,)
        return int(size), int(count)

    size, count = await store.read(page_size)
    whole = max(1, (int(size) + _FRAME_HEAD_BYTES) * int(count))
    log = path.with_name(path.name + "-wal")

    async def look() -> None:
        while True:
            try:
                written = log.stat().st_size
            except FileNotFoundError:
                written = 0
            progress(STAGE, min(1.0, written / whole) * _WRITING_SHARE)
            await asyncio.sleep(_LOOK_EVERY_S)

    progress(STAGE, 0.0)
    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait((looking,))
    progress(STAGE, 1.0)
