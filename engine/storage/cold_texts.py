"""Moves texts that nobody touched for long into archives: old turns, and old documents' units.

A text lies in its row until the transaction that puts it into an archive, so a kill at any moment
leaves it in one place or the other. Its words stay in the full-text index, its vector as it is.

Runs on: io; texts are read on a reader's thread and packed on one of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from engine.storage import archives
from engine.storage.backup import OpenVault
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.long_work import LongWork, conduct

DAY_S = 86_400.0
# What nobody wrote to for so long is read from an archive, a few ms later.
ARCHIVE_AFTER_S = 30 * DAY_S
# Below this an archive's own frames and index eat what it saves.
_LEAST_ARCHIVE_BYTES = 256 * 1024
_ROWS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ColdKind:
    """A table of texts of which the old ones go into archives.

    Attributes:
        kind: What the archive is told to hold.
        owners: The table of what a user would forget as one thing.
        order: Columns that tell the order: the owner's row first, then as an index has them.
        archive_bytes: What one archive holds.
        where: What else a text must be to count as old; `?1` is the moment.
    """

    kind: str
    table: str
    owners: str
    order: tuple[str, ...]
    archive_bytes: int
    where: str = ""

    def question(self) -> str:
        """The next old texts, in order."""
        order = ", ".join(f"t.{name}" for name in self.order)
        after = ", ".join(f"?{number + 2}" for number in range(len(self.order)))
        return f"""SELECT t.row, t.text, {order} FROM {self.table} t
            JOIN {self.owners} o ON o.row = t.{self.order[0]}
            WHERE ({order}) > ({after}) AND o.updated_at_s < ?1 AND o.deleted_at_s IS NULL
                AND t.text IS NOT NULL AND t.archive IS NULL{self.where}
            ORDER BY {order}"""


COLD_KINDS = (
    ColdKind(
        kind="message",
        table="messages",
        owners="conversations",
        order=("conversation", "row"),
        archive_bytes=archives.PORTION_BYTES,
        where=" AND t.deleted_at_s IS NULL AND t.updated_at_s < ?1",
    ),
    ColdKind(
        kind="text_unit",
        table="text_units",
        owners="documents",
        order=("document", "place", "row"),
        # An answer quotes units of many documents, so each archive should open fast: this much
        # in 4 ms, 16 MiB in 8 ms, at the same ratio (measured 2026-11-23).
        archive_bytes=2 * 1024 * 1024,
    ),
)


@dataclass(frozen=True, slots=True)
class _Text:
    """A text that is to move: its row, its blob as it lies there, and what is in it."""

    row: int
    blob: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class _Group:
    """Neighbours for one archive, and the place to go on from; None at the end."""

    texts: tuple[_Text, ...]
    after: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Archived:
    """What came of it.

    Attributes:
        saved_bytes: What the texts take less than in their rows.
    """

    texts: int
    saved_bytes: int


async def archive_cold(vault: OpenVault, kind: ColdKind, now_s: Callable[[], float]) -> Archived:
    """Texts of this kind that lie still for long are in archives."""
    codec, before_s = vault.codec, now_s() - ARCHIVE_AFTER_S
    count = saved = 0
    after: tuple[int, ...] | None = (0,) * len(kind.order)
    while after is not None:
        group = await vault.store.read(
            partial(_next_group, kind=kind, codec=codec, after=after, before_s=before_s)
        )
        after = group.after
        if sum(len(text.content) for text in group.texts) < _LEAST_ARCHIVE_BYTES:
            continue
        built = await conduct(partial(_built, group))
        moved = await vault.store.write(
            partial(_keep, kind=kind, built=built, texts=group.texts, now_s=now_s())
        )
        count += moved
        saved += sum(len(text.blob) for text in group.texts) - len(built)
    return Archived(texts=count, saved_bytes=saved)


def _next_group(
    reader: Reader, kind: ColdKind, codec: Codec, after: tuple[int, ...], before_s: float
) -> _Group:
    rows = reader.execute(kind.question(), (before_s, *after))
    texts: list[_Text] = []
    filled = 0
    while portion := rows.fetchmany(_ROWS):
        for row, blob, *place in portion:
            content = codec.unpack_bytes(blob)
            if texts and filled + len(content) > kind.archive_bytes:
                return _Group(tuple(texts), after)
            texts.append(_Text(row, blob, content))
            after = tuple(place)
            filled += len(content)
    return _Group(tuple(texts), None)


def _built(group: _Group, _work: LongWork) -> bytes:
    return archives.build(text.content for text in group.texts)


def _keep(
    writer: Writer, kind: ColdKind, built: bytes, texts: tuple[_Text, ...], now_s: float
) -> int:
    """The texts lie in the archive and nowhere else; those that changed meanwhile stay put."""
    archive = archives.keep(writer, kind.kind, built, now_s)
    stale: set[int] = set()
    for place, text in enumerate(texts):
        done = writer.execute(
            f"""UPDATE {kind.table} SET text = NULL, archive = ?, archive_place = ?
            WHERE row = ? AND text = ?""",
            (archive, place, text.row, text.blob),
        )
        if not done.rowcount:
            stale.add(place)
    if stale:
        archives.erase(writer, archive, stale)
    return len(texts) - len(stale)
