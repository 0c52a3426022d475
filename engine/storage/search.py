"""Finds words in all messages, and shows each hit as one line with its matches marked.

Measured over 100,000 messages: see tests/benchmarks/bench_search.py.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import NotFoundError, VaultDamagedError
from engine.contract.library_commands import SearchFilters
from engine.contract.messages import Message, Role
from engine.storage.archives import ArchiveReader
from engine.storage.codec import Codec
from engine.storage.database import Reader
from engine.storage.words import Query, first_mark, marks_in

# Beyond so many hits relevance says little, and telling it takes 4 µs for each; the newest lead.
_RANKED = 5_000
# Up to here rows are looked up one by one; beyond, the index of all is gone through.
_LOOKED_UP = 1_000
_EXCERPT_LETTERS = 160
_LEAD_LETTERS = 48
# An answer of a few hundred thousand words is searched by the index, and shown by its beginning.
_SEEN_LETTERS = 200_000
_SPACE = re.compile(r"\s+")
_EVERYTHING = SearchFilters()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundMessage:
    """One message that holds the words.

    Attributes:
        excerpt: One line of its text, round the first match.
        marks: Start and end of each match in it.
    """

    conversation_id: str
    message_id: str
    role: Role
    created_at_s: float
    excerpt: str
    marks: tuple[tuple[int, int], ...]


Rows = NDArray[np.int64]

AtHand = Callable[[str, str], Message | None]
"""Takes identifiers of conversation and message; None if that is not in memory."""


def nothing_at_hand(_conversation_id: str, _message_id: str) -> Message | None:
    """Every text is read from the vault."""
    return None


def find_messages(
    reader: Reader,
    codec: Codec,
    query: Query,
    filters: SearchFilters = _EVERYTHING,
    *,
    limit: int = 50,
    at_hand: AtHand = nothing_at_hand,
) -> tuple[tuple[FoundMessage, ...], int]:
    """Messages that hold all that is looked for, the best first, and how many there are.

    Args:
        at_hand: Spares unpacking texts; one that lies in an archive takes 2 ms.
    """
    match = query.match()
    if not match:
        return (), 0
    matching = _matching(reader, match)
    rows = _allowed(reader, matching, filters)
    if filters.model_id:
        rows = _by_model(reader, codec, rows, filters.model_id)
    is_ranked = len(matching) <= _RANKED and len(rows) > 0
    shown = _ranked(reader, match, rows, limit) if is_ranked else rows[:limit].tolist()
    return _shown(reader, codec, query, shown, at_hand), len(rows)


def _rows(reader: Reader, statement: str, values: Sequence[Any]) -> Rows:
    """The first column of a question, as many rows as there are, in no order.

    One long text of 80,000 numbers comes four times as fast as 80,000 rows, and numpy reads it in
    a millisecond.
    """
    (column, rest) = statement.split(" ", 2)[1:]
    found = reader.execute(f"SELECT group_concat({column}) {rest}", values).fetchone()
    if not found or found[0] is None:
        return np.empty(0, np.int64)
    return np.fromstring(str(found[0]), np.int64, sep=",")


def _matching(reader: Reader, match: str) -> Rows:
    """Rows of the index, the newest first."""
    found = _rows(reader, "SELECT rowid FROM messages_index WHERE messages_index MATCH ?", (match,))
    return np.sort(found)[::-1]


def _ranked(reader: Reader, match: str, rows: Rows, limit: int) -> list[int]:
    """The first of these rows by BM25."""
    allowed = set(rows.tolist())
    ranked = reader.execute(
        "SELECT rowid FROM messages_index WHERE messages_index MATCH ? ORDER BY rank, rowid DESC",
        (match,),
    )
    best: list[int] = []
    while len(best) < limit and (portion := ranked.fetchmany(200)):
        best += [row for (row,) in portion if row in allowed]
    return best[:limit]


def _allowed(reader: Reader, rows: Rows, filters: SearchFilters) -> Rows:
    """Those that are in no trash and that the filters let through, in the same order."""
    if filters.has_attachment is not None:
        with_files = _rows(reader, "SELECT row FROM messages WHERE attachments NOTNULL", ())
        rows = rows[np.isin(rows, with_files, invert=not filters.has_attachment)]
    where, values = _conditions(filters)
    if len(rows) and where:
        statement = f"SELECT row FROM messages INDEXED BY messages_of WHERE {where}"
        if len(rows) <= _LOOKED_UP:
            statement = f"""SELECT row FROM messages
                WHERE row IN (SELECT value FROM json_each(?)) AND {where}"""
            values.insert(0, json.dumps(rows.tolist()))
        rows = rows[np.isin(rows, _rows(reader, statement, values))]
    hidden = _in_trash(reader)
    return rows[np.isin(rows, hidden, invert=True)] if len(hidden) else rows


def _in_trash(reader: Reader) -> Rows:
    """Messages that are there alone, and those whose conversation is."""
    alone = _rows(reader, "SELECT row FROM messages WHERE deleted_at_s NOTNULL", ())
    within = _rows(
        reader,
        """SELECT row FROM messages WHERE conversation IN
            (SELECT row FROM conversations WHERE deleted_at_s NOTNULL)""",
        (),
    )
    return np.concatenate([alone, within])


def _conditions(filters: SearchFilters) -> tuple[str, list[Any]]:
    """On what the index of messages holds, and on the few rows of conversations."""
    of_messages = _given(
        ("role = ?", filters.role.value if filters.role else None),
        ("created_at_s >= ?", filters.after_s),
        ("created_at_s < ?", filters.before_s),
    )
    of_conversations = _given(
        ("folder_id = ?", filters.folder_id or None),
        ("is_pinned = ?", filters.is_pinned),
        ("is_archived = ?", filters.is_archived),
    )
    where = [condition for condition, _ in of_messages]
    if of_conversations:
        inner = " AND ".join(condition for condition, _ in of_conversations)
        where.append(f"conversation IN (SELECT row FROM conversations WHERE {inner})")
    return " AND ".join(where), [value for _, value in (*of_messages, *of_conversations)]


def _given(*conditions: tuple[str, Any]) -> list[tuple[str, Any]]:
    return [(condition, value) for condition, value in conditions if value is not None]


def _by_model(reader: Reader, codec: Codec, rows: Rows, model_id: str) -> Rows:
    """Those among them that this model wrote."""
    found = reader.execute(
        """SELECT row, stats FROM messages
        WHERE row IN (SELECT value FROM json_each(?)) AND stats IS NOT NULL""",
        (json.dumps(rows.tolist()),),
    )
    written: list[int] = []
    while portion := found.fetchmany(200):
        for row, packed in portion:
            facts = json.loads(codec.unpack(packed))
            if facts.get("model") == model_id:
                written.append(row)
    return rows[np.isin(rows, np.array(written, np.int64))]


def _shown(
    reader: Reader, codec: Codec, query: Query, rows: Sequence[int], at_hand: AtHand
) -> tuple[FoundMessage, ...]:
    found = reader.execute(
        """SELECT m.row, c.id, m.id, m.role, m.created_at_s
        FROM messages m JOIN conversations c ON c.row = m.conversation
        WHERE m.row IN (SELECT value FROM json_each(?))""",
        (json.dumps(list(rows)),),
    ).fetchall()
    texts: dict[int, list[str]] = {}
    for row, conversation_id, message_id, *_ in found:
        message = at_hand(conversation_id, message_id)
        if message is not None:
            texts[row] = [message.text, message.reasoning]
    texts |= _read(reader, codec, [row for row, *_ in found if row not in texts])
    pattern = query.pattern()
    hits: dict[int, FoundMessage] = {}
    for row, conversation_id, message_id, role, created_at_s in found:
        shown, marks = excerpt_of(pattern, texts[row])
        hits[row] = FoundMessage(
            conversation_id=conversation_id,
            message_id=message_id,
            role=Role(role),
            created_at_s=created_at_s,
            excerpt=shown,
            marks=marks,
        )
    return tuple(hits[row] for row in rows if row in hits)


def _read(reader: Reader, codec: Codec, rows: Sequence[int]) -> dict[int, list[str]]:
    """Each row's text and reasoning from the vault; neighbours in an archive after each other."""
    found = reader.execute(
        """SELECT row, text, reasoning, archive, archive_place FROM messages
        WHERE row IN (SELECT value FROM json_each(?)) ORDER BY archive, archive_place""",
        (json.dumps(list(rows)),),
    ).fetchall()
    archives = ArchiveReader(reader)
    texts: dict[int, list[str]] = {}
    for row, text, reasoning, archive, place in found:
        texts[row] = []
        for blob in (text if archive is None else (archive, place), reasoning):
            # Verification names what is damaged; a search shows the rest.
            with contextlib.suppress(NotFoundError, VaultDamagedError):
                packed = archives.item(*blob) if isinstance(blob, tuple) else blob
                texts[row].append(codec.unpack(packed) if packed else "")
    return texts


