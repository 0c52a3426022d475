"""Save and load vectors in int8; the truth behind every index of the room above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.storage.damage import damaged
from engine.storage.quantising import Floats, as_floats, quantise

if TYPE_CHECKING:
    from engine.storage.database import Reader, Writer


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


def save(writer: Writer, model: str, ids: Sequence[str], vectors: Floats) -> None:
    """The vectors of these things by that model are kept, in place of former ones.

    Args:
        model: Name and version of what made them: vectors of two models cannot be compared.
        ids: What each belongs to.
        vectors: Shape (N, D).

    Raises:
        BadRequestError: A number is not finite.
    """
    form, packed = quantise(vectors)
    for owner, numbers in zip(ids, packed, strict=True):
        writer.execute(
            """INSERT INTO embeddings (owner_id, model, dims, form, numbers)
            VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner_id, model) DO UPDATE
            SET dims = excluded.dims, form = excluded.form, numbers = excluded.numbers""",
            (owner, model, vectors.shape[1], form.value, numbers),
        )


def remove(writer: Writer, ids: Sequence[str]) -> None:
    """No vector of these things is kept any more, of no model."""
    for owner in ids:
        writer.execute("DELETE FROM embeddings WHERE owner_id = ?", (owner,))


def count(reader: Reader, model: str) -> int:
    """How many things have a vector by that model."""
    found = reader.execute("SELECT count(*) FROM embeddings WHERE model = ?", (model,))
    return int(found.fetchall()[0][0])


def read_batch(
    reader: Reader, model: str, dims: int, *, after_row: int, limit: int
) -> EmbeddingBatch:
    """The next vectors by that model, in the order of their rows; empty after the last.

    Raises:
        VaultDamagedError: A vector has not the length it should.
    """
    rows = reader.execute(
        """SELECT row, owner_id, dims, form, numbers FROM embeddings
        WHERE row > ? AND model = ? ORDER BY row LIMIT ?""",
        (after_row, model, limit),
    ).fetchall()
    vectors = np.empty((len(rows), dims), np.float32)
    forms = [row[3] for row in rows]
    for form in set(forms):
        places = [place for place, one in enumerate(forms) if one == form]
        if any(rows[place][2] != dims for place in places):
            raise damaged()
        vectors[places] = as_floats(form, [rows[place][4] for place in places], dims)
    return EmbeddingBatch(
        tuple(row[1] for row in rows), vectors, rows[-1][0] if rows else after_row
    )
