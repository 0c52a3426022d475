"""Several memories become one, on trial: nothing of theirs is given up until it has proved itself.

A consolidation is proposed with its summary, then either accepted, which puts the originals into
the trash, or undone, which puts everything back; also after it was accepted, as long as the trash
still has them. Who writes summaries, and who checks that they contradict nothing, is the business
of the rooms above.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from engine.contract.errors import NotFoundError
from engine.contract.vault import TrashKind
from engine.storage import trash
from engine.storage.codec import Codec
from engine.storage.database import Reader, Writer
from engine.storage.memories import Memory, save_memory

_KIND = "consolidation"


class Trial(Enum):
    """How far a consolidation has come."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidation:
    """A summary and what it stands for.

    Attributes:
        summary_id: The memory that says it in short.
        source_ids: The memories it was made of.
    """

    id: str
    summary_id: str
    source_ids: tuple[str, ...]
    trial: Trial


def propose(
    writer: Writer,
    codec: Codec,
    consolidation_id: str,
    summary: Memory,
    source_ids: Sequence[str],
    now_s: float,
) -> Consolidation:
    """The summary is kept beside its originals.

    Raises:
        NotFoundError: An original is not there, or in the trash. Nothing was kept.
    """
    marks = ", ".join("?" * len(source_ids))
    found = writer.execute(
        f"SELECT count(*) FROM memories WHERE deleted_at_s IS NULL AND id IN ({marks})",
        list(source_ids),
    ).fetchone()
    if not found or found[0] != len(set(source_ids)) or not source_ids:
        raise NotFoundError("A memory that was to be summed up is not there any more.")
    save_memory(writer, codec, summary, now_s)
    made = Consolidation(
        id=consolidation_id,
        summary_id=summary.id,
        source_ids=tuple(source_ids),
        trial=Trial.PROPOSED,
    )
    _save(writer, codec, made, now_s)
    return made


def accept(writer: Writer, codec: Codec, consolidation_id: str, now_s: float) -> None:
    """The originals are in the trash; the summary stands for them.

    Raises:
        NotFoundError: There is no such consolidation on trial.
    """
    held = _on_trial(writer, codec, consolidation_id, {Trial.PROPOSED})
    for source_id in held.source_ids:
        trash.put_into_trash(writer, TrashKind.MEMORY, source_id, now_s)
    _save(writer, codec, _moved(held, Trial.ACCEPTED), now_s)


def undo(writer: Writer, codec: Codec, consolidation_id: str, now_s: float) -> tuple[str, ...]:
    """The originals are back and the summary is in the trash.

    Returns:
        Originals that could not come back, because the trash has been emptied since.

    Raises:
        NotFoundError: There is no such consolidation, or it was undone.
    """
    held = _on_trial(writer, codec, consolidation_id, {Trial.PROPOSED, Trial.ACCEPTED})
    trash.take_from_trash(writer, held.source_ids, now_s)
    gone = tuple(
        source_id
        for source_id in held.source_ids
        if not writer.execute("SELECT 1 FROM memories WHERE id = ?", (source_id,)).fetchone()
    )
    if not gone:
        trash.put_into_trash(writer, TrashKind.MEMORY, held.summary_id, now_s)
        _save(writer, codec, _moved(held, Trial.UNDONE), now_s)
    return gone


def consolidations(reader: Reader, codec: Codec) -> tuple[Consolidation, ...]:
    """All of them, the latest first."""
    rows = reader.execute(
        "SELECT id, body FROM records WHERE kind = ? ORDER BY created_at_s DESC, row DESC", (_KIND,)
    ).fetchall()
    return tuple(_read(id_, codec.unpack(body)) for id_, body in rows)


def _on_trial(
    reader: Reader, codec: Codec, consolidation_id: str, trials: set[Trial]
) -> Consolidation:
    for held in consolidations(reader, codec):
        if held.id == consolidation_id and held.trial in trials:
            return held
    raise NotFoundError("There is no such consolidation any more.")


def _moved(held: Consolidation, trial: Trial) -> Consolidation:
    return Consolidation(
        id=held.id, summary_id=held.summary_id, source_ids=held.source_ids, trial=trial
    )


def _save(writer: Writer, codec: Codec, held: Consolidation, now_s: float) -> None:
    body = json.dumps(
        {"summary": held.summary_id, "sources": held.source_ids, "trial": held.trial.value}
    )
    writer.execute(
        """INSERT INTO records (id, kind, parent_id, body, created_at_s, updated_at_s, raw_bytes)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE
            SET body = excluded.body, updated_at_s = excluded.updated_at_s""",
        (held.id, _KIND, held.summary_id, codec.pack("record", body), now_s, now_s, len(body)),
    )


def _read(id_: str, body: str) -> Consolidation:
    told: dict[str, Any] = json.loads(body)
    return Consolidation(
        id=id_,
        summary_id=told["summary"],
        source_ids=tuple(told["sources"]),
        trial=Trial(told["trial"]),
    )
