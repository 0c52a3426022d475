"""Finds the text unit in the vault that says the same as a new one, by the rules of duplicates.py.

Letter for letter the same: the new unit is a reference and its text is not kept again. Other words
for the same: it keeps its own text and is found by it, and refers to the first for its vector. The
full-text index proposes candidates, so nothing is held in memory and nothing is read at unlocking.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.storage import archives
from engine.storage.codec import Codec
from engine.storage.database import Reader
from engine.storage.duplicates import Duplicates, Floats
from engine.storage.full_text import query_for_all
from engine.storage.text_facts import fingerprint

# Shorter ones are titles and captions, whose few words say too little of what is meant.
_LEAST_SIGNS = 80
_WORD = re.compile(r"\w+")
# So many words propose a candidate; a text that says the same has every name and number of them.
_TELLING_WORDS = 8
_LEAST_WORDS = 4
# Boilerplate stands in thousands of units, and the first of them are as good as all.
_MOST_CANDIDATES = 12


@dataclass(frozen=True, slots=True)
class TwinRow:
    """The row of a unit that says the same."""

    row: int
    is_exact: bool


def find_twin(
    reader: Reader, codec: Codec, digest: bytes, text: str, vector: Floats | None = None
) -> TwinRow | None:
    """The unit that was there first and says the same; None if there is none, or if it is not sure.

    Args:
        digest: Of the text, as `content_hash` holds it.
        vector: Of length 1, if it was made already; without one more words have to be the same.
    """
    found = reader.execute(
        """SELECT row, text, archive, archive_place FROM text_units
        WHERE content_hash = ? AND same_as IS NULL""",
        (digest,),
    ).fetchall()
    for row, packed, archive, place in found:
        # The digest proposes, the text itself decides.
        if _text(reader, codec, packed, archive, place) == text:
            return TwinRow(int(row), is_exact=True)
    return _near(reader, codec, text, vector)


def _near(reader: Reader, codec: Codec, text: str, vector: Floats | None) -> TwinRow | None:
    words = _telling(text) if len(text) >= _LEAST_SIGNS else []
    if not words:
        return None
    rows = reader.execute(
        """SELECT u.row, u.text, u.archive, u.archive_place
        FROM text_units_index i JOIN text_units u ON u.row = i.rowid
        JOIN documents d ON d.row = u.document
        WHERE text_units_index MATCH ? AND u.same_as IS NULL AND d.deleted_at_s IS NULL LIMIT ?""",
        (query_for_all(" ".join(words)), _MOST_CANDIDATES),
    ).fetchall()
    known = Duplicates()
    facts = fingerprint(text)
    for row, packed, archive, place in rows:
        candidate = _text(reader, codec, packed, archive, place)
        # Nearly all end here; comparing all their words would take twice as long.
        if candidate is not None and (
            fingerprint(candidate) == facts or candidate.casefold() == text.casefold()
        ):
            known.add(str(row), candidate)
    twin = known.find(text, vector) if len(known) else None
    return None if twin is None else TwinRow(int(twin.unit_id), is_exact=False)


def _text(
    reader: Reader, codec: Codec, packed: bytes | None, archive: int | None, place: int | None
) -> str | None:
    if archive is not None and place is not None:
        packed = archives.read_item(reader, archive, place)
    return None if packed is None else codec.unpack(packed)


def _telling(text: str) -> list[str]:
    """Names and numbers of the text, which no twin lacks; where there are few, long words too."""
    words = dict.fromkeys(_WORD.findall(text))
    named = sorted((w for w in words if not w[0].islower()), key=len, reverse=True)
    plain = sorted((w for w in words if w[0].islower()), key=len, reverse=True)
    chosen = named[:_TELLING_WORDS]
    return chosen + plain[: max(_LEAST_WORDS - len(chosen), 0)]


def twins_of(reader: Reader, unit_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each of these units those that refer to it, oldest first; one without is left out.

    A vector index knows only the first of them: what it finds stands for all, and the first may
    be in the trash while another is not.
    """
    wanted = list(unit_ids)
    marks = ", ".join("?" * len(wanted))
    rows = reader.execute(
        f"""SELECT o.id, u.id FROM text_units u JOIN text_units o ON o.row = u.same_as
        WHERE o.id IN ({marks}) ORDER BY u.row""",
        wanted,
    )
    found: dict[str, tuple[str, ...]] = {}
    for original, twin in rows.fetchall():
        found[original] = (*found.get(original, ()), twin)
    return found
