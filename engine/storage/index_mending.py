"""Makes the full-text indexes anew from the texts, which are the truth behind them."""

from __future__ import annotations

import contextlib

from engine.contract.errors import VaultDamagedError
from engine.storage.codec import Codec
from engine.storage.database import Writer
from engine.storage.full_text import index_words
from engine.storage.merge_kinds import KINDS, UNITS, Kind, Shelf
from engine.storage.migrations.m0001_initial import INDEX_SETTINGS


def mend_indexes(writer: Writer, codec: Codec) -> int:
    """Every index holds what its table does, and nothing else; how many rows were indexed.

    For a transaction of its own: an index that is not whole is thrown away, texts never are.
    """
    return sum(_mend(writer, codec, kind) for kind in (*KINDS, UNITS) if kind.index)


def _mend(writer: Writer, codec: Codec, kind: Kind) -> int:
    (made_by,) = writer.execute(
        "SELECT sql FROM sqlite_master WHERE name = ?", (kind.index,)
    ).fetchone() or ("",)
    # 'delete-all' would do for a whole index, and leaves an unwhole one unwhole.
    writer.execute(f"DROP TABLE {kind.index}")
    writer.execute(made_by)
    for setting, value in INDEX_SETTINGS:
        writer.execute(
            f"INSERT INTO {kind.index}({kind.index}, rank) VALUES (?, ?)", (setting, value)
        )
    count, after = 0, 0
    shelf = Shelf(writer, codec)
    while True:
        portion = list(shelf.rows(kind, " WHERE row > ?", (after,), limit=500))
        for row in portion:
            after = row["row"]
            with contextlib.suppress(VaultDamagedError):
                words = kind.words(shelf.unpacked(kind, row))
                if isinstance(words, str):
                    index_words(writer, kind.index, after, words)
                    count += 1
        if not portion:
            return count
