"""Merges one vault into another, thing by thing; what is newer here is never overwritten.

The same walk makes the plan and carries it out, so the plan cannot say anything else. Texts are
unpacked with the dictionaries of the one vault and packed with those of the other.

Runs on: store, in one transaction; a reader's thread for the plan alone.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from engine.contract.errors import VaultDamagedError
from engine.contract.vault import RestoreCount
from engine.storage import embeddings
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.full_text import index_words
from engine.storage.merge_kinds import (
    CONVERSATIONS,
    DOCUMENTS,
    KINDS,
    MEMORIES,
    MESSAGES,
    Kind,
    Row,
    Shelf,
)
from engine.storage.merge_units import UnitMerge
from engine.storage.past import keep_past
from engine.storage.sealed_files import SealedFile, every, is_name, register
from engine.storage.traces import delete_trace

_log = logging.getLogger(__name__)
_EVERY = 50
# As saving names them: see conversations.py and memories.py.
_PAST_NAMES = {kind.table: kind.label.removesuffix("s") for kind in KINDS} | {
    MEMORIES.table: "memory"
}


class Verdict(Enum):
    """What a restore does with one thing; the names are those of RestoreCount."""

    NEW = "new"
    NEWER_IN_BACKUP = "newer_in_backup"
    NEWER_HERE = "newer_here"
    SAME = "same"
    IN_TRASH_HERE = "in_trash_here"


@dataclass(slots=True)
class Tally:
    """Counts while the walk goes on.

    Attributes:
        unreadable: Rows of the backup that are not whole; they are left out, all others come.
        files: Identifiers of sealed files that are to come.
    """

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    unreadable: int = 0
    files: list[str] = field(default_factory=list)

    def add(self, label: str, verdict: Verdict) -> None:
        """One more thing of this kind is judged."""
        row = self.counts.setdefault(label, {one.value: 0 for one in Verdict})
        row[verdict.value] += 1

    def as_counts(self) -> tuple[RestoreCount, ...]:
        """For a face; kinds of which the backup has nothing are left out."""
        return tuple(RestoreCount(kind=label, **row) for label, row in self.counts.items())


class Merge:
    """One walk through a backup. With a Writer it acts, with a Reader it only counts."""

    def __init__(
        self,
        theirs: Reader,
        their_codec: Codec,
        ours: Reader,
        our_codec: Codec,
        *,
        now_s: float,
        step: Callable[[float], None] = lambda _share: None,
    ) -> None:
        self.tally = Tally()
        self._theirs = Shelf(theirs, their_codec)
        self._ours = Shelf(ours, our_codec)
        self._writer = ours if isinstance(ours, Writer) else None
        self._codec = our_codec
        self._now_s = now_s
        self._step = step
        self._done = 0
        self._total = 1
        # Rows of conversations and documents there, and the same things' rows here.
        self._rows: dict[str, dict[int, int]] = {CONVERSATIONS.table: {}, DOCUMENTS.table: {}}
        self._touched: set[str] = set()
        # Messages that stay as they are here, so that what was measured in theirs is of no use.
        self._unlike: dict[str, Verdict] = {}
        self._units = UnitMerge(self._theirs, self._ours, self._writer, self._codec)

    def run(self) -> Tally:
        """Everything of the backup is here or counted as what it is.

        Raises:
            StorageError: It cannot be written; the transaction is to be rolled back.
            Cancelled: It was stopped.
        """
        tables = [kind.table for kind in KINDS] + ["past", "sealed_files", "embeddings"]
        for table in tables:
            (count,) = self._theirs.reader.execute(f"SELECT count(*) FROM {table}").fetchone() or (
                0,
            )
            self._total += int(count)
        for kind in KINDS:
            for row in self._theirs.rows(kind):
                self._count_step()
                self._take(kind, row)
        self._touched |= self._units.finish()
        self.tally.unreadable += self._units.unreadable
        self._take_past()
        self._take_files()
        self._take_embeddings()
        if self.tally.unreadable:
            _log.warning("%d rows of the backup were not whole", self.tally.unreadable)
        return self.tally

    def _count_step(self) -> None:
        self._done += 1
        if self._done % _EVERY == 0:
            self._step(self._done / self._total)

    def _take(self, kind: Kind, row: Row) -> None:
        try:
            there = self._theirs.unpacked(kind, row)
        except VaultDamagedError:
            self.tally.unreadable += 1
            return
        if kind.message and not self._may_follow(kind, there[kind.message]):
            return
        here = self._find(kind, there[kind.key])
        verdict = self._judge(kind, row, there, here)
        our_row = None if here is None else here.get("row")
        if self._writer is not None and verdict is Verdict.NEW:
            if kind.parent:
                there[kind.parent] = self._rows[CONVERSATIONS.table].get(row[kind.parent])
                if there[kind.parent] is None:
                    # Its conversation was not whole, so it has no place.
                    self.tally.unreadable += 1
                    return
            our_row = self._insert(self._writer, kind, there)
        elif self._writer is not None and verdict is Verdict.NEWER_IN_BACKUP and here is not None:
            self._replace(self._writer, kind, there, here)
        self.tally.add(kind.label, verdict)
        self._note(kind, verdict, row, our_row, there[kind.key])

    def _may_follow(self, kind: Kind, message_id: str) -> bool:
        """Whether the message it goes with is, or will be, as it is there; else it is counted."""
        stays = self._unlike.get(message_id)
        if stays is not None:
            self.tally.add(kind.label, stays)
        elif message_id not in self._touched and self._find(MESSAGES, message_id) is None:
            self.tally.unreadable += 1
        else:
            return True
        return False

    def _find(self, kind: Kind, key: str) -> Row | None:
        if kind.message and key in self._touched:
            # It went with the text that it was measured in, or goes when that is replaced.
            return None
        return next(self._ours.rows(kind, f" WHERE {kind.key} = ?", (key,)), None)

    def _note(
        self, kind: Kind, verdict: Verdict, row: Row, our_row: int | None, item_id: str
    ) -> None:
        """What later steps must know of this thing."""
        if kind.message:
            return
        if kind.table in self._rows and our_row is not None:
            self._rows[kind.table][row["row"]] = our_row
        if kind is MESSAGES and verdict in (Verdict.NEWER_HERE, Verdict.IN_TRASH_HERE):
            self._unlike[item_id] = verdict
        if verdict in (Verdict.NEW, Verdict.NEWER_IN_BACKUP):
            self._touched.add(item_id)
            if kind is DOCUMENTS:
                self._units.take(row["row"], our_row)

    def _judge(self, kind: Kind, row: Row, there: Row, here: Row | None) -> Verdict:
        if here is None:
            return Verdict.NEW
        if kind.has_trash and here["deleted_at_s"] is not None and there["deleted_at_s"] is None:
            return Verdict.IN_TRASH_HERE
        if there["updated_at_s"] > here["updated_at_s"]:
            return Verdict.NEWER_IN_BACKUP
        if there["updated_at_s"] < here["updated_at_s"]:
            return Verdict.NEWER_HERE
        if all(row[name] == here[name] for name in kind.copied):
            return Verdict.SAME
        # Packed with other dictionaries, or archived in one of the two.
        return Verdict.SAME if self._content(kind, here) == there else Verdict.NEWER_HERE

    def _content(self, kind: Kind, here: Row) -> Row | None:
        try:
            return self._ours.unpacked(kind, here)
        except VaultDamagedError:
            return None

    def _insert(self, writer: Writer, kind: Kind, there: Row) -> int | None:
        values = self._packed(kind, there)
        if kind.parent:
            values[kind.parent] = there[kind.parent]
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        cursor = writer.execute(
            f"INSERT INTO {kind.table} ({names}) VALUES ({marks})", tuple(values.values())
        )
        self._index(writer, kind, cursor.lastrowid, there)
        return cursor.lastrowid if kind.table not in ("drafts", "settings") else None

    def _replace(self, writer: Writer, kind: Kind, there: Row, here: Row) -> None:
        if kind.has_past:
            self._keep_past(writer, kind, here)
        if kind is MESSAGES:
            delete_trace(writer, there["id"])
        values = self._packed(kind, there)
        if kind.is_archived:
            values |= {"archive": None, "archive_place": None}
        changes = ", ".join(f"{name} = ?" for name in values)
        writer.execute(
            f"UPDATE {kind.table} SET {changes} WHERE {kind.key} = ?",
            (*values.values(), there[kind.key]),
        )
        if here.get("archive") is not None:
            self._units.erase_from_archive(int(here["archive"]), int(here["archive_place"]))
        embeddings.remove(writer, [there[kind.key]])
        if "row" in here:
            self._index(writer, kind, here["row"], there)

    def _packed(self, kind: Kind, there: Row) -> dict[str, Any]:
        values = {name: there[name] for name in kind.plain}
        for name, packed_as in kind.packed.items():
            text = there[name]
            values[name] = None if text is None else self._codec.pack(packed_as, text)
        return values

    def _index(self, writer: Writer, kind: Kind, row: int, there: Row) -> None:
        if kind.index:
            words = kind.words(there)
            index_words(writer, kind.index, row, words if isinstance(words, str) else "")

    def _keep_past(self, writer: Writer, kind: Kind, here: Row) -> None:
        """What stood here lies in `past` as saving it anew would put it there.

        That is a message's or a memory's text; of others, which are not edited, every column.
        """
        content = self._content(kind, here)
        if content is None:
            return
        if kind in (MESSAGES, MEMORIES):
            packed = self._codec.pack(kind.packed["text"], content["text"] or "")
        else:
            columns = {n: v for n, v in content.items() if not isinstance(v, bytes)}
            packed = self._codec.pack("message", json.dumps(columns, ensure_ascii=True))
        keep_past(writer, _PAST_NAMES[kind.table], content[kind.key], packed, self._now_s)

    def _take_past(self) -> None:
        for kind, item_id, changed_at_s, body in _portions(
            self._theirs.reader, "SELECT kind, item_id, changed_at_s, body FROM past"
        ):
            self._count_step()
            known = self._ours.reader.execute(
                "SELECT 1 FROM past WHERE item_id = ? AND kind = ? AND changed_at_s = ?",
                (item_id, kind, changed_at_s),
            ).fetchone()
            try:
                content = self._theirs.codec.unpack_bytes(body)
            except (VaultDamagedError, TypeError):
                self.tally.unreadable += 1
                continue
            self.tally.add("earlier versions", Verdict.SAME if known else Verdict.NEW)
            if self._writer is not None and not known:
                packed = self._codec.pack("message", content)
                keep_past(self._writer, kind, item_id, packed, changed_at_s)

    def _take_files(self) -> None:
        known = {file.id for file in every(self._ours.reader)}
        for file in every(self._theirs.reader):
            self._count_step()
            if not is_name(file.id) or not _is_sound(file):
                self.tally.unreadable += 1
                continue
            is_new = file.id not in known
            self.tally.add("files", Verdict.NEW if is_new else Verdict.SAME)
            if is_new:
                self.tally.files.append(file.id)
                if self._writer is not None:
                    register(self._writer, file)

    def _take_embeddings(self) -> None:
        """Vectors of what came; one that cannot be used is made again from its text some day."""
        for kept in embeddings.every(self._theirs.reader):
            self._count_step()
            if self._writer is not None and kept.owner_id in self._touched:
                embeddings.take(self._writer, kept)


def _is_sound(file: SealedFile) -> bool:
    return isinstance(file.key, bytes) and len(file.key) == 32 and isinstance(file.digest, bytes)


def _portions(reader: Reader, question: str) -> Iterator[tuple[Any, ...]]:
    found = reader.execute(question)
    while portion := found.fetchmany(200):
        yield from portion