def excerpt_of(
    pattern: re.Pattern[str] | None, texts: Sequence[str]
) -> tuple[str, tuple[tuple[int, int], ...]]:
    """One line of the first text that holds a match, and where in it the matches are."""
    for text in texts:
        seen = text[:_SEEN_LETTERS]
        begin = first_mark(pattern, seen) if pattern else None
        if pattern and begin is not None:
            line = _line(seen, begin)
            return line, marks_in(pattern, line)
    return _line(next((text for text in texts if text.strip()), ""), 0), ()


def _line(text: str, place: int) -> str:
    """What stands round `place`, cut between words, its line ends gone."""
    begin = max(place - _LEAD_LETTERS, 0)
    if begin:
        space = _SPACE.search(text, begin, place)
        begin = space.end() if space else place
    piece = text[begin : begin + 2 * _EXCERPT_LETTERS]
    line = _SPACE.sub(" ", piece).strip()
    is_cut = begin + len(piece) < len(text.rstrip())
    if len(line) > _EXCERPT_LETTERS:
        cut = line.rfind(" ", place - begin + 1, _EXCERPT_LETTERS)
        line, is_cut = line[: cut if cut > 0 else _EXCERPT_LETTERS], True
    return ("…" if begin else "") + line + ("…" if is_cut else "")
