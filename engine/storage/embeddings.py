"""Save and load vectors in int8; the truth behind every index of the room above.

What a vector belongs to is named by its identifier everywhere but in the table, which has a number
for it: see OWNERS in migrations/m0001_initial.py. Whoever erases
a thing removes its vectors first (see erasure.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.contract.errors import BadRequestError
from engine.storage.damage import damaged
from engine.storage.migrations.m0001_initial import OWNERS
from engine.storage.quantising import Floats, Form, as_floats, quantise

if TYPE_CHECKING:
    from engine.storage.database import Reader, Writer

# A form's place is its number in the table; SQLite keeps 0 and 1 in no bytes at all.
_FORMS = (Form.UNIT_INT8, Form.INT8, Form.FLOAT32)
_AT_ONCE = 200
_OWNER_ID = " ".join(
    (
        f"CASE e.owner % {len(OWNERS)}",
        *(
            f"WHEN {place} THEN (SELECT id FROM {table} WHERE row = e.owner / {len(OWNERS)})"
            for place, table in enumerate(OWNERS)
        ),
        "END",
    )
)
_FROM = "FROM embedding_models m JOIN embeddings e ON e.model = m.row"


@dataclass(frozen=True, slots=True)
class EmbeddingBatch:
    """Some neighbouring rows.

    Attributes:
        ids: What each vector belongs to.
        vectors: Shape (N, D).
        last_row: Where the next batch begins; of no meaning if this one is empty.
    """

    ids: tuple[str, ...]
    vectors: Floats
    last_row: int


@dataclass(frozen=True, slots=True)
class KeptVector:
    """One vector as it lies in a vault; of a backup's, nothing is sure.

    Attributes:
        owner_id: What it belongs to.
        form: Number of its form.
    """

    owner_id: Any
    model: Any
    dims: Any
    form: Any
    numbers: Any


def save(writer: Writer, model: str, ids: Sequence[str], vectors: Floats) -> None:
    """The vectors of these things by that model are kept, in place of former ones.

    That of a thing which is not in the vault, such as one that was forgotten while its vector was
    made, is not kept.

    Args:
        model: Name and version of what made them: vectors of two models cannot be compared.
        ids: What each belongs to: a text unit, a memory or a message.
        vectors: Shape (N, D).

    Raises:
        BadRequestError: A number is not finite, or that model's vectors have another length.
    """
    form, packed = quantise(vectors)
    row = _model_row(writer, model, vectors.shape[1])
    if row is None:
        raise BadRequestError("An embedding has not the length of its model's. It was not kept.")
    for owner_id, numbers in zip(ids, packed, strict=True):
        _put(writer, row, owner_id, _FORMS.index(form), numbers)


def take(writer: Writer, kept: KeptVector) -> None:
    """What another vault holds is here too, if it is whole and its owner is here."""
    if not (
        isinstance(kept.model, str)
        and isinstance(kept.dims, int)
        and isinstance(kept.form, int)
        and isinstance(kept.numbers, bytes)
        and 0 <= kept.form < len(_FORMS)
    ):
        return
    row = _model_row(writer, kept.model, kept.dims)
    if row is not None:
        _put(writer, row, kept.owner_id, kept.form, kept.numbers)


def _model_row(writer: Writer, model: str, dims: int) -> int | None:
    """The row of the model; None if its vectors have another length."""
    writer.execute(
        "INSERT INTO embedding_models (name, dims) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        (model, dims),
    )
    found = writer.execute(
        "SELECT row FROM embedding_models WHERE name = ? AND dims = ?", (model, dims)
    ).fetchone()
    return None if found is None else int(found[0])


def _put(writer: Writer, model_row: int, owner_id: str, form: int, numbers: bytes) -> None:
    owner = _owner(writer, owner_id)
    if owner is not None:
        writer.execute(
            """INSERT INTO embeddings (model, owner, form, numbers) VALUES (?, ?, ?, ?)
            ON CONFLICT (model, owner) DO UPDATE
            SET form = excluded.form, numbers = excluded.numbers""",
            (model_row, owner, form, numbers),
        )


def _owner(reader: Reader, owner_id: str) -> int | None:
    for place, table in enumerate(OWNERS):
        found = reader.execute(f"SELECT row FROM {table} WHERE id = ?", (owner_id,)).fetchone()
        if found is not None:
            return int(found[0]) * len(OWNERS) + place
    return None


def remove(writer: Writer, ids: Sequence[str]) -> None:
    """No vector of these things is kept any more, of no model."""
    for owner_id in ids:
        owner = _owner(writer, owner_id)
        if owner is not None:
            writer.execute(
                """DELETE FROM embeddings
                WHERE model IN (SELECT row FROM embedding_models) AND owner = ?""",
                (owner,),
            )


def hand_over(writer: Writer, table: str, row: int, heir: int) -> None:
    """The vectors of one row of `table` are another's, which says the very same."""
    place = OWNERS.index(table)
    writer.execute(
        """UPDATE OR IGNORE embeddings SET owner = ?
        WHERE model IN (SELECT row FROM embedding_models) AND owner = ?""",
        (heir * len(OWNERS) + place, row * len(OWNERS) + place),
    )


def models(reader: Reader) -> list[tuple[str, int, int]]:
    """Each model that has vectors, with the length of one and how many there are."""
    rows = reader.execute(f"SELECT m.name, m.dims, count(*) {_FROM} GROUP BY m.row").fetchall()
    return [(str(name), int(dims), int(total)) for name, dims, total in rows]


def count(reader: Reader, model: str) -> int:
    """How many things have a vector by that model."""
    found = reader.execute(f"SELECT count(*) {_FROM} WHERE m.name = ?", (model,))
    return int(found.fetchall()[0][0])


def without_owner(reader: Reader) -> int:
    """How many vectors belong to nothing; 0 in a vault that is whole."""
    found = reader.execute(f"SELECT count(*) {_FROM} WHERE {_OWNER_ID} IS NULL")
    return int(found.fetchall()[0][0])


def every(reader: Reader) -> Iterator[KeptVector]:
    """All vectors of all models, as they lie there."""
    found = reader.execute(f"SELECT {_OWNER_ID}, m.name, m.dims, e.form, e.numbers {_FROM}")
    while portion := found.fetchmany(_AT_ONCE):
        yield from (KeptVector(*values) for values in portion)


def read_batch(
    reader: Reader, model: str, dims: int, *, after_row: int, limit: int
) -> EmbeddingBatch:
    """The next vectors by that model, in the order of their owners' rows; empty after the last.

    One that belongs to nothing is left out; verification names it.

    Raises:
        VaultDamagedError: A vector has not the length it should.
    """
    rows = reader.execute(
        f"""SELECT e.owner, {_OWNER_ID}, m.dims, e.form, e.numbers {_FROM}
        WHERE m.name = ? AND e.owner > ? AND {_OWNER_ID} IS NOT NULL ORDER BY e.owner LIMIT ?""",
        (model, after_row, limit),
    ).fetchall()
    if any(length != dims for _, _, length, *_ in rows):
        raise damaged()
    vectors = np.empty((len(rows), dims), np.float32)
    forms = [row[3] for row in rows]
    for form in set(forms):
        if form not in range(len(_FORMS)):
            raise damaged()
        places = [place for place, one in enumerate(forms) if one == form]
        vectors[places] = as_floats(_FORMS[form], [rows[place][4] for place in places], dims)
    return EmbeddingBatch(
        tuple(row[1] for row in rows), vectors, rows[-1][0] if rows else after_row
    )
