"""Merges the text units of restored documents; a unit goes with its document, whole or not at all.

A unit may only refer to another one's text. Where that one does not come along, the text is
written out, so that no copy hangs in the air.
"""

from __future__ import annotations

from typing import Any

from engine.contract.errors import VaultDamagedError
from engine.storage import archives
from engine.storage.codec import Codec
from engine.storage.database import Writer
from engine.storage.erasure import erase_units
from engine.storage.full_text import index_words
from engine.storage.merge_kinds import UNITS, Row, Shelf


class UnitMerge:
    """Collects which documents come, then brings their units.

    Attributes:
        unreadable: Units of the backup that are not whole.
    """

    def __init__(self, theirs: Shelf, ours: Shelf, writer: Writer | None, codec: Codec) -> None:
        self.unreadable = 0
        self._theirs = theirs
        self._ours = ours
        self._writer = writer
        self._codec = codec
        self._documents: list[tuple[int, int | None]] = []

    def take(self, their_row: int, our_row: int | None) -> None:
        """The document in `their_row` there is now, or will be, in `our_row` here."""
        self._documents.append((their_row, our_row))

    def finish(self) -> set[str]:
        """The units of all documents taken are here; their identifiers."""
        arrived: set[str] = set()
        if self._writer is None:
            return arrived
        for _, our_row in self._documents:
            erase_units(self._writer, self._codec, "document = ?", (our_row,))
        referring: list[tuple[int, str, Row]] = []
        for their_row, our_row in self._documents:
            for row in self._theirs.rows(UNITS, " WHERE document = ?", (their_row,)):
                unit = self._insert(self._writer, row, our_row)
                if unit is not None:
                    arrived.add(unit[1])
                    if row["archive"] is None and row["text"] is None:
                        referring.append((unit[0], unit[1], row))
        for our_unit, _, row in referring:
            self._resolve(self._writer, our_unit, row)
        return arrived

    def erase_from_archive(self, archive: int, place: int) -> None:
        """What was replaced is not left in an archive."""
        if self._writer is not None:
            archives.erase(self._writer, archive, (place,))

    def _insert(self, writer: Writer, row: Row, our_row: int | None) -> tuple[int, str] | None:
        try:
            there = self._theirs.unpacked(UNITS, row)
        except VaultDamagedError:
            self.unreadable += 1
            return None
        is_known = writer.execute(
            "SELECT 1 FROM text_units WHERE id = ?", (there["id"],)
        ).fetchone()
        if is_known:
            # It moved to a document that is newer here.
            return None
        text = there["text"]
        values: dict[str, Any] = {name: there[name] for name in UNITS.plain}
        values["document"] = our_row
        values["text"] = None if text is None else self._codec.pack("text_unit", text)
        cursor = writer.execute(
            f"INSERT INTO text_units ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
            tuple(values.values()),
        )
        if isinstance(text, str):
            index_words(writer, UNITS.index, cursor.lastrowid, text)
        return cursor.lastrowid, there["id"]

    def _resolve(self, writer: Writer, our_unit: int, row: Row) -> None:
        """The unit refers to the same text as there, or has the text itself."""
        (target,) = self._theirs.reader.execute(
            "SELECT same_as FROM text_units WHERE row = ?", (row["row"],)
        ).fetchone() or (None,)
        original = next(self._theirs.rows(UNITS, " WHERE row = ?", (target,)), None)
        if original is None:
            self.unreadable += 1
            return
        try:
            text = self._theirs.unpacked(UNITS, original)["text"]
        except VaultDamagedError:
            self.unreadable += 1
            return
        here = next(self._ours.rows(UNITS, " WHERE id = ?", (original["id"],)), None)
        if here is not None and self._ours.unpacked(UNITS, here)["text"] == text:
            writer.execute(
                "UPDATE text_units SET same_as = ? WHERE row = ?", (here["row"], our_unit)
            )
        elif text is not None:
            writer.execute(
                "UPDATE text_units SET text = ? WHERE row = ?",
                (self._codec.pack("text_unit", text), our_unit),
            )
        if isinstance(text, str):
            index_words(writer, UNITS.index, our_unit, text)
