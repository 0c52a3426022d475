"""Save and load steering directions, each with its vector; what was removed can come back."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from engine.contract.calibration import Direction
from engine.contract.errors import BadRequestError, NotFoundError, VaultDamagedError
from engine.storage.codec import Codec
from engine.storage.damage import damaged
from engine.storage.database import Reader, Writer
from engine.storage.plain_json import rebuilt

Floats = NDArray[np.float32]

BODY, VECTOR = "direction", "direction_vector"


def save_direction(
    writer: Writer, codec: Codec, direction: Direction, vector: Floats, now_s: float
) -> None:
    """The direction is kept, in place of one with its identifier.

    Args:
        vector: Shape (width of the model), as it is added to the states.

    Raises:
        BadRequestError: A number is not finite.
    """
    if vector.ndim != 1 or not np.all(np.isfinite(vector)):
        raise BadRequestError("This direction is not one of numbers. It was not kept.")
    body, numbers = json.dumps(asdict(direction)), vector.astype("<f4").tobytes()
    writer.execute(
        """INSERT INTO directions
            (id, model_key, created_at_s, updated_at_s, raw_bytes, body, vector)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET model_key = excluded.model_key,
            updated_at_s = excluded.updated_at_s, deleted_at_s = NULL,
            raw_bytes = excluded.raw_bytes, body = excluded.body, vector = excluded.vector""",
        (
            direction.id,
            direction.model_key,
            direction.made_at_s,
            now_s,
            len(body) + len(numbers),
            codec.pack(BODY, body),
            codec.pack(VECTOR, numbers),
        ),
    )


def load_directions(reader: Reader, codec: Codec) -> tuple[Direction, ...]:
    """All that were not removed, of every model, by name."""
    rows = reader.execute("SELECT id, body FROM directions WHERE deleted_at_s IS NULL").fetchall()
    found = [_read(codec, id_, body) for id_, body in rows]
    directions = [direction for direction in found if direction is not None]
    return tuple(sorted(directions, key=lambda one: (one.name.casefold(), one.id)))


def load_vector(reader: Reader, codec: Codec, direction_id: str) -> Floats | None:
    """The vector of the direction; None if there is none of that identifier (any more).

    Returns:
        Shape (width of the model).

    Raises:
        VaultDamagedError: It is not whole.
    """
    found = reader.execute(
        "SELECT vector FROM directions WHERE id = ? AND deleted_at_s IS NULL", (direction_id,)
    ).fetchone()
    if found is None:
        return None
    numbers = codec.unpack_bytes(found[0])
    if len(numbers) % np.dtype(np.float32).itemsize:
        raise damaged()
    vector = np.frombuffer(numbers, "<f4").astype(np.float32)
    if not np.all(np.isfinite(vector)):
        raise damaged()
    return vector


def remove_direction(writer: Writer, direction_id: str, now_s: float) -> None:
    """The direction is out of its list; `restore_direction` brings it back.

    Raises:
        NotFoundError: It is not there.
    """
    _mark(writer, direction_id, now_s, now_s, "deleted_at_s IS NULL")


def restore_direction(writer: Writer, direction_id: str, now_s: float) -> None:
    """The direction is in its list again.

    Raises:
        NotFoundError: It was not removed, or its time is over.
    """
    _mark(writer, direction_id, None, now_s, "deleted_at_s IS NOT NULL")


def _mark(
    writer: Writer, direction_id: str, deleted_at_s: float | None, now_s: float, where: str
) -> None:
    changed = writer.execute(
        f"UPDATE directions SET deleted_at_s = ?, updated_at_s = ? WHERE id = ? AND {where}",
        (deleted_at_s, now_s, direction_id),
    )
    if not changed.rowcount:
        raise NotFoundError("This direction is not there any more.")


def purge_removed(writer: Writer, before_s: float) -> int:
    """What was removed before that time is gone for good; how many directions that were."""
    return writer.execute("DELETE FROM directions WHERE deleted_at_s < ?", (before_s,)).rowcount


def _read(codec: Codec, id_: str, body: bytes) -> Direction | None:
    """The direction of a row; None if a foreign backup made another thing of it."""
    try:
        direction = rebuilt(Direction, json.loads(codec.unpack(body)))
    except (ValueError, VaultDamagedError):
        return None
    return direction if direction.id == id_ else None
